/* LAYER: stamping */
/* Stamping against a real PostgreSQL: every kind of table, every kind of writer, and the way back. */
#include "database.h"

#include "midair/stamping/stamp.h"

#define USUAL                                                                                                          \
    "CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t SELECT g, 'v' FROM generate_series(1, 5) g;"
/* Keeps what a row was, to be compared with what a writer made of it. */
#define BEFORE "CREATE TABLE before AS SELECT * FROM t;"
#define BUMPED                                                                                                         \
    "SELECT bool_and(n.version = o.version + 1 AND n.modified > o.modified AND n.created = o.created) AND count(*) = " \
    "5 FROM t n JOIN before o USING (id)"
#define FRESH                                                                                                          \
    "SELECT bool_and(version = 1 AND created = modified AND modified > now() - interval '1 minute' "                   \
    "AND modified <= clock_timestamp()) AND count(*) > 0 FROM t"

#define A16 "aaaaaaaaaaaaaaaa"

struct row {
    const char *label;
    const char *setup;
    const char *table;   /* as on the command line */
    const char *columns; /* --columns; NULL: none */
    const char *refused; /* part of the error; NULL: stamping works */
    const char *writer;  /* what another program does then */
    const char *holds;   /* gives t afterwards */
    bool widens;         /* unstamping leaves the wider type */
};

