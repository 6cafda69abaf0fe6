/* JSON schemas of columns and rows, by how PostgreSQL writes values of a type as JSON. */
#include "parts.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"

/* Types for which the form alone does not determine the schema. Their oids are fixed in PostgreSQL's catalog. */
static const struct {
    uint32_t oid;
    const char *type, *format;
} known[] = {
    {20, "integer", "int64"}, {21, "integer", "int32"},  {23, "integer", "int32"}, {26, "integer", "int64"},
    {700, "number", "float"}, {701, "number", "double"}, {1700, "number", NULL},   {2950, "string", "uuid"},
};

static void name_type(const struct column *column, const char **type, const char **format)
{
    static const char *const forms[] = {
        [FORM_STRING] = "string",    [FORM_NUMBER] = "number",      [FORM_BOOL] = "boolean", [FORM_DATE] = "string",
        [FORM_TIMESTAMP] = "string", [FORM_TIMESTAMPTZ] = "string", [FORM_JSON] = NULL,      [FORM_TO_JSON] = NULL};
    *type = forms[column->form];
    /* A timestamp without time zone has no offset, so its format is not date-time (RFC 3339 5.6). */
    *format = column->form == FORM_DATE ? "date" : column->form == FORM_TIMESTAMPTZ ? "date-time" : NULL;
    if (column->is_array) {
        *type = "array";
        return;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        bool fits = (column->form == FORM_NUMBER) == (strcmp(known[i].type, "string") != 0);
        if (known[i].oid == column->type_oid && fits && (column->form == FORM_NUMBER || column->form == FORM_STRING)) {
            *type = known[i].type;
            *format = known[i].format;
        }
    }
}

/* The length in a type such as "character varying(20)". False for every other type. */
static bool length_of(struct slice type, uint64_t *length)
{
    size_t open = slice_find(type, '(');
    struct slice name = slice_head(type, open), rest = slice_from(type, open + 1);
    bool counted = slice_eq(name, SLICE("character varying")) || slice_eq(name, SLICE("character"));
    return counted && rest.len > 1 && text_u64(slice_head(rest, slice_find(rest, ')')), length);
}

static void add_type(cJSON *schema, const char *type, bool nullable)
{
    if (!type)
        return;
    if (!nullable) {
        cJSON_AddStringToObject(schema, "type", type);
        return;
    }
    cJSON *types = cJSON_AddArrayToObject(schema, "type");
    cJSON_AddItemToArray(types, cJSON_CreateString(type));
    cJSON_AddItemToArray(types, cJSON_CreateString("null"));
}

static void add_enum(cJSON *schema, struct arena *arena, const struct column *column, bool nullable)
{
    if (column->enum_count == 0 || column->is_array)
        return;
    cJSON *labels = cJSON_AddArrayToObject(schema, "enum");
    for (size_t i = 0; i < column->enum_count; i++)
        cJSON_AddItemToArray(labels, cJSON_CreateString(arena_copy(arena, column->enum_values[i]).at));
    if (nullable)
        cJSON_AddItemToArray(labels, cJSON_CreateNull());
}

cJSON *openapi_column(struct arena *arena, const struct relation *relation, size_t index)
{
    const struct column *column = &relation->columns[index];
    const char *type, *format;
    uint64_t length;
    bool nullable = !column->not_null;
    cJSON *schema = cJSON_CreateObject();
    name_type(column, &type, &format);
    add_type(schema, type, nullable);
    if (format)
        cJSON_AddStringToObject(schema, "format", format);
    if (column->is_array)
        cJSON_AddObjectToObject(schema, "items");
    if (length_of(column->type, &length))
        cJSON_AddNumberToObject(schema, "maxLength", (double)length);
    add_enum(schema, arena, column, nullable);
    if (relation_is_stamp(relation, index) || column->generated || column->identity_always)
        cJSON_AddTrueToObject(schema, "readOnly");
    openapi_text(schema, arena, "description", column->comment);
    return schema;
}

