#include "libpq_result.h"

#include "../../src/pg/cancel.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_MAX = 512, CONNS_MAX = 64, NAMES_MAX = 64 };

enum kind { COMMAND, PREPARE, SYNC };

struct event {
    enum kind kind;
    char word[24];
    int stage; /* 0: its result is next, 1: the NULL after it */
};

struct pg_conn {
    int fd;
    ConnStatusType status;
    char connect[24];
    bool in_setup, setup_failed;
    struct event events[EVENTS_MAX];
    size_t first, count;
    bool aborted, stuck, in_transaction;
    bool hung_up;
    struct {
        char name[64], word[16];
    } prepared[NAMES_MAX]; /* what the statements that were prepared begin with */
    size_t prepared_count;
    PQnoticeReceiver notice;
    void *notice_context;
};

struct fake fake;
static PGconn *conns[CONNS_MAX];

void fake_reset(struct fake script)
{
    fake = script;
}

static void next_word(const char **script, const char *otherwise, char *out, size_t size)
{
    const char *at = *script ? *script : "";
    at += strspn(at, " ");
    size_t len = strcspn(at, " ");
    if (len == 0)
        snprintf(out, size, "%s", otherwise);
    else
        snprintf(out, size, "%.*s", (int)len, at);
    *script = at + len;
}

static void readable(PGconn *conn)
{
    uint64_t one = 1;
    if (write(conn->fd, &one, sizeof one) < 0)
        abort();
}

void fake_hang_up(void)
{
    for (int i = 0; i < CONNS_MAX; i++) {
        if (conns[i]) {
            conns[i]->hung_up = true;
            readable(conns[i]);
        }
    }
}

/* ---- connecting ---- */

PQconninfoOption *PQconninfoParse(const char *conninfo, char **errmsg)
{
    (void)errmsg;
    PQconninfoOption *options = calloc(2, sizeof *options);
    options[0].keyword = strdup("dbname");
    options[0].val = strdup(conninfo);
    return options;
}

void PQconninfoFree(PQconninfoOption *options)
{
    if (options) {
        free(options[0].keyword);
        free(options[0].val);
    }
    free(options);
}

PGconn *PQconnectStartParams(const char *const *keywords, const char *const *values, int expand)
{
    (void)keywords, (void)values, (void)expand;
    PGconn *conn = calloc(1, sizeof *conn);
    conn->fd = eventfd(0, EFD_NONBLOCK);
    next_word(&fake.connects, "ok", conn->connect, sizeof conn->connect);
    conn->status = CONNECTION_STARTED;
    for (int i = 0; i < CONNS_MAX; i++) {
        if (!conns[i]) {
            conns[i] = conn;
            break;
        }
    }
    fake.open++;
    return conn;
}

PostgresPollingStatusType PQconnectPoll(PGconn *conn)
{
    if (strcmp(conn->connect, "fail") == 0)
        return PGRES_POLLING_FAILED;
    if (strcmp(conn->connect, "hang") == 0)
        return PGRES_POLLING_READING;
    conn->status = CONNECTION_OK;
    fake.connected++;
    return PGRES_POLLING_OK;
}

void PQfinish(PGconn *conn)
{
    for (int i = 0; i < CONNS_MAX; i++) {
        if (conns[i] == conn)
            conns[i] = NULL;
    }
    close(conn->fd);
    free(conn);
    fake.open--;
}

ConnStatusType PQstatus(const PGconn *conn)
{
    return conn->status;
}

int PQbackendPID(const PGconn *conn)
{
    (void)conn;
    return 1;
}

int PQsocket(const PGconn *conn)
{
    return conn->fd;
}

char *PQerrorMessage(const PGconn *conn)
{
    (void)conn;
    static char message[] = "the script says no\n";
    return message;
}

PQnoticeReceiver PQsetNoticeReceiver(PGconn *conn, PQnoticeReceiver receiver, void *context)
{
    conn->notice = receiver;
    conn->notice_context = context;
    return NULL;
}

int PQsetnonblocking(PGconn *conn, int on)
{
    (void)conn, (void)on;
    return 0;
}

int PQenterPipelineMode(PGconn *conn)
{
    (void)conn;
    return 1;
}

PGTransactionStatusType PQtransactionStatus(const PGconn *conn)
{
    return conn->status != CONNECTION_OK ? PQTRANS_UNKNOWN : conn->in_transaction ? PQTRANS_INTRANS : PQTRANS_IDLE;
}

/* ---- sending ---- */

static void push(PGconn *conn, enum kind kind, const char **script, const char *otherwise)
{
    struct event *event = &conn->events[(conn->first + conn->count++) % EVENTS_MAX];
    event->kind = kind;
    event->stage = 0;
    next_word(script, otherwise, event->word, sizeof event->word);
}

