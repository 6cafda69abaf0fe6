/* Responses as bytes: head and body in one piece, so that they leave in one write (RFC 9112 4 to 6). */
#ifndef MIDAIR_SRC_FRONT_WIRE_H
#define MIDAIR_SRC_FRONT_WIRE_H

#include "midair/http/message.h"

/* What the front knows and the handler does not. */
struct wire_facts {
    struct slice date; /* IMF-fixdate */
    struct slice id;   /* X-Request-Id */
    bool head;         /* the request was HEAD: no content, but its length */
    bool close;        /* Connection: close */
    bool say_keep;     /* HTTP/1.0: Connection: keep-alive */
};

/* The whole response, in the arena. Date, Connection, Content-Length, Transfer-Encoding and X-Request-Id are the
 * front's: what the handler set under these names is left out. 204 and 304 have no content and no Content-Length. */
struct slice wire_response(struct arena *arena, const struct http_response *out, const struct wire_facts *facts);
/* The reason phrase of a status (RFC 9110 15, RFC 6585); "" for one that is not known. */
const char *wire_reason(int status);
/* A minimal problem document (RFC 9457) for `err`, where the caller has nothing better. */
void wire_problem(struct arena *arena, struct http_response *out, const struct err *err);

#endif