static const struct row rows[] = {
    {"rows that were there get version 1", USUAL, "t", NULL, NULL, "SELECT 1",
     "SELECT bool_and(version = 1 AND created = modified) FROM t", false},
    {"an update by another program", USUAL, "t", NULL, NULL, BEFORE "UPDATE t SET v = 'w'", BUMPED, false},
    {"an update that forges its stamps", USUAL, "t", NULL, NULL,
     BEFORE "UPDATE t SET version = 99, modified = '2000-01-01', created = 'infinity'", BUMPED, false},
    {"an update that sets them to NULL is repaired before NOT NULL sees it", USUAL, "t", NULL, NULL,
     BEFORE "UPDATE t SET version = NULL, modified = NULL, created = NULL", BUMPED, false},
    {"an update that forges the smallest version", USUAL, "t", NULL, NULL,
     BEFORE "UPDATE t SET version = -9223372036854775808", BUMPED, false},
    {"an update that changes nothing", USUAL, "t", NULL, NULL, BEFORE "UPDATE t SET v = v", BUMPED, false},
    {"an update whose modified lies in the future, as after a clock that was set back", USUAL, "t", NULL, NULL,
     "ALTER TABLE t DISABLE TRIGGER USER; UPDATE t SET modified = '2200-01-01'; ALTER TABLE t ENABLE TRIGGER USER;"
     "UPDATE t SET v = 'w'",
     "SELECT bool_and(modified = '2200-01-01 00:00:00.000001' AND version = 2) FROM t", false},
    {"two updates in one transaction have two moments", USUAL, "t", NULL, NULL,
     "BEGIN; UPDATE t SET v = 'w';" BEFORE "UPDATE t SET v = 'x'; COMMIT", BUMPED, false},
    {"an insert", USUAL, "t", NULL, NULL, "DELETE FROM t; INSERT INTO t (id) VALUES (1)", FRESH, false},
    {"an insert that forges its stamps", USUAL, "t", NULL, NULL,
     "DELETE FROM t; INSERT INTO t VALUES (1, 'v', '2000-01-01', '2000-01-01', 7), (2, 'v', now(), now(), 2)", FRESH,
     false},
    {"an insert of NULL stamps", USUAL, "t", NULL, NULL,
     "DELETE FROM t; INSERT INTO t VALUES (1, 'v', NULL, NULL, NULL)", FRESH, false},
    {"COPY", USUAL, "t", NULL, NULL, "DELETE FROM t; COPY t (id, version) FROM PROGRAM 'printf \"1\\t9\\n2\\t9\\n\"'",
     FRESH, false},
    {"ON CONFLICT DO UPDATE", USUAL, "t", NULL, NULL,
     BEFORE
     "INSERT INTO t SELECT id, 'w' FROM t ON CONFLICT (id) DO UPDATE SET v = excluded.v, version = excluded.version, "
     "modified = excluded.modified, created = excluded.created",
     BUMPED, false},
    {"MERGE", USUAL, "t", NULL, NULL,
     BEFORE "MERGE INTO t USING before o ON t.id = o.id WHEN MATCHED THEN UPDATE SET v = 'w', version = 3", BUMPED,
     false},
    {"delete and insert of a key has another moment", USUAL, "t", NULL, NULL,
     BEFORE "DELETE FROM t; INSERT INTO t (id, v, version, modified) SELECT id, v, version, modified FROM before",
     "SELECT bool_and(n.version = 1 AND n.modified > o.modified) AND count(*) = 5 FROM t n JOIN before o USING (id)",
     false},
    {"a foreign key that cascades",
     "CREATE TABLE p (id integer PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 5);"
     "CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p ON UPDATE CASCADE); INSERT INTO t SELECT id, id "
     "FROM p;",
     "t", NULL, NULL, BEFORE "UPDATE p SET id = id + 10", BUMPED, false},
    {"a foreign key that is set to NULL",
     "CREATE TABLE p (id integer PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 5);"
     "CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p ON DELETE SET NULL); INSERT INTO t SELECT id, id "
     "FROM p;",
     "t", NULL, NULL, BEFORE "DELETE FROM p", BUMPED, false},
    {"a user's trigger that forges the version",
     USUAL "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin new.version := 50; return new; end';"
           "CREATE TRIGGER zz_forge BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();",
     "t", NULL, NULL, BEFORE "UPDATE t SET v = 'w'", BUMPED, false},
    {"a search_path with hostile operators", USUAL, "t", NULL, NULL,
     BEFORE
     "CREATE SCHEMA evil; CREATE FUNCTION evil.f(bigint, integer) RETURNS bigint LANGUAGE sql AS 'select 5::bigint';"
     "CREATE OPERATOR evil.+ (FUNCTION = evil.f, LEFTARG = bigint, RIGHTARG = integer);"
     "SET search_path = evil, pg_catalog, public; UPDATE public.t SET v = 'w'; RESET search_path",
     BUMPED, false},
    {"a statement that stamped exactly right is left alone", USUAL, "t", NULL, NULL,
     "CREATE TABLE kept (id integer, version bigint, modified timestamptz, told timestamptz);"
     "WITH s AS (UPDATE t SET version = version + 1, modified = greatest(clock_timestamp(), modified + interval '1 "
     "us') "
     "RETURNING id, version, modified) INSERT INTO kept SELECT *, clock_timestamp() FROM s",
     "SELECT bool_and(t.version = 2 AND t.modified = k.modified) AND count(*) = 5 FROM t JOIN kept k USING (id)",
     false},
    {"existing columns under other names, with NULLs and infinity",
     "CREATE TABLE t (id integer PRIMARY KEY, aangemaakt timestamptz, gewijzigd timestamptz, versie bigint DEFAULT 3);"
     "INSERT INTO t VALUES (1, NULL, 'infinity', NULL), (2, '2001-01-01', '2002-02-02', 7);",
     "t", "created=aangemaakt,modified=gewijzigd,version=versie", NULL, "UPDATE t SET versie = NULL, gewijzigd = NULL",
     "SELECT string_agg(versie || ' ' || (gewijzigd > now() - interval '1 minute') || ' ' || isfinite(aangemaakt), ',' "
     "ORDER BY id) = '2 true true,8 true true' AND max(aangemaakt) FILTER (WHERE id = 2) = '2001-01-01' FROM t",
     false},
    {"one existing column, the others added", "CREATE TABLE t (id integer PRIMARY KEY, created timestamptz);", "t",
     NULL, NULL, "INSERT INTO t VALUES (1)", FRESH, false},
    {"an integer version is widened", "CREATE TABLE t (id integer PRIMARY KEY, version integer DEFAULT 0);", "t", NULL,
     NULL, "INSERT INTO t VALUES (1)",
     "SELECT format_type(atttypid, atttypmod) = 'bigint' FROM pg_attribute WHERE attrelid = 't'::regclass AND attname "
     "= "
     "'version'",
     true},
    {"a modified of milliseconds is widened", "CREATE TABLE t (id integer PRIMARY KEY, modified timestamptz(3));", "t",
     NULL, NULL, "INSERT INTO t VALUES (1)", FRESH, true},
    {"quoted and mixed-case names",
     "CREATE SCHEMA \"Mixed\"; CREATE TABLE \"Mixed\".\"Ta \"\"ble\" (\"Id, x\" integer PRIMARY KEY);"
     "INSERT INTO \"Mixed\".\"Ta \"\"ble\" VALUES (1);",
     "\"Mixed\".\"Ta \"\"ble\"", "created=Ge\"maakt,modified=Ge wijzigd,version=V'ersie", NULL,
     "UPDATE \"Mixed\".\"Ta \"\"ble\" SET \"V'ersie\" = 9",
     "SELECT \"V'ersie\" = 2 AND \"Ge wijzigd\" > \"Ge\"\"maakt\" FROM \"Mixed\".\"Ta \"\"ble\"", false},
    {"capitals without quotes, where nothing else has the name", "CREATE TABLE \"Orders\" (id integer PRIMARY KEY);",
     "Orders", NULL, NULL, "INSERT INTO \"Orders\" VALUES (1)", "SELECT version = 1 FROM \"Orders\"", false},
    {"a schema-qualified table with a composite key",
     "CREATE SCHEMA s; CREATE TABLE s.t (a integer, b text, PRIMARY KEY (b, a)); INSERT INTO s.t VALUES (1, 'x');",
     "s.t", NULL, NULL, "UPDATE s.t SET a = 2", "SELECT version = 2 FROM s.t", false},
    {"a table without a key", "CREATE TABLE t (v text); INSERT INTO t VALUES ('a'), ('a');", "t", NULL, NULL,
     "UPDATE t SET v = 'b'", "SELECT bool_and(version = 2) FROM t", false},
    {"a partitioned table, partitions old and new",
     "CREATE TABLE t (id integer, r text, v text, PRIMARY KEY (id, r)) PARTITION BY LIST (r);"
     "CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); INSERT INTO t SELECT g, 'a', 'v' FROM generate_series(1, 3) "
     "g;",
     "t", NULL, NULL,
     "CREATE TABLE t_b PARTITION OF t FOR VALUES IN ('b'); INSERT INTO t SELECT g, 'b', 'v' FROM generate_series(4, 5) "
     "g;" BEFORE "UPDATE t SET v = 'w' WHERE r = 'a'; UPDATE t_b SET v = 'w'",
     BUMPED, false},
    {"a row that moves to another partition keeps its history",
     "CREATE TABLE t (id integer, r text, PRIMARY KEY (id, r)) PARTITION BY LIST (r);"
     "CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); CREATE TABLE t_b PARTITION OF t FOR VALUES IN ('b');"
     "INSERT INTO t SELECT g, 'a' FROM generate_series(1, 5) g;",
     "t", NULL, NULL, BEFORE "UPDATE t SET r = 'b'", BUMPED, false},
    {"a row that a statement stamped moves to another partition",
     "CREATE TABLE t (id integer, r text, PRIMARY KEY (id, r)) PARTITION BY LIST (r);"
     "CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); CREATE TABLE t_b PARTITION OF t FOR VALUES IN ('b');"
     "INSERT INTO t SELECT g, 'a' FROM generate_series(1, 5) g;",
     "t", NULL, NULL,
     BEFORE
     "UPDATE t SET r = 'b', version = version + 1, modified = greatest(clock_timestamp(), modified + interval '1 us')",
     BUMPED, false},
    {"an insert into a partitioned table that forges a moved row",
     "CREATE TABLE t (id integer, r text, PRIMARY KEY (id, r)) PARTITION BY LIST (r);"
     "CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a');",
     "t", NULL, NULL, "INSERT INTO t VALUES (1, 'a', '2000-01-01', clock_timestamp(), 57)", FRESH, false},
    {"a domain over bigint",
     "CREATE DOMAIN d AS bigint CHECK (VALUE > 0); CREATE TABLE t (id integer PRIMARY KEY, version d);", "t", NULL,
     NULL, "INSERT INTO t VALUES (1)", "SELECT version = 1 FROM t", false},
    {"a table in the schema of the triggers",
     "CREATE SCHEMA midair_triggers; CREATE TABLE midair_triggers.t (id integer PRIMARY KEY);", "midair_triggers.t",
     NULL, NULL, "INSERT INTO midair_triggers.t VALUES (1)", "SELECT version = 1 FROM midair_triggers.t", false},

    {"no such table", USUAL, "nope", NULL, "nope does not exist", NULL, NULL, false},
    {"no such schema", USUAL, "nope.t", NULL, "does not exist", NULL, NULL, false},
    {"not a name", USUAL, "a.b.c", NULL, "not a table name", NULL, NULL, false},
    {"an unclosed quote", USUAL, "\"t", NULL, "not a table name", NULL, NULL, false},
    {"SQL in the name", USUAL, "t; DROP TABLE t", NULL, "does not exist", NULL, NULL, false},
    {"a view", USUAL "CREATE VIEW w AS SELECT * FROM t;", "w", NULL, "only tables can be stamped", NULL, NULL, false},
    {"a partition",
     "CREATE TABLE t (id integer) PARTITION BY HASH (id); CREATE TABLE t0 PARTITION OF t FOR VALUES WITH "
     "(MODULUS 1, REMAINDER 0);",
     "t0", NULL, "is a partition", NULL, NULL, false},
    {"inheritance", USUAL "CREATE TABLE u () INHERITS (t);", "t", NULL, "inherits", NULL, NULL, false},
    {"modified without time zone", "CREATE TABLE t (id integer PRIMARY KEY, modified timestamp);", "t", NULL,
     "timestamp without time zone; a stamp needs timestamp with time zone", NULL, NULL, false},
    {"a version of text", "CREATE TABLE t (id integer PRIMARY KEY, version text);", "t", NULL,
     "is text; a stamp needs bigint", NULL, NULL, false},
    {"a version in the primary key", "CREATE TABLE t (id integer, version bigint, PRIMARY KEY (id, version));", "t",
     NULL, "part of the primary key", NULL, NULL, false},
    {"a generated version", "CREATE TABLE t (id bigint, version bigint GENERATED ALWAYS AS (id * 2) STORED);", "t",
     NULL, "generated", NULL, NULL, false},
    {"one column for two stamps", USUAL, "t", "created=x,modified=x", "two stamps at once", NULL, NULL, false},
    {"a name of 64 bytes", USUAL, "t", "version=" A16 A16 A16 A16, "cannot be the name", NULL, NULL, false},
    {"a name that ends the function's body", USUAL, "t", "version=a$midair$; DROP TABLE t", "cannot be the name", NULL,
     NULL, false},
};

