/* Signatures of tokens (RFC 7515 5.2, RFC 7518 3). Private to auth/. */
#ifndef MIDAIR_SRC_AUTH_SIGNATURE_H
#define MIDAIR_SRC_AUTH_SIGNATURE_H

#include "key.h"

struct algorithm;

/* The algorithm of that name, compared byte by byte; NULL: midair does not have it. */
const struct algorithm *algorithm_find(struct slice name);
/* Whether the key may be used with the algorithm. */
bool key_suits(const struct key *key, const struct algorithm *algorithm);
/* Whether `signature` is that of `signed_text` by the key, which must suit the algorithm. */
bool signature_holds(struct arena *arena, const struct key *key, const struct algorithm *algorithm,
                     struct slice signed_text, struct slice signature);

#endif
