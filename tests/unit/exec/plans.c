/* What becomes of each kind of plan when PostgreSQL answers it well, badly, or not at all: the error or the outcome,
 * and exactly which statements were sent. */
#include "plans.h"

/* ---- the plans ---- */

static void get(struct stage *s)
{
    stage_item(s, PLAN_READ_ITEM, false);
}

static void list(struct stage *s)
{
    s->plan.kind = PLAN_READ_LIST;
    s->plan.as.read_list.page.limit = 10;
}

static void set_note(struct stage *s)
{
    struct json *content = ARENA_NEW(s->arena, struct json);
    *content = stage_json(s, "{\"note\":\"new\"}");
    struct err *err = content_merge(s->arena, s->orders, s->key, content, &s->plan.as.patch.patch);
    cr_assert_null(err);
}

static void patch(struct stage *s)
{
    stage_item(s, PLAN_PATCH, true);
    set_note(s);
}

/* It needs the row first, so it is a transaction. */
static void json_patch(struct stage *s)
{
    struct json *content = ARENA_NEW(s->arena, struct json);
    stage_item(s, PLAN_PATCH, true);
    *content = stage_json(s, "[{\"op\":\"replace\",\"path\":\"/note\",\"value\":\"new\"}]");
    struct err *err = content_json_patch(s->arena, content, &s->plan.as.patch.patch);
    cr_assert_null(err);
}

static void delete (struct stage *s)
{
    stage_item(s, PLAN_DELETE, true);
}

static void put_any(struct stage *s)
{
    struct json content = stage_json(s, "{\"note\":\"new\"}");
    stage_item(s, PLAN_REPLACE, false);
    struct err *err = content_replace(s->arena, s->orders, s->key, NULL, &content, &s->plan.as.replace.update);
    cr_assert_null(err);
    err = content_insert(s->arena, s->orders, s->key, NULL, &content, &s->plan.as.replace.insert);
    cr_assert_null(err);
}

static void put(struct stage *s)
{
    put_any(s);
    stage_item(s, PLAN_REPLACE, true);
}

static void post(struct stage *s)
{
    struct json content = stage_json(s, "{\"note\":\"new\"}");
    s->plan.kind = PLAN_INSERT;
    struct err *err = content_insert(s->arena, s->orders, NULL, NULL, &content, &s->plan.as.insert.row);
    cr_assert_null(err);
}

/* Two batches, since their members differ. */
static void post_array(struct stage *s)
{
    struct json content = stage_json(s, "[{\"note\":\"a\"},{\"open\":true}]");
    s->plan.kind = PLAN_INSERT_MANY;
    struct err *err = content_batches(s->arena, s->orders, NULL, NULL, &content, &s->plan.as.insert_many.batches);
    cr_assert_null(err);
}

static void patch_list(struct stage *s)
{
    s->plan.kind = PLAN_PATCH_LIST;
    s->plan.as.write_list.cap.limit = 10;
    struct json *content = ARENA_NEW(s->arena, struct json);
    *content = stage_json(s, "{\"note\":\"new\"}");
    struct err *err = content_merge(s->arena, s->orders, NULL, content, &s->plan.as.write_list.patch);
    cr_assert_null(err);
}

static void roll_back(struct stage *s)
{
    patch(s);
    s->plan.rollback = true;
}

/* ---- what comes of them ---- */

enum { NO_ERROR = -1 };

