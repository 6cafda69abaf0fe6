/* LAYER: stamping */
/* Introspection of a nasty schema by a real PostgreSQL, and what midair check says about it. */
#include "database.h"

#include "midair/catalog/read.h"
#include "midair/catalog/report.h"
#include "midair/stamping/stamp.h"

static const char schema[] =
    "CREATE ROLE reader LOGIN; CREATE SCHEMA \"Mixed\"; CREATE SCHEMA shut;"
    "CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\", \\ {x}', '');"
    "CREATE DOMAIN percent AS integer NOT NULL DEFAULT 5 CHECK (VALUE BETWEEN 0 AND 100);"
    "CREATE DOMAIN percent2 AS percent;"
    "CREATE TYPE pair AS (a integer, b text);"
    "CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone integer, email text NOT NULL "
    "UNIQUE,"
    " feeling mood DEFAULT 'sad', rate percent2, tags text[], doc jsonb, raw json, p pair, u uuid, b boolean, c "
    "char(3));"
    "ALTER TABLE customers DROP COLUMN gone;"
    "COMMENT ON TABLE customers IS 'people'; COMMENT ON COLUMN customers.email IS 'where';"
    "CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,"
    " referrer bigint REFERENCES customers ON DELETE SET NULL, total numeric(10,2) DEFAULT 0,"
    " doubled numeric GENERATED ALWAYS AS (total * 2) STORED, code varchar(20), at timestamp(3) DEFAULT now(),"
    " day date, z timestamptz, f double precision, etag text);"
    "CREATE UNIQUE INDEX orders_partial ON orders (code) WHERE total > 0;"
    "CREATE TABLE profile (customer bigint PRIMARY KEY REFERENCES customers, bio text);"
    "CREATE TABLE \"Mixed\".\"Ta ble\" (\"Key, one\" integer, \"k\"\"2\" text, v text, PRIMARY KEY (\"k\"\"2\", \"Key, "
    "one\"));"
    "CREATE TABLE \"Mixed\".orders (id integer PRIMARY KEY);"
    "CREATE TABLE \"Mixed\".child (a text, b integer, FOREIGN KEY (a, b) REFERENCES \"Mixed\".\"Ta ble\", UNIQUE (b, "
    "a));"
    "CREATE TABLE _hidden (id integer PRIMARY KEY); CREATE TABLE rpc (id integer PRIMARY KEY);"
    "CREATE TABLE measures (region text, day date, v integer, PRIMARY KEY (region, day)) PARTITION BY LIST (region);"
    "CREATE TABLE measures_eu PARTITION OF measures FOR VALUES IN ('eu');"
    "CREATE FUNCTION noise() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';"
    "CREATE TRIGGER noise BEFORE INSERT ON measures_eu FOR EACH ROW EXECUTE FUNCTION noise();"
    "CREATE TABLE top (id integer PRIMARY KEY);"
    "CREATE TABLE leaf (id integer PRIMARY KEY, top integer REFERENCES top ON DELETE CASCADE);"
    "CREATE TRIGGER noise AFTER DELETE ON leaf FOR EACH ROW EXECUTE FUNCTION noise();"
    "CREATE TABLE late (id integer PRIMARY KEY, up integer REFERENCES orders DEFERRABLE);"
    "CREATE TABLE ruled (id integer PRIMARY KEY); CREATE RULE r AS ON DELETE TO ruled DO INSTEAD NOTHING;"
    "CREATE TABLE quiet (id integer PRIMARY KEY, v text); CREATE TABLE keyless (v text);"
    "CREATE TABLE half (id integer PRIMARY KEY, secret text, version bigint, created timestamptz, modified "
    "timestamptz);"
    "GRANT SELECT (id), UPDATE (secret) ON half TO reader; ALTER TABLE half ENABLE ROW LEVEL SECURITY;"
    "CREATE FUNCTION add(a integer, b integer) RETURNS integer LANGUAGE sql AS 'select a + b';"
    "CREATE TABLE shut.t (id integer PRIMARY KEY); CREATE TEMPORARY TABLE temp (id integer PRIMARY KEY);";

