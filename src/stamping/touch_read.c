#include "touch.h"

#include "sql_stamp_links.h"

static void read_pair(struct arena *arena, const struct rows *rows, size_t row, struct touch_pair *pair)
{
    pair->child = arena_copy(arena, rows_cell(rows, row, 6));
    pair->child_ident = name_quote(arena, pair->child);
    pair->parent_ident = name_quote(arena, rows_cell(rows, row, 7));
    pair->type = arena_copy(arena, rows_cell(rows, row, 8));
    pair->equality = arena_copy(arena, rows_cell(rows, row, 9));
}

/* Sets the parent's stamp columns as this run leaves them, or as they are if this run does not stamp the parent. */
static void read_stamped(struct stamp_plan *plan, const struct rows *rows, size_t row, struct touch_link *link)
{
    const struct stamp_table *planned = map_get(&plan->tables, link->parent_oid);
    size_t count = 0;
    const struct slice *now = planned ? NULL : stamp_arguments(plan->arena, rows_cell(rows, row, 10), &count);
    for (size_t role = 0; role < STAMP_ROLES; role++)
        link->stamped[role] = planned ? planned->columns[role].name : count >= STAMP_ROLES ? now[role] : SLICE_ABSENT;
}

static void read_link(struct stamp_plan *plan, const struct rows *rows, size_t row, struct touch_link *link)
{
    struct arena *arena = plan->arena;
    link->name = arena_copy(arena, rows_cell(rows, row, 0));
    link->parent_oid = arena_copy(arena, rows_cell(rows, row, 1));
    link->parent_ident = name_ident(arena, rows_cell(rows, row, 2), rows_cell(rows, row, 3));
    link->owner = rows_bool(rows, row, 5) ? SLICE_ABSENT : arena_copy(arena, rows_cell(rows, row, 4));
    link->pairs = ARENA_ARRAY(arena, struct touch_pair, rows->row_count);
    read_stamped(plan, rows, row, link);
}

struct err *touch_read_links(struct stamp_plan *plan, struct touch_child *child)
{
    ROWS_AUTO rows = {0};
    TRY(stamp_ask(plan, sql_stamp_links, (const char *const[]){child->table.oid.at}, 1, &rows));
    child->links = ARENA_ARRAY(plan->arena, struct touch_link, rows.row_count);
    child->link_count = 0;
    for (size_t row = 0; row < rows.row_count; row++) {
        if (row == 0 || !slice_eq(rows_cell(&rows, row, 0), rows_cell(&rows, row - 1, 0)))
            read_link(plan, &rows, row, &child->links[child->link_count++]);
        struct touch_link *link = &child->links[child->link_count - 1];
        read_pair(plan->arena, &rows, row, &link->pairs[link->pair_count++]);
    }
    return NULL;
}

bool touch_split(struct arena *arena, struct slice text, struct slice *table, struct name_part *column)
{
    struct name name;
    bool quoted = false;
    size_t dot = text.len;
    for (size_t i = 0; i < text.len; i++) {
        quoted = quoted != (text.at[i] == '"');
        if (text.at[i] == '.' && !quoted)
            dot = i;
    }
    *table = slice_head(text, dot);
    if (dot == text.len || !name_parse(arena, slice_from(text, dot + 1), &name))
        return false;
    *column = name.table;
    return !slice_present(name.schema.exact) && name_parse(arena, *table, &name);
}
