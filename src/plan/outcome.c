#include "midair/plan/outcome.h"

#include "midair/base/text.h"
#include "midair/http/field.h"
#include "midair/json/gate.h"

size_t outcome_rows(const struct outcome *outcome)
{
    size_t n = outcome->rendered_rows;
    for (size_t i = 0; i < outcome->part_count; i++)
        n += outcome->parts[i].row_count;
    return n;
}

struct err *outcome_not_single(struct arena *arena, const struct outcome *outcome)
{
    struct err *err = err_new(arena, ERR_NOT_ACCEPTABLE, "Cannot coerce the result to a single JSON object");
    err->code = SLICE("PGRST116");
    err->details = arena_printf(arena, "The result contains %zu rows", outcome_rows(outcome));
    return err;
}

void outcome_release(struct outcome *outcome)
{
    if (!outcome)
        return;
    for (size_t i = 0; i < outcome->part_count; i++)
        rows_free(&outcome->parts[i]);
    outcome->part_count = 0;
}

/* The reply of a function: response.headers and response.status */

static struct err *bad_headers(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_DATABASE,
                              "response.headers guc must be a JSON array composed of objects with a single key and a "
                              "string value");
    err->code = SLICE("PGRST111");
    return err;
}

static struct err *bad_status(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_DATABASE, "response.status guc must be a valid status code");
    err->code = SLICE("PGRST112");
    return err;
}

static struct err *read_field(struct arena *arena, const struct json *item, struct reply *out)
{
    const struct json_member *member = item->members;
    if (item->kind != JSON_OBJECT || item->count != 1 || member->value.kind != JSON_STRING)
        return bad_headers(arena);
    struct field field = {member->name, slice_trim(member->value.text)};
    if (!response_may_set(field.name, field.value))
        return bad_headers(arena);
    if (response_is_own(field.name))
        return NULL;
    if (out->field_count == REPLY_FIELDS_MAX)
        return bad_headers(arena);
    out->fields[out->field_count++] = field;
    return NULL;
}

struct err *reply_read(struct arena *arena, struct slice headers, struct slice status, struct reply *out)
{
    struct json document;
    uint64_t code = 0;
    *out = (struct reply){0};
    if (status.len) {
        if (!text_u64(status, &code) || code < 200 || code > 599)
            return bad_status(arena);
        out->status = (int)code;
    }
    if (headers.len == 0)
        return NULL;
    out->text = arena_copy(arena, headers);
    if (json_parse(arena, out->text, (struct json_limits){.depth = 2}, &document) || document.kind != JSON_ARRAY)
        return bad_headers(arena);
    for (size_t i = 0; i < document.count; i++)
        TRY(read_field(arena, &document.items[i], out));
    return NULL;
}