static const char views[] = "CREATE VIEW plain_view AS SELECT id, v FROM quiet;"
                            "CREATE VIEW stamped_view AS SELECT id, v, modified, version FROM quiet;"
                            "CREATE VIEW renamed_view AS SELECT id, v, modified, version AS revision FROM quiet;"
                            "CREATE VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY 1;"
                            "CREATE MATERIALIZED VIEW mat AS SELECT 1 AS id;";

static const struct policy everything = {
    .if_match = IF_MATCH_OPTIONAL, .etag_field = {"etag", 4}, .methods = 0x7f, .max_rows = 100, .max_affected = 10};

static struct slice s(const char *z)
{
    return slice_of(z);
}

/* "int8 number not-null identity…": what a column is, in words that rows can compare. */
static const char *column_words(struct arena *arena, const struct column *column)
{
    static const char *const forms[] = {"string",    "number",      "bool", "date",
                                        "timestamp", "timestamptz", "json", "to_json"};
    static const char *const canons[] = {"none", "int2", "int4", "int8", "text", "uuid", "bool"};
    struct buf out = buf_new(arena, 128);
    buf_printf(&out, "%.*s|%s|%s", SLICE_ARG(column->type), forms[column->form], canons[column->canon]);
    buf_z(&out, column->is_jsonb ? "|jsonb" : "");
    buf_z(&out, column->is_array ? "|array" : "");
    buf_z(&out, column->not_null ? "|not null" : "");
    buf_z(&out, column->has_default ? "|default" : "");
    buf_z(&out, column->identity_always ? "|identity" : "");
    buf_z(&out, column->generated ? "|generated" : "");
    for (size_t i = 0; i < column->enum_count; i++)
        buf_printf(&out, "|<%.*s>", SLICE_ARG(column->enum_values[i]));
    buf_byte(&out, '\0');
    return out.at;
}

static const struct {
    const char *resource, *column, *words;
} columns[] = {
    {"customers", "id", "bigint|number|int8|not null|default|identity"},
    {"customers", "email", "text|string|text|not null"},
    {"customers", "feeling", "public.mood|string|none|default|<sad>|<it's \"ok\", \\ {x}>|<>"},
    {"customers", "rate", "public.percent2|number|int4|not null|default"},
    {"customers", "tags", "text[]|to_json|none|array"},
    {"customers", "doc", "jsonb|json|none|jsonb"},
    {"customers", "raw", "json|json|none"},
    {"customers", "p", "public.pair|to_json|none"},
    {"customers", "u", "uuid|string|uuid"},
    {"customers", "b", "boolean|bool|bool"},
    {"customers", "c", "character(3)|string|none"},
    {"orders", "id", "integer|number|int4|not null|default"},
    {"orders", "total", "numeric(10,2)|number|none|default"},
    {"orders", "doubled", "numeric|number|none|generated"},
    {"orders", "code", "character varying(20)|string|text"},
    {"orders", "at", "timestamp(3) without time zone|timestamp|none|default"},
    {"orders", "day", "date|date|none"},
    {"orders", "z", "timestamp with time zone|timestamptz|none"},
    {"orders", "f", "double precision|number|none"},
};

/* What a relation is: kind, key, stamps, what may be written, foreign triggers. */
static const char *relation_words(struct arena *arena, const struct relation *relation)
{
    static const char *const stamps[] = {"none", "version", "xmin", "content"};
    struct buf out = buf_new(arena, 128);
    buf_printf(&out, "%.*s key", SLICE_ARG(relation->ident));
    for (size_t i = 0; i < relation->key.column_count; i++)
        buf_printf(&out, " <%.*s>", SLICE_ARG(relation->columns[relation->key.columns[i]].name));
    buf_printf(&out, " stamp %s%s%s may %s%s%s%s", stamps[relation->stamp.kind],
               relation->stamp.by_trigger ? "+trigger" : "", relation->stamp.by_base ? "+base" : "",
               relation->can_select ? "s" : "", relation->can_insert ? "i" : "", relation->can_update ? "u" : "",
               relation->can_delete ? "d" : "");
    buf_z(&out, relation->foreign_triggers ? " foreign" : "");
    buf_z(&out, relation->row_security ? " rls" : "");
    buf_z(&out, relation->policy->if_match == IF_MATCH_REQUIRED ? " required" : "");
    buf_byte(&out, '\0');
    return out.at;
}

