#include "raised.h"

#include "midair/base/text.h"
#include "midair/http/problem.h"
#include "midair/json/gate.h"

enum { FIELDS_MAX = 16 };

/* An error has rolled everything back, so it never tells of success; and it has content, which 304 has not. */
bool raised_is_status(int64_t status)
{
    return status >= 300 && status <= 599 && status != 304;
}

enum err_kind raised_kind(int status)
{
    if (status == 400)
        return ERR_BAD_VALUE;
    for (int kind = 0; status < 500 && kind < ERR_KINDS; kind++)
        if (problem_kind_status((enum err_kind)kind) == status)
            return (enum err_kind)kind;
    return status < 500 ? ERR_BAD_VALUE : ERR_DATABASE;
}

static struct err *unreadable(struct arena *arena, const char *which, const char *hint)
{
    struct err *err = err_new(arena, ERR_DATABASE, "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error");
    err->code = SLICE("PGRST121");
    err->details = slice_of(which);
    return err_hint(arena, err, "%s", hint);
}

static struct err *bad_message(struct arena *arena)
{
    return unreadable(arena, "Invalid JSON value for MESSAGE",
                      "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: "
                      "'details', 'hint'.");
}

static struct err *bad_detail(struct arena *arena, bool missing)
{
    return unreadable(arena, missing ? "DETAIL is missing in the RAISE statement" : "Invalid JSON value for DETAIL",
                      "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: "
                      "'status_text'.");
}

/* A member that is a text; where it is optional, null or absent as well. */
static bool take_text(const struct json *object, const char *name, bool optional, struct slice *out)
{
    const struct json *member = json_member(object, slice_of(name));
    *out = SLICE_ABSENT;
    if (!member || member->kind == JSON_NULL)
        return optional;
    *out = member->text;
    return member->kind == JSON_STRING;
}

static bool take_message(const struct json *said, struct err *out)
{
    return take_text(said, "code", false, &out->code) && take_text(said, "message", false, &out->detail) &&
           take_text(said, "details", true, &out->details) && take_text(said, "hint", true, &out->hint);
}

/* What of them can be sent is for others to decide. */
static bool take_fields(struct arena *arena, const struct json *headers, struct fields *out)
{
    if (!headers || headers->kind != JSON_OBJECT || headers->count > FIELDS_MAX)
        return false;
    out->items = ARENA_ARRAY(arena, struct field, headers->count);
    for (size_t i = 0; i < headers->count; i++) {
        const struct json_member *member = &headers->members[i];
        if (member->value.kind != JSON_STRING)
            return false;
        out->items[out->count++] = (struct field){member->name, member->value.text};
    }
    return true;
}

static bool take_detail(struct arena *arena, const struct json *how, struct err *out)
{
    const struct json *number = json_member(how, SLICE("status"));
    struct slice ignored;
    int64_t status = 0;
    if (!number || number->kind != JSON_NUMBER || !text_i64(number->text, &status) || !raised_is_status(status))
        return false;
    struct problem *problem = problem_of(arena, out);
    problem->status = (int)status;
    out->kind = raised_kind((int)status);
    return take_text(how, "status_text", true, &ignored) &&
           take_fields(arena, json_member(how, SLICE("headers")), &problem->fields);
}

struct err *raised_error(struct arena *arena, struct slice message, struct slice detail)
{
    const struct json_limits limits = {.depth = 4};
    struct err *err = err_new(arena, ERR_DATABASE, "%s", "");
    struct json said, how;
    if (json_parse(arena, message, limits, &said) || !take_message(&said, err))
        return bad_message(arena);
    if (!slice_present(detail) || json_parse(arena, detail, limits, &how))
        return bad_detail(arena, !slice_present(detail));
    return take_detail(arena, &how, err) ? err : bad_detail(arena, false);
}
