/* Several plans in one transaction: one order of locks, all or none, and one retry for all of them. */
#include "plans.h"

#include "midair/exec/unit.h"

enum { PLANS_MAX = 3, NO_ERROR = -1 };

/* PATCH of an order by its key. */
static struct plan patch_of(struct stage *s, const char *key, bool conditional)
{
    struct slice *keys = ARENA_ARRAY(s->arena, struct slice, 1);
    struct json *content = ARENA_NEW(s->arena, struct json);
    keys[0] = slice_of(key);
    stage_item(s, PLAN_PATCH, conditional);
    s->plan.keys = keys;
    s->plan.guard = guard_make(s->arena, &s->plan.preconds, s->orders, keys, true);
    *content = stage_json(s, "{\"note\":\"new\"}");
    struct err *err = content_merge(s->arena, s->orders, keys, content, &s->plan.as.patch.patch);
    cr_assert_null(err);
    struct plan plan = s->plan;
    s->plan.preconds = (struct preconds){0};
    return plan;
}

/* Three statements in one round trip: the first locks both rows in the order of their keys, the others read each of
 * them, as each plan does once more when it runs. */
static const struct {
    const char *label;
    const char *keys[PLANS_MAX];
    const char *conditional; /* the key of the plan that has If-Match */
    const char *commands;
    int error;
    size_t failed;
    const char *log;
} rows[] = {
    {"two rows",
     {"17", "18"},
     "",
     "done row row row row row1 row row1",
     NO_ERROR,
     2,
     "BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK UPDATE COMMIT"},
    {"one that changed",
     {"18", "17"},
     "17",
     "done row row1 row row row1 row1",
     NO_ERROR,
     1,
     "BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK ROLLBACK"},
    {"one that is not there",
     {"17", "18"},
     "",
     "done row row empty row row1 empty",
     ERR_NO_ROW,
     1,
     "BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK ROLLBACK"},
    {"locks that are not given",
     {"18", "17"},
     "",
     "done e:55P03 done done done done e:55P03",
     ERR_LOCKED,
     1,
     "BEGIN LOCK LOCK LOCK ROLLBACK BEGIN LOCK LOCK LOCK ROLLBACK"},
    {"a lock that is given later",
     {"18", "17"},
     "",
     "done row e:55P03 done done done row row row row row1 row row1",
     NO_ERROR,
     2,
     "BEGIN LOCK LOCK LOCK ROLLBACK BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK UPDATE COMMIT"},
    {"a refusal",
     {"17", "18"},
     "",
     "done row row row row row1 row e:23514",
     ERR_BAD_VALUE,
     1,
     "BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK UPDATE ROLLBACK"},
    {"a deadlock at the locks",
     {"17", "18"},
     "",
     "done e:40P01 done done done done row row row row row1 row row1",
     NO_ERROR,
     2,
     "BEGIN LOCK LOCK LOCK ROLLBACK BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK UPDATE COMMIT"},
    {"a deadlock in the second",
     {"17", "18"},
     "",
     "done row row row row row1 row e:40P01 done done row row row row row1 row row1",
     NO_ERROR,
     2,
     "BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK UPDATE ROLLBACK BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK UPDATE COMMIT"},
    {"lost in the second",
     {"17", "18"},
     "",
     "done row row row row row1 lost",
     ERR_UNAVAILABLE,
     1,
     "BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK"},
    {"lost at COMMIT",
     {"17", "18"},
     "",
     "done row row row row row1 row row1 lost",
     ERR_OUTCOME_UNKNOWN,
     1,
     "BEGIN LOCK LOCK LOCK LOCK UPDATE LOCK UPDATE COMMIT"},
};

/* Several plans that are known beforehand, in one unit. */
struct all {
    const struct plan *const *plans;
    struct outcome *outcomes;
    size_t count, failed;
};

static struct err *run(struct unit *unit, void *context)
{
    struct all *all = context;
    for (size_t i = 0; i < all->count; i++)
        outcome_release(&all->outcomes[i]); /* of an earlier run */
    TRY(unit_lock(unit, all->plans, all->outcomes, all->count, &all->failed));
    if (unit_is_undone(unit))
        return NULL;
    for (size_t i = 0; i < all->count; i++) {
        all->failed = i;
        TRY(unit_plan(unit, all->plans[i], &all->outcomes[i]));
        if (unit_is_undone(unit))
            return NULL;
    }
    return NULL;
}

static struct err *run_all(const struct exec *exec, struct all *all)
{
    const struct unit_terms terms = {0};
    bool undone = false;
    struct err *err = unit_run(exec, &terms, run, all);
    for (size_t i = 0; !err && i < all->count; i++)
        undone = undone || all->outcomes[i].kind == OUTCOME_FAILED;
    if (!err && !undone)
        all->failed = all->count;
    for (size_t i = 0; i < all->count; i++)
        if (err || (undone && i != all->failed)) {
            outcome_release(&all->outcomes[i]);
            all->outcomes[i] = (struct outcome){0};
        }
    return err;
}

Test(several, each_end)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct stage s;
        struct plan plans[PLANS_MAX];
        const struct plan *all[PLANS_MAX];
        struct outcome outcomes[PLANS_MAX];
        size_t count = 0, failed = 99;
        stage_init(&s, (struct fake){.commands = rows[i].commands});
        for (; count < PLANS_MAX && rows[i].keys[count]; count++) {
            plans[count] = patch_of(&s, rows[i].keys[count], strcmp(rows[i].keys[count], rows[i].conditional) == 0);
            all[count] = &plans[count];
        }
        struct all work = {.plans = all, .outcomes = outcomes, .count = count};
        memset(outcomes, 0, sizeof(outcomes));
        struct err *err = run_all(&s.exec, &work);
        failed = work.failed;
        cr_expect_eq(err ? (int)err->kind : NO_ERROR, rows[i].error, "%s: %s", rows[i].label,
                     err ? err_name(err->kind) : "no error");
        cr_expect_eq(failed, rows[i].failed, "%s: %zu failed", rows[i].label, failed);
        cr_expect_str_eq(fake.log, rows[i].log, "%s: %s", rows[i].label, fake.log);
        for (size_t k = 0; k < count; k++) {
            enum outcome_kind kind = err || (failed < count && k != failed) ? OUTCOME_NONE
                                     : k == failed                          ? OUTCOME_FAILED
                                                                            : OUTCOME_CHANGED;
            cr_expect_eq(outcomes[k].kind, kind, "%s: outcome %zu is %d", rows[i].label, k, (int)outcomes[k].kind);
            outcome_release(&outcomes[k]);
        }
        stage_free(&s, rows[i].label);
    }
}
