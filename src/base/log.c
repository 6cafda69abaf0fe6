#include "midair/base/log.h"

#include "midair/base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic int lowest = LOG_INFO;
static _Atomic int target = 2;

void log_set_level(enum log_level level)
{
    atomic_store(&lowest, (int)level);
}

void log_set_fd(int fd)
{
    atomic_store(&target, fd);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&lowest, memory_order_relaxed);
}

static void add(struct log_line *line, const char *at, size_t len)
{
    size_t room = sizeof(line->text) - 1 - line->len; /* one byte is kept for the newline */
    if (len > room)
        len = room;
    memcpy(line->text + line->len, at, len);
    line->len += len;
}

static void add_z(struct log_line *line, const char *z)
{
    add(line, z, strlen(z));
}

static bool is_plain(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (c <= ' ' || c >= 127 || c == '"' || c == '\\' || c == '=')
            return false;
    }
    return value.len > 0;
}

static void add_quoted(struct log_line *line, struct slice value)
{
    add(line, "\"", 1);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        char escaped[8];
        if (c == '"' || c == '\\')
            snprintf(escaped, sizeof(escaped), "\\%c", c);
        else if (c < ' ' || c == 127)
            snprintf(escaped, sizeof(escaped), "\\x%02x", c);
        else
            snprintf(escaped, sizeof(escaped), "%c", c);
        add_z(line, escaped);
    }
    add(line, "\"", 1);
}

void log_begin(struct log_line *line, enum log_level level, const char *event)
{
    static const char *const names[] = {"debug", "info", "warn", "error", "fatal"};
    line->len = 0;
    line->muted = !log_enabled(level);
    if (line->muted)
        return;
    int64_t now = clock_wall_us();
    time_t seconds = (time_t)(now / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char stamp[96];
    snprintf(stamp, sizeof(stamp), "ts=%04d-%02d-%02dT%02d:%02d:%02d.%06dZ level=%s event=", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(now % 1000000), names[level]);
    add_z(line, stamp);
    add_z(line, event);
}

void log_str(struct log_line *line, const char *key, struct slice value)
{
    if (line->muted)
        return;
    add(line, " ", 1);
    add_z(line, key);
    add(line, "=", 1);
    if (is_plain(value))
        add(line, value.at, value.len);
    else
        add_quoted(line, value);
}

void log_z(struct log_line *line, const char *key, const char *value)
{
    log_str(line, key, slice_of(value));
}

void log_int(struct log_line *line, const char *key, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%lld", (long long)value);
    log_z(line, key, digits);
}

void log_ms(struct log_line *line, const char *key, int64_t microseconds)
{
    char digits[32];
    snprintf(digits, sizeof(digits), "%lld.%03lld", (long long)(microseconds / 1000),
             (long long)(microseconds % 1000));
    log_z(line, key, digits);
}

void log_end(struct log_line *line)
{
    if (line->muted)
        return;
    line->text[line->len++] = '\n';
    /* A log that cannot be written has nobody to tell. */
    ssize_t written = write(atomic_load(&target), line->text, line->len);
    (void)written;
}

void log_message(enum log_level level, const char *event, const char *format, ...)
{
    struct log_line line;
    char text[1024];
    if (!log_enabled(level))
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_begin(&line, level, event);
    log_z(&line, "msg", text);
    log_end(&line);
}
