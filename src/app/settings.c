#include "midair/app/settings.h"

#include "settings_parse.h"

#include "midair/base/text.h"

#include <ctype.h>

#define KIB(n) ((int64_t)(n)*1024)
#define MIB(n) (KIB(n) * 1024)
#define MS(n) ((int64_t)(n)*1000)
#define SEC(n) (MS(n) * 1000)
#define MIN(n) (SEC(n) * 60)
#define HOUR(n) (MIN(n) * 60)
#define LIVE true
#define RESTART false
#define ROW(section, name, type, fallback, low, high, words, when, help)                                               \
    {#name, SETTING_##type, fallback, low, high, words, when, help, offsetof(struct section##_settings, name)},

static const struct setting server[] = {
#define SERVER(...) ROW(server, __VA_ARGS__)
#include "midair/app/settings.def"
};
static const struct setting database[] = {
#define DATABASE(...) ROW(database, __VA_ARGS__)
#include "midair/app/settings.def"
};
static const struct setting auth[] = {
#define AUTH(...) ROW(auth, __VA_ARGS__)
#include "midair/app/settings.def"
};
static const struct setting resource[] = {
#define RESOURCE(...) ROW(resource, __VA_ARGS__)
#include "midair/app/settings.def"
};

static const struct {
    const char *name;
    const struct setting *settings;
    size_t count;
} sections[SECTIONS] = {
    [SECTION_SERVER] = {"server", server, SERVER_SETTINGS},
    [SECTION_DATABASE] = {"database", database, DATABASE_SETTINGS},
    [SECTION_AUTH] = {"auth", auth, AUTH_SETTINGS},
    [SECTION_RESOURCE] = {"resource", resource, RESOURCE_SETTINGS},
};

const struct setting *settings_of(enum section section, size_t *count)
{
    *count = sections[section].count;
    return sections[section].settings;
}

const char *section_name(enum section section)
{
    return sections[section].name;
}

const struct setting *setting_find(enum section section, struct slice name)
{
    for (size_t i = 0; i < sections[section].count; i++)
        if (slice_eq(slice_of(sections[section].settings[i].name), name))
            return &sections[section].settings[i];
    return NULL;
}

const char *setting_near(enum section section, struct slice name)
{
    const char *best = NULL;
    size_t nearest = name.len / 3 + 2;
    for (size_t i = 0; i < sections[section].count; i++) {
        size_t distance = text_distance(slice_of(sections[section].settings[i].name), name);
        if (distance < nearest) {
            nearest = distance;
            best = sections[section].settings[i].name;
        }
    }
    return best;
}

struct slice setting_environment(struct arena *arena, enum section section, const struct setting *setting)
{
    struct slice name = arena_printf(arena, "MIDAIR_%s_%s", section_name(section), setting->name);
    char *at = arena_alloc(arena, name.len + 1);
    for (size_t i = 0; i <= name.len; i++)
        at[i] = (char)toupper((unsigned char)name.at[i]);
    return slice_make(at, name.len);
}

/* Writes a value with the largest unit that divides it, as a person would: 8k, 30s. */
static struct slice with_unit(struct arena *arena, int64_t value, const struct setting_unit *units)
{
    const struct setting_unit *best = NULL;
    for (const struct setting_unit *unit = units; unit->name; unit++)
        if (value && value % unit->factor == 0 && (!best || unit->factor > best->factor))
            best = unit;
    if (!best)
        return arena_printf(arena, "%lld", (long long)value);
    return arena_printf(arena, "%lld%s", (long long)(value / best->factor), best->name);
}

static struct slice words_listed(struct arena *arena, const char *words)
{
    struct buf out = buf_new(arena, 64);
    struct slice rest = slice_of(words), word;
    bool more = true;
    for (bool first = true; more; first = false) {
        more = slice_cut(rest, '|', &word, &rest);
        if (!first)
            BUF_LIT(&out, ", ");
        buf_put(&out, word);
    }
    return buf_slice(&out);
}

struct slice setting_syntax(struct arena *arena, const struct setting *setting)
{
#define X(name, syntax) [SETTING_##name] = syntax,
    static const char *const syntaxes[] = {SETTING_TYPES(X)};
#undef X
    const char *syntax = syntaxes[setting->type];
    const struct setting_unit *units = setting_units(setting->type);
    if (setting->type == SETTING_WORD)
        return arena_printf(arena, "%s %.*s", syntax, SLICE_ARG(words_listed(arena, setting->words)));
    if (!units && setting->type != SETTING_INTEGER)
        return slice_of(syntax);
    static const struct setting_unit none[] = {{NULL, 0}};
    return arena_printf(arena, "%s, from %.*s to %.*s", syntax,
                        SLICE_ARG(with_unit(arena, setting->low, units ? units : none)),
                        SLICE_ARG(with_unit(arena, setting->high, units ? units : none)));
}