static const struct {
    const char *label;
    void (*plan)(struct stage *s);
    const char *commands;
    int error;                 /* NO_ERROR, or its kind */
    enum outcome_kind outcome; /* without an error */
    const char *log;
} rows[] = {
    {"read", get, "row", NO_ERROR, OUTCOME_FOUND, "SELECT"},
    {"read of nothing", get, "empty", ERR_NO_ROW, OUTCOME_NONE, "SELECT"},
    {"read lost, and again", get, "lost row", NO_ERROR, OUTCOME_FOUND, "SELECT SELECT"},
    {"read lost for ever", get, "lost lost lost", ERR_UNAVAILABLE, OUTCOME_NONE, "SELECT SELECT SELECT"},
    {"read refused", get, "e:42501", ERR_FORBIDDEN, OUTCOME_NONE, "SELECT"},
    {"list", list, "row", NO_ERROR, OUTCOME_LIST, "SELECT"},
    {"list of nothing", list, "empty", NO_ERROR, OUTCOME_LIST, "SELECT"},
    {"list lost", list, "lost", ERR_UNAVAILABLE, OUTCOME_NONE, "SELECT"},
    {"list that collides with recovery", list, "e:40001 row", NO_ERROR, OUTCOME_LIST, "SELECT SELECT"},

    {"patch in one statement", patch, "row1", NO_ERROR, OUTCOME_CHANGED, "UPDATE"},
    {"patch of a changed row", patch, "empty row1", NO_ERROR, OUTCOME_FAILED, "UPDATE SELECT"},
    {"patch of no row", patch, "empty empty", ERR_NO_ROW, OUTCOME_NONE, "UPDATE SELECT"},
    {"patch of a row that came back", patch, "empty row row1", NO_ERROR, OUTCOME_CHANGED, "UPDATE SELECT UPDATE"},
    {"patch of a row that keeps coming back", patch, "empty row empty row empty row empty row", ERR_CONTENTION,
     OUTCOME_NONE, "UPDATE SELECT UPDATE SELECT UPDATE SELECT UPDATE SELECT"},
    {"patch lost", patch, "lost", ERR_OUTCOME_UNKNOWN, OUTCOME_NONE, "UPDATE"},
    {"patch whose look is lost", patch, "empty lost row1", NO_ERROR, OUTCOME_FAILED, "UPDATE SELECT SELECT"},
    {"patch that collides", patch, "e:40001 row1", NO_ERROR, OUTCOME_CHANGED, "UPDATE UPDATE"},
    {"patch of a row that stays locked", patch, "e:55P03 e:55P03", ERR_LOCKED, OUTCOME_NONE, "UPDATE UPDATE"},
    {"patch of a row that gets free", patch, "e:55P03 row1", NO_ERROR, OUTCOME_CHANGED, "UPDATE UPDATE"},
    {"patch with a bad value", patch, "e:22P02 row", ERR_BAD_VALUE, OUTCOME_NONE, "UPDATE SELECT"},
    {"patch with a bad value, of a changed row", patch, "e:22P02 row1", NO_ERROR, OUTCOME_FAILED, "UPDATE SELECT"},
    {"patch with a bad value, of no row", patch, "e:22P02 empty", ERR_NO_ROW, OUTCOME_NONE, "UPDATE SELECT"},
    {"patch with a bad value, and then lost", patch, "e:22P02 lost lost lost", ERR_UNAVAILABLE, OUTCOME_NONE,
     "UPDATE SELECT SELECT SELECT"},

    {"delete", delete, "done", NO_ERROR, OUTCOME_DELETED, "DELETE"},
    {"delete of a changed row", delete, "empty row1", NO_ERROR, OUTCOME_FAILED, "DELETE SELECT"},
    {"delete lost", delete, "cut", ERR_OUTCOME_UNKNOWN, OUTCOME_NONE, "DELETE"},
    {"delete that something refers to", delete, "e:23503", ERR_CONFLICT, OUTCOME_NONE, "DELETE"},

    {"insert", post, "row", NO_ERROR, OUTCOME_CREATED, "INSERT"},
    {"insert lost", post, "lost", ERR_OUTCOME_UNKNOWN, OUTCOME_NONE, "INSERT"},
    {"insert of a taken key", post, "e:23505", ERR_CONFLICT, OUTCOME_NONE, "INSERT"},

    {"put on a condition", put, "row1", NO_ERROR, OUTCOME_CHANGED, "UPDATE"},
    {"put of a changed row", put, "empty row1", NO_ERROR, OUTCOME_FAILED, "UPDATE SELECT"},
    {"put of no row", put, "empty empty", NO_ERROR, OUTCOME_FAILED, "UPDATE SELECT"},
    {"put of a row that keeps coming back", put, "empty row empty row empty row empty row", ERR_CONTENTION,
     OUTCOME_NONE, "UPDATE SELECT UPDATE SELECT UPDATE SELECT UPDATE SELECT"},
    {"put lost", put_any, "lost", ERR_OUTCOME_UNKNOWN, OUTCOME_NONE, "INSERT"},

    {"json patch", json_patch, "done row row1 done", NO_ERROR, OUTCOME_CHANGED, "BEGIN LOCK UPDATE COMMIT"},
    {"json patch of a changed row", json_patch, "done row1", NO_ERROR, OUTCOME_FAILED, "BEGIN LOCK ROLLBACK"},
    {"json patch of no row", json_patch, "done empty", ERR_NO_ROW, OUTCOME_NONE, "BEGIN LOCK ROLLBACK"},
    {"json patch whose row vanishes under its lock", json_patch, "done row empty done done row row1 done", NO_ERROR,
     OUTCOME_CHANGED, "BEGIN LOCK UPDATE ROLLBACK BEGIN LOCK UPDATE COMMIT"},
    {"lost at BEGIN", json_patch, "lost", ERR_UNAVAILABLE, OUTCOME_NONE, "BEGIN"},
    {"lost at the lock", json_patch, "done lost", ERR_UNAVAILABLE, OUTCOME_NONE, "BEGIN LOCK"},
    {"lost at the write", json_patch, "done row lost", ERR_UNAVAILABLE, OUTCOME_NONE, "BEGIN LOCK UPDATE"},
    {"lost at COMMIT", json_patch, "done row row1 lost", ERR_OUTCOME_UNKNOWN, OUTCOME_NONE, "BEGIN LOCK UPDATE COMMIT"},
    {"shut down before COMMIT runs", json_patch, "done row row1 fatal:57P01", ERR_UNAVAILABLE, OUTCOME_NONE,
     "BEGIN LOCK UPDATE COMMIT"},
    {"COMMIT that rolls back", json_patch, "done row row1 says:ROLLBACK", ERR_DATABASE, OUTCOME_NONE,
     "BEGIN LOCK UPDATE COMMIT"},
    {"COMMIT that is refused", json_patch, "done row row1 e:23503", ERR_CONFLICT, OUTCOME_NONE,
     "BEGIN LOCK UPDATE COMMIT"},
    {"40001 at the lock", json_patch, "done e:40001 done done row row1", NO_ERROR, OUTCOME_CHANGED,
     "BEGIN LOCK ROLLBACK BEGIN LOCK UPDATE COMMIT"},
    {"40001 at the write, and the row has changed", json_patch, "done row e:40001 done done row1", NO_ERROR,
     OUTCOME_FAILED, "BEGIN LOCK UPDATE ROLLBACK BEGIN LOCK ROLLBACK"},
    {"40001 at COMMIT", json_patch, "done row row1 e:40001 done row row1", NO_ERROR, OUTCOME_CHANGED,
     "BEGIN LOCK UPDATE COMMIT BEGIN LOCK UPDATE COMMIT"},
    {"40P01 then lost", json_patch, "done e:40P01 done lost", ERR_UNAVAILABLE, OUTCOME_NONE,
     "BEGIN LOCK ROLLBACK BEGIN"},
    {"lock that is not given", json_patch, "done e:55P03 done done e:55P03", ERR_LOCKED, OUTCOME_NONE,
     "BEGIN LOCK ROLLBACK BEGIN LOCK ROLLBACK"},
    {"lock that is given later", json_patch, "done e:55P03 done done row row1", NO_ERROR, OUTCOME_CHANGED,
     "BEGIN LOCK ROLLBACK BEGIN LOCK UPDATE COMMIT"},
    {"bad value in a transaction", json_patch, "done row e:22P02 done row", ERR_BAD_VALUE, OUTCOME_NONE,
     "BEGIN LOCK UPDATE ROLLBACK SELECT"},
    {"BEGIN that is refused", json_patch, "e:53300", ERR_UNAVAILABLE, OUTCOME_NONE, "BEGIN"},
    {"ROLLBACK that is lost", json_patch, "done empty lost", ERR_NO_ROW, OUTCOME_NONE, "BEGIN LOCK ROLLBACK"},

    {"array", post_array, "done row", NO_ERROR, OUTCOME_CREATED, "BEGIN WITH COMMIT"},
    {"array, lost at the write", post_array, "done lost", ERR_UNAVAILABLE, OUTCOME_NONE, "BEGIN WITH"},
    {"array, refused", post_array, "done e:23514", ERR_BAD_VALUE, OUTCOME_NONE, "BEGIN WITH ROLLBACK"},
    {"array that collides", post_array, "done e:40P01 done done row", NO_ERROR, OUTCOME_CREATED,
     "BEGIN WITH ROLLBACK BEGIN WITH COMMIT"},
    {"array, lost at COMMIT", post_array, "done row lost", ERR_OUTCOME_UNKNOWN, OUTCOME_NONE, "BEGIN WITH COMMIT"},

    {"filter", patch_list, "done row row1", NO_ERROR, OUTCOME_CHANGED, "BEGIN LOCK UPDATE COMMIT"},
    {"filter of nothing", patch_list, "done empty", NO_ERROR, OUTCOME_CHANGED, "BEGIN LOCK COMMIT"},
    {"filter, lost at the lock", patch_list, "done cut", ERR_UNAVAILABLE, OUTCOME_NONE, "BEGIN LOCK"},
    {"filter, collides", patch_list, "done e:40P01 done done row row1", NO_ERROR, OUTCOME_CHANGED,
     "BEGIN LOCK ROLLBACK BEGIN LOCK UPDATE COMMIT"},

    {"tx=rollback", roll_back, "done row1 done", NO_ERROR, OUTCOME_CHANGED, "BEGIN UPDATE SET ROLLBACK"},
    {"tx=rollback, and a constraint", roll_back, "done row1 e:23503", ERR_CONFLICT, OUTCOME_NONE,
     "BEGIN UPDATE SET ROLLBACK"},
    {"tx=rollback of a changed row", roll_back, "done empty row1", NO_ERROR, OUTCOME_FAILED,
     "BEGIN UPDATE SELECT ROLLBACK"},
};