typedef struct err *(*stamping)(struct lease *lease, struct arena *arena, const struct stamp_request *request,
                                int64_t deadline, struct buf *out);

static struct err *go(struct database *database, stamping what, const char *table, const char *columns, bool dry,
                      struct buf *out)
{
    struct slice tables[] = {slice_of(table)};
    struct stamp_request request = {.tables = tables, .table_count = 1, .dry_run = dry};
    if (columns)
        TRY(stamp_columns_parse(database->arena, slice_of(columns), &request.columns));
    *out = buf_new(database->arena, 256);
    return what(database->lease, database->arena, &request, soon(), out);
}

static void fine(struct database *database, stamping what, const struct row *row, bool dry, struct buf *out)
{
    struct err *err = go(database, what, row->table, row->columns, dry, out);
    EXPECT(!err, "%.*s (%.*s)", SLICE_ARG(err->detail), SLICE_ARG(err->note));
}

static void refused(struct database *database, const struct row *row, struct slice before)
{
    struct buf out;
    struct err *err = go(database, stamp_run, row->table, row->columns, false, &out);
    EXPECT(err, "was not refused");
    if (err)
        EXPECT(strstr(err->detail.at, row->refused), "said instead: %.*s", SLICE_ARG(err->detail));
    EXPECT(slice_eq(before, database_dump(database)), "changed something all the same");
}

