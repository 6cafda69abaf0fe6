/* Facts about relations written by hand, and the catalog that is assembled from them without a database. */
#ifndef MIDAIR_TESTS_WORLD_H
#define MIDAIR_TESTS_WORLD_H

#include "../../../src/catalog/assemble.h"
#include "midair/catalog/policy.h"
#include "midair/catalog/report.h"

enum { T_INT = 23, T_BIGINT = 20, T_TEXT = 25, T_TSTZ = 1184, T_TS = 1114 };

struct world {
    struct arena *arena;
    struct catalog *catalog;
    struct catalog_facts facts;
};

static inline struct world world_new(void)
{
    struct world world = {.arena = arena_new(0)};
    struct arena *own = arena_new(0);
    world.catalog = ARENA_NEW(own, struct catalog);
    world.catalog->arena = own;
    world.catalog->findings = findings_new(own);
    world.facts.relations = ARENA_ARRAY(world.arena, struct relation_facts, 8);
    world.facts.links = ARENA_ARRAY(world.arena, struct link_facts, 8);
    return world;
}

static inline void world_free(struct world *world)
{
    catalog_free(world->catalog);
    arena_free(world->arena);
}

/* A relation with the columns id, v, created, modified, version; its key is id unless it is a view. */
static inline struct relation_facts *add(struct world *world, const char *schema, const char *name,
                                         enum relation_kind kind)
{
    static const struct {
        const char *name;
        uint32_t type;
    } shape[] = {{"id", T_INT}, {"v", T_TEXT}, {"created", T_TSTZ}, {"modified", T_TSTZ}, {"version", T_BIGINT}};
    struct relation_facts *facts = &world->facts.relations[world->facts.relation_count++];
    struct arena *arena = world->catalog->arena;
    struct relation *relation = facts->relation = ARENA_NEW(arena, struct relation);
    *relation = (struct relation){.schema = slice_of(schema), .name = slice_of(name), .kind = kind};
    relation->oid = (uint32_t)world->facts.relation_count;
    relation->can_select = relation->can_insert = relation->can_update = relation->can_delete = true;
    relation->column_count = sizeof(shape) / sizeof(shape[0]);
    relation->columns = ARENA_ARRAY(arena, struct column, relation->column_count);
    for (size_t i = 0; i < relation->column_count; i++)
        relation->columns[i] = (struct column){.name = slice_of(shape[i].name),
                                               .type_oid = shape[i].type,
                                               .not_null = true,
                                               .can_select = true,
                                               .can_insert = true,
                                               .can_update = true};
    if (kind == RELATION_TABLE)
        facts->primary = (struct key){.columns = ARENA_ARRAY(arena, int, 1), .column_count = 1};
    return facts;
}

static inline void stamped(struct relation_facts *facts)
{
    facts->created = SLICE("created");
    facts->modified = SLICE("modified");
    facts->version = SLICE("version");
    facts->stamp_insert = facts->stamp_update = true;
}

static inline void assemble(struct world *world, const struct resource_decl *decls, size_t count)
{
    static const struct slice schemas[] = {{"a", 1}, {"b", 1}};
    struct catalog_options options = {
        .schemas = schemas, .schema_count = 2, .resources = decls, .resource_count = count};
    catalog_assemble(world->catalog, &world->facts, &options);
}

static inline const struct relation *served(const struct world *world, const char *name)
{
    return catalog_resource(world->catalog, slice_of(name));
}

#endif
