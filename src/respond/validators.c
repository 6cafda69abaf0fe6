/* Entity tags and dates of what is shown, and the evaluation of reads by them (RFC 9110 8.8, 13). */
#include "parts.h"

#include "midair/catalog/policy.h"
#include "midair/http/date.h"
#include "midair/http/etag.h"
#include "midair/http/problem.h"
#include "midair/http/range.h"

/* Writes a description of the projection, from which its variant tag is made: labels and columns with their lengths,
 * and everything else that determines its form. With `whole`, the digest of the representation is included, because the
 * row's state does not cover everything that is shown. */
static void put_projection(struct buf *buf, const struct layout *layout, bool whole, struct slice body)
{
    for (size_t i = 0; i < layout->shown_count; i++) {
        const struct shown *shown = &layout->shown[i];
        buf_printf(buf, "%zu:", shown->label.len);
        buf_put(buf, shown->label);
        buf_printf(buf, "=%zu;", shown->column);
    }
    if (layout->query)
        query_describe(buf, layout->query);
    if (whole) {
        unsigned char digest[20];
        state_sha1(body, digest);
        buf_hex(buf, digest, sizeof(digest));
    }
}

/* Adds the variant part to a state part (http/etag.h): "s" and a digest if the projection is not the plain
 * representation, and "g" if the content is compressed. */
static struct slice variant_tag(const struct ask *ask, struct slice state, const struct layout *layout,
                                struct slice body, bool gzip)
{
    struct arena *arena = ask->arena;
    bool projected = layout && (!layout->plain || layout->by_content || ask->zoned);
    if (!slice_present(state) || (!projected && !gzip))
        return state;
    struct buf tag = buf_new(arena, state.len + 48);
    buf_put(&tag, state);
    buf_byte(&tag, slice_find(state, '~') < state.len ? '.' : '~');
    if (projected) {
        struct buf text = buf_new(arena, 128);
        unsigned char digest[20];
        bool whole = ask->zoned || layout->by_content;
        put_projection(&text, layout, whole, body);
        state_sha1(buf_slice(&text), digest);
        buf_byte(&tag, 's');
        buf_hex(&tag, digest, whole ? DIGEST_BYTES : 5);
    }
    if (gzip)
        buf_z(&tag, projected ? ".g" : "g");
    return buf_slice(&tag);
}

/* An opaque tag that is the SHA-1 of the content. */
static struct slice content_tag(struct arena *arena, struct slice body)
{
    unsigned char digest[20];
    struct buf tag = buf_new(arena, 40);
    state_sha1(body, digest);
    buf_hex(&tag, digest, sizeof(digest));
    return buf_slice(&tag);
}

/* The mark of the representation in the variant part. Rows of a collection as JSON have none, and all others differ
 * from it. */
static struct slice mark_of(const struct ask *ask, bool one)
{
    static const char *const marks[] = {[ENVELOPE_JSON] = "", [ENVELOPE_OBJECT] = "o",   [ENVELOPE_ARRAY] = "a",
                                        [ENVELOPE_CSV] = "c", [ENVELOPE_FEATURES] = "f", [ENVELOPE_RENDERED] = ""};
    const char *mark = one && ask->decisions.as_array && ask->decisions.envelope.kind == ENVELOPE_JSON
                           ? "a"
                           : marks[ask->decisions.envelope.kind];
    struct slice type =
        ask->decisions.envelope.kind == ENVELOPE_RENDERED ? ask->decisions.envelope.type : ask->decisions.raw_type;
    if (!type.len)
        return arena_printf(ask->arena, "%s%s", mark, ask->decisions.envelope.stripped ? "n" : "");
    unsigned char digest[20];
    struct buf text = buf_new(ask->arena, 16);
    state_sha1(type, digest);
    buf_byte(&text, 'r');
    buf_hex(&text, digest, 4);
    return buf_slice(&text);
}

/* Adds the mark of the representation to the variant part of a tag. */
static struct slice envelope_tag(const struct ask *ask, struct slice opaque, bool one)
{
    struct slice mark = mark_of(ask, one);
    if (!slice_present(opaque) || !mark.len)
        return opaque;
    bool varied = slice_find(opaque, '~') < opaque.len;
    struct buf tag = buf_new(ask->arena, opaque.len + 2 + mark.len);
    buf_put(&tag, opaque);
    buf_put(&tag, varied ? SLICE(".v") : SLICE("~v"));
    buf_put(&tag, mark);
    return buf_slice(&tag);
}

void set_etag(const struct ask *ask, struct http_response *out, struct slice opaque)
{
    if (slice_present(opaque))
        response_set(out, "ETag", tag_quote(ask->arena, opaque));
}

void set_last_modified(const struct ask *ask, struct http_response *out, int64_t modified_us)
{
    int64_t second = date_of_us(modified_us);
    struct slice text = date_text(ask->arena, second);
    if (slice_present(text) && second <= date_of_us(ask->facts.wall_us))
        response_set(out, "Last-Modified", text);
}

/* `by_content` says that the row's state does not cover everything that is shown. It never covers the time zone in
 * which times are shown. */
bool tag_needs_content(const struct ask *ask, const struct outcome *outcome)
{
    return ask->zoned || outcome->layout->by_content;
}