/* A dry run of something that there is to do prints statements and changes nothing. */
static void rehearse(struct database *database, stamping what, const struct row *row, struct buf *out)
{
    const char *before = database_moment(database);
    fine(database, what, row, true, out);
    EXPECT(out->len > 0, "the dry run prints nothing");
    EXPECT(strcmp(before, database_moment(database)) == 0, "the dry run changed something");
}

static void there_and_back(struct database *database, const struct row *row, bool by_script)
{
    struct buf out;
    rehearse(database, stamp_run, row, &out);
    if (by_script)
        sql_run(database->other, arena_copy(database->arena, buf_slice(&out)).at);
    else
        fine(database, stamp_run, row, false, &out);
    fine(database, stamp_run, row, true, &out);
    EXPECT(out.len == 0, "a second stamping does: %.*s", (int)out.len, out.at);
    struct row again = *row;
    again.columns = NULL; /* the names are remembered */
    fine(database, stamp_run, &again, false, &out);
    sql_run(database->other, row->writer);
    EXPECT(strcmp(sql_one(database, row->holds), "t") == 0, "does not hold");
    sql_run(database->other,
            "DROP TABLE IF EXISTS before, kept; DROP SCHEMA IF EXISTS evil CASCADE; DROP TABLE IF EXISTS t_b");
    rehearse(database, unstamp_run, row, &out);
    fine(database, unstamp_run, row, false, &out);
    fine(database, unstamp_run, row, true, &out);
    EXPECT(out.len == 0, "a second unstamping does: %.*s", (int)out.len, out.at);
}

