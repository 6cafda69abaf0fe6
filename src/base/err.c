#include "midair/base/err.h"

#include <assert.h>

static const struct {
    const char *name;
    enum log_level level;
} kinds[] = {
#define ERR(kind, name, level) [ERR_##kind] = {name, LOG_##level},
#include "midair/base/err_kind.def"
#undef ERR
};

static struct err *make(struct arena *arena, enum err_kind kind, long position, struct slice detail)
{
    assert(kind < ERR_KINDS);
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

const char *err_name(enum err_kind kind)
{
    assert(kind < ERR_KINDS);
    return kinds[kind].name;
}

enum log_level err_level(enum err_kind kind)
{
    assert(kind < ERR_KINDS);
    return kinds[kind].level;
}
