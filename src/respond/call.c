/* What a function gave: a value, an object, or rows (PostgREST's "Functions as RPC"). */
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
    const struct call *call = ask->plan->call;
    return call && call->function->shape == RESULT_SCALAR && outcome->layout->plain &&
           ask->envelope.kind != ENVELOPE_CSV;
}

struct slice values_content(const struct ask *ask, const struct outcome *outcome)
{
    size_t count = outcome->parts[0].row_count;
    struct buf buf = buf_new(ask->arena, 64);
    if (!outcome->many && count) {
        put_value(&buf, outcome, 0);
        return buf_slice(&buf);
    }
    buf_byte(&buf, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            BUF_LIT(&buf, ",\n ");
        put_value(&buf, outcome, i);
    }
    buf_byte(&buf, ']');
    return buf_slice(&buf);
}

/* The value as it is: bytea comes as \x and hexadecimal digits. */
static struct slice raw_value(const struct ask *ask, const struct outcome *outcome, bool bytes)
{
    const struct rows *rows = &outcome->parts[0];
    struct slice text = rows->row_count ? rows_cell(rows, 0, outcome->layout->shown[0].cell) : SLICE_ABSENT;
    if (!bytes || !slice_starts(text, SLICE("\\x")))
        return slice_present(text) ? text : SLICE("");
    struct slice hex = slice_from(text, 2);
    unsigned char *out = arena_alloc(ask->arena, hex.len / 2 + 1);
    if (!text_unhex(hex, out, hex.len / 2))
        return text;
    return slice_make((const char *)out, hex.len / 2);
}

static void respond_void(const struct ask *ask, struct http_response *out)
{
    out->status = 204;
    respond_common(ask, out);
}

void respond_call(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    const struct preconds none = {0};
    bool reads = ask->method == METHOD_GET || ask->method == METHOD_HEAD;
    const struct preconds *preconds = reads ? &ask->plan->preconds : &none;
    struct slice type = envelope_type(ask), body;
    int64_t count = (int64_t)outcome_rows(outcome);
    if (ask->plan->call->function->shape == RESULT_VOID) {
        respond_void(ask, out);
    } else if (ask->raw_type.len) {
        type = ask->raw_type;
        body = arena_copy(ask->arena, raw_value(ask, outcome, slice_starts(type, SLICE("application/octet-stream"))));
        respond_document(ask, preconds, type, body, out);
    } else {
        body = shows_values(ask, outcome) ? values_content(ask, outcome) : envelope_content(ask, outcome, SLICE_ABSENT);
        respond_document(ask, preconds, type, body.len ? body : SLICE("null"), out);
    }
    if (out->status < 300)
        response_set(out, "Content-Range",
                     content_range(ask->arena, 0, count, ask->prefer.count == COUNT_UNSET ? -1 : count));
}
