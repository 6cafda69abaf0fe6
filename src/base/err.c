#include "midair/base/err.h"

static const struct {
    int status;
    const char *slug;
    const char *title;
    enum log_level level;
} kinds[] = {
#define ERR(kind, status, slug, title, level) [ERR_##kind] = {status, slug, title, LOG_##level},
#include "midair/base/err_kind.def"
#undef ERR
};

static struct err *make(struct arena *arena, enum err_kind kind, long position, struct slice detail)
{
    struct err *err = ARENA_NEW(arena, struct err);
    err->kind = kind;
    err->detail = detail;
    err->position = position;
    return err;
}

struct err *err_new(struct arena *arena, enum err_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct err *err = make(arena, kind, -1, arena_vprintf(arena, format, args));
    va_end(args);
    return err;
}

struct err *err_at(struct arena *arena, enum err_kind kind, size_t position, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct err *err = make(arena, kind, (long)position, arena_vprintf(arena, format, args));
    va_end(args);
    return err;
}

struct err *err_hint(struct arena *arena, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err->hint = arena_vprintf(arena, format, args);
    va_end(args);
    return err;
}

struct err *err_note(struct arena *arena, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err->note = arena_vprintf(arena, format, args);
    va_end(args);
    return err;
}

int err_status(enum err_kind kind)
{
    return kinds[kind].status;
}

const char *err_slug(enum err_kind kind)
{
    return kinds[kind].slug;
}

const char *err_title(enum err_kind kind)
{
    return kinds[kind].title;
}

enum log_level err_level(enum err_kind kind)
{
    return kinds[kind].level;
}

int err_http_status(const struct err *err)
{
    return err->status ? err->status : err_status(err->kind);
}
