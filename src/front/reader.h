/* The bytes of requests, as the event loop gets them: where a head ends, its pieces for head.h, and chunks.
 *
 * Nothing here waits or allocates; bytes may come in any portions. It is stricter than RFC 9112 allows: a line ends
 * with CR LF and nothing else (2.2), lines are not folded (5.2), chunks have no extensions (7.1.1). */
#ifndef MIDAIR_SRC_FRONT_READER_H
#define MIDAIR_SRC_FRONT_READER_H

#include "head.h"

/* How far a head was looked at. Cleared at first. */
struct head_scan {
    size_t at;    /* bytes looked at */
    size_t line;  /* where the present line begins */
    size_t begin; /* where the request line begins: an empty line may stand before it */
};

enum scan_end {
    SCAN_MORE,     /* it is not complete */
    SCAN_WHOLE,    /* complete: its size is scan->at */
    SCAN_MALFORMED /* no more bytes would make it a head */
};

/* Goes on with `len` bytes, of which those up to scan->at are known already. */
enum scan_end head_scan(struct head_scan *scan, const char *bytes, size_t len);
/* Cuts a whole head into its pieces, in place: the bytes are overwritten as head.h describes. `raw` borrows from them.
 * False when the request line is not method, target and HTTP version with a space between, a byte is NUL, or a line has
 * no name. Where it stops, raw->method and the pieces after it may be NULL. */
bool head_cut(char *bytes, const struct head_scan *scan, struct head_raw *raw);
/* Whether a version of HTTP was cut that is another than 1.0 and 1.1. */
bool head_other_version(const struct head_raw *raw);

enum chunk_state {
    CHUNK_SIZE,    /* in the digits of a size */
    CHUNK_SIZE_LF, /* after the CR behind them */
    CHUNK_DATA,
    CHUNK_DATA_CR, /* the CR LF behind the data */
    CHUNK_DATA_LF,
    CHUNK_LAST, /* after the last chunk: an empty line, or trailer fields */
    CHUNK_LAST_LF,
    CHUNK_DONE,
    CHUNK_TRAILER, /* all content came, but trailer fields follow, which nobody reads: the connection cannot go on */
    CHUNK_BROKEN
};

/* Cleared at first. */
struct chunks {
    enum chunk_state state;
    unsigned digits;
    uint64_t left; /* bytes of the chunk; while in CHUNK_SIZE: its size so far */
};

/* Takes content out of `in` into `out`, at most `room` bytes, until one of both is used up or the state is one of the
 * last three. Returns the bytes of content; *used are those taken of `in`. */
size_t chunks_take(struct chunks *chunks, struct slice in, size_t *used, char *out, size_t room);

#endif
