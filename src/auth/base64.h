/* Base64 and base64url (RFC 4648 4, 5), decoded. Private to auth/. */
#ifndef MIDAIR_SRC_AUTH_BASE64_H
#define MIDAIR_SRC_AUTH_BASE64_H

#include "midair/base/arena.h"

/* Decodes base64url without padding, as tokens and keys have it (RFC 7515 2). False for any other character, for a
 * length that no encoding has, and for bits at the end that are not zero, so that no two texts mean the same bytes. */
bool base64url_decode(struct arena *arena, struct slice text, struct slice *out);
/* Decodes a secret that an administrator wrote: either alphabet, with or without padding. */
bool base64_decode(struct arena *arena, struct slice text, struct slice *out);

#endif
