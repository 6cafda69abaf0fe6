/* HTTP messages (RFC 9110, RFC 9112), independent of the library that receives them. */
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

/* The method of this name; METHOD_UNKNOWN when method.def does not have it. Methods are case-sensitive (RFC 9110
 * 9.1). */
enum method method_of(struct slice name);
/* The name of a method, such as "GET"; "" for METHOD_UNKNOWN. Static. */
const char *method_name(enum method method);
/* A set of methods is a bit mask of these. */
#define METHOD_BIT(method) (1u << (method))
/* The value of an Allow field (RFC 9110 10.2.1): "GET, HEAD, OPTIONS". In the arena. */
struct slice method_list(struct arena *arena, unsigned set);

struct field {
    struct slice name;
    struct slice value; /* without surrounding white space */
};

/* Header lines in the order in which they were received, including repeated ones. */
struct fields {
    struct field *items;
    size_t count;
};

struct http_request {
    enum method method;
    struct slice method_text;
    struct slice path;  /* as sent, not decoded; begins with '/' */
    struct slice query; /* as sent, without '?'; absent when there is none */
    struct fields fields;
    struct slice body; /* the decoded content; empty until it has been read */
    bool has_body;     /* framing announces content */
    int version_minor; /* of HTTP/1.x */
    struct slice peer; /* address of the client, for the log */
    struct slice id;   /* request id, generated or taken from the client by the front */
};

enum { RESPONSE_FIELDS_MAX = 40 };

/* A response under construction. Names, values and body must live as long as the request's arena. */
struct http_response {
    int status;
    struct field fields[RESPONSE_FIELDS_MAX];
    size_t field_count;
    struct slice body;
    bool close;    /* the connection is closed after this response */
    bool too_many; /* a field did not fit, so the response must not be sent */
};

/* Sets a field and removes all others of the same name. `name` and `value` are borrowed and must live as long as the
 * response. An absent value, or one with a control byte (CR, LF, NUL), only removes the field. A field past
 * RESPONSE_FIELDS_MAX sets too_many. */
void response_set(struct http_response *out, const char *name, struct slice value);
/* Adds a field and keeps others of the same name. Invalid values and too_many are treated as in response_set(). Members
 * of Vary are added with response_vary(). */
void response_add(struct http_response *out, const char *name, struct slice value);
/* Whether a field whose name and value come from outside midair can be sent: the name is a token, and the value has no
 * control bytes. */
bool response_may_set(struct slice name, struct slice value);
/* Whether only midair may set this field (own_field.def): framing, validators, and fields about the connection or about
 * the content as it is sent. */
bool response_is_own(struct slice name);
/* Adds `member`, a field name, to Vary unless it is already there (RFC 9110 12.5.5). */
void response_vary(struct arena *arena, struct http_response *out, const char *member);
/* The value of a field, borrowed; absent when it is not set. */
struct slice response_get(const struct http_response *out, const char *name);

#endif