Test(plans, each_end)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct stage s;
        stage_init(&s, (struct fake){.commands = rows[i].commands});
        rows[i].plan(&s);
        struct err *err = execute(&s.exec, &s.plan, &s.out);
        cr_expect_eq(err ? (int)err->kind : NO_ERROR, rows[i].error, "%s: %s", rows[i].label,
                     err ? err_name(err->kind) : "no error");
        cr_expect_eq(s.out.kind, rows[i].outcome, "%s: outcome %d", rows[i].label, (int)s.out.kind);
        cr_expect_str_eq(fake.log, rows[i].log, "%s: %s", rows[i].label, fake.log);
        cr_expect(!err || s.out.part_count == 0, "%s: an error and rows", rows[i].label);
        stage_free(&s, rows[i].label);
    }
}

Test(plans, deadlocks_for_ever_end_before_the_deadline)
{
    char commands[400] = "", log[400] = "";
    for (int i = 0; i < 9; i++)
        strcat(commands, "done e:40P01 done ");
    for (int i = 0; i < 7; i++)
        strcat(log, i ? " BEGIN LOCK ROLLBACK" : "BEGIN LOCK ROLLBACK");
    struct stage s;
    stage_init(&s, (struct fake){.commands = commands});
    json_patch(&s);
    struct err *err = execute(&s.exec, &s.plan, &s.out);
    cr_assert(err && err->kind == ERR_CONTENTION);
    cr_expect_eq(err->retry_after, 1);
    cr_expect_str_eq(fake.log, log);
    stage_free(&s, "deadlocks");
}

