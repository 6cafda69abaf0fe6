/* Errors: `struct err *`, where NULL is success.
 *
 * An error lives in the request's arena. What the client may see (detail, details, hint, code) is kept apart from what
 * only the log may contain (note). The kind determines the error's name and log level (err_kind.def), and its HTTP
 * status and title (http/problem.def). */
#ifndef MIDAIR_BASE_ERR_H
#define MIDAIR_BASE_ERR_H

#include "midair/base/arena.h"
#include "midair/base/log.h"

enum err_kind {
#define ERR(kind, name, level) ERR_##kind,
#include "midair/base/err_kind.def"
#undef ERR
    ERR_KINDS
};

struct problem;

struct err {
    enum err_kind kind;
    struct slice detail;                          /* one sentence for the client */
    struct slice note;                            /* only for the log; may be absent */
    struct slice code;                            /* SQLSTATE or a code of our own; absent: the kind's name */
    struct slice details;                         /* PostgreSQL's DETAIL, where the client may see it */
    bool details_json;                            /* `details` is a JSON document rather than a sentence */
    struct slice hint;                            /* what to do about it */
    struct slice refused;                         /* a value that the database refuses; for neither client nor log */
    struct slice column;                          /* the column that the error is about; absent: not known */
    long position;                                /* byte of the input where it went wrong, from 0; -1: none */
    int retry_after;                              /* seconds after which the client may try again; 0: unknown */
    struct slice table_schema, table, constraint; /* the violated constraint; absent: none was violated */
    struct problem *problem;                      /* extension for HTTP (http/problem.h); NULL: none */
};

#define MUST_USE __attribute__((warn_unused_result))

/* A new error with a detail for the client, in `arena`. Never NULL. */
struct err *err_new(struct arena *arena, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
/* The same, with the byte position of the mistake in the input. */
struct err *err_at(struct arena *arena, enum err_kind kind, size_t position, const char *format, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));
/* Sets the hint for the client, or the note for the log. Returns `err`. */
struct err *err_hint(struct arena *arena, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct err *err_note(struct arena *arena, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name of a kind, such as "no-such-row". */
const char *err_name(enum err_kind kind);
/* The level at which errors of a kind are logged. */
enum log_level err_level(enum err_kind kind);

/* Returns the error from the calling function when `expression` is an error. */
#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        struct err *try_err = (expression);                                                                            \
        if (try_err)                                                                                                   \
            return try_err;                                                                                            \
    } while (0)

#endif
