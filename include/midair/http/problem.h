/* Problems: how errors are represented in HTTP (RFC 9457).
 *
 * Each kind of error has a status and a title (problem.def). An error can have an extension, `struct problem`, which
 * overrides or adds to what its kind determines. It is allocated in the arena when something is first added to it. */
#ifndef MIDAIR_HTTP_PROBLEM_H
#define MIDAIR_HTTP_PROBLEM_H

#include "midair/base/err.h"
#include "midair/http/message.h"

struct problem {
    int status;             /* 0: that of the kind */
    struct slice message;   /* PostgREST's text for its clients; absent: the error's detail is used */
    struct slice allow;     /* value of Allow, for 405 */
    struct slice accept;    /* value of Accept-Patch or Accept-Post, for 415 */
    struct slice codings;   /* value of Accept-Encoding, for 415; absent: the coding was not the reason */
    struct slice range;     /* value of Content-Range, for 416; absent: the total is not known */
    struct slice challenge; /* value of WWW-Authenticate, for 401; absent: "Bearer" */
    struct slice members;   /* further members of the document, as JSON text; absent: none */
    struct fields fields;   /* header fields that a function in the database requested; not validated */
    bool close;             /* the connection cannot be used after this error */
};

/* The extension of `err`, for writing; it is allocated in `arena` when there is none. Never NULL. */
struct problem *problem_of(struct arena *arena, struct err *err);
/* The extension of `err`, for reading; an empty one when there is none. Never NULL. */
const struct problem *problem_read(const struct err *err);

/* The HTTP status of the response to `err`, and to an error of a kind without an extension: 300 to 599. */
int problem_status(const struct err *err);
int problem_kind_status(enum err_kind kind);
/* The title of the kind's problem type. Static. */
const char *problem_title(enum err_kind kind);
/* The URI of the kind's problem type, such as "urn:midair:problem:no-such-row", in the arena (RFC 9457 3.1.1). */
struct slice problem_type(struct arena *arena, enum err_kind kind);

#endif
