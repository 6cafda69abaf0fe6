#include "assemble.h"

#include "midair/catalog/name.h"

static const struct slice RESERVED = {"rpc", 3};

/* Returns whether the name is one that midair itself uses in URLs. */
static bool is_own(struct slice name)
{
    return name.at[0] == '_' || slice_eq(name, RESERVED);
}

static void report(struct assembly *assembly, enum finding_level level, struct slice resource, const char *text)
{
    findings_add(&assembly->catalog->findings, level, resource, "%s", text);
}

/* Returns the index of the relation with these exact names, or relation_count. */
static size_t find_exact(const struct catalog_facts *facts, struct slice schema, struct slice table)
{
    size_t i = 0;
    while (i < facts->relation_count && !(slice_eq(facts->relations[i].relation->name, table) &&
                                          slice_eq(facts->relations[i].relation->schema, schema)))
        i++;
    return i;
}

static size_t find_in_schemas(const struct assembly *assembly, struct slice table)
{
    const struct catalog_options *options = assembly->options;
    size_t none = assembly->facts->relation_count;
    for (size_t i = 0; i < options->schema_count; i++) {
        size_t at = find_exact(assembly->facts, options->schemas[i], table);
        if (at != none)
            return at;
    }
    return none;
}

/* Finds the table as SQL would read the name. If there is none, the name is tried exactly as written, because users
 * forget the quotes. */
static size_t find_named(const struct assembly *assembly, const struct name *name)
{
    size_t none = assembly->facts->relation_count, at;
    if (!slice_present(name->schema.exact)) {
        at = find_in_schemas(assembly, name->table.folded);
        return at != none ? at : find_in_schemas(assembly, name->table.exact);
    }
    at = find_exact(assembly->facts, name->schema.folded, name->table.folded);
    return at != none ? at : find_exact(assembly->facts, name->schema.exact, name->table.exact);
}

static size_t find_declared(struct assembly *assembly, const struct resource_decl *decl)
{
    size_t none = assembly->facts->relation_count;
    if (!slice_present(decl->table)) {
        size_t at = find_in_schemas(assembly, decl->name);
        if (at == none)
            report(assembly, FINDING_ERROR, decl->name,
                   "no table or view of this name in the exposed schemas: set table");
        return at;
    }
    struct name name;
    if (!name_parse(assembly->catalog->arena, decl->table, &name)) {
        findings_add(&assembly->catalog->findings, FINDING_ERROR, decl->name,
                     "table = %.*s is not a table name: write table or schema.table, parts in double quotes if need be",
                     SLICE_ARG(decl->table));
        return none;
    }
    size_t at = find_named(assembly, &name);
    if (at == none)
        findings_add(&assembly->catalog->findings, FINDING_ERROR, decl->name,
                     "the table %.*s does not exist, or is a partition, or belongs to an extension",
                     SLICE_ARG(decl->table));
    return at;
}

static bool name_allowed(struct assembly *assembly, struct slice name)
{
    if (name.len == 0 || is_own(name)) {
        report(assembly, FINDING_ERROR, name, "this name is reserved by midair: choose another for the resource");
        return false;
    }
    return true;
}

static void bind_declaration(struct assembly *assembly, const struct resource_decl *decl, struct map *taken)
{
    if (!name_allowed(assembly, decl->name))
        return;
    size_t at = find_declared(assembly, decl);
    if (at == assembly->facts->relation_count)
        return;
    struct relation *relation = assembly->facts->relations[at].relation;
    if (assembly->decls[at]) {
        findings_add(&assembly->catalog->findings, FINDING_ERROR, decl->name,
                     "the table %.*s is already served as %.*s", SLICE_ARG(relation->ident),
                     SLICE_ARG(relation->resource));
        return;
    }
    if (map_get(taken, decl->name)) {
        report(assembly, FINDING_ERROR, decl->name, "two resources of this name are declared");
        return;
    }
    assembly->decls[at] = decl;
    relation->resource = arena_copy(assembly->catalog->arena, decl->name);
    map_put(taken, relation->resource, relation);
}

static void name_undeclared(struct assembly *assembly, struct relation *relation, struct map *taken)
{
    struct findings *findings = &assembly->catalog->findings;
    if (is_own(relation->name)) {
        findings_add(findings, FINDING_NOTICE, relation->ident,
                     "not served, since midair reserves its name: declare it under another name");
        return;
    }
    const struct relation *other = map_get(taken, relation->name);
    if (!other) {
        relation->resource = relation->name;
        map_put(taken, relation->resource, relation);
    } else if (slice_eq(other->schema, relation->schema)) {
        findings_add(findings, FINDING_NOTICE, relation->ident,
                     "not served, since /%.*s is %.*s: declare it under another name", SLICE_ARG(relation->name),
                     SLICE_ARG(other->ident));
    } else {
        relation->resource = relation->name;
        relation->hidden = true;
        findings_add(findings, FINDING_NOTICE, relation->ident,
                     "served with the profile \"%.*s\" only, since /%.*s is %.*s: declare it under another name to "
                     "have it without",
                     SLICE_ARG(relation->schema), SLICE_ARG(relation->name), SLICE_ARG(other->ident));
    }
}

/* Builds the names of one schema: those of its resources, and the tables' own names where no resource has that name. */
static void name_profile(struct assembly *assembly, struct exposed *profile)
{
    const struct catalog_facts *facts = assembly->facts;
    profile->by_resource = map_new(assembly->catalog->arena);
    for (size_t i = 0; i < facts->relation_count; i++) {
        struct relation *relation = facts->relations[i].relation;
        if (slice_present(relation->resource) && slice_eq(relation->schema, profile->name))
            map_put(&profile->by_resource, relation->resource, relation);
    }
    for (size_t i = 0; i < facts->relation_count; i++) {
        struct relation *relation = facts->relations[i].relation;
        if (!slice_present(relation->resource) || !slice_eq(relation->schema, profile->name) ||
            is_own(relation->name) || map_get(&profile->by_resource, relation->name))
            continue;
        relation->own_name = relation->name;
        map_put(&profile->by_resource, relation->name, relation);
    }
}

static void name_profiles(struct assembly *assembly)
{
    const struct catalog_options *options = assembly->options;
    struct catalog *catalog = assembly->catalog;
    if (!catalog->schemas) {
        catalog->schemas = ARENA_ARRAY(catalog->arena, struct exposed, options->schema_count);
        catalog->schema_count = options->schema_count;
        for (size_t i = 0; i < options->schema_count; i++)
            catalog->schemas[i].name = arena_copy(catalog->arena, options->schemas[i]);
    }
    for (size_t i = 0; i < catalog->schema_count; i++)
        name_profile(assembly, &catalog->schemas[i]);
}

void assemble_names(struct assembly *assembly)
{
    const struct catalog_options *options = assembly->options;
    const struct catalog_facts *facts = assembly->facts;
    struct map taken = map_new(assembly->catalog->arena);
    for (size_t i = 0; i < options->resource_count; i++)
        bind_declaration(assembly, &options->resources[i], &taken);
    for (size_t s = 0; s < options->schema_count; s++)
        for (size_t i = 0; i < facts->relation_count; i++)
            if (!assembly->decls[i] && !slice_present(facts->relations[i].relation->resource) &&
                slice_eq(facts->relations[i].relation->schema, options->schemas[s]))
                name_undeclared(assembly, facts->relations[i].relation, &taken);
    name_profiles(assembly);
}
