/* Idempotency keys (draft-ietf-httpapi-idempotency-key-header): the response to a write is kept under the client's key,
 * in the transaction of the write itself, so that a repetition of the request gets the same response and has no
 * effect. */
#ifndef MIDAIR_EXEC_IDEMPOTENCY_H
#define MIDAIR_EXEC_IDEMPOTENCY_H

#include "midair/exec/unit.h"

struct idempotency {
    struct slice key;         /* without quotes */
    struct slice fingerprint; /* of the request: equal requests have equal ones */
    int64_t seconds;          /* for which the response is kept */
};

/* A response as it is kept. */
struct kept_response {
    int status;          /* 0: there is none */
    struct slice fields; /* lines "Name: value\n" */
    struct slice body;
};

/* Reserves the key for this transaction, and finds the response to an earlier request with it. Errors:
 * ERR_KEY_IN_USE when another request with this key is under way, ERR_KEY_REUSED when the key belongs to a different
 * request, and those of unit_statement(). */
struct err *idempotency_claim(struct unit *unit, const struct idempotency *id, struct kept_response *out) MUST_USE;
/* Keeps the response with the effect of the transaction. */
struct err *idempotency_keep(struct unit *unit, const struct idempotency *id,
                             const struct kept_response *response) MUST_USE;

/* Whether the error of a unit says that the table is missing (idempotency_table.h). */
bool idempotency_is_missing(const struct err *err);

#endif
