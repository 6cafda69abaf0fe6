#include "sql_stamp_touch_begin.h"
#include "sql_stamp_touch_group.h"
#include "sql_stamp_touch_head.h"
#include "sql_stamp_touch_tail.h"
#include "touch.h"

#include "midair/base/map.h"

/* A name that stands between two @ in a template, and the text that replaces it. */
struct mark {
    const char *name;
    struct slice text;
};

/* Wanted links that refer to the same columns of the same parent. */
struct group {
    size_t number;
    const struct touch_link *first;
    const struct touch_link **links;
    size_t count;
};

static void fill(struct buf *out, const char *text, const struct mark *marks, size_t count)
{
    while (*text) {
        size_t i = 0, len = 0;
        for (; i < count; i++) {
            len = strlen(marks[i].name);
            if (text[0] == '@' && strncmp(text + 1, marks[i].name, len) == 0 && text[len + 1] == '@')
                break;
        }
        if (i < count) {
            buf_put(out, marks[i].text);
            text += len + 2;
        } else {
            buf_byte(out, *text++);
        }
    }
}

static bool same_parent(const struct touch_link *a, const struct touch_link *b)
{
    if (!slice_eq(a->parent_oid, b->parent_oid) || a->pair_count != b->pair_count)
        return false;
    for (size_t i = 0; i < a->pair_count; i++)
        if (!slice_eq(a->pairs[i].parent_ident, b->pairs[i].parent_ident))
            return false;
    return true;
}

static size_t group_links(struct arena *arena, const struct touch_child *child, struct group *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < child->link_count; i++) {
        const struct touch_link *link = &child->links[i];
        size_t at = 0;
        if (!link->wanted)
            continue;
        while (at < count && !same_parent(groups[at].first, link))
            at++;
        if (at == count)
            groups[count++] = (struct group){
                .number = at, .first = link, .links = ARENA_ARRAY(arena, const struct touch_link *, child->link_count)};
        groups[at].links[groups[at].count++] = link;
    }
    return count;
}

static struct slice key_variable(struct arena *arena, const struct group *group, size_t part)
{
    return arena_printf(arena, "key%zu_%zu", group->number, part);
}

/* Appends a SELECT of the parents' keys from `source`, a FROM item that gets the alias `record`; without a source, from
 * the row variable `record` itself. */
static void put_source(struct buf *out, const struct touch_link *link, const char *record, const char *source)
{
    buf_z(out, out->len ? " UNION SELECT " : "SELECT DISTINCT ");
    for (size_t i = 0; i < link->pair_count; i++)
        buf_printf(out, "%sCAST(%s.%.*s AS %.*s)", i ? ", " : "", record, SLICE_ARG(link->pairs[i].child_ident),
                   SLICE_ARG(link->pairs[i].type));
    if (source)
        buf_printf(out, " FROM %s AS %s", source, record);
    for (size_t i = 0; i < link->pair_count; i++)
        buf_printf(out, "%s%s.%.*s IS NOT NULL", i ? " AND " : " WHERE ", record,
                   SLICE_ARG(link->pairs[i].child_ident));
}

/* Returns the query for the keys that an event touches: those of the old rows, of the new rows, or of all rows of the
 * table. */
static struct slice keys_of(struct arena *arena, const struct touch_child *child, const struct group *group, bool old,
                            bool new, bool all)
{
    struct buf out = buf_new(arena, 256);
    bool rows = child->table.partitioned;
    for (size_t i = 0; i < group->count; i++) {
        if (old)
            put_source(&out, group->links[i], rows ? "OLD" : "o", rows ? NULL : "midair_old");
        if (new)
            put_source(&out, group->links[i], rows ? "NEW" : "n", rows ? NULL : "midair_new");
        if (all)
            put_source(&out, group->links[i], "a", child->table.ident.at);
    }
    return buf_slice(&out);
}

/* Returns what `put` writes for each column of the group's key, with the separator between them. */
static struct slice each(struct arena *arena, const struct group *group, const char *separator,
                         void (*put)(struct buf *out, const struct group *group, size_t part))
{
    struct buf out = buf_new(arena, 128);
    for (size_t i = 0; i < group->first->pair_count; i++) {
        buf_z(&out, i ? separator : "");
        put(&out, group, i);
    }
    return buf_slice(&out);
}

static void put_gather(struct buf *out, const struct group *group, size_t part)
{
    (void)group;
    buf_printf(out, "pg_catalog.array_agg(c.k%zu)", part);
}

static void put_variable(struct buf *out, const struct group *group, size_t part)
{
    BUF_LIT(out, "midair.");
    buf_put(out, key_variable(out->arena, group, part));
}

static void put_order(struct buf *out, const struct group *group, size_t part)
{
    (void)group;
    buf_printf(out, "%zu", part + 1);
}

static void put_name(struct buf *out, const struct group *group, size_t part)
{
    (void)group;
    buf_printf(out, "k%zu", part);
}

static void put_unnest(struct buf *out, const struct group *group, size_t part)
{
    buf_printf(out, "pg_catalog.unnest(midair.%.*s)", SLICE_ARG(key_variable(out->arena, group, part)));
}

static void put_match(struct buf *out, const struct group *group, size_t part)
{
    const struct touch_pair *pair = &group->first->pairs[part];
    buf_printf(out, "t.%.*s %.*s k.k%zu", SLICE_ARG(pair->parent_ident), SLICE_ARG(pair->equality), part);
}

