/* The log: one structured line an event on standard error.
 *
 * A line is `ts=… level=… event=…` and then key=value pairs; values with spaces, quotes or control
 * bytes are quoted and escaped, so a line stays one line whatever a client sends. Each line leaves in
 * a single write(2). Parameters of statements, tokens and passwords are never logged: that is the
 * callers' duty. Thread-safe. */
#ifndef MIDAIR_BASE_LOG_H
#define MIDAIR_BASE_LOG_H

#include "midair/base/slice.h"

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

/* One line under construction; lives on the stack. What does not fit is cut, and the line ends in `cut=true`. */
struct log_line {
    char text[2048];
    size_t len;
    bool muted;
    bool cut;    /* something did not fit: nothing is added any more */
    bool quoted; /* inside a quoted value */
};

/* Lines below `level` are dropped. Default: LOG_INFO. */
void log_set_level(enum log_level level);
/* Sends lines to another descriptor (tests). Default: 2. */
void log_set_fd(int fd);
bool log_enabled(enum log_level level);

/* Begins a line about `event` (a word in snake_case). */
void log_begin(struct log_line *line, enum log_level level, const char *event);
void log_str(struct log_line *line, const char *key, struct slice value);
void log_z(struct log_line *line, const char *key, const char *value);
void log_int(struct log_line *line, const char *key, int64_t value);
/* Microseconds, printed as milliseconds with three decimals. */
void log_ms(struct log_line *line, const char *key, int64_t microseconds);
void log_end(struct log_line *line);

/* A whole line at once: the message goes into `msg=`. */
void log_message(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