/* ---- deadlines ---- */

static const struct {
    const char *label;
    void (*plan)(struct stage *s);
    const char *commands;
    int64_t within;
    int error;
    const char *log;
} late[] = {
    {"before anything", patch, "", -1, ERR_TIMEOUT, ""},
    {"before a transaction", json_patch, "", -1, ERR_TIMEOUT, ""},
    {"in one statement", patch, "silent", BRIEFLY_US, ERR_TIMEOUT, "UPDATE"},
    {"in one statement that does not hear", patch, "deaf", BRIEFLY_US, ERR_OUTCOME_UNKNOWN, "UPDATE"},
    {"in the look after it", patch, "empty silent", BRIEFLY_US, ERR_TIMEOUT, "UPDATE SELECT"},
    {"at the lock", json_patch, "done silent", BRIEFLY_US, ERR_TIMEOUT, "BEGIN LOCK ROLLBACK"},
    {"at the write", json_patch, "done row silent", BRIEFLY_US, ERR_TIMEOUT, "BEGIN LOCK UPDATE ROLLBACK"},
    {"at COMMIT", json_patch, "done row row1 deaf", BRIEFLY_US, ERR_OUTCOME_UNKNOWN, "BEGIN LOCK UPDATE COMMIT"},
};

Test(plans, each_deadline)
{
    for (size_t i = 0; i < sizeof(late) / sizeof(*late); i++) {
        struct stage s;
        stage_init(&s, (struct fake){.commands = late[i].commands});
        late[i].plan(&s);
        s.exec.deadline = clock_now_us() + late[i].within;
        struct err *err = execute(&s.exec, &s.plan, &s.out);
        cr_expect_eq(err ? (int)err->kind : NO_ERROR, late[i].error, "%s: %s", late[i].label,
                     err ? err_name(err->kind) : "no error");
        cr_expect_str_eq(fake.log, late[i].log, "%s: %s", late[i].label, fake.log);
        stage_free(&s, late[i].label);
    }
}
