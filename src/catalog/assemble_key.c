#include "assemble.h"

#include "midair/base/buf.h"
#include "midair/catalog/policy.h"

/* Returns whether the key is not empty and all its columns are among `columns`. */
static bool within(const struct key *key, const int *columns, size_t count)
{
    for (size_t i = 0; i < key->column_count; i++) {
        size_t j = 0;
        while (j < count && columns[j] != key->columns[i])
            j++;
        if (j == count)
            return false;
    }
    return key->column_count > 0;
}

bool assemble_is_unique(const struct relation_facts *facts, const int *columns, size_t count)
{
    if (within(&facts->primary, columns, count))
        return true;
    for (size_t i = 0; i < facts->relation->unique_count; i++)
        if (within(&facts->relation->uniques[i], columns, count))
            return true;
    return false;
}

/* Returns whether all of `columns` are part of the key. */
static bool covers(const struct key *key, const int *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < key->column_count && key->columns[k] != columns[i])
            k++;
        if (k == key->column_count)
            return false;
    }
    return true;
}

bool assemble_in_key(const struct relation_facts *facts, const int *columns, size_t count)
{
    return covers(&facts->relation->key, columns, count) || covers(&facts->primary, columns, count) ||
           covers(&facts->shown, columns, count);
}

/* Returns the index of the column with this name from the configured list, or -1 with a finding when it cannot be part
 * of a key. */
static int key_column(struct findings *findings, const struct relation *relation, const struct key *key,
                      struct slice name)
{
    const struct column *column = relation_column(relation, name);
    if (!column) {
        findings_add(findings, FINDING_ERROR, relation_label(relation), "key: there is no column \"%.*s\"",
                     SLICE_ARG(name));
        return -1;
    }
    if (column->form == FORM_JSON && !column->is_jsonb) {
        findings_add(findings, FINDING_ERROR, relation_label(relation),
                     "key: the column \"%.*s\" is json, which has no equality", SLICE_ARG(name));
        return -1;
    }
    int index = (int)relation_column_index(relation, column);
    for (size_t i = 0; i < key->column_count; i++) {
        if (key->columns[i] == index) {
            findings_add(findings, FINDING_ERROR, relation_label(relation), "key: the column \"%.*s\" is named twice",
                         SLICE_ARG(name));
            return -1;
        }
    }
    return index;
}

static bool same_columns(const struct key *a, const struct key *b)
{
    return a->column_count == b->column_count && within(a, b->columns, b->column_count);
}

/* Returns whether ON CONFLICT can name the columns of a configured key. */
static bool is_arbiter(const struct relation_facts *facts, const struct key *key)
{
    if (same_columns(&facts->primary, key))
        return facts->primary.arbiter;
    for (size_t i = 0; i < facts->relation->unique_count; i++)
        if (same_columns(&facts->relation->uniques[i], key))
            return facts->relation->uniques[i].arbiter;
    return false;
}

static bool key_configured(struct assembly *assembly, const struct relation *relation, struct slice list,
                           struct key *out)
{
    struct slice head, tail = list;
    struct key key = {.name = SLICE("configured"), .chosen = true};
    key.columns = ARENA_ARRAY(assembly->catalog->arena, int, list.len + 1);
    bool good = true;
    while (slice_present(tail)) {
        slice_cut(tail, ',', &head, &tail);
        int index = key_column(&assembly->catalog->findings, relation, &key, slice_trim(head));
        if (index >= 0)
            key.columns[key.column_count++] = index;
        good = good && index >= 0;
    }
    *out = key;
    return good;
}

static bool is_view(const struct relation *relation)
{
    return relation->kind == RELATION_VIEW || relation->kind == RELATION_MATVIEW;
}

/* Returns whether each row of the view is one row of a table, possibly through other views, and the columns show a key
 * of that table. Nothing can be proven of other views. */
static bool shows_key_of_table(const struct assembly *assembly, const struct relation_facts *view,
                               const struct key *key)
{
    if (!view->relation->simple || !view->origins)
        return false;
    int *columns = ARENA_ARRAY(assembly->catalog->arena, int, key->column_count);
    size_t count = 0;
    const struct relation_facts *table = NULL;
    for (size_t i = 0; i < key->column_count; i++) {
        const struct origin *origin = &view->origins[key->columns[i]];
        table = table ? table : catalog_facts_relation(assembly->facts, origin->oid);
        if (table && origin->oid == table->relation->oid)
            columns[count++] = origin->column;
    }
    return table && !table->relation->inherited && assemble_is_unique(table, columns, count);
}

