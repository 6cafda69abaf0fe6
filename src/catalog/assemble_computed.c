#include "assemble.h"

#include "midair/catalog/name.h"
#include "midair/json/write.h"

static struct relation *find_relation(const struct catalog *catalog, uint32_t oid)
{
    for (size_t i = 0; oid && i < catalog->relation_count; i++)
        if (catalog->relations[i]->oid == oid)
            return catalog->relations[i];
    return NULL;
}

/* Returns whether the function takes precedence over another of its name. Functions come in the order of the schemas,
 * but one in the relation's own schema precedes those of other schemas. */
static bool hides(const struct relation *relation, const struct function *function)
{
    return slice_eq(function->schema, relation->schema);
}

static struct slice member_of(struct arena *arena, struct slice name)
{
    struct buf member = buf_new(arena, name.len + 4);
    json_put_string(&member, name);
    buf_byte(&member, ':');
    return buf_slice(&member);
}

/* Returns the value of the function as a column. Every role that may select the row may select it. */
static struct column field_of(struct arena *arena, const struct function *function, const struct relation *target)
{
    struct column field = {.type = target ? target->ident : SLICE(""), .form = FORM_TO_JSON};
    if (function->shape == RESULT_SCALAR)
        field = function->result->columns[0];
    field.is_array = slice_ends(field.type, SLICE("[]"));
    field.name = function->name;
    field.member = member_of(arena, function->name);
    field.comment = function->comment;
    field.can_select = true;
    field.function = name_ident(arena, function->schema, function->name);
    field.may_write = function->volatility == VOLATILITY_VOLATILE;
    return field;
}

static void add_field(struct arena *arena, struct relation *relation, const struct function *function,
                      const struct relation *target)
{
    if (relation_column(relation, function->name))
        return; /* the column of that name hides the field */
    for (size_t i = 0; i < relation->computed.field_count; i++)
        if (slice_eq(relation->computed.fields[i].name, function->name)) {
            if (hides(relation, function))
                relation->computed.fields[i] = field_of(arena, function, target);
            return;
        }
    size_t size = relation->computed.field_count * sizeof(struct column);
    relation->computed.fields = arena_grow(arena, relation->computed.fields, size, size + sizeof(struct column));
    relation->computed.fields[relation->computed.field_count++] = field_of(arena, function, target);
}

static void add_link(struct arena *arena, struct relation *relation, const struct function *function,
                     const struct relation *target)
{
    struct computed_link link = {.name = function->name,
                                 .ident = name_ident(arena, function->schema, function->name),
                                 .target = target,
                                 .returns_set = function->returns_set,
                                 .one = !function->returns_set || function->returns_one,
                                 .may_write = function->volatility == VOLATILITY_VOLATILE};
    for (size_t i = 0; i < relation->computed.link_count; i++)
        if (slice_eq(relation->computed.links[i].name, link.name)) {
            if (hides(relation, function))
                relation->computed.links[i] = link;
            return;
        }
    size_t size = relation->computed.link_count * sizeof(link);
    relation->computed.links = arena_grow(arena, relation->computed.links, size, size + sizeof(link));
    relation->computed.links[relation->computed.link_count++] = link;
}

static void add_functions(const struct catalog *catalog, const struct function *functions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct function *function = &functions[i];
        struct relation *relation = find_relation(catalog, function->argument_oid);
        if (!relation || function->shape == RESULT_VOID)
            continue;
        const struct relation *target = find_relation(catalog, function->relation_oid);
        if (!function->returns_set)
            add_field(catalog->arena, relation, function, target);
        if (target)
            add_link(catalog->arena, relation, function, target);
    }
}

void assemble_computed(struct assembly *assembly)
{
    const struct catalog *catalog = assembly->catalog;
    add_functions(catalog, catalog->functions, catalog->function_count);
    add_functions(catalog, assembly->facts->row_functions, assembly->facts->row_function_count);
}