/* Whether an insert must contain the column. The schema also describes the rows of responses, which have only columns
 * that the role may read, so other columns are not required. */
static bool must_be_given(const struct relation *relation, size_t index)
{
    const struct column *column = &relation->columns[index];
    return column->not_null && !column->has_default && !column->generated && !column->identity_always &&
           column->can_select && !relation_is_stamp(relation, index);
}

cJSON *openapi_row(struct arena *arena, const struct relation *relation)
{
    cJSON *schema = cJSON_CreateObject(), *required = cJSON_CreateArray();
    cJSON_AddStringToObject(schema, "type", "object");
    openapi_text(schema, arena, "description", relation->comment);
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    for (size_t i = 0; i < relation->column_count; i++) {
        const struct column *column = &relation->columns[i];
        const char *name = text_cstr(arena, column->name);
        if (!name || !(column->can_select || column->can_insert || column->can_update))
            continue;
        cJSON_AddItemToObject(properties, name, openapi_column(arena, relation, i));
        if (must_be_given(relation, i))
            cJSON_AddItemToArray(required, cJSON_CreateString(name));
    }
    struct slice etag = relation->policy->etag_field;
    if (etag.len && relation->stamp.kind != STAMP_NONE && !relation_column(relation, etag)) {
        cJSON *tag = cJSON_AddObjectToObject(properties, arena_copy(arena, etag).at);
        cJSON_AddStringToObject(tag, "type", "string");
        cJSON_AddTrueToObject(tag, "readOnly");
        cJSON_AddStringToObject(tag, "description", "The entity tag of this row, for If-Match.");
    }
    if (cJSON_GetArraySize(required))
        cJSON_AddItemToObject(schema, "required", required);
    else
        cJSON_Delete(required);
    return schema;
}

/* The schema of a type without a column, for parameters of functions. User-defined types, and types with several JSON
 * forms, accept anything. */
cJSON *openapi_type(uint32_t oid, struct slice type)
{
    static const struct {
        uint32_t oid;
        const char *type, *format;
    } others[] = {{16, "boolean", NULL},         {25, "string", NULL},     {1042, "string", NULL},
                  {1043, "string", NULL},        {1082, "string", "date"}, {1114, "string", NULL},
                  {1184, "string", "date-time"}, {1186, "string", NULL},   {17, "string", NULL}};
    cJSON *schema = cJSON_CreateObject();
    const char *name = slice_ends(type, SLICE("[]")) ? "array" : NULL, *format = NULL;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].oid == oid) {
            name = known[i].type;
            format = known[i].format;
        }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i].oid == oid) {
            name = others[i].type;
            format = others[i].format;
        }
    if (name)
        cJSON_AddStringToObject(schema, "type", name);
    if (format)
        cJSON_AddStringToObject(schema, "format", format);
    if (name && strcmp(name, "array") == 0)
        cJSON_AddObjectToObject(schema, "items");
    return schema;
}

cJSON *openapi_filter(struct arena *arena, const struct relation *relation)
{
    cJSON *one = cJSON_CreateObject();
    cJSON_AddStringToObject(one, "name", "filter");
    cJSON_AddStringToObject(one, "in", "query");
    cJSON_AddStringToObject(one, "description",
                            "column=operator.value, any number of them; or=(...) and and=(...) as well.");
    cJSON_AddStringToObject(one, "style", "form");
    cJSON_AddTrueToObject(one, "explode");
    cJSON *schema = cJSON_AddObjectToObject(one, "schema");
    cJSON_AddStringToObject(schema, "type", "object");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    for (size_t i = 0; i < relation->column_count; i++) {
        const char *name = text_cstr(arena, relation->columns[i].name);
        if (name && relation->columns[i].can_select)
            cJSON_AddItemToObject(properties, name, openapi_ref(arena, "schemas", "_filter"));
    }
    cJSON_AddItemToObject(schema, "additionalProperties", openapi_ref(arena, "schemas", "_filter"));
    return one;
}
