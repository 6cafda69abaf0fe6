/* The bytes of requests, as the event loops receive them: the end of a head, its pieces for head.h, and chunks.
 *
 * Nothing here waits or allocates, and bytes may arrive in any portions. The grammar is stricter than RFC 9112 allows:
 * a line ends with CR LF and nothing else (2.2), lines are not folded (5.2), chunks have no extensions (7.1.1). */
#ifndef MIDAIR_SRC_FRONT_READER_H
#define MIDAIR_SRC_FRONT_READER_H

#include "head.h"

/* How far a head was scanned. Zero at first. */
struct head_scan {
    size_t at;    /* bytes scanned */
    size_t line;  /* start of the current line */
    size_t begin; /* start of the request line: an empty line may precede it */
};

enum scan_end {
    SCAN_MORE,     /* the head is not complete */
    SCAN_WHOLE,    /* the head is complete: its size is scan->at */
    SCAN_MALFORMED /* it cannot become a valid head, whatever follows */
};

/* Scans on through `len` bytes, of which the first scan->at have been scanned before. */
enum scan_end head_scan(struct head_scan *scan, const char *bytes, size_t len);
/* Cuts a complete head into its pieces, in place: the bytes are overwritten as head.h describes. `raw` borrows from
 * them. Returns false when the request line is not method, target and HTTP version with one space between, when a byte
 * is NUL, or when a line has no name. Then raw->method and the pieces after it may be NULL. */
bool head_cut(char *bytes, const struct head_scan *scan, struct head_raw *raw);
/* Whether the version of HTTP that was cut is neither 1.0 nor 1.1. */
bool head_other_version(const struct head_raw *raw);

enum chunk_state {
    CHUNK_SIZE,  /* in the digits of a size */
    CHUNK_BLANK, /* in white space behind the size, which an extension must follow */
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF, /* after the CR behind the size */
    CHUNK_DATA,
    CHUNK_DATA_CR, /* at the CR LF behind the data */
    CHUNK_DATA_LF,
    CHUNK_LAST, /* after the last chunk: an empty line, or trailer fields */
    CHUNK_LAST_LF,
    CHUNK_DONE,
    CHUNK_TRAILER, /* all content was read, but trailer fields follow, which are not read: the connection cannot
                      continue */
    CHUNK_BROKEN
};

/* The state of reading chunked content. Zero at first. */
struct chunks {
    enum chunk_state state;
    unsigned digits;
    unsigned extension; /* bytes of extensions in all chunks */
    uint64_t left;      /* bytes left in the chunk; in CHUNK_SIZE: the size so far */
};

/* Moves content from `in` to `out`, at most `room` bytes, until `in` or `room` is used up or the state is one of the
 * last three. Returns the bytes of content; *used is the number of bytes taken from `in`. */
size_t chunks_take(struct chunks *chunks, struct slice in, size_t *used, char *out, size_t room);
/* Copies chunks with their framing to `out`, which may be `in` itself or before it, but leaves out extensions, until
 * `in` is used up or the state is one of the last three. A byte that is not allowed becomes one that every reader
 * refuses. Returns the bytes that were written; *used is the number of bytes taken from `in`. */
size_t chunks_strip(struct chunks *chunks, struct slice in, size_t *used, char *out);

#endif
