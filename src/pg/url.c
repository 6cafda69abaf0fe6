#include "midair/pg/url.h"

#include <libpq-fe.h>
#include <string.h>

bool url_valid(const char *url)
{
    char *message = NULL;
    PQconninfoOption *parsed = PQconninfoParse(url, &message);
    bool fine = parsed != NULL;
    PQconninfoFree(parsed);
    PQfreemem(message);
    return fine;
}

bool url_answers(const char *url)
{
    return PQping(url) == PQPING_OK;
}

static bool make_database(PGconn *conn, const char *database)
{
    const char *values[] = {database};
    PGresult *found =
        PQexecParams(conn, "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", 1, NULL, values, NULL, NULL, 0);
    bool fine = PQresultStatus(found) == PGRES_TUPLES_OK;
    bool missing = fine && PQntuples(found) == 0;
    PQclear(found);
    if (!missing)
        return fine;
    char *name = PQescapeIdentifier(conn, database, strlen(database));
    char statement[256];
    snprintf(statement, sizeof(statement), "CREATE DATABASE %s", name ? name : "");
    PQfreemem(name);
    PGresult *made = PQexec(conn, statement);
    fine = PQresultStatus(made) == PGRES_COMMAND_OK;
    PQclear(made);
    return fine;
}

struct err *url_make_database(struct arena *arena, const char *url, const char *database)
{
    PGconn *conn = PQconnectdb(url);
    struct err *err = NULL;
    if (!make_database(conn, database))
        err = err_new(arena, ERR_UNAVAILABLE, "the database %s cannot be created: %s", database, PQerrorMessage(conn));
    PQfinish(conn);
    return err;
}
