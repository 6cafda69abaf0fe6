#include "midair/json/merge_patch.h"

/* Copies the members of the target that remain, with the changes of the patch. */
static size_t keep_members(struct arena *arena, const struct json *target, const struct json *patch,
                           struct json_member *to)
{
    size_t count = 0;
    for (size_t i = 0; i < target->count; i++) {
        const struct json_member *member = &target->members[i];
        const struct json *change = json_member(patch, member->name);
        if (change && change->kind == JSON_NULL)
            continue;
        to[count] = *member;
        if (change)
            to[count].value = json_merge_patch(arena, &member->value, change);
        count++;
    }
    return count;
}

/* Adds the members that only the patch has. A null removes a member that does not exist, so it is skipped. */
static size_t add_members(struct arena *arena, const struct json *target, const struct json *patch,
                          struct json_member *to)
{
    size_t count = 0;
    for (size_t i = 0; i < patch->count; i++) {
        const struct json_member *change = &patch->members[i];
        if (change->value.kind == JSON_NULL || json_member(target, change->name))
            continue;
        to[count] = *change;
        to[count++].value = json_merge_patch(arena, NULL, &change->value);
    }
    return count;
}

struct json json_merge_patch(struct arena *arena, const struct json *target, const struct json *patch)
{
    static const struct json empty = {.kind = JSON_OBJECT, .height = 1, .nodes = 1, .weight = 2};
    if (patch->kind != JSON_OBJECT)
        return *patch;
    if (!target || target->kind != JSON_OBJECT)
        target = &empty; /* RFC 7396 2: a target that is not an object is treated as {} */
    if (patch->count == 0)
        return *target;
    struct json_member *members = arena_alloc(arena, (target->count + patch->count) * sizeof(*members));
    size_t kept = keep_members(arena, target, patch, members);
    size_t added = add_members(arena, target, patch, members + kept);
    return json_of_object(arena, members, kept + added);
}
