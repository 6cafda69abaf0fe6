/* Responses: an outcome or an error becomes status, fields and content. Pure: no I/O, no clock but ask->wall_us. */
#ifndef MIDAIR_RESPOND_RESPOND_H
#define MIDAIR_RESPOND_RESPOND_H

#include "midair/plan/outcome.h"
#include "midair/respond/ask.h"

/* The answer to an outcome: representations, tags, 304 and 412 (RFC 9110 8.8, 13.2; RFC 5789; RFC 7240). The body may
 * borrow from the arena, never from the outcome. */
struct err *respond_outcome(const struct ask *ask, const struct outcome *outcome, struct http_response *out) MUST_USE;

/* The problem document for an error (RFC 9457); with dialect = postgrest the object that those clients read. */
void respond_failure(const struct ask *ask, const struct err *err, struct http_response *out);

/* OPTIONS: Allow, Accept-Patch, Accept-Post, and CORS preflight. */
void respond_options(const struct ask *ask, const struct fields *fields, struct http_response *out);

/* The index of resources with links. */
void respond_index(const struct ask *ask, const struct catalog *catalog, struct http_response *out);

/* Content of our own making with its tag (SHA-1 of the bytes), 304 included: index, OpenAPI document. */
void respond_document(const struct ask *ask, const struct preconds *preconds, struct slice type, struct slice body,
                      struct http_response *out);

/* Vary, Cache-Control and CORS, which every answer carries; for answers that are made elsewhere. */
void respond_common(const struct ask *ask, struct http_response *out);

/* The media types of requests: values of Accept-Patch and Accept-Post. */
extern const struct slice respond_accept_patch, respond_accept_post;

#endif
