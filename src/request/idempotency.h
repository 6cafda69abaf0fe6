/* Idempotency-Key: reading it, the fingerprint of a request, and running a plan under its key. Private to request/. */
#ifndef MIDAIR_SRC_REQUEST_IDEMPOTENCY_H
#define MIDAIR_SRC_REQUEST_IDEMPOTENCY_H

#include "midair/exec/idempotency.h"
#include "request.h"

/* The key of the request, without quotes; absent for a read, and when there is none. ERR_BAD_FIELD when it cannot be
 * used: a key is never ignored silently. */
struct err *idempotency_read(const struct request *r, enum method method, struct slice *out) MUST_USE;
/* Whether the plan has an effect that a key can stand for. */
bool idempotency_applies(const struct request *r, const struct plan *plan);
/* A digest of what makes two requests the same: method, URL, content, and the fields that change their meaning. */
struct slice idempotency_fingerprint(const struct request *r);
/* Runs the plan of the request, and keeps its response; or finds the response to an earlier one. */
struct err *idempotency_execute(const struct request *r, struct executed *out) MUST_USE;

/* Conversions of a response to the form in which it is kept, and back: the fields that every response has are made
 * anew. */
struct kept_response idempotency_pack(struct arena *arena, const struct http_response *response);
void idempotency_unpack(const struct request *r, const struct kept_response *kept, struct http_response *out);

#endif
