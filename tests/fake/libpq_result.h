/* Results of the scripted libpq: what its connections make, and the functions of libpq that read them. */
#ifndef MIDAIR_TESTS_FAKE_LIBPQ_RESULT_H
#define MIDAIR_TESTS_FAKE_LIBPQ_RESULT_H

#include "libpq.h"

#include <libpq-fe.h>

struct pg_result {
    ExecStatusType status;
    char code[8];
    const char *severity, *routine;
    char tag[16];
    const char *const *cells; /* of its row; NULL: "7" and SQL NULL */
    int rows, columns;
};

/* A result without rows; an SQLSTATE that is not empty becomes fake.last_error. PQclear frees it. */
PGresult *fake_result(ExecStatusType status, const char *code);
/* A result of one row, whose cells are fake.cells[which]. */
PGresult *fake_row(int which);

#endif
