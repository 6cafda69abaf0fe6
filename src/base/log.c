#include "midair/base/log.h"

#include "midair/base/clock.h"
#include "midair/base/text.h"
#include "midair/base/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How a line is written so that a reader who does not read never blocks the writer. */
enum way {
    WAY_WRITE, /* files, and pipes that were opened again with O_NONBLOCK */
    WAY_SEND,  /* sockets */
    WAY_ROOM   /* everything else: only when there is room at the moment */
};

static _Atomic int lowest = LOG_INFO;
static _Atomic int target = 2;
static _Atomic int way = WAY_WRITE;
static int reopened = -1; /* owned: the descriptor that `target` is, where log_set_fd() opened it */
static _Atomic uint64_t dropped, unreported;

void log_set_level(enum log_level level)
{
    atomic_store(&lowest, (int)level);
}

/* O_NONBLOCK belongs to the open file, which other processes may share: a pipe is opened again for midair alone. The
 * account may lack the permission for that. */
static int open_pipe_again(int fd)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

void log_set_fd(int fd)
{
    struct stat about = {0};
    int own = -1, before = reopened;
    enum way found = fstat(fd, &about) != 0 || S_ISREG(about.st_mode) ? WAY_WRITE
                     : S_ISSOCK(about.st_mode)                        ? WAY_SEND
                                                                      : WAY_ROOM;
    if (S_ISFIFO(about.st_mode) && (own = open_pipe_again(fd)) >= 0)
        found = WAY_WRITE;
    atomic_store(&way, (int)found);
    atomic_store(&target, own >= 0 ? own : fd);
    reopened = own;
    if (before >= 0)
        close(before);
}

uint64_t log_dropped(void)
{
    return atomic_load(&dropped);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&lowest, memory_order_relaxed);
}

static const char cut_mark[] = " cut=true";

/* Room is reserved for a closing quote, the mark and the newline. */
enum { CAPACITY = sizeof(((struct log_line *)0)->text) - 1 - (sizeof(cut_mark) - 1) - 1 };

