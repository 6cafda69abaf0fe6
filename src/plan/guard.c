#include "midair/plan/guard.h"

#include "midair/plan/tree_digest.h"

/* Parent paths */

const struct ancestor *parent_path_parent(const struct parent_path *parent_path)
{
    return &parent_path->ancestors[parent_path->count - 1];
}

bool parent_path_resolves(const struct ancestor *ancestor)
{
    const struct link *link = ancestor->link;
    const struct key *key = &ancestor->relation->key;
    size_t found = 0;
    if (link->by_view || ancestor->relation->row_security)
        return false; /* the view may lack rows of the table, and a policy may hide them, which foreign keys ignore */
    for (size_t i = 0; i < link->column_count; i++)
        if (!slice_present(ancestor->values[i]))
            return false;
    for (size_t k = 0; k < key->column_count; k++)
        for (size_t i = 0; i < link->column_count; i++)
            if (link->parent_columns[i] == key->columns[k]) {
                found++;
                break;
            }
    return found == key->column_count;
}

const struct slice *parent_path_value(const struct parent_path *parent_path, size_t column)
{
    if (!parent_path || parent_path->count == 0)
        return NULL;
    const struct ancestor *parent = parent_path_parent(parent_path);
    for (size_t i = 0; i < parent->link->column_count; i++)
        if (parent->link->columns[i] == (int)column)
            return &parent->values[i];
    return NULL;
}

struct parent_path parent_path_above(const struct parent_path *parent_path, size_t index)
{
    return (struct parent_path){parent_path->ancestors, index};
}

/* Guards */

/* Collects the states of those tags that belong to this row; weak tags only if `weak_too` (RFC 9110 13.1.1: If-Match
 * compares strongly). Returns their number. */
static size_t own_states(struct arena *arena, const struct tag_list *list, bool weak_too,
                         const struct relation *relation, const struct slice *keys, struct state *states)
{
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct tag *tag = &list->tags[i];
        struct state state;
        struct slice text;
        if ((tag->weak && !weak_too) || !state_read(arena, tag->opaque, &state, &text))
            continue;
        if (state.kind == relation->stamp.kind && state_belongs(arena, text, relation, keys))
            states[n++] = state;
    }
    return n;
}

static bool covers_more(const struct tag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (slice_present(tree_digest_of_tag(list->tags[i].opaque)))
            return true;
    return false;
}

/* If-Unmodified-Since is ignored when If-Match is present (RFC 9110 13.1.4), and used only for rows with a
 * modification date. */
struct guard guard_make(struct arena *arena, const struct preconds *preconds, const struct relation *relation,
                        const struct slice *keys, bool keys_exact)
{
    const struct tag_list *match = &preconds->if_match, *none = &preconds->if_none_match;
    struct guard guard = {
        .must_exist = match->kind != TAGS_ABSENT,
        .listed = match->kind == TAGS_LIST,
        .must_be_absent = none->kind == TAGS_ANY,
        .has_unmodified_since =
            preconds->has_unmodified_since && match->kind == TAGS_ABSENT && relation->stamp.kind == STAMP_VERSION,
        .unmodified_since = preconds->unmodified_since,
    };
    if (!keys_exact && (match->kind == TAGS_LIST || none->kind == TAGS_LIST)) {
        guard.unresolved = true;
        return guard;
    }
    if (match->kind == TAGS_LIST) {
        guard.any_of = ARENA_ARRAY(arena, struct state, match->count);
        guard.any_count = own_states(arena, match, false, relation, keys, guard.any_of);
        guard.unresolved = guard.any_count && covers_more(match);
    }
    if (none->kind == TAGS_LIST) {
        guard.none_of = ARENA_ARRAY(arena, struct state, none->count);
        guard.none_count = own_states(arena, none, true, relation, keys, guard.none_of);
    }
    return guard;
}

bool guard_empty(const struct guard *guard)
{
    return !guard->must_be_absent && !guard->must_exist && !guard->listed && guard->none_count == 0 &&
           !guard->has_unmodified_since && !guard->unresolved;
}

bool guard_hopeless(const struct guard *guard)
{
    return guard->listed && guard->any_count == 0 && !guard->unresolved;
}