static bool refused(PGconn *conn)
{
    if (fake.send_fails > 0) {
        fake.send_fails--;
        conn->status = CONNECTION_BAD;
        return true;
    }
    return conn->status != CONNECTION_OK;
}

int PQsendQuery(PGconn *conn, const char *sql)
{
    (void)sql;
    conn->in_setup = true;
    conn->setup_failed = strcmp(conn->connect, "badset") == 0;
    return 1;
}

/* What a statement is called in the log. */
static void word_of(const char *sql, char *out, size_t size)
{
    bool locks =
        strstr(sql, " FOR UPDATE OF ") || strstr(sql, " FOR NO KEY UPDATE OF ") || strstr(sql, " FOR SHARE OF ");
    snprintf(out, size, "%.*s", locks ? 4 : (int)strcspn(sql, " "), locks ? "LOCK" : sql);
}

static void log_sent(const char *word)
{
    size_t len = strlen(fake.log);
    snprintf(fake.log + len, sizeof fake.log - len, "%s%s", len ? " " : "", word);
}

static int send_command(PGconn *conn, const char *word)
{
    if (refused(conn))
        return 0;
    fake.sent++;
    log_sent(word);
    push(conn, COMMAND, &fake.commands, "done");
    return 1;
}

int PQsendQueryParams(PGconn *conn, const char *command, int n, const Oid *types, const char *const *values,
                      const int *lengths, const int *formats, int format)
{
    (void)n, (void)types, (void)values, (void)lengths, (void)formats, (void)format;
    if (strncmp(command, "DEALLOCATE", 10) == 0 ||
        strncmp(command, "SELECT pg_catalog.set_config", 28) == 0) { /* housekeeping: no part of the script */
        const char *none = NULL;
        push(conn, COMMAND, &none, "done");
        return !refused(conn);
    }
    char word[16];
    word_of(command, word, sizeof word);
    return send_command(conn, word);
}

int PQsendQueryPrepared(PGconn *conn, const char *name, int n, const char *const *values, const int *lengths,
                        const int *formats, int format)
{
    (void)n, (void)values, (void)lengths, (void)formats, (void)format;
    for (size_t i = conn->prepared_count; i-- > 0;)
        if (strcmp(conn->prepared[i].name, name) == 0)
            return send_command(conn, conn->prepared[i].word);
    return send_command(conn, "?");
}

int PQsendPrepare(PGconn *conn, const char *name, const char *query, int n, const Oid *types)
{
    (void)n, (void)types;
    if (refused(conn))
        return 0;
    if (conn->prepared_count < NAMES_MAX) {
        snprintf(conn->prepared[conn->prepared_count].name, sizeof conn->prepared->name, "%s", name);
        word_of(query, conn->prepared[conn->prepared_count++].word, sizeof conn->prepared->word);
    }
    if (strncmp(query, "BEGIN", 5) == 0)
        conn->in_transaction = true;
    if (strcmp(query, "COMMIT") == 0 || strcmp(query, "ROLLBACK") == 0)
        conn->in_transaction = false;
    push(conn, PREPARE, &fake.prepares, "done");
    return 1;
}

int PQpipelineSync(PGconn *conn)
{
    push(conn, SYNC, &fake.syncs, "sync");
    if (fake.flush_stuck > 0) {
        fake.flush_stuck--;
        conn->stuck = true;
        readable(conn);
    }
    if (fake.sync_fails > 0) {
        fake.sync_fails--;
        conn->status = CONNECTION_BAD;
        return 0;
    }
    return 1;
}

int PQsendFlushRequest(PGconn *conn)
{
    (void)conn; /* the script's results come at once anyway */
    return 1;
}

int PQflush(PGconn *conn)
{
    return conn->stuck ? 1 : 0;
}

/* ---- receiving ---- */

static struct event *head(PGconn *conn)
{
    return conn->count > 0 ? &conn->events[conn->first % EVENTS_MAX] : NULL;
}

static bool starts(const char *word, const char *prefix)
{
    return strncmp(word, prefix, strlen(prefix)) == 0;
}

static bool waits(const char *word)
{
    return strcmp(word, "silent") == 0 || strcmp(word, "late") == 0 || strcmp(word, "deaf") == 0;
}

int PQisBusy(PGconn *conn)
{
    struct event *event = head(conn);
    if (conn->stuck)
        return 1;
    if (!event || event->stage || conn->aborted)
        return 0;
    if (strcmp(event->word, "cut") == 0) {
        readable(conn);
        return 1;
    }
    return waits(event->word);
}

int PQconsumeInput(PGconn *conn)
{
    struct event *event = head(conn);
    if (conn->hung_up || conn->stuck || (event && strcmp(event->word, "cut") == 0)) {
        conn->status = CONNECTION_BAD;
        return 0;
    }
    return 1;
}

