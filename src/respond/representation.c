#include "parts.h"

#include "midair/catalog/policy.h"
#include "midair/json/write.h"

enum { GUESS_MAX = 256 * 1024 };

/* The name of the member that carries the tag; empty when it is switched off, or a column or what is shown has that
 * name. */
static struct slice etag_member(const struct layout *layout)
{
    const struct relation *relation = layout->relation;
    struct slice name = relation->policy->etag_field;
    if (name.len && relation_column(relation, name))
        return SLICE("");
    for (size_t i = 0; name.len && !layout->plain && i < layout->shown_count; i++)
        if (slice_eq(layout->shown[i].label, name))
            return SLICE("");
    return name;
}

static void put_tag_member(struct buf *buf, bool first, struct slice name, struct slice tag)
{
    if (!first)
        buf_byte(buf, ',');
    json_put_string(buf, name);
    /* Tags of rows are letters, digits, dots and dashes: nothing to escape but the quotes around them. */
    BUF_LIT(buf, ":\"\\\"");
    buf_put(buf, tag);
    BUF_LIT(buf, "\\\"\"");
}

/* `member` is empty when the tag is not shown. */
static void put_tagged(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row,
                       struct slice member, struct slice tag)
{
    content_row(buf, layout, rows, row);
    if (member.len && slice_present(tag)) {
        buf->len--; /* the tag goes before the closing brace */
        put_tag_member(buf, layout->shown_count == 0, member, tag);
        buf_byte(buf, '}');
    }
}

void put_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row, struct slice tag)
{
    put_tagged(buf, layout, rows, row, etag_member(layout), tag);
}

void put_feature(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct slice text = rows_cell(rows, row, (size_t)layout->rendered_cell), member = etag_member(layout);
    struct slice tag = member.len ? layout_full_tag(buf->arena, layout, rows, row) : SLICE_ABSENT;
    if (!slice_ends(text, SLICE("}"))) {
        BUF_LIT(buf, "null");
    } else if (!slice_present(tag)) {
        buf_put(buf, text);
    } else {
        buf_put(buf, slice_head(text, text.len - 1));
        put_tag_member(buf, false, member, tag); /* a foreign member (RFC 7946 6.1) */
        buf_byte(buf, '}');
    }
}

/* An element of an array. What it needs besides its text is on the stack: arrays are long. */
static void put_element(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row,
                        struct slice member)
{
    char storage[256];
    struct buf tag = buf_over(buf->arena, storage, sizeof(storage));
    bool tagged = member.len && layout_put_tag(&tag, layout, rows, row);
    put_tagged(buf, layout, rows, row, member, tagged ? buf_slice(&tag) : SLICE_ABSENT);
}

/* Room for `count` elements more, which will be about as long as what is there. A guess: it may not cost much. */
static void expect_more(struct buf *buf, size_t count)
{
    size_t one = buf->len + 16;
    buf_reserve(buf, one < GUESS_MAX / count ? one * count : GUESS_MAX);
}

void put_rows(struct buf *buf, const struct outcome *outcome)
{
    struct slice member = etag_member(outcome->layout);
    size_t left = outcome_rows(outcome);
    bool first = true;
    buf_byte(buf, '[');
    for (size_t p = 0; p < outcome->part_count; p++)
        for (size_t i = 0; i < outcome->parts[p].row_count; i++, left--) {
            if (!first)
                BUF_LIT(buf, ",\n ");
            put_element(buf, outcome->layout, &outcome->parts[p], i, member);
            if (first)
                expect_more(buf, left);
            first = false;
        }
    buf_byte(buf, ']');
}

/* What a projection shows, as one text: labels and columns with their lengths, and whatever else shapes it. Where the
 * row's state does not cover all that is shown, the bytes of the representation count as well. */
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

struct slice variant_tag(const struct ask *ask, struct slice state, const struct layout *layout, struct slice body,
                         bool gzip)
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

struct slice content_tag(struct arena *arena, struct slice body)
{
    unsigned char digest[20];
    struct buf tag = buf_new(arena, 40);
    state_sha1(body, digest);
    buf_hex(&tag, digest, sizeof(digest));
    return buf_slice(&tag);
}
