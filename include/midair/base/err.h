/* Errors: `struct err *`, where NULL is success.
 *
 * An error lives in the request's arena. It says what the client may know (detail, and the fields
 * that PostgREST's clients read: code, message, details, hint) apart from what only the log may know
 * (note). Its kind decides status, problem type, title and log level: see err_kind.def. */
#ifndef MIDAIR_BASE_ERR_H
#define MIDAIR_BASE_ERR_H

#include "midair/base/arena.h"
#include "midair/base/log.h"

enum err_kind {
#define ERR(kind, status, slug, title, level) ERR_##kind,
#include "midair/base/err_kind.def"
#undef ERR
    ERR_KINDS
};

struct err {
    enum err_kind kind;
    struct slice detail;  /* one sentence for the client */
    struct slice message; /* what PostgREST says in this case; absent: `detail` serves */
    struct slice note;    /* for the log alone; may be absent */
    struct slice code;    /* SQLSTATE or our own code; absent: derived from the kind */
    struct slice details; /* PostgreSQL's DETAIL, where the client may see it */
    bool details_json;    /* `details` is a JSON document rather than a sentence */
    struct slice hint;    /* what to do about it */
    long position;        /* byte of the input where it went wrong, from 0; -1: none */
    int retry_after;      /* seconds for Retry-After; 0: none */
    struct slice allow;   /* for 405: the value of Allow */
    struct slice accept;  /* for 415: the value of Accept-Patch or Accept-Post */
    struct slice range;   /* for 416: the value of Content-Range; absent: how much there is is not known */
    int status;           /* of HTTP; 0: the kind's */
    struct slice *fields; /* further header fields: names and values by turns */
    size_t field_count;
    struct slice members; /* further members of the problem document, as JSON text; absent: none */
    struct slice table_schema, table, constraint; /* what a violated constraint is called; absent: none was */
    bool close;                                   /* the connection cannot be used after this */
};

#define MUST_USE __attribute__((warn_unused_result))

/* A new error with a detail for the client. Never NULL. */
struct err *err_new(struct arena *arena, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
/* The same with the byte position where the input went wrong. */
struct err *err_at(struct arena *arena, enum err_kind kind, size_t position, const char *format, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));
/* Adds a hint for the client / a note for the log; returns `err`. */
struct err *err_hint(struct arena *arena, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct err *err_note(struct arena *arena, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int err_status(enum err_kind kind);
/* The status of the answer to it. */
int err_http_status(const struct err *err);
const char *err_slug(enum err_kind kind);
const char *err_title(enum err_kind kind);
enum log_level err_level(enum err_kind kind);

/* Returns from the calling step when `expression` is an error. */
#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        struct err *try_err = (expression);                                                                            \
        if (try_err)                                                                                                   \
            return try_err;                                                                                            \
    } while (0)

#endif
