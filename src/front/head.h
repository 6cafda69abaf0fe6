/* The head of a request: from the lines that the parser cut out of its buffer to an http_request that can be trusted.
 *
 * civetweb 1.15 drops lines without an error: those after the 64th, and all that follow a line which begins with white
 * space, a colon or a byte outside ASCII. It cuts lines by writing NUL bytes in place, so dropped lines can be
 * detected: between and behind the parsed lines there must be nothing but the line ends. The event loops produce the
 * same form (reader.h), so that both fronts share these checks. */
#ifndef MIDAIR_SRC_FRONT_HEAD_H
#define MIDAIR_SRC_FRONT_HEAD_H

#include "midair/http/message.h"

enum { HEAD_LINES_MAX = 64 };

struct head_line {
    const char *name;
    const char *value;
};

/* The pieces of a head; all pointers point into the same buffer. */
struct head_raw {
    const char *method;
    const char *target;
    const char *query;   /* behind the '?' that was cut; NULL: the target is uncut */
    const char *version; /* "1.1" */
    struct head_line lines[HEAD_LINES_MAX];
    size_t count;
    const char *buffer; /* start of the buffer */
    size_t size;        /* its size */
};

struct head_limits {
    size_t max_url;
    size_t max_bytes;
};

/* How the content is framed, and whether the connection persists (RFC 9112 6.3, 9.3). */
struct head_framing {
    bool chunked;
    uint64_t length;      /* of the content in bytes, unless chunked */
    bool expect_continue; /* the client waits for 100 Continue (RFC 9110 10.1.1) */
    bool keep_alive;      /* the client wants to keep the connection */
    bool asterisk;        /* the request is OPTIONS * */
    size_t head_bytes;    /* from the method to the blank line */
};

/* Fills `in` (except peer and id) and `framing`. The slices borrow from the buffer. On an error, `in` holds what had
 * been parsed by then, and the problem's `close` says whether the connection can still be used. */
struct err *head_read(struct arena *arena, const struct head_raw *raw, const struct head_limits *limits,
                      struct http_request *in, struct head_framing *framing) MUST_USE;

/* The parts of head_read(), exposed for its tests. */
struct err *head_frame(struct arena *arena, struct http_request *in, struct head_framing *framing) MUST_USE;
struct err *head_target(struct arena *arena, struct slice target, struct http_request *in, bool *asterisk) MUST_USE;
/* Whether the text is uri-host [ ":" port ] (RFC 9110 7.2), without user information. */
bool head_is_host(struct slice host);
/* Whether a client's request id may be adopted: [A-Za-z0-9._-]{1,64}. */
bool head_is_sane_id(struct slice id);

#endif
