/* The log: one structured line for each event, on standard error.
 *
 * A line is `ts=… level=… event=…` followed by key=value pairs. Values with spaces, quotes or control bytes are quoted
 * and escaped, so that a client cannot make one event look like several lines. Each line is written by a single
 * write(2). A line that cannot be written at once, because nobody reads the pipe, is dropped and counted; a line about
 * that follows as soon as there is room. Callers must not log parameters of statements, tokens or passwords. All
 * functions may be called from any thread. */
#ifndef MIDAIR_BASE_LOG_H
#define MIDAIR_BASE_LOG_H

#include "midair/base/slice.h"

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

/* A line under construction, on the caller's stack. A value that does not fit is cut, and the line then ends in
 * `cut=true`. */
struct log_line {
    char text[2048];
    size_t len;
    bool muted;
    bool cut;    /* something did not fit: further values are dropped */
    bool quoted; /* inside a quoted value */
};

/* Lines below `level` are dropped. Default: LOG_INFO. */
void log_set_level(enum log_level level);
/* Sends lines to a file descriptor, and prepares it so that writing never blocks. Before the first call, lines go to
 * descriptor 2 by a write that may block. No other thread may log at the same time. */
void log_set_fd(int fd);
/* The number of lines that were dropped. */
uint64_t log_dropped(void);
/* Whether lines of this level are written. */
bool log_enabled(enum log_level level);

/* Begins a line about `event`, a word in snake_case. The functions below add pairs; log_end() writes the line. */
void log_begin(struct log_line *line, enum log_level level, const char *event);
void log_str(struct log_line *line, const char *key, struct slice value);
void log_z(struct log_line *line, const char *key, const char *value);
void log_int(struct log_line *line, const char *key, int64_t value);
/* A duration in microseconds, printed as milliseconds with three decimals. */
void log_ms(struct log_line *line, const char *key, int64_t microseconds);
void log_end(struct log_line *line);

/* Writes a whole line whose formatted message is the value of `msg=`. */
void log_message(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