static void run_row(const struct row *row, int number)
{
    database_label = row->label;
    struct database database = database_new(number, "midair");
    sql_run(database.other, row->setup);
    database_lease(&database);
    struct slice before = database_dump(&database);
    if (row->refused) {
        refused(&database, row, before);
    } else {
        there_and_back(&database, row, number % 2 == 0);
        /* A partition that the writer made is gone again; one that was there before is not compared. */
        if (!row->widens && !strstr(row->setup, "TABLE t_b"))
            EXPECT(slice_eq(before, database_dump(&database)), "unstamping left: %s", database_dump(&database).at);
    }
    database_end(&database);
}

/* Version 2^63-1: nothing wraps, and the writer is told what it is. */
static void last_version(int number)
{
    database_label = "the last version";
    struct database database = database_new(number, "midair");
    database_lease(&database);
    sql_run(database.other, USUAL);
    struct buf out;
    struct row row = {.table = "t"};
    fine(&database, stamp_run, &row, false, &out);
    sql_run(database.other, "ALTER TABLE t DISABLE TRIGGER USER; UPDATE t SET version = 9223372036854775807;"
                            "ALTER TABLE t ENABLE TRIGGER USER");
    const char *error = sql_error(database.other, "UPDATE t SET v = 'w'");
    EXPECT(error && strstr(error, "has the last version there is"), "said instead: %s", error ? error : "nothing");
    database_end(&database);
}

/* The insert of midair itself must not call the function: a broken function shows that. The trigger of updates has no
 * condition, which PostgreSQL would parse again for every statement. */
static void no_call(int number)
{
    database_label = "midair's own inserts do not pay for the trigger";
    struct database database = database_new(number, "midair");
    database_lease(&database);
    sql_run(database.other, USUAL);
    struct buf out;
    struct row row = {.table = "t"};
    fine(&database, stamp_run, &row, false, &out);
    sql_run(database.other,
            "CREATE OR REPLACE FUNCTION midair_triggers.stamp_update() RETURNS trigger LANGUAGE plpgsql AS "
            "'begin raise exception ''called''; end';"
            "CREATE OR REPLACE FUNCTION midair_triggers.stamp_insert() RETURNS trigger LANGUAGE plpgsql AS "
            "'begin raise exception ''called''; end'");
    sql_run(database.other,
            "WITH m AS MATERIALIZED (SELECT clock_timestamp() AS at) INSERT INTO t (id, version, created, "
            "modified) SELECT 10, 1, m.at, m.at FROM m");
    EXPECT(sql_error(database.other, "UPDATE t SET v = 'w'"), "another's update did not call it");
    EXPECT(sql_error(database.other, "INSERT INTO t (id, version) VALUES (11, 2)"), "another's insert did not call it");
    /* And stamping again mends it. */
    fine(&database, stamp_run, &row, false, &out);
    sql_run(database.other, "UPDATE t SET v = 'w'");
    database_end(&database);
}