static const struct {
    const char *resource, *words;
} relations[] = {
    {"customers", "\"public\".\"customers\" key <id> stamp xmin may siud foreign"},
    {"orders", "\"public\".\"orders\" key <id> stamp xmin may siud foreign"},
    {"mixed_orders", "\"Mixed\".\"orders\" key <id> stamp xmin may siud"},
    {"Ta ble", "\"Mixed\".\"Ta ble\" key <k\"2> <Key, one> stamp xmin may siud"},
    {"child", "\"Mixed\".\"child\" key stamp xmin may siud"},
    {"hidden", "\"public\".\"_hidden\" key <id> stamp xmin may siud"},
    {"measures", "\"public\".\"measures\" key <region> <day> stamp xmin may siud foreign"},
    {"top", "\"public\".\"top\" key <id> stamp xmin may siud foreign"},
    {"leaf", "\"public\".\"leaf\" key <id> stamp xmin may siud foreign"},
    {"late", "\"public\".\"late\" key <id> stamp xmin may siud foreign"},
    {"ruled", "\"public\".\"ruled\" key <id> stamp xmin may siud foreign"},
    {"quiet", "\"public\".\"quiet\" key <id> stamp version+trigger may siud required"},
    {"keyless", "\"public\".\"keyless\" key stamp xmin may siud"},
    {"half", "\"public\".\"half\" key <id> stamp version may siud rls required"},
    {"plain_view", "\"public\".\"plain_view\" key <id> stamp content may siud foreign"},
    {"stamped_view", "\"public\".\"stamped_view\" key <id> stamp version+trigger+base may siud foreign required"},
    {"renamed_view", "\"public\".\"renamed_view\" key <id> stamp content may siud foreign"},
    {"totals", "\"public\".\"totals\" key <customer_id> stamp content may s foreign"},
    {"mat", "\"public\".\"mat\" key stamp none may s foreign"},
    {"outside", "\"shut\".\"t\" key <id> stamp xmin may siud"},
};

static const char *const hidden[] = {"measures_eu", "_hidden", "rpc", "temp", "t", "Orders", "pg_class"};

static const struct resource_decl declared[] = {
    {.name = {"mixed_orders", 12}, .table = {"\"Mixed\".orders", 14}},
    {.name = {"hidden", 6}, .table = {"_hidden", 7}},
    {.name = {"plain_view", 10}, .key = {"id", 2}},
    {.name = {"stamped_view", 12}, .key = {" id ", 4}},
    {.name = {"renamed_view", 12}, .key = {"id", 2}},
    {.name = {"totals", 6}, .key = {"customer_id", 11}, .policy = {.key_unique = KEY_UNIQUE_TRUST}},
    {.name = {"outside", 7}, .table = {"shut.t", 6}},
    {.name = {"half", 4}, .policy = {.stamping = STAMPING_STATEMENT}},
};

static struct catalog_options options_of(const struct resource_decl *list, size_t count)
{
    static const struct slice schemas[] = {{"public", 6}, {"Mixed", 5}};
    return (struct catalog_options){
        .schemas = schemas, .schema_count = 2, .resources = list, .resource_count = count, .defaults = everything};
}

static struct catalog *read_catalog(struct database *database, const struct catalog_options *options)
{
    struct catalog *catalog = NULL;
    struct err *err = catalog_read(database->lease, database->arena, options, soon(), &catalog);
    EXPECT(!err, "%.*s %.*s", SLICE_ARG(err->detail), SLICE_ARG(err->note));
    CHECK(!err);
    return catalog;
}