/* Returns whether the database guarantees that the key is unique. */
static bool is_proven(const struct assembly *assembly, const struct relation_facts *facts, const struct key *key)
{
    if (facts->relation->inherited)
        return false;
    return assemble_is_unique(facts, key->columns, key->column_count) ||
           (is_view(facts->relation) && shows_key_of_table(assembly, facts, key));
}

static void check_unique(struct assembly *assembly, const struct relation *relation)
{
    struct findings *findings = &assembly->catalog->findings;
    if (relation->key.unique || !relation->key.column_count)
        return;
    if (relation->inherited)
        findings_add(findings, FINDING_WARNING, relation_label(relation),
                     "tables inherit from it, whose rows may have the same keys: a write that reaches several rows is "
                     "refused");
    else if (is_view(relation) && relation->policy->key_unique != KEY_UNIQUE_TRUST)
        findings_add(findings, FINDING_ERROR, relation_label(relation),
                     "nothing proves that the key of this view is unique: choose columns that show a key of its one "
                     "table, or set key_unique = trust");
}

static void check_key(struct assembly *assembly, const struct relation_facts *facts)
{
    const struct relation *relation = facts->relation;
    struct findings *findings = &assembly->catalog->findings;
    bool table = relation->kind == RELATION_TABLE || relation->kind == RELATION_PARTITIONED;
    if (table && !relation->inherited && !assemble_is_unique(facts, relation->key.columns, relation->key.column_count))
        findings_add(findings, FINDING_WARNING, relation_label(relation),
                     "nothing in the database keeps the configured key unique: add a unique constraint");
    for (size_t i = 0; table && i < relation->key.column_count; i++) {
        const struct column *column = &relation->columns[relation->key.columns[i]];
        if (!column->not_null)
            findings_add(findings, FINDING_WARNING, relation_label(relation),
                         "the key column \"%.*s\" may be NULL; such rows have no URL", SLICE_ARG(column->name));
    }
}

/* Returns whether the rows of a view are rows of one table, show the key of that table, and are written without rules
 * or INSTEAD OF triggers. */
static bool has_key_of_table(const struct relation_facts *facts)
{
    return facts->relation->simple && !facts->relation->rewritten && facts->shown.column_count > 0;
}

static void keyless_view(struct assembly *assembly, const struct relation_facts *facts)
{
    struct buf names = buf_new(assembly->catalog->arena, 64);
    for (size_t i = 0; i < facts->shown.column_count; i++) {
        buf_z(&names, i ? ", " : " key = ");
        buf_put(&names, facts->relation->columns[facts->shown.columns[i]].name);
    }
    if (!has_key_of_table(facts))
        names.len = 0;
    findings_add(&assembly->catalog->findings, FINDING_NOTICE, relation_label(facts->relation),
                 "a view without a key: served %s; set key to have them%s%.*s",
                 assembly->options->view_keys ? "without items and tags" : "read-only and without items",
                 names.len ? ":" : "", SLICE_ARG(buf_slice(&names)));
}

static void choose_key(struct assembly *assembly, struct relation_facts *facts, const struct resource_decl *decl)
{
    struct relation *relation = facts->relation;
    if (decl && slice_present(decl->key)) {
        struct key key;
        if (key_configured(assembly, relation, decl->key, &key)) {
            key.arbiter = is_arbiter(facts, &key);
            relation->key = key;
            check_key(assembly, facts);
        }
        return;
    }
    relation->key.chosen = false;
    if (assembly->options->view_keys && has_key_of_table(facts))
        relation->key = facts->shown;
    if (relation->key.column_count > 0)
        return;
    if (is_view(relation))
        keyless_view(assembly, facts);
    else
        findings_add(&assembly->catalog->findings, FINDING_NOTICE, relation_label(relation),
                     "no primary key: served without items; add one, or set key");
}

void assemble_key(struct assembly *assembly, struct relation_facts *facts, const struct resource_decl *decl)
{
    struct key *key = &facts->relation->key;
    choose_key(assembly, facts, decl);
    key->unique = key->column_count && is_proven(assembly, facts, key);
    key->arbiter = key->arbiter && !facts->relation->inherited; /* the index does not cover the tables that inherit */
    check_unique(assembly, facts->relation);
}
