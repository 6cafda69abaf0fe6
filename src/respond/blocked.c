#include "parts.h"

#include "midair/http/problem.h"
#include "midair/json/build.h"

static struct err *reason(const struct ask *ask, const struct blocked *blocked)
{
    struct arena *arena = ask->arena;
    struct slice name = blocked->link->child->resource;
    switch (blocked->why) {
    case BLOCKED_BY_DATABASE:
        return err_hint(
            arena,
            err_new(arena, ERR_CONFLICT, "Rows of %.*s refer to this one, so it cannot be deleted.", SLICE_ARG(name)),
            "Delete them or let them refer to another row first.");
    case BLOCKED_REFUSED:
        return err_hint(arena,
                        err_new(arena, ERR_CONFLICT, "Rows of %.*s would be deleted too, and that is not allowed here.",
                                SLICE_ARG(name)),
                        "Delete them first.");
    case BLOCKED_UNGUARDED:
        break;
    }
    struct err *err =
        err_new(arena, blocked->conditions_missing ? ERR_PRECONDITION_REQUIRED : ERR_CONFLICT,
                "Rows of %.*s would be deleted too, and the precondition does not cover them.", SLICE_ARG(name));
    return err_hint(arena, err,
                    "GET the row with them embedded (select=*,%.*s(*)) and send the ETag of that in If-Match; "
                    "If-Match: * says: whatever is there now.",
                    SLICE_ARG(name));
}

void respond_blocked(const struct ask *ask, const struct blocked *blocked, struct http_response *out)
{
    const struct link *link = blocked->link;
    struct err *err = reason(ask, blocked);
    struct buf members = buf_new(ask->arena, 256);
    struct json_out json = json_out_new(&members);
    json_out_name(&json, SLICE("blocked_by"));
    json_out_object(&json);
    json_out_member_string(&json, "resource", link->child->resource);
    json_out_member_string(&json, "constraint", link->name);
    if (blocked->count >= 0)
        json_out_member_int(&json, "count", blocked->count);
    struct slice parent_path =
        blocked->keys ? route_children_path(
                            ask->arena, route_item_path(ask->arena, ask->base_path, link->parent, blocked->keys), link)
                      : route_collection_path(ask->arena, ask->base_path, link->child);
    json_out_member_string(&json, "link", parent_path);
    json_out_end_object(&json);
    problem_of(ask->arena, err)->members = buf_slice(&members);
    if (slice_present(blocked->code))
        err->code = blocked->code;
    respond_failure(ask, err, out);
}