struct validators validators_of(const struct ask *ask, const struct outcome *outcome)
{
    const struct rows *rows = &outcome->parts[0];
    struct validators found = {.tag = layout_full_tag(ask->arena, outcome->layout, rows, 0)};
    struct state state;
    /* The row's date does not cover other rows that are shown, computed values, or what a handler renders. */
    found.has_moment = slice_present(found.tag) && !outcome->layout->tree_digest && !outcome->layout->computed &&
                       !outcome->layout->handler && outcome->layout->relation->stamp.kind == STAMP_VERSION &&
                       layout_state(outcome->layout, rows, 0, &state);
    found.modified_us = found.has_moment ? state.moment : 0;
    found.dated = found.has_moment && layout_clock(outcome->layout, rows, 0, &found.clock_second) &&
                  date_of_us(found.modified_us) < found.clock_second;
    return found;
}

/* The content, preceded by the fields that a function set for the response, since they are part of what is shown. */
static struct slice all_shown(const struct ask *ask, struct slice body)
{
    if (!ask->reply || !slice_present(ask->reply->text))
        return body;
    struct buf buf = buf_new(ask->arena, ask->reply->text.len + body.len + 1);
    buf_put(&buf, ask->reply->text);
    buf_byte(&buf, '\n');
    buf_put(&buf, body);
    return buf_slice(&buf);
}

bool is_keyless(const struct outcome *outcome)
{
    return !outcome->layout->key_cells;
}

/* A row without a key, of a function or a view, is tagged by its content, like a list of such rows. After a write it
 * has no tag, since no later write could be checked against it. */
static void set_keyless_tag(const struct ask *ask, struct slice content, bool gzip, struct http_response *out)
{
    struct slice tag = content_tag(ask->arena, all_shown(ask, content));
    if (ask->facts.method == METHOD_GET || ask->facts.method == METHOD_HEAD)
        set_etag(ask, out, envelope_tag(ask, variant_tag(ask, tag, NULL, SLICE_ABSENT, gzip), true));
}

void set_validators(const struct ask *ask, const struct outcome *outcome, const struct validators *validators,
                    bool gzip, struct http_response *out)
{
    if (is_keyless(outcome)) {
        set_keyless_tag(ask, validators->content, gzip, out);
        return;
    }
    set_etag(ask, out,
             envelope_tag(ask,
                          variant_tag(ask, validators->tag, outcome->layout, all_shown(ask, validators->content), gzip),
                          true));
    if (validators->dated)
        set_last_modified(ask, out, validators->modified_us);
}

/* The tags in If-Match that can still match. A tag that covers other rows matches only a representation that shows the
 * same rows in the same states, since rows that are not shown here are not checked. */
static struct tag_list matching_tree_digest(const struct ask *ask, const struct tag_list *list, struct slice opaque)
{
    struct tag_list kept = *list;
    kept.tags = ARENA_ARRAY(ask->arena, struct tag, list->count);
    kept.count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct slice part = tree_digest_of_tag(list->tags[i].opaque);
        if (!slice_present(part) || slice_eq(part, tree_digest_of_tag(opaque)))
            kept.tags[kept.count++] = list->tags[i];
    }
    return kept;
}

/* Evaluates the preconditions of a read in the order of RFC 9110 13.2.2. */
void evaluate_read(const struct ask *ask, const struct preconds *preconds, const struct validators *validators,
                   struct http_response *out)
{
    struct slice etag = response_get(out, "ETag");
    struct slice opaque = etag.len > 2 ? slice_make(etag.at + 1, etag.len - 2) : SLICE_ABSENT;
    struct current current = {.exists = true,
                              .etag = opaque,
                              .state = tag_state(opaque),
                              .has_modified = validators && validators->has_moment,
                              .modified_us = validators ? validators->modified_us : 0,
                              .clock_second = validators ? validators->clock_second : 0};
    struct preconds resolved = *preconds;
    if (!reply_succeeds(ask))
        return;
    resolved.if_match = matching_tree_digest(ask, &preconds->if_match, opaque);
    switch (preconds_evaluate(&resolved, METHOD_GET, &current)) {
    case VERDICT_PROCEED:
        return;
    case VERDICT_NOT_MODIFIED: {
        struct http_response kept = {.status = 304, .close = out->close};
        respond_common(ask, &kept);
        response_set(&kept, "ETag", etag);
        if (slice_present(response_get(out, "Last-Modified")))
            response_set(&kept, "Last-Modified", response_get(out, "Last-Modified"));
        *out = kept;
        return;
    }
    case VERDICT_FAILED:
        out->status = 412;
        return;
    }
}

/* The tag of an ancestor may have satisfied If-Match already. */
struct preconds read_conditions(const struct ask *ask, const struct outcome *outcome)
{
    struct preconds preconds = ask->decisions.plan->preconds;
    if (outcome->ancestor_holds)
        preconds.if_match = (struct tag_list){.kind = TAGS_ANY};
    return preconds;
}

/* The tag is made before the compression, so that it identifies the content and not the output of zlib. */
void set_content_tag(const struct ask *ask, struct http_response *out)
{
    struct slice tag = content_tag(ask->arena, all_shown(ask, out->body));
    bool gzip = compress_body(ask, out);
    set_etag(ask, out, envelope_tag(ask, variant_tag(ask, tag, NULL, SLICE_ABSENT, gzip), false));
}
