#include "reading.h"
#include "view_targets.h"

#include "midair/base/text.h"

#include <stdlib.h>

#include "sql_read_views.h"

/* Objects with a lower OID belong to PostgreSQL itself, and no foreign key refers to them. VIEWS_DEEP limits how many
 * views are followed. */
enum { FIRST_NORMAL_OID = 16384, VIEWS_DEEP = 64 };

struct view {
    uint32_t oid;
    struct view_target *targets;
    size_t target_count;
};

struct views {
    struct view *list; /* sorted by OID */
    size_t count;
};

static bool has_views(const struct reading *reading)
{
    for (size_t i = 0; i < reading->facts.relation_count; i++) {
        enum relation_kind kind = reading->facts.relations[i].relation->kind;
        if (kind == RELATION_VIEW || kind == RELATION_MATVIEW)
            return true;
    }
    return false;
}

static const struct view *find_view(const struct views *views, uint32_t oid)
{
    size_t low = 0, high = views->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (views->list[middle].oid < oid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < views->count && views->list[low].oid == oid ? &views->list[low] : NULL;
}

static const struct view_target *find_target(const struct view *view, int number)
{
    for (size_t i = 0; i < view->target_count; i++)
        if (view->targets[i].number == number)
            return &view->targets[i];
    return NULL;
}

/* Follows a column through a chain of views and returns the table's column at its end; oid is 0 if there is none. */
static struct origin resolve(const struct views *views, const struct view *view, int number)
{
    for (int depth = 0; depth < VIEWS_DEEP; depth++) {
        const struct view_target *target = find_target(view, number);
        if (!target || target->table < FIRST_NORMAL_OID)
            break;
        view = find_view(views, target->table);
        if (!view)
            return (struct origin){target->table, target->column};
        number = target->column;
    }
    return (struct origin){0};
}

static void parse_rules(struct reading *reading, const struct rows *rows, struct views *views)
{
    views->list = ARENA_ARRAY(reading->scratch, struct view, rows->row_count);
    for (size_t i = 0; i < rows->row_count; i++) {
        struct view *view = &views->list[views->count++];
        view->oid = rows_u32(rows, i, 0);
        view->targets = view_targets(reading->scratch, rows_cell(rows, i, 1), &view->target_count);
    }
}

/* Sets the origins of all views. The columns of a view are numbered from 1 without gaps, because none can be dropped.
 * The origins hold column numbers until read_view_origins() converts them to indexes. */
static void set_origins(struct reading *reading, const struct views *views)
{
    for (size_t i = 0; i < reading->facts.relation_count; i++) {
        struct relation_facts *facts = &reading->facts.relations[i];
        const struct view *view = find_view(views, facts->relation->oid);
        if (!view)
            continue;
        facts->origins = ARENA_ARRAY(reading->scratch, struct origin, view->target_count);
        facts->origin_count = view->target_count;
        for (size_t c = 0; c < view->target_count; c++)
            facts->origins[c] = resolve(views, view, (int)c + 1);
    }
}

static int compare_oids(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Lists the tables that views show, each once, and returns their number. */
static size_t list_tables(struct reading *reading, uint32_t **out)
{
    size_t most = 0, count = 0, kept = 0;
    const struct catalog_facts *facts = &reading->facts;
    for (size_t i = 0; i < facts->relation_count; i++)
        most += facts->relations[i].origin_count;
    uint32_t *list = *out = ARENA_ARRAY(reading->scratch, uint32_t, most);
    for (size_t i = 0; i < facts->relation_count; i++)
        for (size_t c = 0; c < facts->relations[i].origin_count; c++)
            if (facts->relations[i].origins[c].oid)
                list[count++] = facts->relations[i].origins[c].oid;
    if (count > 1)
        qsort(list, count, sizeof(*list), compare_oids);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[kept++] = list[i];
    return kept;
}

/* Adds the tables that are known only through views to the facts. They have no name, so they are not served. */
static void add_tables(struct reading *reading)
{
    uint32_t *tables;
    size_t count = list_tables(reading, &tables), known = reading->facts.relation_count;
    struct catalog_facts *facts = &reading->facts;
    struct buf oids = buf_new(reading->scratch, strlen(reading->oids) + 11 * count + 2);
    facts->relations = arena_grow(reading->scratch, facts->relations, known * sizeof(*facts->relations),
                                  (known + count) * sizeof(*facts->relations));
    buf_put(&oids, slice_make(reading->oids, strlen(reading->oids) - 1));
    for (size_t i = 0; i < count; i++) {
        if (catalog_facts_relation(facts, tables[i]))
            continue;
        struct relation_facts *table = &facts->relations[facts->relation_count++];
        *table = (struct relation_facts){.relation = ARENA_NEW(reading->catalog->arena, struct relation)};
        table->relation->oid = tables[i];
        buf_byte(&oids, ',');
        buf_u64(&oids, tables[i]);
    }
    buf_z(&oids, "}");
    buf_byte(&oids, '\0');
    reading->oids = oids.at;
}

struct err *read_views(struct reading *reading)
{
    ROWS_AUTO rows = {0};
    struct views views = {0};
    if (!has_views(reading))
        return NULL;
    TRY(reading_run(reading, sql_read_views, reading->oids, &rows));
    parse_rules(reading, &rows, &views);
    set_origins(reading, &views);
    add_tables(reading);
    return NULL;
}

static int index_of(const struct relation_facts *table, int number)
{
    for (size_t i = 0; i < table->relation->column_count; i++)
        if (table->numbers[i] == number)
            return (int)i;
    return -1;
}

/* Returns the facts of the table. Columns of one table usually follow each other, so the last table found is tried
 * first. */
static const struct relation_facts *table_of(const struct reading *reading, const struct relation_facts *last,
                                             uint32_t oid)
{
    return last && last->relation->oid == oid ? last : catalog_facts_relation(&reading->facts, oid);
}

void read_view_origins(struct reading *reading)
{
    const struct relation_facts *table = NULL;
    for (size_t i = 0; i < reading->facts.relation_count; i++) {
        struct relation_facts *view = &reading->facts.relations[i];
        if (view->origins && view->origin_count != view->relation->column_count)
            view->origins = NULL;
        for (size_t c = 0; view->origins && c < view->origin_count; c++) {
            struct origin *origin = &view->origins[c];
            table = table_of(reading, table, origin->oid);
            int index = table ? index_of(table, origin->column) : -1;
            *origin = index < 0 ? (struct origin){0} : (struct origin){origin->oid, index};
        }
    }
}