/* No row is rewritten where columns are added: the table keeps its file. */
static void no_rewrite(int number)
{
    database_label = "adding the columns rewrites nothing";
    struct database database = database_new(number, "midair");
    database_lease(&database);
    sql_run(database.other, USUAL);
    const char *before =
        sql_one(&database, "SELECT pg_relation_filenode('t') || ' ' || (SELECT min(xmin::text) FROM t)");
    struct buf out;
    struct row row = {.table = "t"};
    fine(&database, stamp_run, &row, false, &out);
    const char *after =
        sql_one(&database, "SELECT pg_relation_filenode('t') || ' ' || (SELECT min(xmin::text) FROM t)");
    EXPECT(strcmp(before, after) == 0, "%s became %s", before, after);
    EXPECT(strcmp(sql_one(&database, "SELECT count(*) FROM pg_attrdef WHERE adrelid = 't'::regclass AND "
                                     "pg_get_expr(adbin, adrelid) = 'clock_timestamp()'"),
                  "2") == 0,
           "the defaults are not clock_timestamp()");
    database_end(&database);
}

/* Two tables share functions; the last one takes the schema with it. Another's object keeps it. */
static void several(int number)
{
    database_label = "several tables in one transaction";
    struct database database = database_new(number, "midair");
    database_lease(&database);
    sql_run(database.other, "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id integer PRIMARY KEY);"
                            "CREATE TABLE bad (version text)");
    struct slice before = database_dump(&database);
    struct slice tables[] = {SLICE("a"), SLICE("b"), SLICE("a"), SLICE("bad")};
    struct stamp_request request = {.tables = tables, .table_count = 4};
    struct buf out = buf_new(database.arena, 64);
    EXPECT(stamp_run(database.lease, database.arena, &request, soon(), &out), "a bad table was stamped");
    EXPECT(slice_eq(before, database_dump(&database)), "the good tables were stamped although one was bad");
    request.table_count = 3;
    EXPECT(!stamp_run(database.lease, database.arena, &request, soon(), &out), "failed");
    EXPECT(
        strcmp(sql_one(&database, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'midair_triggers'::regnamespace"),
               "2") == 0,
        "not two functions");
    request.table_count = 1;
    EXPECT(!unstamp_run(database.lease, database.arena, &request, soon(), &out), "failed");
    sql_run(database.other, "INSERT INTO b VALUES (1); UPDATE b SET id = 2");
    EXPECT(strcmp(sql_one(&database, "SELECT version FROM b"), "2") == 0, "b is no longer stamped");
    request.table_count = 2;
    EXPECT(!unstamp_run(database.lease, database.arena, &request, soon(), &out), "failed");
    EXPECT(slice_eq(before, database_dump(&database)), "something is left");
    database_end(&database);
}

static void not_owner(int number)
{
    database_label = "a role that does not own the table";
    struct database database = database_new(number, "stranger");
    sql_run(database.other, USUAL "CREATE ROLE stranger LOGIN; GRANT ALL ON t TO stranger");
    struct slice before = database_dump(&database);
    database_lease(&database);
    struct buf out;
    struct err *err = go(&database, stamp_run, "t", NULL, false, &out);
    EXPECT(err && err->code.at && strcmp(err->code.at, "42501") == 0, "not 42501: %.*s",
           SLICE_ARG(err ? err->detail : SLICE("nothing")));
    EXPECT(slice_eq(before, database_dump(&database)), "changed something");
    database_end(&database);
}

int main(void)
{
    cluster_start();
    int count = (int)(sizeof(rows) / sizeof(rows[0]));
    for (int i = 0; i < count; i++)
        run_row(&rows[i], i);
    last_version(count);
    no_call(count + 1);
    no_rewrite(count + 2);
    several(count + 3);
    not_owner(count + 4);
    return database_failures != 0;
}
