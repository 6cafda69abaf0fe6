/* The head of a request: from lines that civetweb cut out of its buffer to an http_request that can be trusted.
 *
 * civetweb 1.15 drops lines without an error: those past the 64th, and all that follow a line which begins with white
 * space, a colon or a byte outside ASCII. Its cuts are NUL bytes in place, so what was dropped can be seen: between and
 * behind the parsed lines there must be nothing but the line ends. */
#ifndef MIDAIR_SRC_FRONT_HEAD_H
#define MIDAIR_SRC_FRONT_HEAD_H

#include "midair/http/message.h"

enum { HEAD_LINES_MAX = 64 };

struct head_line {
    const char *name;
    const char *value;
};

/* Where civetweb's pieces lie; all pointers show into the same buffer. */
struct head_raw {
    const char *method;
    const char *target;
    const char *query;   /* behind the '?' that was cut; NULL: target is uncut */
    const char *version; /* "1.1" */
    struct head_line lines[HEAD_LINES_MAX];
    size_t count;
    const char *buffer; /* where the buffer begins */
    size_t size;        /* its size */
};

struct head_limits {
    size_t max_url;
    size_t max_bytes;
};

/* How the content is framed and what becomes of the connection (RFC 9112 6.3, 9.3). */
struct head_framing {
    bool chunked;
    uint64_t length;      /* of the content, unless chunked */
    bool expect_continue; /* the client waits for 100 (RFC 9110 10.1.1) */
    bool keep_alive;      /* the client wants to go on */
    bool asterisk;        /* OPTIONS * */
    size_t head_bytes;    /* from the method to the blank line */
};

/* ERR_BAD_FRAMING unless request line and header lines lie end to end, each ended by CRLF, with no byte between or
 * behind them; ERR_FIELDS_TOO_LARGE when lines may be missing because there are too many. */
struct err *head_layout(struct arena *arena, const struct head_raw *raw, size_t *head_bytes) MUST_USE;
/* Fills `in` (but peer and id) and `framing`. The slices borrow from the buffer. On an error `in` holds what had been
 * understood by then, and the problem's `close` says whether the connection can still be used. */
struct err *head_read(struct arena *arena, const struct head_raw *raw, const struct head_limits *limits,
                      struct http_request *in, struct head_framing *framing) MUST_USE;

/* The parts of head_read, for its tests. */
struct err *head_fields(struct arena *arena, const struct head_raw *raw, struct http_request *in) MUST_USE;
struct err *head_frame(struct arena *arena, struct http_request *in, struct head_framing *framing) MUST_USE;
struct err *head_target(struct arena *arena, struct slice target, struct http_request *in, bool *asterisk) MUST_USE;
/* uri-host [ ":" port ] (RFC 9110 7.2), no user information. */
bool head_is_host(struct slice host);
/* Whether a client's request id may be taken over: [A-Za-z0-9._-]{1,64}. */
bool head_is_sane_id(struct slice id);

#endif
