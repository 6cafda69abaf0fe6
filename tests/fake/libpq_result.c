#include "libpq_result.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PGresult *fake_result(ExecStatusType status, const char *code)
{
    PGresult *result = calloc(1, sizeof *result);
    result->status = status;
    result->severity = "ERROR";
    snprintf(result->code, sizeof result->code, "%s", code);
    if (*code)
        snprintf(fake.last_error, sizeof fake.last_error, "%s", code);
    fake.results++;
    return result;
}

PGresult *fake_row(int which)
{
    PGresult *result = fake_result(PGRES_TUPLES_OK, "");
    result->cells = fake.cells[which];
    result->rows = 1;
    result->columns = 2;
    for (int i = 0; result->cells; i++) {
        result->columns = i;
        if (!result->cells[i])
            break;
    }
    return result;
}

void PQclear(PGresult *result)
{
    if (!result)
        return;
    fake.results--;
    free(result);
}

ExecStatusType PQresultStatus(const PGresult *result)
{
    return result->status;
}

char *PQresultErrorField(const PGresult *result, int field)
{
    static char message[] = "the message", detail[] = "the detail", hint[] = "the hint", context[] = "the context";
    switch (field) {
    case PG_DIAG_SQLSTATE:
        return *result->code ? (char *)(uintptr_t)result->code : NULL;
    case PG_DIAG_SEVERITY_NONLOCALIZED:
        return (char *)(uintptr_t)result->severity;
    case PG_DIAG_SOURCE_FUNCTION:
        return (char *)(uintptr_t)result->routine;
    case PG_DIAG_MESSAGE_PRIMARY:
        return message;
    case PG_DIAG_MESSAGE_DETAIL:
        return detail;
    case PG_DIAG_MESSAGE_HINT:
        return hint;
    default:
        return context;
    }
}

size_t PQresultMemorySize(const PGresult *result)
{
    return sizeof(*result);
}

int PQntuples(const PGresult *result)
{
    return result->rows;
}

int PQnfields(const PGresult *result)
{
    return result->columns;
}

int PQgetisnull(const PGresult *result, int row, int column)
{
    (void)row;
    return !result->cells && column == 1;
}

char *PQgetvalue(const PGresult *result, int row, int column)
{
    (void)row;
    const char *value = result->cells ? result->cells[column] : column == 0 ? "7" : "";
    return (char *)(uintptr_t)value;
}

int PQgetlength(const PGresult *result, int row, int column)
{
    return (int)strlen(PQgetvalue(result, row, column));
}

/* An INSERT without RETURNING changes one row. */
char *PQcmdTuples(PGresult *result)
{
    static char none[] = "0", one[] = "1";
    return result->status == PGRES_TUPLES_OK && result->rows == 0 ? none : one;
}

char *PQcmdStatus(PGresult *result)
{
    return result->tag;
}
