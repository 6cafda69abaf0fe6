/* Batches: POST /_batch, in the OData 4.01 JSON batch format. Private to request/.
 *
 *     batch_read.c         the document becomes requests and groups; every mistake in its form is found here
 *     batch_reference.c    references to the results of earlier requests become their values
 *     batch_run.c          the requests run, each by itself
 *     batch_group.c        those of a group run as one transaction
 *     batch.c              the kind of resource, and the response
 *
 * A request of a batch is a struct request of its own, whose steps run on what the document says. It never becomes an
 * HTTP request. Everything lives in the arena of the batch. */
#ifndef MIDAIR_SRC_REQUEST_BATCH_H
#define MIDAIR_SRC_REQUEST_BATCH_H

#include "midair/base/map.h"
#include "midair/exec/idempotency.h"
#include "request.h"

enum { BATCH_DEPTH_MAX = 8 };

/* An atomicity group: consecutive requests. A group inside another one is a savepoint. */
struct batch_group {
    struct slice name;          /* "outer" or "outer/inner" */
    struct batch_group *parent; /* NULL: it is a transaction */
    size_t first, end;          /* its requests: first <= index < end */
    enum isolation isolation;   /* of a transaction */
};

struct batch_item {
    struct slice id;
    size_t index;
    struct batch_group *group; /* NULL: none */
    size_t *needs;             /* indexes of earlier requests that must succeed before */
    size_t need_count;
    struct slice method, url;
    struct fields fields;
    const struct json *body; /* NULL: none */
    enum read_lock lock;
    bool refers; /* its URL, fields or body contain references */

    /* while it runs, and afterwards */
    struct request *request;      /* NULL: it has not been prepared */
    struct err *refused;          /* an error from before it could run; NULL: none */
    struct http_response *answer; /* NULL: it has not run */
    struct err *err;              /* of the database, to be interpreted when the transaction has ended; NULL: none */
    struct slice path;            /* of the resource that it was about or created; absent: not known */
    bool is_row;                  /* which is a row */
    struct slice key;             /* JSON text of the key of its one row; absent: none */
};

struct batch_document {
    struct batch_item *items;
    size_t count;
    struct map ids; /* -> struct batch_item */
    struct batch_group **groups;
    size_t group_count;
    int64_t deadline; /* in clock_now_us() terms, for all of it */
    bool written;     /* something may have been committed */
};

/* Reads the document. Errors: ERR_BAD_CONTENT, which names the request. */
struct err *batch_read(const struct request *r, const struct json *document, struct batch_document *out) MUST_USE;
/* Finds an earlier request by its id; NULL: there is none before `before`. */
const struct batch_item *batch_find(const struct batch_document *batch, struct slice id, size_t before);

/* Notes which earlier requests the request refers to, as those that it needs. Errors: ERR_BAD_CONTENT. */
struct err *batch_find_references(const struct request *r, struct batch_document *batch,
                                  struct batch_item *item) MUST_USE;
/* The URL, fields and body with the values of what they refer to. Errors: ERR_BAD_CONTENT when a result has no such
 * value. `in` receives them. */
struct err *batch_resolve(const struct request *r, const struct batch_document *batch, const struct batch_item *item,
                          struct http_request *in) MUST_USE;

/* A batch while it runs. */
struct batch_run {
    const struct request *r;
    struct batch_document *batch;
    struct executed *out;
    bool failed; /* the request, or the transaction, that ran last */
};

/* Makes the request of an item and its plan. An error is noted in the item. */
void batch_prepare(struct batch_run *run, struct batch_item *item);
/* Makes the response of a request whose plan has run, and notes what others can refer to. */
struct err *batch_answer(struct batch_item *item) MUST_USE;
/* Makes the response to an error; the second function that of a request that was not carried out, or was rolled back,
 * because of `failed`. `why` is a format for its number and id. */
void batch_fail(struct batch_item *item, const struct err *err);
void batch_fail_dependency(struct batch_run *run, struct batch_item *item, const char *why,
                           const struct batch_item *failed);
bool batch_has_failed(const struct batch_item *item);
/* The first request that this one needs and that failed; NULL: none. */
const struct batch_item *batch_failed_need(const struct batch_run *run, const struct batch_item *item);
/* An error when the batch has used its memory or its time. */
struct err *batch_check_room(const struct batch_run *run) MUST_USE;
/* Runs a group as one transaction. `id` is the key of the whole batch, or NULL; only its errors are returned. */
struct err *batch_run_group(struct batch_run *run, struct batch_group *group, const struct idempotency *id) MUST_USE;

/* Runs all requests. Afterwards every item has an answer. Errors are those of the batch as a whole. */
struct err *batch_run(const struct request *r, struct batch_document *batch, struct executed *out) MUST_USE;
/* The response to the whole batch. `bodies` false: without the contents. */
void batch_write(const struct request *r, const struct batch_document *batch, bool bodies, struct http_response *out);

struct err *batch_methods(const struct request *r, unsigned *out) MUST_USE;
struct err *batch_decode(const struct request *r, struct content *out) MUST_USE;
struct err *batch_execute(const struct request *r, struct executed *out) MUST_USE;
struct err *batch_respond(const struct request *r, struct http_response *out) MUST_USE;

#endif