static void check_columns(struct database *database, const struct catalog *catalog)
{
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        database_label = columns[i].column;
        const struct relation *relation = catalog_resource(catalog, s(columns[i].resource));
        const struct column *column = relation ? relation_column(relation, s(columns[i].column)) : NULL;
        EXPECT(column, "is not there");
        if (column) {
            const char *words = column_words(database->arena, column);
            EXPECT(strcmp(words, columns[i].words) == 0, "is %s", words);
        }
    }
}

static void check_relations(struct database *database, const struct catalog *catalog)
{
    for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
        database_label = relations[i].resource;
        const struct relation *relation = catalog_resource(catalog, s(relations[i].resource));
        EXPECT(relation, "is not served");
        if (relation) {
            const char *words = relation_words(database->arena, relation);
            EXPECT(strcmp(words, relations[i].words) == 0, "is %s", words);
        }
    }
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        database_label = hidden[i];
        EXPECT(!catalog_resource(catalog, s(hidden[i])), "is served");
    }
    database_label = "all";
    EXPECT(catalog->relation_count == sizeof(relations) / sizeof(relations[0]) + 1, "%zu resources",
           catalog->relation_count);
}

static void check_links(const struct catalog *catalog)
{
    database_label = "links";
    const struct relation *customers = catalog_resource(catalog, SLICE("customers"));
    EXPECT(customers->child_count == 4 && customers->parent_count == 0, "%zu children", customers->child_count);
    const struct link *link = customers->children[0];
    EXPECT(slice_eq(link->name, SLICE("orders_customer_id_fkey")) && link->on_delete == ACTION_CASCADE &&
               !link->child_unique && slice_eq(link->child->columns[link->columns[0]].name, SLICE("customer_id")) &&
               slice_eq(link->parent->columns[link->parent_columns[0]].name, SLICE("id")),
           "the first child");
    EXPECT(customers->children[1]->on_delete == ACTION_SET_NULL, "the second child");
    EXPECT(customers->children[2]->child_unique, "one profile a customer");
    const struct link *shown = customers->children[3];
    EXPECT(shown->by_view && slice_eq(shown->child->resource, SLICE("totals")) && shown->on_delete == ACTION_NONE,
           "the view of its orders");
    const struct relation *child = catalog_resource(catalog, SLICE("child"));
    EXPECT(child->parent_count == 1 && child->parents[0]->column_count == 2 && child->parents[0]->child_unique,
           "the composite link");
    const struct relation *parent = child->parents[0]->parent;
    EXPECT(slice_eq(parent->columns[child->parents[0]->parent_columns[0]].name, SLICE("k\"2")), "its order");
}