static void put_declaration(struct buf *out, const struct group *group, size_t part)
{
    buf_printf(out, "    %.*s %.*s[];\n", SLICE_ARG(key_variable(out->arena, group, part)),
               SLICE_ARG(group->first->pairs[part].type));
}

static void put_group(struct buf *out, const struct touch_child *child, const struct group *group)
{
    struct arena *arena = out->arena;
    const struct touch_link *link = group->first;
    struct slice names = each(arena, group, ", ", put_name);
    struct slice unnest = each(arena, group, ", ", put_unnest);
    const struct mark marks[] = {
        {"gather", each(arena, group, ", ", put_gather)},
        {"into", each(arena, group, ", ", put_variable)},
        {"order", each(arena, group, ", ", put_order)},
        {"names", names},
        {"match", each(arena, group, " AND ", put_match)},
        {"inserted", keys_of(arena, child, group, false, true, false)},
        {"deleted", keys_of(arena, child, group, true, false, false)},
        {"updated", keys_of(arena, child, group, true, true, false)},
        {"truncated", keys_of(arena, child, group, false, false, true)},
        {"first", arena_printf(arena, "midair.%.*s", SLICE_ARG(key_variable(arena, group, 0)))},
        {"keys", arena_printf(arena, "ROWS FROM (%.*s) AS k (%.*s)", SLICE_ARG(unnest), SLICE_ARG(names))},
        {"parent", link->parent_ident},
        {"tag", arena_printf(arena, "%016llx", (unsigned long long)map_hash(link->parent_ident))},
        {"modified", name_quote(arena, link->stamped[ROLE_MODIFIED])},
        {"version", name_quote(arena, link->stamped[ROLE_VERSION])},
    };
    fill(out, sql_stamp_touch_group, marks, sizeof(marks) / sizeof(marks[0]));
}

struct slice touch_function_body(struct arena *arena, const struct touch_child *child)
{
    struct group *groups = ARENA_ARRAY(arena, struct group, child->link_count);
    size_t count = group_links(arena, child, groups);
    struct buf declare = buf_new(arena, 128), out = buf_new(arena, 4096);
    for (size_t i = 0; i < count; i++)
        buf_put(&declare, each(arena, &groups[i], "", put_declaration));
    fill(&out, sql_stamp_touch_head, &(struct mark){"declare", buf_slice(&declare)}, 1);
    for (size_t i = 0; i < count; i++)
        put_group(&out, child, &groups[i]);
    buf_z(&out, sql_stamp_touch_tail);
    return buf_slice(&out);
}

struct slice touch_begin_body(void)
{
    return slice_of(sql_stamp_touch_begin);
}

static const char *trigger_name(enum touch_trigger trigger)
{
    static const char *const names[] = {
#define X(name, text) text,
        TOUCH_TRIGGERS(X)
#undef X
    };
    return names[trigger];
}

/* Returns the command that creates the function. It is SECURITY DEFINER because a role that may write a child need not
 * have the right to write its parents. */
struct slice touch_create_function(struct arena *arena, struct slice name, struct slice body)
{
    return arena_printf(
        arena,
        "CREATE OR REPLACE FUNCTION midair_triggers.%.*s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "$midair$%.*s$midair$",
        SLICE_ARG(name), SLICE_ARG(body));
}

/* The events and levels of the triggers: `statement` for plain tables, `row` for partitioned ones. Statement triggers
 * of a partitioned table do not fire when a partition is written directly, whereas its row triggers also exist on each
 * partition. */
static const struct {
    const char *event, *statement, *row;
} timings[TOUCH_COUNT] = {
    [TOUCH_BEGIN] = {"BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE", "FOR EACH STATEMENT", "FOR EACH STATEMENT"},
    [TOUCH_INSERT] = {"AFTER INSERT", "REFERENCING NEW TABLE AS midair_new FOR EACH STATEMENT", "FOR EACH ROW"},
    [TOUCH_UPDATE] = {"AFTER UPDATE", "REFERENCING OLD TABLE AS midair_old NEW TABLE AS midair_new FOR EACH STATEMENT",
                      "FOR EACH ROW"},
    [TOUCH_DELETE] = {"AFTER DELETE", "REFERENCING OLD TABLE AS midair_old FOR EACH STATEMENT", "FOR EACH ROW"},
    [TOUCH_TRUNCATE] = {"BEFORE TRUNCATE", "FOR EACH STATEMENT", "FOR EACH STATEMENT"},
};

struct slice touch_create_trigger(struct arena *arena, const struct touch_child *child, enum touch_trigger trigger,
                                  struct slice function)
{
    struct buf out = buf_new(arena, 256);
    const struct stamp_table *table = &child->table;
    buf_printf(&out, "CREATE TRIGGER %s %s ON %.*s %s ", trigger_name(trigger), timings[trigger].event,
               SLICE_ARG(table->ident), table->partitioned ? timings[trigger].row : timings[trigger].statement);
    if (trigger == TOUCH_BEGIN) {
        BUF_LIT(&out, "WHEN (pg_catalog.starts_with(pg_catalog.current_setting('midair.touch', true), '-')) "
                      "EXECUTE FUNCTION midair_triggers.touch_begin()");
        return buf_slice(&out);
    }
    buf_printf(&out, "EXECUTE FUNCTION midair_triggers.%.*s('" TOUCH_REVISION "'", SLICE_ARG(function));
    for (size_t i = 0; i < child->link_count; i++)
        if (child->links[i].wanted)
            buf_printf(&out, ", %.*s", SLICE_ARG(name_literal(arena, child->links[i].name)));
    BUF_LIT(&out, ")");
    return buf_slice(&out);
}
