/* The pipeline: the processing of a request between the front and the database.
 *
 *     collect -> authenticate -> route -> params -> allow -> conditions -> decode -> plan -> execute -> respond
 *
 * pipeline_handle() is the front's handler. It acquires one view of configuration and catalog at the start and releases
 * it at the end, so a reload never changes anything for a request that has begun. Both functions are called on many
 * threads at the same time. */
#ifndef MIDAIR_REQUEST_PIPELINE_H
#define MIDAIR_REQUEST_PIPELINE_H

#include "midair/auth/auth.h"
#include "midair/catalog/catalog.h"
#include "midair/http/message.h"
#include "midair/openapi/openapi.h"
#include "midair/pg/db.h"

struct exchange; /* front/front.h */

/* How the transaction of a write ends, and whether Prefer: tx= may choose otherwise. */
enum tx_end { TX_END_COMMIT, TX_END_COMMIT_OVERRIDE, TX_END_ROLLBACK, TX_END_ROLLBACK_OVERRIDE };
enum dialect { DIALECT_MIDAIR, DIALECT_POSTGREST };

/* The part of the configuration that the pipeline needs; borrowed from the snapshot that the view belongs to. */
struct service_options {
    struct slice base_path; /* "" or "/api": begins with '/', does not end with one */
    enum dialect dialect;
    enum tx_end tx_end;
    const struct slice *cors_origins; /* exact origins, or one "*" */
    size_t cors_origin_count;
    const struct slice *server_names; /* see host_is_served() */
    size_t server_name_count;
    size_t gzip_min;      /* bytes of content from which gzip is used; 0: never */
    bool aggregates;      /* count(), sum() … in select= are enabled */
    bool plans;           /* EXPLAIN is enabled for clients that ask for it */
    bool method_override; /* X-HTTP-Method-Override on POST */
    size_t max_body, json_depth, json_nodes;
    size_t max_depth;             /* most resources in one path */
    int64_t statement_timeout_us; /* time for a request's database work, counted from the start of the request */
    bool verbose_errors;          /* responses with a 5xx status contain the note of the error */
    bool idempotency;             /* Idempotency-Key is honoured */
    int64_t idempotency_keep_us;  /* time for which the response to a write with a key is kept */
    size_t batch_max;             /* most requests in one batch; 0: there are no batches */
    int64_t batch_timeout_us;     /* time for all of them */
    int parts_max;                /* lists that are sent in parts at the same time */
    bool log_requests;
    struct slice pre_request; /* function to call before each request: schema.name; empty: none */
    struct auth *auth;        /* NULL: requests run with the rights of midair's own connection */
};

/* One immutable view of configuration and catalog. `catalog` is NULL until the database has been read for the first
 * time. */
struct view {
    const struct catalog *catalog;
    const struct openapi_set *openapi; /* the OpenAPI documents of `catalog`; NULL without a catalog */
    const struct service_options *options;
};

/* How the pipeline obtains the current view. acquire() never returns NULL, and each view that it returns must be
 * released. The app implements it (app/live.h). */
struct service {
    void *live;
    const struct view *(*acquire)(void *live);
    void (*release)(void *live, const struct view *view);
    /* Finds out whether the structure of the database has changed since `view` was read, and has the catalog read again
     * if so. Returns true when there is a newer view than `view`; false after `deadline` (clock_now_us()) at the
     * latest. It waits, so the caller must hold no connection. NULL: the catalog is never read again for a request. */
    bool (*is_outdated)(void *reread, const struct view *view, int64_t deadline);
    void *reread;
    /* The view as a role of the database has it, with the catalog of what that role may see; read at the first use
     * after a reload. It must be released before `view`. Errors: those of catalog_read(), with the SQLSTATE 22023 for a
     * role that does not exist. */
    struct err *(*acquire_role)(struct db *db, const struct view *view, struct slice role, struct arena *arena,
                                int64_t deadline, const struct view **out);
    void (*release_role)(const struct view *view, const struct view *of_role);
    struct db *db;
};

/* Processes one request and leaves a complete response in exchange->out. `context` is a struct service. */
void pipeline_handle(void *context, struct exchange *exchange);

/* Makes exchange->out the problem document for `err` (RFC 9457), with the fields of CORS and with Vary. The front calls
 * it for failures before a request could be passed to the handler. `context` is a struct service. */
void pipeline_fail(void *context, struct exchange *exchange, const struct err *err);

#endif
