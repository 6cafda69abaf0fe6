/* Responses to calls of functions: a value, an object, or rows (PostgREST's "Functions as RPC"), and what a function
 * says about its response (PostgREST's "Transactions": response.headers, response.status). */
#include "parts.h"

#include "midair/base/text.h"
#include "midair/http/range.h"
#include "midair/json/write.h"

static void put_value(struct buf *buf, const struct outcome *outcome, size_t row)
{
    json_put_column(buf, outcome->layout->shown[0].form,
                    rows_cell(&outcome->parts[0], row, outcome->layout->shown[0].cell));
}

bool shows_values(const struct ask *ask, const struct outcome *outcome)
{
    const struct call *call = plan_call(ask->decisions.plan);
    return call && call->function->shape == RESULT_SCALAR && outcome->layout->plain &&
           ask->decisions.envelope.kind != ENVELOPE_CSV;
}

struct slice values_content(const struct ask *ask, const struct outcome *outcome)
{
    size_t count = outcome->parts[0].row_count;
    struct buf buf = buf_new(ask->arena, 64);
    if (!outcome->many && count) {
        put_value(&buf, outcome, 0);
        return strip_nulls(ask, buf_slice(&buf));
    }
    buf_byte(&buf, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            BUF_LIT(&buf, ",\n ");
        put_value(&buf, outcome, i);
    }
    buf_byte(&buf, ']');
    return strip_nulls(ask, buf_slice(&buf));
}

struct slice bytes_of(struct arena *arena, struct slice text)
{
    struct slice hex = slice_from(text, 2);
    unsigned char *out = arena_alloc(arena, hex.len / 2 + 1);
    if (!slice_starts(text, SLICE("\\x")) || !text_unhex(hex, out, hex.len / 2))
        return arena_copy(arena, slice_present(text) ? text : SLICE(""));
    return slice_make((const char *)out, hex.len / 2);
}

/* The value as it is. A bytea is decoded if the function has a media type of its own, or under
 * application/octet-stream; otherwise its text form is sent. */
static struct slice raw_value(const struct ask *ask, const struct outcome *outcome)
{
    const struct rows *rows = &outcome->parts[0];
    const struct shown *shown = &outcome->layout->shown[0];
    struct slice text = rows->row_count ? rows_cell(rows, 0, shown->cell) : SLICE_ABSENT;
    bool bytes = plan_call(ask->decisions.plan)->function->result->columns[0].type_oid == OID_BYTEA;
    if (bytes && (slice_present(plan_call(ask->decisions.plan)->function->media) ||
                  slice_eq(ask->decisions.raw_type, SLICE("application/octet-stream"))))
        return bytes_of(ask->arena, text);
    return arena_copy(ask->arena, slice_present(text) ? text : SLICE(""));
}

void respond_empty(const struct ask *ask, struct http_response *out)
{
    out->status = 204;
    respond_common(ask, out);
}

void respond_call(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    const struct preconds none = {0};
    bool reads = ask->facts.method == METHOD_GET || ask->facts.method == METHOD_HEAD;
    const struct preconds *preconds = reads ? &ask->decisions.plan->preconds : &none;
    struct slice type = envelope_type(ask), body;
    int64_t count = (int64_t)outcome_rows(outcome);
    if (plan_call(ask->decisions.plan)->function->shape == RESULT_VOID) {
        respond_empty(ask, out);
    } else if (ask->decisions.raw_type.len) {
        type = ask->decisions.raw_type;
        body = raw_value(ask, outcome);
        respond_document(ask, preconds, type, body, out);
    } else {
        body = shows_values(ask, outcome) ? values_content(ask, outcome) : envelope_content(ask, outcome, SLICE_ABSENT);
        respond_document(ask, preconds, type, body.len ? body : SLICE("null"), out);
    }
    if (out->status < 300)
        response_set(out, "Content-Range",
                     content_range(ask->arena, 0, count, ask->facts.prefer.count == COUNT_UNSET ? -1 : count));
}

bool reply_succeeds(const struct ask *ask)
{
    return !ask->reply || !ask->reply->status || ask->reply->status < 300;
}

static bool is_about_content(struct slice name)
{
    return slice_eq_nocase(slice_head(name, 8), SLICE("Content-"));
}

/* The first field of a name replaces midair's own, and further ones are added to it. Vary is a list to which members
 * are only added. */
static void set_field(const struct ask *ask, size_t index, struct http_response *out)
{
    const struct field *field = &ask->reply->fields[index];
    const char *name = text_cstr(ask->arena, field->name);
    bool again = false;
    if (slice_eq_nocase(field->name, SLICE("Vary"))) {
        response_vary(ask->arena, out, text_cstr(ask->arena, field->value));
        return;
    }
    for (size_t i = 0; i < index; i++)
        again = again || slice_eq_nocase(ask->reply->fields[i].name, field->name);
    if (again)
        response_add(out, name, field->value);
    else
        response_set(out, name, field->value);
}

void apply_reply(const struct ask *ask, struct http_response *out)
{
    const struct reply *reply = ask->reply;
    if (!reply || out->status >= 400)
        return;
    for (size_t i = 0; i < reply->field_count; i++)
        if (out->status != 304 || !is_about_content(reply->fields[i].name))
            set_field(ask, i, out);
    if (!reply->status || out->status == 304)
        return;
    out->status = reply->status;
    if (!reply_succeeds(ask))
        response_set(out, "ETag", SLICE_ABSENT);
    if (out->status == 204 || out->status == 205 || out->status == 304) {
        out->body = SLICE("");
        response_set(out, "Content-Type", SLICE_ABSENT);
        response_set(out, "Content-Encoding", SLICE_ABSENT);
        response_set(out, "ETag", SLICE_ABSENT);
    }
}
