/* HTTP messages as midair sees them: no type of any HTTP library in sight (RFC 9110, RFC 9112). */
#ifndef MIDAIR_HTTP_MESSAGE_H
#define MIDAIR_HTTP_MESSAGE_H

#include "midair/base/arena.h"
#include "midair/base/buf.h"
#include "midair/base/err.h"

enum method {
#define METHOD(name) METHOD_##name,
#include "midair/http/method.def"
#undef METHOD
    METHOD_UNKNOWN
};

/* METHOD_UNKNOWN for what is not in method.def; methods are case-sensitive (RFC 9110 9.1). */
enum method method_of(struct slice name);
/* "GET" and so on; "" for METHOD_UNKNOWN. */
const char *method_name(enum method method);
/* Set of methods as a bit mask. */
#define METHOD_BIT(method) (1u << (method))
/* "GET, HEAD, OPTIONS": the value of an Allow field (RFC 9110 10.2.1). */
struct slice method_list(struct arena *arena, unsigned set);

struct field {
    struct slice name;
    struct slice value; /* without surrounding white space */
};

/* Header lines in the order in which they came, repeated ones included. */
struct fields {
    struct field *items;
    size_t count;
};

struct http_request {
    enum method method;
    struct slice method_text;
    struct slice path;  /* raw, as sent: not decoded; begins with '/' */
    struct slice query; /* raw, without '?'; absent when there is none */
    struct fields fields;
    struct slice body; /* the decoded content; empty until it has been read */
    bool has_body;     /* framing announces content */
    int version_minor; /* of HTTP/1.x */
    struct slice peer; /* address of the other side, for the log */
    struct slice id;   /* request id, made or taken over by the front */
};

enum { RESPONSE_FIELDS_MAX = 40 };

/* A response under construction; everything it shows lives in the request's arena. */
struct http_response {
    int status;
    struct field fields[RESPONSE_FIELDS_MAX];
    size_t field_count;
    struct slice body;
    bool close;    /* close the connection after this answer */
    bool too_many; /* a field did not fit: the response must not be sent as it is */
};

/* Sets a field; all of the same name are replaced. `name` and `value` are borrowed and must live as long
 * as the response. An absent value, or one with a control byte (CR, LF, NUL), is refused: the field is
 * left out, and what it had before goes too. A field past RESPONSE_FIELDS_MAX sets too_many. */
void response_set(struct http_response *out, const char *name, struct slice value);
/* Adds a field, keeping others of the same name (members of Vary go through response_vary). */
void response_add(struct http_response *out, const char *name, struct slice value);
/* Whether a field that somebody else names can be sent at all: a token, and a value without control bytes. */
bool response_may_set(struct slice name, struct slice value);
/* Whether a field is midair's alone to say: framing, validators, what belongs to the connection or to the content as it
 * is sent. */
bool response_is_own(struct slice name);
/* Adds a member to Vary unless it is there already (RFC 9110 12.5.5). `member` is a field name. */
void response_vary(struct arena *arena, struct http_response *out, const char *member);
/* The value of a field; absent when it is not set. */
struct slice response_get(const struct http_response *out, const char *name);

#endif
