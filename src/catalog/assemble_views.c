/* Foreign keys seen through views (PostgREST: foreign key joins on views).
 *
 * A view that shows all columns of one side of a foreign key takes the place of the table on that side. If it shows one
 * of these columns several times, each choice of columns is a relationship of its own. */
#include "assemble.h"

#include <stdlib.h>

/* Maximum number of choices of columns for one side of a foreign key in one view. */
enum { CHOICES_MAX = 16 };

/* A view, and the OID of a table of which it shows a column. */
struct showing {
    uint32_t oid;
    struct relation_facts *view;
};

struct showings {
    struct showing *list;
    size_t count;
};

/* A relation that takes the place of the child or the parent of a foreign key. */
struct side {
    struct relation_facts *facts;
    int *columns;
    bool by_view;
};

struct sides {
    struct arena *arena;
    struct side *list;
    size_t count, cap;
    size_t choices; /* of the view that is being examined */
};

static int by_oid(const void *a, const void *b)
{
    const struct showing *x = a, *y = b;
    if (x->oid != y->oid)
        return x->oid < y->oid ? -1 : 1;
    return slice_cmp(x->view->relation->resource, y->view->relation->resource);
}

/* Returns whether the column shows a table that no earlier column of the view shows. */
static bool is_new(const struct relation_facts *view, size_t column)
{
    for (size_t i = 0; i < column; i++)
        if (view->origins[i].oid == view->origins[column].oid)
            return false;
    return view->origins[column].oid != 0;
}

/* Lists the tables that each served view shows, sorted by the OID of the table. */
static struct showings find_showings(const struct assembly *assembly)
{
    const struct catalog_facts *facts = assembly->facts;
    struct showings found = {0};
    size_t most = 0;
    for (size_t i = 0; i < facts->relation_count; i++)
        most += facts->relations[i].origins ? facts->relations[i].relation->column_count : 0;
    found.list = ARENA_ARRAY(assembly->catalog->arena, struct showing, most);
    for (size_t i = 0; i < facts->relation_count; i++) {
        struct relation_facts *view = &facts->relations[i];
        if (!view->origins || !slice_present(view->relation->resource))
            continue;
        for (size_t c = 0; c < view->relation->column_count; c++)
            if (is_new(view, c))
                found.list[found.count++] = (struct showing){view->origins[c].oid, view};
    }
    if (found.count > 1)
        qsort(found.list, found.count, sizeof(struct showing), by_oid);
    return found;
}