/* The server says something besides the result. */
static void notice(PGconn *conn, const char *routine)
{
    PGresult *said = fake_result(PGRES_NONFATAL_ERROR, "01000");
    said->routine = routine;
    conn->notice(conn->notice_context, said);
    PQclear(said);
}

static PGresult *answer_to(PGconn *conn, const struct event *event)
{
    const char *word = event->word;
    if (strcmp(word, "standby") == 0)
        notice(conn, "SyncRepWaitForLSN");
    if (strcmp(word, "notice") == 0)
        notice(conn, "exec_stmt_raise");
    if (event->kind == SYNC && !strchr(word, ':') && strcmp(word, "lost") != 0)
        return fake_result(PGRES_PIPELINE_SYNC, "");
    if (conn->aborted)
        return fake_result(PGRES_PIPELINE_ABORTED, "");
    if (starts(word, "e:"))
        return fake_result(PGRES_FATAL_ERROR, word + 2);
    if (starts(word, "fatal:")) {
        PGresult *result = fake_result(PGRES_FATAL_ERROR, word + 6);
        result->severity = "FATAL";
        return result;
    }
    if (strcmp(word, "stale") == 0) {
        PGresult *result = fake_result(PGRES_FATAL_ERROR, "0A000");
        result->routine = "RevalidateCachedQuery";
        return result;
    }
    if (strcmp(word, "lost") == 0)
        return fake_result(PGRES_FATAL_ERROR, "");
    if (strcmp(word, "copy") == 0)
        return fake_result(PGRES_COPY_OUT, "");
    if (strcmp(word, "empty") == 0)
        return fake_result(PGRES_TUPLES_OK, "");
    if (starts(word, "row"))
        return fake_row(word[3] ? word[3] - '0' : 0);
    PGresult *done = fake_result(PGRES_COMMAND_OK, "");
    if (starts(word, "says:"))
        snprintf(done->tag, sizeof done->tag, "%s", word + 5);
    return done;
}

static void pop(PGconn *conn)
{
    conn->first++;
    conn->count--;
}

PGresult *PQgetResult(PGconn *conn)
{
    if (conn->in_setup) {
        conn->in_setup = conn->setup_failed;
        bool failed = conn->setup_failed;
        conn->setup_failed = false;
        return failed ? fake_result(PGRES_FATAL_ERROR, "22023") : (conn->in_setup = false, NULL);
    }
    struct event *event = head(conn);
    if (!event || conn->status != CONNECTION_OK)
        return NULL;
    if (event->stage || strcmp(event->word, "none") == 0) {
        pop(conn);
        return NULL;
    }
    PGresult *result = answer_to(conn, event);
    event->stage = 1;
    if (result->status == PGRES_PIPELINE_SYNC) {
        pop(conn);
        conn->aborted = false;
    } else if (event->kind == SYNC) {
        snprintf(event->word, sizeof event->word, "sync"); /* it comes after the error */
        event->stage = 0;
    }
    if (result->status == PGRES_FATAL_ERROR && *result->code)
        conn->aborted = true;
    if (result->status == PGRES_FATAL_ERROR && (!*result->code || strcmp(result->severity, "FATAL") == 0))
        conn->status = CONNECTION_BAD;
    return result;
}

PGnotify *PQnotifies(PGconn *conn)
{
    (void)conn;
    return NULL;
}

void PQfreemem(void *at)
{
    free(at);
}

/* ---- cancelling: in the place of src/pg/cancel.c, which has sockets of its own ---- */

void cancel_trace_begin(struct cancel_trace *trace, PGconn *conn)
{
    (void)trace, (void)conn;
}

struct cancel_key cancel_trace_end(struct cancel_trace *trace, PGconn *conn)
{
    (void)trace, (void)conn;
    return (struct cancel_key){.known = true};
}

void cancel_begin(struct cancel *cancel, PGconn *conn, const struct cancel_key *key)
{
    (void)key;
    fake.cancels++;
    *cancel = (struct cancel){.stage = fake.cancel_fails ? CANCEL_FAILED : CANCEL_DONE, .fd = -1};
    if (fake.cancel_fails)
        return;
    struct event *event = head(conn);
    if (event && strcmp(event->word, "silent") == 0)
        snprintf(event->word, sizeof event->word, "e:57014");
    if (event && strcmp(event->word, "late") == 0)
        snprintf(event->word, sizeof event->word, "done");
    if (event && strcmp(event->word, "deaf") != 0)
        readable(conn);
}

void cancel_begin_probe(struct cancel *cancel, PGconn *conn)
{
    (void)conn;
    *cancel = (struct cancel){.stage = CANCEL_DONE, .fd = -1};
}

unsigned cancel_events(const struct cancel *cancel)
{
    (void)cancel;
    return 0;
}

void cancel_advance(struct cancel *cancel)
{
    (void)cancel;
}

void cancel_end(struct cancel *cancel)
{
    (void)cancel;
}
