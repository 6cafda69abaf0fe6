/* Content negotiation: Accept, Accept-Encoding (RFC 9110 12.5) and the reading of Content-Type (8.3). */
#ifndef MIDAIR_HTTP_NEGOTIATE_H
#define MIDAIR_HTTP_NEGOTIATE_H

#include "midair/base/arena.h"
#include "midair/http/field.h"

struct media_type {
    struct slice essence; /* "application/json", in lower case, in the arena */
    struct slice params;  /* raw parameters, "; a=b", for field_param(); may be empty */
    struct slice charset; /* as sent, unquoted; absent when there is none */
    bool utf8;            /* the charset is UTF-8, or there is none */
};

/* Reads a Content-Type. False when it is absent, malformed or names a charset twice. */
bool media_type_parse(struct arena *arena, struct slice s, struct media_type *out);

/* Which of `offers` (media types in lower case, perhaps with parameters, the preferred one first) the value of Accept
 * wants: the highest weight, then the most specific range that gave it, then the client's order, then the order of the
 * offers. -1 when none is acceptable (406). An absent or empty field, or one of which no member can be
 * parsed, accepts everything. A range with a parameter that the offer lacks still takes the offer, but
 * after all other ranges of that type: clients add parameters at will. */
int accept_choose(struct arena *arena, struct slice accept, const struct slice *offers, size_t count);

/* The next parameter of an element of Accept: as field_param(), but a value may be empty, or be no token though it has
 * no quotes (`options=; for=text/csv`): clients send that. */
enum field_param accept_param(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value);

struct codings {
    bool gzip;     /* gzip may be sent and is not worse than none */
    bool identity; /* no coding may be sent */
};

/* Reads Accept-Encoding; absent or empty: identity alone. Both false: the client takes neither, and no coding is then
 * the better answer (12.5.3). */
struct codings accept_codings(struct arena *arena, struct slice accept_encoding);

#endif
