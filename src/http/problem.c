#include "midair/http/problem.h"

#include <assert.h>

static const struct {
    int status;
    const char *title;
} kinds[] = {
#define PROBLEM(kind, status, title) [ERR_##kind] = {status, title},
#include "midair/http/problem.def"
#undef PROBLEM
};

_Static_assert(sizeof(kinds) / sizeof(*kinds) == ERR_KINDS, "problem.def has a row for each row of err_kind.def");

struct problem *problem_of(struct arena *arena, struct err *err)
{
    if (!err->problem)
        err->problem = ARENA_NEW(arena, struct problem);
    return err->problem;
}

const struct problem *problem_read(const struct err *err)
{
    static const struct problem none = {0};
    return err->problem ? err->problem : &none;
}

int problem_status(const struct err *err)
{
    int status = problem_read(err)->status;
    return status ? status : problem_kind_status(err->kind);
}

int problem_kind_status(enum err_kind kind)
{
    assert(kind < ERR_KINDS && kinds[kind].status);
    return kinds[kind].status;
}

const char *problem_title(enum err_kind kind)
{
    assert(kind < ERR_KINDS && kinds[kind].title);
    return kinds[kind].title;
}

struct slice problem_type(struct arena *arena, enum err_kind kind)
{
    return arena_printf(arena, "urn:midair:problem:%s", err_name(kind));
}
