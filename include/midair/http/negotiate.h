/* Content negotiation by Accept and Accept-Encoding (RFC 9110 12.5), and parsing of Content-Type (RFC 9110 8.3). */
#ifndef MIDAIR_HTTP_NEGOTIATE_H
#define MIDAIR_HTTP_NEGOTIATE_H

#include "midair/base/arena.h"
#include "midair/http/field.h"

struct media_type {
    struct slice essence; /* "application/json", in lower case, in the arena */
    struct slice params;  /* the parameters as sent, "; a=b", for field_param(); may be empty */
    struct slice charset; /* as sent, unquoted; absent when there is none */
    bool utf8;            /* the charset is UTF-8, or there is none */
};

/* Reads a Content-Type. False when it is absent or malformed, or has two charset parameters. */
bool media_type_parse(struct arena *arena, struct slice s, struct media_type *out);

/* The index of the offer that Accept prefers; -1 when none is acceptable (406). Offers are media types in lower case,
 * perhaps with parameters, in the server's order of preference.
 *
 * Offers are compared by the highest weight, then by the most specific range that gave the weight, then by the client's
 * order, then by the order of the offers. An absent or empty field accepts everything, and so does one in which no
 * member can be parsed. A range with a parameter that the offer lacks still matches the offer, because clients add
 * parameters freely, but it is less specific than a range that names the same type without it. */
int accept_choose(struct arena *arena, struct slice accept, const struct slice *offers, size_t count);

/* Whether a member of Accept can be parsed. accept_choose() ignores a field of which none can. */
bool accept_is_readable(struct arena *arena, struct slice accept);

/* Takes the next parameter of an element of Accept, as field_param() does. In addition a value may be empty, or contain
 * bytes that are not allowed in a token (`options=; for=text/csv`), because PostgREST's clients send that. */
enum field_param accept_param(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value);

struct codings {
    bool gzip;     /* gzip is acceptable and not less preferred than no coding */
    bool identity; /* content without a coding is acceptable */
};

/* Reads Accept-Encoding. An absent or empty field accepts identity only. Both members are false when the client accepts
 * neither; the response is then sent without a coding (RFC 9110 12.5.3). */
struct codings accept_codings(struct arena *arena, struct slice accept_encoding);

#endif