static void check_rest(struct database *database, const struct catalog *catalog)
{
    database_label = "the rest";
    const struct relation *customers = catalog_resource(catalog, SLICE("customers"));
    EXPECT(slice_eq(customers->comment, SLICE("people")), "comment");
    EXPECT(slice_eq(relation_column(customers, SLICE("email"))->comment, SLICE("where")), "comment of a column");
    EXPECT(customers->unique_count == 1, "unique keys");
    EXPECT(catalog_resource(catalog, SLICE("orders"))->unique_count == 0, "a partial index is a key");
    const struct relation *orders = catalog_resource(catalog, SLICE("orders"));
    EXPECT(slice_eq(relation_column(orders, SLICE("id"))->default_text,
                    SLICE("nextval('public.orders_id_seq'::regclass)")),
           "default: %.*s", SLICE_ARG(relation_column(orders, SLICE("id"))->default_text));
    EXPECT(!slice_present(relation_column(orders, SLICE("day"))->default_text), "a default where there is none");
    EXPECT(catalog->function_count == 1 && slice_eq(catalog->functions[0].name, SLICE("add")), "functions");
    EXPECT(catalog->server_version >= 130000 && slice_eq(catalog->user, SLICE("midair")), "server");
    EXPECT(findings_count(&catalog->findings, FINDING_ERROR) == 0, "errors");
    struct buf out = buf_new(database->arena, 4096);
    catalog_report(catalog, NULL, &out);
    buf_byte(&out, '\0');
    static const char *const lines[] = {
        "\n/Ta ble\n    table       \"Mixed\".\"Ta ble\", 3 columns\n    key         k\"2, Key, one\n",
        "    stamps      created, modified, version (triggers)\n",
        "    stamps      modified, version (triggers of the base table)\n",
        "    child       /profile by customer, on delete no action, at most one\n",
        "notice: \"public\".\"rpc\": not served",
        "warning: orders: the column \"etag\" is hidden",
        "notice: keyless: no primary key",
        "notice: mat: a view without a key",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        EXPECT(strstr(out.at, lines[i]), "the report lacks: %s", lines[i]);
    if (database_failures)
        fprintf(stderr, "%s", out.at);
}

static const struct {
    const char *label;
    struct resource_decl decls[2];
    const char *text;
} mistakes[] = {
    {"no such table", {{.name = {"a", 1}, .table = {"nope", 4}}}, "error: a: the table nope does not exist"},
    {"no such table by name", {{.name = {"nope", 4}}}, "error: nope: no table or view of this name"},
    {"a partition", {{.name = {"measures_eu", 11}}}, "error: measures_eu: no table"},
    {"not a name", {{.name = {"a", 1}, .table = {"a.b.c", 5}}}, "is not a table name"},
    {"no such key column",
     {{.name = {"quiet", 5}, .key = {"id,nope", 7}}},
     "error: quiet: key: there is no column \"nope\""},
    {"a key of json", {{.name = {"customers", 9}, .key = {"raw", 3}}}, "is json, which has no equality"},
    {"a key column twice", {{.name = {"quiet", 5}, .key = {"id,id", 5}}}, "is named twice"},
    {"a key that nothing keeps unique",
     {{.name = {"keyless", 7}, .key = {"v", 1}}},
     "warning: keyless: nothing in the database"},
    {"a key that may be NULL",
     {{.name = {"keyless", 7}, .key = {"v", 1}}},
     "warning: keyless: the key column \"v\" may be NULL"},
    {"a name of midair's own",
     {{.name = {"_x", 2}, .table = {"quiet", 5}}},
     "error: _x: this name is reserved by midair"},
    {"rpc", {{.name = {"rpc", 3}}}, "error: rpc: this name is reserved by midair"},
    {"one name for two tables",
     {{.name = {"a", 1}, .table = {"quiet", 5}}, {.name = {"a", 1}, .table = {"leaf", 4}}},
     "error: a: two resources of this name"},
    {"one table under two names",
     {{.name = {"a", 1}, .table = {"quiet", 5}}, {.name = {"b", 1}, .table = {"public.QUIET", 12}}},
     "error: b: the table \"public\".\"quiet\" is already served as a"},
    {"an alias that hides a table",
     {{.name = {"leaf", 4}, .table = {"quiet", 5}}},
     "notice: \"public\".\"leaf\": not served, since /leaf is"},
    {"the second schema's table",
     {{.name = {"quiet", 5}}},
     "notice: \"Mixed\".\"orders\": served with the profile \"Mixed\" only, since /orders is \"public\".\"orders\""},
    {"statement stamping without columns",
     {{.name = {"leaf", 4}, .policy = {.stamping = STAMPING_STATEMENT}}},
     "error: leaf: stamping = statement needs the columns created and modified"},
};

static void check_mistakes(struct database *database)
{
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        database_label = mistakes[i].label;
        struct catalog_options options = options_of(mistakes[i].decls, mistakes[i].decls[1].name.at ? 2 : 1);
        struct catalog *catalog = read_catalog(database, &options);
        struct buf out = buf_new(database->arena, 1024);
        findings_report(&catalog->findings, &out);
        buf_byte(&out, '\0');
        EXPECT(strstr(out.at, mistakes[i].text), "found instead:\n%s", out.at);
        catalog_free(catalog);
    }
}

