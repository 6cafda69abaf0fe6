/* SQLSTATE to error kind, and what of the server's error a client may see. */
#include "../../../src/pg/sqlstate.h"

#include "../../fake/libpq.h"

#include "midair/http/problem.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>

static const struct {
    const char *code;
    int status;
    enum err_kind kind;
} states[] = {
    {"23505", 409, ERR_CONFLICT},    {"23503", 409, ERR_CONFLICT},
    {"23001", 409, ERR_CONFLICT},    {"23502", 400, ERR_BAD_VALUE},
    {"23514", 400, ERR_BAD_VALUE},   {"23P01", 400, ERR_BAD_VALUE},
    {"22P02", 400, ERR_BAD_VALUE},   {"22003", 400, ERR_BAD_VALUE},
    {"22012", 400, ERR_BAD_VALUE},   {"42703", 400, ERR_BAD_VALUE},
    {"42804", 400, ERR_BAD_VALUE},   {"42601", 400, ERR_BAD_VALUE},
    {"428C9", 400, ERR_BAD_VALUE},   {"P0001", 400, ERR_BAD_VALUE},
    {"44000", 400, ERR_BAD_VALUE},   {"21000", 500, ERR_DATABASE},
    {"42P01", 404, ERR_NO_RESOURCE}, {"42883", 404, ERR_NO_RESOURCE},
    {"42501", 403, ERR_FORBIDDEN},   {"25006", 405, ERR_METHOD_NOT_ALLOWED},
    {"40001", 503, ERR_CONTENTION},  {"40P01", 503, ERR_CONTENTION},
    {"57014", 504, ERR_TIMEOUT},     {"55P03", 423, ERR_LOCKED},
    {"53300", 503, ERR_UNAVAILABLE}, {"57P01", 503, ERR_UNAVAILABLE},
    {"57P02", 503, ERR_UNAVAILABLE}, {"57P03", 503, ERR_UNAVAILABLE},
    {"08006", 503, ERR_UNAVAILABLE}, {"08P01", 503, ERR_UNAVAILABLE},
    {"53400", 500, ERR_DATABASE},    {"42P17", 500, ERR_DATABASE},
    {"XX000", 500, ERR_DATABASE},    {"58030", 500, ERR_DATABASE},
    {"57000", 500, ERR_DATABASE},    {"40003", 500, ERR_DATABASE},
    {"P0002", 500, ERR_DATABASE},    {"", 500, ERR_DATABASE},
    {"2", 500, ERR_DATABASE},        {"zzzzz", 400, ERR_BAD_VALUE},
    {"25000", 500, ERR_DATABASE},    {"26000", 500, ERR_DATABASE},
    {"2D000", 500, ERR_DATABASE},    {"38000", 500, ERR_DATABASE},
    {"39000", 500, ERR_DATABASE},    {"3B000", 500, ERR_DATABASE},
    {"54001", 500, ERR_DATABASE},    {"55000", 500, ERR_DATABASE},
    {"F0000", 500, ERR_DATABASE},    {"HV000", 500, ERR_DATABASE},
    {"P0004", 500, ERR_DATABASE},    {"09000", 500, ERR_DATABASE},
    {"0L000", 403, ERR_FORBIDDEN},   {"0P000", 403, ERR_FORBIDDEN},
    {"28000", 403, ERR_FORBIDDEN},   {"3F000", 400, ERR_BAD_VALUE},
    {"MY001", 400, ERR_BAD_VALUE},   {"P1000", 400, ERR_BAD_VALUE},
    {"PT503", 500, ERR_DATABASE},    {"PT304", 500, ERR_DATABASE},
    {"PT302", 400, ERR_BAD_VALUE},   {"PT100", 500, ERR_DATABASE},
    {"PT404", 404, ERR_NO_RESOURCE}, {"PT409", 409, ERR_CONFLICT},
    {"PT400", 400, ERR_BAD_VALUE},   {"PT418", 400, ERR_BAD_VALUE},
    {"PT200", 500, ERR_DATABASE},    {"PTabc", 500, ERR_DATABASE},
    {"PT999", 500, ERR_DATABASE},    {"PT", 500, ERR_DATABASE},
};

Test(sqlstate, each_code_has_its_kind)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        enum err_kind kind = sqlstate_kind(states[i].code);
        cr_expect_eq(kind, states[i].kind, "%s is %s", states[i].code, err_name(kind));
        cr_expect_eq(problem_kind_status(kind), states[i].status, "%s is %d", states[i].code,
                     problem_kind_status(kind));
    }
}

static const struct {
    const char *code;
    bool message, detail, hint;
} shown[] = {
    {"23505", true, true, true},    {"P0001", true, true, true},    {"PT402", true, true, true},
    {"22P02", true, false, true},   {"42703", true, false, true},   {"42501", true, false, true},
    {"40P01", false, false, false}, {"XX000", false, false, false}, {"57P01", false, false, false},
    {"MY001", true, true, true},    {"PT503", true, true, true},    {"53200", false, false, false},
    {"57014", false, false, false}, {"", false, false, false},
};

/* The fake's results all carry a message, a detail, a hint and a context. */
static PGresult *failed_result(const char *code)
{
    char script[16];
    snprintf(script, sizeof script, "e:%s", code);
    const char *keys[] = {NULL}, *values[] = {NULL};
    fake_reset((struct fake){.commands = *code ? script : "lost"});
    PGconn *conn = PQconnectStartParams(keys, values, 0);
    PQconnectPoll(conn);
    PQsendQueryParams(conn, "SELECT", 0, NULL, NULL, NULL, NULL, 0);
    PGresult *result = PQgetResult(conn);
    PQfinish(conn);
    return result;
}

static bool mentions(const struct err *err, const char *text)
{
    const struct slice fields[] = {err->detail, err->details, err->hint, err->code};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].len && memmem(fields[i].at, fields[i].len, text, strlen(text)))
            return true;
    }
    return false;
}

Test(sqlstate, a_client_sees_what_it_can_mend_and_nothing_else)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        PGresult *result = failed_result(shown[i].code);
        struct err *err = db_error(arena, result);
        PQclear(result);
        cr_expect_eq(mentions(err, "the message"), shown[i].message, "%s: message", shown[i].code);
        cr_expect_eq(mentions(err, "the detail"), shown[i].detail, "%s: detail", shown[i].code);
        cr_expect_eq(mentions(err, "the hint"), shown[i].hint, "%s: hint", shown[i].code);
        cr_expect_not(mentions(err, "the context"), "%s: context", shown[i].code);
        cr_expect(shown[i].message || slice_eq(err->note, SLICE("the message")), "%s: note", shown[i].code);
        cr_expect(err->detail.len > 0, "%s", shown[i].code);
        cr_expect(slice_eq(err->code, slice_of(*shown[i].code ? shown[i].code : "XX000")), "%s", shown[i].code);
    }
    arena_free(arena);
}
