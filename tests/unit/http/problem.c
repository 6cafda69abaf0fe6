#include "midair/http/problem.h"

#include <criterion/criterion.h>

Test(problem, every_kind_has_a_status_and_a_title)
{
    for (unsigned kind = 0; kind < ERR_KINDS; kind++) {
        int status = problem_kind_status((enum err_kind)kind);
        cr_expect(status >= 300 && status < 600, "%s: %d", err_name((enum err_kind)kind), status);
        cr_expect_gt(strlen(problem_title((enum err_kind)kind)), 2, "%s", err_name((enum err_kind)kind));
    }
}

/* The two tables are written apart; a row that moved in one of them would shift all that follow. */
Test(problem, kinds_have_the_status_that_their_name_says)
{
    static const struct {
        enum err_kind kind;
        int status;
        const char *type;
    } rows[] = {
        {ERR_AMBIGUOUS, 300, "urn:midair:problem:ambiguous"},
        {ERR_BAD_FRAMING, 400, "urn:midair:problem:bad-framing"},
        {ERR_NO_ROW, 404, "urn:midair:problem:no-such-row"},
        {ERR_METHOD_NOT_ALLOWED, 405, "urn:midair:problem:method-not-allowed"},
        {ERR_PRECONDITION_FAILED, 412, "urn:midair:problem:precondition-failed"},
        {ERR_PRECONDITION_REQUIRED, 428, "urn:midair:problem:precondition-required"},
        {ERR_OUTCOME_UNKNOWN, 503, "urn:midair:problem:outcome-unknown"},
        {ERR_VERSION_NOT_SUPPORTED, 505, "urn:midair:problem:version-not-supported"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect_eq(problem_kind_status(rows[i].kind), rows[i].status, "%s", rows[i].type);
        cr_expect(slice_eq(problem_type(arena, rows[i].kind), slice_of(rows[i].type)), "%s", rows[i].type);
    }
    arena_free(arena);
}

Test(problem, an_extension_is_made_once_and_an_error_without_one_reads_as_empty)
{
    struct arena *arena = arena_new(0);
    struct err *err = err_new(arena, ERR_NO_ROW, "gone");
    cr_expect_eq(problem_status(err), 404);
    cr_expect(!problem_read(err)->close && !slice_present(problem_read(err)->allow));
    cr_expect_null(err->problem, "reading makes none");
    problem_of(arena, err)->status = 410;
    problem_of(arena, err)->close = true;
    cr_expect_eq(problem_status(err), 410, "the error's own status counts, not that of its kind");
    cr_expect(problem_read(err)->close, "the second call adds to the same extension");
    cr_expect_eq(err_new(arena, ERR_NO_ROW, "gone")->problem, NULL, "other errors of the kind are not touched");
    arena_free(arena);
}