/* Returns the index of the first entry for that table, by binary search. */
static size_t first_showing(const struct showings *showings, uint32_t oid)
{
    size_t low = 0, high = showings->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (showings->list[middle].oid < oid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_side(struct sides *sides, struct relation_facts *facts, const int *columns, size_t count, bool by_view)
{
    if (sides->count == sides->cap) {
        size_t size = sides->cap * sizeof(struct side);
        sides->cap = sides->cap ? 2 * sides->cap : 8;
        sides->list = arena_grow(sides->arena, sides->list, size, sides->cap * sizeof(struct side));
    }
    struct side *side = &sides->list[sides->count++];
    *side = (struct side){.facts = facts, .columns = ARENA_ARRAY(sides->arena, int, count), .by_view = by_view};
    memcpy(side->columns, columns, count * sizeof(int));
}

/* Adds a side for every choice of view columns that show wanted[at] and all that follow; `chosen` holds the choice for
 * those before. */
static void choose(struct sides *sides, struct relation_facts *view, const struct origin *wanted, size_t count,
                   size_t at, int *chosen)
{
    if (at == count) {
        if (sides->choices++ < CHOICES_MAX)
            add_side(sides, view, chosen, count, true);
        return;
    }
    for (size_t i = 0; i < view->relation->column_count && sides->choices <= CHOICES_MAX; i++) {
        if (view->origins[i].oid != wanted[at].oid || view->origins[i].column != wanted[at].column)
            continue;
        chosen[at] = (int)i;
        choose(sides, view, wanted, count, at + 1, chosen);
    }
}

/* Returns the relations that can take the place of the table: the table itself if it is served, then the views. */
static struct sides sides_of(struct assembly *assembly, const struct showings *showings, uint32_t oid,
                             const int *columns, size_t count)
{
    struct arena *arena = assembly->catalog->arena;
    struct relation_facts *table = catalog_facts_relation(assembly->facts, oid);
    struct sides sides = {.arena = arena};
    struct origin *wanted = ARENA_ARRAY(arena, struct origin, count);
    int *chosen = ARENA_ARRAY(arena, int, count);
    for (size_t i = 0; i < count; i++)
        wanted[i] = (struct origin){oid, columns[i]};
    if (table && slice_present(table->relation->resource))
        add_side(&sides, table, columns, count, false);
    for (size_t i = first_showing(showings, oid); i < showings->count && showings->list[i].oid == oid; i++) {
        struct relation_facts *view = showings->list[i].view;
        sides.choices = 0;
        choose(&sides, view, wanted, count, 0, chosen);
        if (sides.choices > CHOICES_MAX)
            findings_add(&assembly->catalog->findings, FINDING_NOTICE, relation_label(view->relation),
                         "it shows a foreign key in more than %d ways, of which the first are served", CHOICES_MAX);
    }
    return sides;
}

static void add_link(struct links *links, const struct link_facts *facts, const struct side *child,
                     const struct side *parent, bool child_unique)
{
    struct link *link = links_add(links);
    *link = (struct link){
        .name = facts->link.name,
        .child = child->facts->relation,
        .parent = parent->facts->relation,
        .columns = child->columns,
        .parent_columns = parent->columns,
        .column_count = facts->link.column_count,
        .by_view = true,
        .child_unique = child_unique,
    };
    link->in_key = assemble_in_key(child->facts, link->columns, link->column_count);
    /* Deleting a row of such a view deletes the table's row, and the foreign key then acts on the children. */
    if (parent->facts->relation->simple && !parent->facts->relation->rewritten && !child->by_view)
        link->on_delete = facts->link.on_delete;
}

void assemble_view_links(struct assembly *assembly, struct links *links)
{
    struct showings showings = find_showings(assembly);
    for (size_t i = 0; showings.count && i < assembly->facts->link_count; i++) {
        const struct link_facts *facts = &assembly->facts->links[i];
        const struct link *link = &facts->link;
        const struct relation_facts *child = catalog_facts_relation(assembly->facts, facts->child_oid);
        bool unique = child && assemble_is_unique(child, link->columns, link->column_count);
        struct sides children = sides_of(assembly, &showings, facts->child_oid, link->columns, link->column_count);
        struct sides parents =
            sides_of(assembly, &showings, facts->parent_oid, link->parent_columns, link->column_count);
        for (size_t c = 0; c < children.count; c++)
            for (size_t p = 0; p < parents.count; p++)
                if (children.list[c].by_view || parents.list[p].by_view)
                    add_link(links, facts, &children.list[c], &parents.list[p], unique);
    }
}

/* Returns the index of the first view column that shows this column of the table, or -1. */
static int shows(const struct relation_facts *view, uint32_t oid, int column)
{
    for (size_t i = 0; i < view->relation->column_count; i++)
        if (view->origins[i].oid == oid && view->origins[i].column == column)
            return (int)i;
    return -1;
}

/* Appends the first columns that show the table's primary key, if the view shows all of it. */
static void add_shown_key(struct relation_facts *view, const struct relation_facts *table)
{
    struct key *key = &view->shown;
    size_t count = key->column_count;
    for (size_t k = 0; k < table->primary.column_count; k++) {
        int column = shows(view, table->relation->oid, table->primary.columns[k]);
        if (column < 0)
            return;
        key->columns[count++] = column;
    }
    key->column_count = count;
    key->arbiter = table->primary.arbiter;
}

void assemble_shown_key(struct assembly *assembly, struct relation_facts *view)
{
    if (!view->origins)
        return;
    view->shown = (struct key){.name = SLICE("shown"),
                               .columns = ARENA_ARRAY(assembly->catalog->arena, int, view->relation->column_count)};
    for (size_t i = 0; i < view->relation->column_count; i++) {
        const struct relation_facts *table =
            is_new(view, i) ? catalog_facts_relation(assembly->facts, view->origins[i].oid) : NULL;
        if (table)
            add_shown_key(view, table);
    }
}
