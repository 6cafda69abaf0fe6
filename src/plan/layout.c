#include "midair/plan/layout.h"

#include "midair/base/text.h"
#include "midair/http/etag.h"
#include "midair/json/write.h"
#include "midair/plan/moment.h"

/* The index of the cell with that expression; adds it if the layout does not have it yet. */
static size_t want(struct layout *layout, enum fetch_kind kind, size_t column)
{
    for (size_t i = 0; i < layout->fetch_count; i++)
        if (layout->fetches[i].kind == kind && layout->fetches[i].column == column)
            return i;
    layout->fetches[layout->fetch_count] = (struct fetch){.kind = kind, .column = column};
    return layout->fetch_count++;
}

static struct slice as_member(struct arena *arena, struct slice label)
{
    struct buf member = buf_new(arena, label.len + 4);
    json_put_string(&member, label);
    buf_byte(&member, ':');
    return buf_slice(&member);
}

static struct slice member_of(struct arena *arena, const struct column *column, struct slice label)
{
    bool known = slice_present(column->member) && slice_eq(label, column->name);
    return known ? column->member : as_member(arena, label);
}

static void show(struct arena *arena, struct layout *layout, struct slice label, size_t index)
{
    const struct column *column = relation_field(layout->relation, index);
    size_t cell = want(layout, column->form == FORM_TO_JSON ? FETCH_TO_JSON : FETCH_COLUMN, index);
    struct slice member = member_of(arena, column, label);
    layout->shown[layout->shown_count++] = (struct shown){label, member, index, cell, column->form};
}

static void show_output(struct arena *arena, struct layout *layout, const struct query_output *output)
{
    if (query_is_field(output->item)) {
        show(arena, layout, output->label, output->item->column);
        return;
    }
    layout->fetches[layout->fetch_count] = (struct fetch){.kind = FETCH_ITEM, .column = NO_COLUMN, .output = output};
    layout->shown[layout->shown_count++] =
        (struct shown){output->label, as_member(arena, output->label), NO_COLUMN, layout->fetch_count++, FORM_JSON};
}

static void want_key(struct arena *arena, struct layout *layout)
{
    const struct key *key = &layout->relation->key;
    bool readable = key->column_count > 0;
    for (size_t i = 0; i < key->column_count; i++)
        readable = readable && layout->relation->columns[key->columns[i]].can_select;
    if (!readable)
        return;
    layout->key_cells = ARENA_ARRAY(arena, int, key->column_count);
    for (size_t i = 0; i < key->column_count; i++)
        layout->key_cells[i] = (int)want(layout, FETCH_COLUMN, (size_t)key->columns[i]);
}

static void want_stamp(struct layout *layout)
{
    const struct stamp *stamp = &layout->relation->stamp;
    switch (stamp->kind) {
    case STAMP_VERSION:
        layout->version_cell = (int)want(layout, FETCH_COLUMN, (size_t)stamp->version);
        layout->modified_cell = (int)want(layout, FETCH_COLUMN, (size_t)stamp->modified);
        break;
    case STAMP_XMIN:
        layout->xmin_cell = (int)want(layout, FETCH_XMIN, 0);
        layout->ctid_cell = (int)want(layout, FETCH_CTID, 0);
        break;
    case STAMP_CONTENT:
        layout->content_cell = (int)want(layout, FETCH_CONTENT, 0);
        break;
    case STAMP_NONE:
        break;
    }
    if (relation_has_tables(layout->relation))
        layout->table_cell = (int)want(layout, FETCH_TABLE, 0);
}

/* Adds the cells that tags are made from. Groups of rows have neither key nor state. */
static void want_state(struct arena *arena, struct layout *layout)
{
    if (layout->query && layout->query->aggregated)
        return;
    if (!layout->relation->can_select)
        want(layout, FETCH_NOTHING, 0); /* such a role may still insert rows */
    want_key(arena, layout);
    if (layout->key_cells)
        want_stamp(layout);
    if (layout->key_cells && layout->query && layout->query->embeds)
        layout->tree_digest = tree_digest_of_query(arena, layout->query);
    if (layout->tree_digest)
        layout->tree_digest_cell = (int)want(layout, FETCH_TREE, 0);
}

