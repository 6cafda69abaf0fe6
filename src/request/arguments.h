/* The arguments of a call, from a query or from content (PostgREST's "Functions as RPC"). Private to serve/. */
#ifndef MIDAIR_SRC_REQUEST_ARGUMENTS_H
#define MIDAIR_SRC_REQUEST_ARGUMENTS_H

#include "midair/plan/call.h"
#include "request.h"

/* As they came: one entry an occurrence. */
struct arguments {
    struct slice *names;
    struct slice *values; /* texts; NULL: they are in the object */
    size_t count;
    struct slice object;            /* of JSON: the members that are arguments */
    struct slice document;          /* all of the content */
    const struct call_whole *whole; /* what the content as a whole may be an argument of */
    bool whole_only;
};

/* The arguments that the query holds. */
void arguments_of_query(const struct request *r, struct arguments *out);
/* Reads the content; of an object only the members count that columns= names, where it is given. */
struct err *arguments_of_content(struct request *r, struct arguments *out) MUST_USE;
/* Gives the function that was chosen its arguments. */
void arguments_fill(struct request *r, const struct arguments *arguments, struct call *call);
/* serve/settings.c: what the function can read of the request, and what it may say of the answer. NULL: a handler. */
struct settings *settings_of_call(struct request *r, const struct function *function);

#endif
