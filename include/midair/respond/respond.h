/* Responses: turns an outcome or an error into status, fields and content. The functions are pure: they do no I/O and
 * read no clock except ask->wall_us. What they write into `out` is static or lives as long as the request. */
#ifndef MIDAIR_RESPOND_RESPOND_H
#define MIDAIR_RESPOND_RESPOND_H

#include "midair/plan/outcome.h"
#include "midair/respond/ask.h"

/* The response to an outcome: representations, tags, 304 and 412 (RFC 9110 8.8, 13.2; RFC 5789; RFC 7240). It does not
 * borrow from the outcome, which may be released afterwards. Returned errors are answered with respond_failure(). */
struct err *respond_outcome(const struct ask *ask, const struct outcome *outcome, struct http_response *out) MUST_USE;

/* Lists that are sent in parts: whether the envelope can be made in parts; the head of the response, which has no tag
 * and no range, since both need all rows; and the content of one part, in `arena`. `before` is the number of rows in
 * earlier parts. respond_parts_end() is what follows the last one. */
bool respond_has_parts(const struct ask *ask);
void respond_parts(const struct ask *ask, struct http_response *out);
struct slice respond_part(struct arena *arena, const struct ask *ask, const struct rows *rows, size_t before);
struct slice respond_parts_end(void);

/* The problem document for an error (RFC 9457); with dialect = postgrest, the error object of PostgREST. Fields that
 * were set before are removed. */
void respond_failure(const struct ask *ask, const struct err *err, struct http_response *out);

/* The response to OPTIONS: Allow, Accept-Patch, Accept-Post, and the fields of a CORS preflight. */
void respond_options(const struct ask *ask, const struct fields *fields, struct http_response *out);

/* The index of resources and functions, with links. */
void respond_index(const struct ask *ask, const struct catalog *catalog, struct http_response *out);

/* Content that midair makes itself, such as the index and the OpenAPI document, with the SHA-1 of its bytes as tag. The
 * preconditions are evaluated: 304 or 412 where they say so. */
void respond_document(const struct ask *ask, const struct preconds *preconds, struct slice type, struct slice body,
                      struct http_response *out);

/* Sets Vary, Cache-Control and the CORS fields, which every response has. For responses that are made in other
 * layers. */
void respond_common(const struct ask *ask, struct http_response *out);

/* The values of Accept-Patch and Accept-Post. */
extern const struct slice respond_accept_patch, respond_accept_post;

#endif
