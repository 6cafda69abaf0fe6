/* Problems: what HTTP's clients are told about an error (RFC 9457).
 *
 * Each kind of error has a status and a title (problem.def). A single error can say more in an extension, `struct
 * problem`, which is made in the arena when something is first added to it; an error without one is answered as its
 * kind says. */
#ifndef MIDAIR_HTTP_PROBLEM_H
#define MIDAIR_HTTP_PROBLEM_H

#include "midair/base/err.h"
#include "midair/http/message.h"

struct problem {
    int status;           /* 0: the kind's */
    struct slice message; /* the words of PostgREST, for its clients; absent: the error's detail serves */
    struct slice allow;   /* value of Allow, for 405 */
    struct slice accept;  /* value of Accept-Patch or Accept-Post, for 415 */
    struct slice codings; /* value of Accept-Encoding, for 415; absent: the coding was not the reason */
    struct slice range;   /* value of Content-Range, for 416; absent: how much there is is not known */
    struct slice members; /* further members of the document, as JSON text; absent: none */
    struct fields fields; /* header fields that a function of the database's asks for; not checked */
    bool close;           /* the connection cannot be used after this error */
};

/* The extension of `err`, to add to; makes it in `arena` when there is none. Never NULL. */
struct problem *problem_of(struct arena *arena, struct err *err);
/* The extension of `err`, to read; one without content when it has none. Never NULL. */
const struct problem *problem_read(const struct err *err);

/* The status of an answer to `err`, and to any error of a kind: 300 to 599. */
int problem_status(const struct err *err);
int problem_kind_status(enum err_kind kind);
const char *problem_title(enum err_kind kind);
/* "urn:midair:problem:no-such-row" and so on, in the arena (RFC 9457 3.1.1). */
struct slice problem_type(struct arena *arena, enum err_kind kind);

#endif