struct layout *layout_untagged(struct arena *arena, const struct relation *relation, const struct query *query)
{
    struct layout *layout = ARENA_NEW(arena, struct layout);
    bool chosen = query && query->has_select;
    bool computed = relation->stamp.partial || (chosen && query->computed);
    size_t most = chosen ? query->output_count : relation->column_count;
    *layout = (struct layout){.relation = relation,
                              .query = chosen ? query : NULL,
                              .plain = !chosen,
                              .computed = computed,
                              .by_content = computed || (chosen && query->embeds),
                              .version_cell = NO_CELL,
                              .modified_cell = NO_CELL,
                              .xmin_cell = NO_CELL,
                              .ctid_cell = NO_CELL,
                              .content_cell = NO_CELL,
                              .table_cell = NO_CELL,
                              .rendered_cell = NO_CELL,
                              .tree_digest_cell = NO_CELL,
                              .clock_cell = NO_CELL};
    layout->shown = ARENA_ARRAY(arena, struct shown, most);
    layout->fetches = ARENA_ARRAY(arena, struct fetch, most + relation->key.column_count + 6);
    for (size_t i = 0; i < most; i++) {
        if (chosen)
            show_output(arena, layout, &query->outputs[i]);
        else if (relation->columns[i].can_select)
            show(arena, layout, relation->columns[i].name, i);
    }
    return layout;
}

struct layout *layout_new(struct arena *arena, const struct relation *relation, const struct query *query)
{
    struct layout *layout = layout_untagged(arena, relation, query);
    want_state(arena, layout);
    return layout;
}

void layout_want_clock(struct layout *layout)
{
    if (layout->modified_cell != NO_CELL)
        layout->clock_cell = (int)want(layout, FETCH_CLOCK, 0);
}

struct layout *layout_for_preconds(struct arena *arena, const struct relation *relation)
{
    struct layout *layout = layout_new(arena, relation, NULL);
    layout_want_clock(layout);
    return layout;
}

bool layout_clock(const struct layout *layout, const struct rows *rows, size_t row, int64_t *second)
{
    return layout->clock_cell != NO_CELL && text_i64(rows_cell(rows, row, (size_t)layout->clock_cell), second);
}

struct layout *layout_rendered(struct arena *arena, const struct relation *relation, const struct query *query,
                               enum fetch_kind rendered, const struct handler *handler)
{
    struct layout *layout = layout_new(arena, relation, query);
    layout->shown_count = layout->fetch_count = 0; /* the one rendered cell shows all of it */
    want_state(arena, layout);
    layout->rendered_cell = (int)want(layout, rendered, 0);
    layout->handler = handler;
    layout->by_content = true;
    layout->plain = false;
    return layout;
}

static struct slice *take_keys(const struct layout *layout, const struct rows *rows, size_t row, struct slice *keys)
{
    for (size_t i = 0; i < layout->relation->key.column_count; i++)
        keys[i] = rows_cell(rows, row, (size_t)layout->key_cells[i]);
    return keys;
}

struct slice *layout_keys(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row)
{
    if (!layout->key_cells)
        return NULL;
    return take_keys(layout, rows, row, ARENA_ARRAY(arena, struct slice, layout->relation->key.column_count));
}

bool layout_state(const struct layout *layout, const struct rows *rows, size_t row, struct state *out)
{
    *out = (struct state){.kind = layout->relation->stamp.kind};
    if (!layout->key_cells)
        return false;
    if (layout->table_cell != NO_CELL)
        out->table = rows_u32(rows, row, (size_t)layout->table_cell);
    switch (out->kind) {
    case STAMP_VERSION:
        return text_i64(rows_cell(rows, row, (size_t)layout->version_cell), &out->version) &&
               moment_parse(rows_cell(rows, row, (size_t)layout->modified_cell), &out->moment);
    case STAMP_XMIN:
        out->ctid = rows_cell(rows, row, (size_t)layout->ctid_cell);
        return out->ctid.len > 4 && text_u64(rows_cell(rows, row, (size_t)layout->xmin_cell), &out->xmin);
    case STAMP_CONTENT:
        out->content = rows_cell(rows, row, (size_t)layout->content_cell);
        return slice_present(out->content);
    case STAMP_NONE:
        break;
    }
    return false;
}

bool layout_put_tag(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct slice few[4], *keys = few;
    struct state state;
    if (!layout_state(layout, rows, row, &state))
        return false;
    if (layout->relation->key.column_count > sizeof(few) / sizeof(*few))
        keys = ARENA_ARRAY(buf->arena, struct slice, layout->relation->key.column_count);
    state_write(buf, layout->relation, take_keys(layout, rows, row, keys), &state);
    if (layout->tree_digest) {
        buf_byte(buf, '~');
        buf_put(buf, tree_digest_text(buf->arena, layout->tree_digest,
                                      rows_cell(rows, row, (size_t)layout->tree_digest_cell)));
    }
    return true;
}

struct slice layout_full_tag(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct buf buf = buf_new(arena, 64);
    return layout_put_tag(&buf, layout, rows, row) ? buf_slice(&buf) : SLICE_ABSENT;
}

struct slice layout_tag(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row)
{
    return tag_state(layout_full_tag(arena, layout, rows, row));
}
