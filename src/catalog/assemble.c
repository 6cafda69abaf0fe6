#include "assemble.h"

#include "midair/catalog/name.h"
#include "midair/json/write.h"

#include <stdlib.h>

struct relation_facts *catalog_facts_relation(const struct catalog_facts *facts, uint32_t oid)
{
    for (size_t i = 0; oid != 0 && i < facts->relation_count; i++)
        if (facts->relations[i].relation->oid == oid)
            return &facts->relations[i];
    return NULL;
}

static void prepare(struct arena *arena, struct relation_facts *facts)
{
    struct relation *relation = facts->relation;
    relation->ident = name_ident(arena, relation->schema, relation->name);
    relation->resource = relation->own_name = SLICE_ABSENT;
    relation->hidden = false;
    relation->key = facts->primary;
    relation->by_name = map_new(arena);
    for (size_t i = 0; i < relation->column_count; i++) {
        struct column *column = &relation->columns[i];
        struct buf member = buf_new(arena, column->name.len + 4);
        json_put_string(&member, column->name);
        buf_byte(&member, ':');
        column->member = buf_slice(&member);
        map_put(&relation->by_name, column->name, column);
    }
}

static struct policy *policy_copy(struct arena *arena, const struct policy *policy)
{
    struct policy *copy = ARENA_NEW(arena, struct policy);
    *copy = *policy;
    copy->etag_field = arena_copy(arena, policy->etag_field);
    copy->cache_control = arena_copy(arena, policy->cache_control);
    return copy;
}

/* A precondition is required by default where the row has stamps (docs/http.md section 4). */
static void resolve_if_match(struct relation *relation)
{
    if (!relation->policy->if_match_set)
        relation->policy->if_match = relation->stamp.kind == STAMP_VERSION ? IF_MATCH_REQUIRED : IF_MATCH_OPTIONAL;
}

static void check_etag_field(struct findings *findings, const struct relation *relation)
{
    struct slice field = relation->policy->etag_field;
    if (field.len > 0 && relation_column(relation, field))
        findings_add(
            findings, FINDING_WARNING, relation_label(relation),
            "the column \"%.*s\" is hidden by the member that carries the entity tag: choose another etag_field",
            SLICE_ARG(field));
}

static void check_column(struct findings *findings, const struct relation *relation, int index, bool writes)
{
    if (index < 0)
        return;
    const struct column *column = &relation->columns[index];
    if (relation->can_select && !column->can_select)
        findings_add(findings, FINDING_WARNING, relation_label(relation),
                     "the role may not read the column \"%.*s\", which URLs and entity tags need: GRANT SELECT on it",
                     SLICE_ARG(column->name));
    if (writes && !column->can_update)
        findings_add(
            findings, FINDING_WARNING, relation_label(relation),
            "the role may update rows but not the stamp \"%.*s\", so that every update fails: GRANT UPDATE on it",
            SLICE_ARG(column->name));
}

/* Reports missing privileges on the columns that midair reads and sets in every statement of its own. */
static void check_privileges(struct findings *findings, const struct relation *relation)
{
    bool writes = relation->can_update && !relation->stamp.by_base && !relation->stamp.left;
    for (size_t i = 0; i < relation->key.column_count; i++)
        check_column(findings, relation, relation->key.columns[i], false);
    check_column(findings, relation, relation->stamp.modified, writes);
    check_column(findings, relation, relation->stamp.version, writes);
}

/* Hashes what the digest in a tag covers besides the row (docs/http.md section 3): how the database renders the rows of
 * the relation, and the name of the member that carries the tag. Transaction ids are only comparable within one run of
 * the server, so the hash covers that run too when the tag is made of them. */
static uint64_t shape_of(const struct catalog *catalog, const struct relation_facts *facts)
{
    const struct relation *relation = facts->relation;
    bool counted = relation->stamp.kind == STAMP_XMIN;
    uint64_t hash = map_hash(facts->shape) * 31 + map_hash(relation->policy->etag_field);
    return hash * 31 + map_hash(counted ? catalog->incarnation : SLICE(""));
}

static void complete(struct assembly *assembly, size_t index)
{
    struct relation_facts *facts = &assembly->facts->relations[index];
    struct relation *relation = facts->relation;
    const struct resource_decl *decl = assembly->decls[index];
    relation->policy = policy_copy(assembly->catalog->arena, decl ? &decl->policy : &assembly->options->defaults);
    assemble_shown_key(assembly, facts);
    assemble_key(assembly, facts, decl);
    assemble_stamp(assembly, facts, decl);
    relation->shape = shape_of(assembly->catalog, facts);
    resolve_if_match(relation);
    check_etag_field(&assembly->catalog->findings, relation);
    check_privileges(&assembly->catalog->findings, relation);
}

static int by_resource(const void *a, const void *b)
{
    const struct relation *const *x = a, *const *y = b;
    int order = slice_cmp((*x)->resource, (*y)->resource);
    order = order ? order : (*x)->hidden - (*y)->hidden;
    return order ? order : slice_cmp((*x)->ident, (*y)->ident);
}

static void index_resources(struct catalog *catalog)
{
    if (catalog->relation_count > 1)
        qsort(catalog->relations, catalog->relation_count, sizeof(struct relation *), by_resource);
    catalog->by_resource = map_new(catalog->arena);
    for (size_t i = 0; i < catalog->relation_count; i++)
        if (!catalog->relations[i]->hidden)
            map_put(&catalog->by_resource, catalog->relations[i]->resource, catalog->relations[i]);
}

/* Completes either the tables or all other relations. Tables must be completed first, because a view takes its stamps
 * from a stamped table. */
static void complete_kind(struct assembly *assembly, bool tables)
{
    for (size_t i = 0; i < assembly->facts->relation_count; i++) {
        const struct relation *relation = assembly->facts->relations[i].relation;
        bool table = relation->kind == RELATION_TABLE || relation->kind == RELATION_PARTITIONED;
        if (slice_present(relation->resource) && table == tables)
            complete(assembly, i);
    }
}

void catalog_assemble(struct catalog *catalog, struct catalog_facts *facts, const struct catalog_options *options)
{
    struct arena *arena = catalog->arena;
    struct assembly assembly = {catalog, facts, options, NULL};
    assembly.decls = ARENA_ARRAY(arena, const struct resource_decl *, facts->relation_count);
    for (size_t i = 0; i < facts->relation_count; i++)
        prepare(arena, &facts->relations[i]);
    assemble_names(&assembly);
    complete_kind(&assembly, true);
    complete_kind(&assembly, false);

    catalog->relations = ARENA_ARRAY(arena, struct relation *, facts->relation_count);
    catalog->relation_count = 0;
    for (size_t i = 0; i < facts->relation_count; i++)
        if (slice_present(facts->relations[i].relation->resource))
            catalog->relations[catalog->relation_count++] = facts->relations[i].relation;
    index_resources(catalog);
    assemble_links(&assembly);
    assemble_computed(&assembly);
    assemble_media(&assembly);
    assemble_functions(&assembly);
}
