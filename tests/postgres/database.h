/* Databases of a test cluster: one for each row of a table, spoken to as other programs do, and through a lease. */
#ifndef MIDAIR_TESTS_POSTGRES_DATABASE_H
#define MIDAIR_TESTS_POSTGRES_DATABASE_H

#include "../pg_options.h"
#include "cluster.h"

#include "midair/base/clock.h"
#include "midair/base/text.h"
#include "midair/pg/db.h"

#include <libpq-fe.h>

struct database {
    char name[32];
    PGconn *other; /* another program's connection */
    struct db *db;
    struct lease *lease;
    struct arena *arena;
};

static const char *database_label = "";
static int database_failures;

#define EXPECT(condition, ...)                                                                                         \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: [%s] ", __FILE__, __LINE__, database_label);                                       \
            fprintf(stderr, __VA_ARGS__);                                                                              \
            fprintf(stderr, "\n");                                                                                     \
            database_failures++;                                                                                       \
        }                                                                                                              \
    } while (0)

/* Runs SQL, several statements allowed. The error's text, or NULL; borrowed from the connection. */
static inline const char *sql_error(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? NULL : PQerrorMessage(conn);
}

static inline void sql_run(PGconn *conn, const char *sql)
{
    const char *error = sql_error(conn, sql);
    EXPECT(!error, "%s\n  in: %.300s", error, sql);
}

/* The first cell of the last result, copied into the arena; "" for NULL and for errors, which are reported. */
static inline const char *sql_one(struct database *database, const char *sql)
{
    PGresult *result = PQexec(database->other, sql);
    const char *cell = "";
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        EXPECT(false, "%s  in: %s", PQerrorMessage(database->other), sql);
    else if (PQntuples(result) > 0)
        cell = arena_copy(database->arena, slice_of(PQgetvalue(result, 0, 0))).at;
    PQclear(result);
    return cell;
}

static inline PGconn *database_connect(const char *name, const char *user)
{
    char url[256];
    snprintf(url, sizeof url, "host=%s user=%s dbname=%s", cluster_dir, user, name);
    PGconn *conn = PQconnectdb(url);
    CHECK(PQstatus(conn) == CONNECTION_OK);
    PQclear(PQexec(conn, "SET client_min_messages = error"));
    return conn;
}

/* A new empty database with a lease on it for that role. */
static inline struct database database_new(int number, const char *user)
{
    struct database database = {0};
    char sql[128], url[256];
    snprintf(database.name, sizeof database.name, "t%d", number);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0", database.name);
    PGconn *first = database_connect("postgres", "midair");
    sql_run(first, sql);
    PQfinish(first);
    database.other = database_connect(database.name, "midair");
    database.arena = arena_new(0);
    snprintf(url, sizeof url, "host=%s user=%s dbname=%s", cluster_dir, user, database.name);
    struct db_options options = pg_options(slice_of(url));
    database.db = db_open(&options);
    return database;
}

static inline int64_t soon(void)
{
    return clock_now_us() + 60 * 1000000;
}

static inline void database_lease(struct database *database)
{
    struct err *err = db_lease(database->db, database->arena, soon(), &database->lease);
    EXPECT(!err, "no lease: %.*s", SLICE_ARG(err->detail));
    CHECK(!err);
}

static inline void database_end(struct database *database)
{
    lease_release(&database->lease);
    db_close(database->db);
    PQfinish(database->other);
    arena_free(database->arena);
}

/* The next transaction id. It stands still as long as nobody changes anything in the cluster; that says more than two
 * dumps that are equal, and costs a hundredth of them. */
static inline const char *database_moment(struct database *database)
{
    return sql_one(database, "SELECT pg_snapshot_xmax(pg_current_snapshot())");
}

/* The database's definition as pg_dump prints it, without the lines that differ from dump to dump. */
static inline struct slice database_dump(struct database *database)
{
    char command[512];
    snprintf(command, sizeof command, "%s/pg_dump --schema-only -h %s -U midair %s", cluster_bin, cluster_dir,
             database->name);
    FILE *pipe = popen(command, "r");
    CHECK(pipe);
    struct buf out = buf_new(database->arena, 4096);
    char line[4096];
    while (fgets(line, sizeof line, pipe))
        if (strncmp(line, "\\restrict", 9) != 0 && strncmp(line, "\\unrestrict", 11) != 0)
            buf_z(&out, line);
    CHECK(pclose(pipe) == 0);
    buf_byte(&out, '\0');
    return slice_make(out.at, out.len - 1);
}

#endif