static void check_broken_stamps(struct database *database)
{
    database_label = "a disabled trigger";
    sql_run(database->other, "ALTER TABLE quiet DISABLE TRIGGER zzz_midair_stamp_update");
    struct catalog_options options = options_of(NULL, 0);
    struct catalog *catalog = read_catalog(database, &options);
    const struct relation *quiet = catalog_resource(catalog, SLICE("quiet"));
    EXPECT(quiet->stamp.kind == STAMP_VERSION && !quiet->stamp.by_trigger, "is taken as kept by triggers");
    EXPECT(findings_count(&catalog->findings, FINDING_WARNING) >= 1, "no warning");
    catalog_free(catalog);
    database_label = "a stamp column that is gone";
    sql_run(database->other, "ALTER TABLE quiet RENAME COLUMN version TO was_version");
    catalog = read_catalog(database, &options);
    EXPECT(catalog_resource(catalog, SLICE("quiet"))->stamp.kind == STAMP_XMIN, "is taken as stamped");
    EXPECT(findings_count(&catalog->findings, FINDING_ERROR) == 1, "no error");
    catalog_free(catalog);
    database_label = "schemas that are not there";
    struct slice schemas[] = {SLICE("nope"), SLICE("no\"pe\\")};
    options.schemas = schemas;
    catalog = read_catalog(database, &options);
    EXPECT(findings_count(&catalog->findings, FINDING_ERROR) == 2 && catalog->relation_count == 0, "no errors");
    catalog_free(catalog);
}

/* What a role with few privileges may do, column by column. */
static void check_reader(void)
{
    database_label = "a reader";
    struct database database = database_new(2, "reader");
    sql_run(database.other, "CREATE TABLE half (id integer PRIMARY KEY, secret text); CREATE SCHEMA shut;"
                            "CREATE TABLE shut.t (id integer PRIMARY KEY); GRANT SELECT ON shut.t TO reader;"
                            "GRANT SELECT (id), UPDATE (secret) ON half TO reader");
    database_lease(&database);
    struct catalog_options options = options_of(NULL, 0);
    struct slice schemas[] = {SLICE("public"), SLICE("shut")};
    options.schemas = schemas;
    struct catalog *catalog = read_catalog(&database, &options);
    const struct relation *half = catalog_resource(catalog, SLICE("half"));
    EXPECT(half->can_select && half->can_update && !half->can_insert && !half->can_delete, "the table");
    const struct column *id = relation_column(half, SLICE("id")), *secret = relation_column(half, SLICE("secret"));
    EXPECT(id->can_select && !id->can_update && !secret->can_select && secret->can_update && !secret->can_insert,
           "the columns");
    EXPECT(!catalog_resource(catalog, SLICE("t"))->can_select, "a schema without USAGE");
    EXPECT(findings_count(&catalog->findings, FINDING_WARNING) == 1, "no warning about the schema");
    catalog_free(catalog);
    database_end(&database);
}

int main(void)
{
    cluster_start();
    struct database database = database_new(1, "midair");
    sql_run(database.other, schema);
    database_lease(&database);
    struct slice tables[] = {SLICE("quiet")};
    struct stamp_request request = {.tables = tables, .table_count = 1};
    struct buf out = buf_new(database.arena, 64);
    CHECK(!stamp_run(database.lease, database.arena, &request, soon(), &out));
    sql_run(database.other, views);
    struct catalog_options options = options_of(declared, sizeof(declared) / sizeof(declared[0]));
    struct catalog *catalog = read_catalog(&database, &options);
    check_columns(&database, catalog);
    check_relations(&database, catalog);
    check_links(catalog);
    check_rest(&database, catalog);
    catalog_free(catalog);
    check_mistakes(&database);
    check_broken_stamps(&database);
    database_end(&database);
    check_reader();
    return database_failures != 0;
}