/* Adds a piece completely or not at all. */
static void add(struct log_line *line, const char *at, size_t len)
{
    if (line->cut || line->len + len > CAPACITY) {
        line->cut = true;
        return;
    }
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

/* Control characters of ASCII, and U+0080 to U+009F, which some terminals interpret. */
static bool is_control(struct slice character)
{
    unsigned char c = (unsigned char)character.at[0];
    return c < ' ' || c == 127 || (c == 0xC2 && (unsigned char)character.at[1] < 0xA0);
}

static void add_escaped(struct log_line *line, unsigned char c)
{
    char escaped[8];
    snprintf(escaped, sizeof(escaped), "\\x%02x", c);
    add_z(line, escaped);
}

static void add_quoted(struct log_line *line, struct slice value)
{
    add(line, "\"", 1);
    line->quoted = !line->cut;
    while (value.len && !line->cut) {
        size_t n = text_utf8_len(value);
        struct slice character = slice_head(value, n ? n : 1);
        value = slice_from(value, character.len);
        if (n == 0 || is_control(character)) {
            for (size_t i = 0; i < character.len; i++)
                add_escaped(line, (unsigned char)character.at[i]);
            continue;
        }
        char pair[2] = {'\\', character.at[0]};
        if (pair[1] == '"' || pair[1] == '\\')
            add(line, pair, 2);
        else
            add(line, character.at, n);
    }
    if (line->cut)
        return;
    line->quoted = false;
    line->text[line->len++] = '"';
}

/* Adds a value that needs no escapes, cut to the room that is left. */
static void add_plain(struct log_line *line, struct slice value)
{
    size_t room = line->len < CAPACITY ? CAPACITY - line->len : 0;
    if (value.len <= room) {
        add(line, value.at, value.len);
    } else {
        add(line, value.at, room);
        line->cut = true;
    }
}

/* Writes `n` as decimal digits, at least `width` of them, which end at `end`. Returns where they begin. */
static char *put_digits(char *end, uint64_t n, size_t width)
{
    char *at = end;
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    while ((size_t)(end - at) < width)
        *--at = '0';
    return at;
}

/* Adds "ts=" and the time. The text of a second is the same for all lines of it, so each thread keeps the last one. */
static void add_time(struct log_line *line, int64_t now)
{
    enum { TO_SECONDS = sizeof("ts=2026-11-28T12:00:00") - 1 };
    static _Thread_local char text[64];
    static _Thread_local time_t last = -1;
    time_t seconds = (time_t)(now / 1000000);
    struct tm tm;
    char fraction[] = ".000000Z";
    if (seconds != last) {
        gmtime_r(&seconds, &tm);
        snprintf(text, sizeof(text), "ts=%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                 tm.tm_hour, tm.tm_min, tm.tm_sec);
        last = seconds;
    }
    put_digits(fraction + 7, (uint64_t)(now % 1000000), 6);
    add(line, text, TO_SECONDS);
    add(line, fraction, sizeof(fraction) - 1);
}

void log_begin(struct log_line *line, enum log_level level, const char *event)
{
    static const char *const levels[] = {" level=debug event=", " level=info event=", " level=warn event=",
                                         " level=error event=", " level=fatal event="};
    line->len = 0;
    line->cut = line->quoted = false;
    line->muted = !log_enabled(level);
    if (line->muted)
        return;
    add_time(line, clock_wall_us());
    add_z(line, levels[level]);
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
        add_plain(line, value);
    else if (!line->cut)
        add_quoted(line, value);
}

void log_z(struct log_line *line, const char *key, const char *value)
{
    log_str(line, key, slice_of(value));
}

void log_int(struct log_line *line, const char *key, int64_t value)
{
    char digits[24], *end = digits + sizeof(digits);
    char *at = put_digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
    if (value < 0)
        *--at = '-';
    log_str(line, key, slice_make(at, (size_t)(end - at)));
}

void log_ms(struct log_line *line, const char *key, int64_t microseconds)
{
    char digits[32], *end = digits + sizeof(digits);
    uint64_t size = microseconds < 0 ? 0 - (uint64_t)microseconds : (uint64_t)microseconds;
    char *at = put_digits(end, size % 1000, 3);
    *--at = '.';
    at = put_digits(at, size / 1000, 1);
    if (microseconds < 0)
        *--at = '-';
    log_str(line, key, slice_make(at, (size_t)(end - at)));
}

/* Writes the line, or returns false at once. Lines are shorter than PIPE_BUF, so a pipe takes all of one or nothing. */
static bool put_once(int fd, const struct log_line *line)
{
    ssize_t written;
    switch (atomic_load_explicit(&way, memory_order_relaxed)) {
    case WAY_SEND:
        written = send(fd, line->text, line->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
    case WAY_ROOM:
        errno = EAGAIN;
        written = wait_fd(fd, WAIT_WRITE, 0) == WAIT_READY ? write(fd, line->text, line->len) : -1;
        break;
    default:
        written = write(fd, line->text, line->len);
        break;
    }
    return written >= 0;
}

static bool put(const struct log_line *line)
{
    int fd = atomic_load_explicit(&target, memory_order_relaxed);
    do
        errno = 0;
    while (!put_once(fd, line) && errno == EINTR);
    return errno == 0;
}

/* Says how many lines were dropped, once there is room for that again. */
static void report_dropped(void)
{
    if (atomic_load_explicit(&unreported, memory_order_relaxed) == 0 || !log_enabled(LOG_WARN))
        return;
    uint64_t count = atomic_exchange(&unreported, 0);
    struct log_line line;
    log_begin(&line, LOG_WARN, "log_lines_dropped");
    log_int(&line, "count", (int64_t)count);
    line.text[line.len++] = '\n';
    if (count > 0 && !put(&line))
        atomic_fetch_add(&unreported, count);
}

void log_end(struct log_line *line)
{
    if (line->muted)
        return;
    if (line->cut && line->quoted)
        line->text[line->len++] = '"';
    if (line->cut) {
        memcpy(line->text + line->len, cut_mark, sizeof(cut_mark) - 1);
        line->len += sizeof(cut_mark) - 1;
    }
    line->text[line->len++] = '\n';
    report_dropped();
    if (put(line))
        return;
    atomic_fetch_add(&dropped, 1);
    atomic_fetch_add(&unreported, 1);
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
