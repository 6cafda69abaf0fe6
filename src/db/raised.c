#include "raised.h"

#include "midair/base/text.h"
#include "midair/json/gate.h"

enum { FIELDS_MAX = 16 };

enum err_kind raised_kind(int status)
{
    if (status == 400)
        return ERR_BAD_VALUE;
    for (int kind = 0; kind < ERR_KINDS; kind++)
        if (err_status((enum err_kind)kind) == status)
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

static struct slice member_text(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, slice_of(name));
    return member && member->kind == JSON_STRING ? member->text : SLICE_ABSENT;
}

/* What of them can be sent is for others to judge. */
static bool take_fields(struct arena *arena, const struct json *headers, struct err *err)
{
    if (!headers || headers->kind != JSON_OBJECT || headers->count > FIELDS_MAX)
        return false;
    err->fields = ARENA_ARRAY(arena, struct slice, 2 * headers->count + 1);
    for (size_t i = 0; i < headers->count; i++) {
        const struct json_member *member = &headers->members[i];
        if (member->value.kind != JSON_STRING)
            return false;
        err->fields[2 * err->field_count] = member->name;
        err->fields[2 * err->field_count++ + 1] = member->value.text;
    }
    return true;
}

struct err *raised_error(struct arena *arena, struct slice message, struct slice detail)
{
    const struct json_limits limits = {.depth = 4};
    struct json said, how;
    int64_t status = 0;
    if (json_parse(arena, message, limits, &said) || !slice_present(member_text(&said, "code")) ||
        !slice_present(member_text(&said, "message")))
        return bad_message(arena);
    if (!slice_present(detail) || json_parse(arena, detail, limits, &how))
        return bad_detail(arena, !slice_present(detail));
    const struct json *number = json_member(&how, SLICE("status"));
    if (!number || number->kind != JSON_NUMBER || !text_i64(number->text, &status) || status < 300 || status > 599)
        return bad_detail(arena, false);
    struct err *err = err_new(arena, raised_kind((int)status), "%.*s", SLICE_ARG(member_text(&said, "message")));
    err->status = (int)status;
    err->code = member_text(&said, "code");
    err->details = member_text(&said, "details");
    err->hint = member_text(&said, "hint");
    return take_fields(arena, json_member(&how, SLICE("headers")), err) ? err : bad_detail(arena, false);
}
