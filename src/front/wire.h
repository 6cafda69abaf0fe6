/* The bytes of responses: head and content in one piece, so that they leave in one write (RFC 9112 4 to 6). */
#ifndef MIDAIR_SRC_FRONT_WIRE_H
#define MIDAIR_SRC_FRONT_WIRE_H

#include "midair/http/message.h"

/* The facts about a response that the front knows and the handler does not. */
struct wire_facts {
    struct slice date; /* IMF-fixdate */
    struct slice id;   /* X-Request-Id */
    bool head;         /* the request was HEAD: the content is left out, but not its length */
    bool close;        /* send Connection: close */
    bool say_keep;     /* HTTP/1.0: send Connection: keep-alive */
    bool chunked;      /* the content follows in chunks (RFC 9112 7.1): only the head is written */
};

/* The whole response, in the arena. The front adds Date, Connection, Content-Length, Transfer-Encoding and X-Request-
 * Id: fields that the handler set under these names are left out. 204 and 304 have no content and no Content-Length. */
struct slice wire_response(struct arena *arena, const struct http_response *out, const struct wire_facts *facts);
/* The reason phrase of a status (RFC 9110 15, RFC 6585); "" for an unknown one. */
const char *wire_reason(int status);
/* Makes *out a minimal problem document (RFC 9457) for `err`, for when the caller has nothing better. */
void wire_problem(struct arena *arena, struct http_response *out, const struct err *err);

#endif
