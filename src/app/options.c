/* Parsing options and operands. */
#include "options.h"

#include "midair/app/settings.h"
#include "midair/base/text.h"

static const struct {
    const char *name, *argument, *help;
} table[OPTION_COUNT] = {
#define X(name, text, argument, help) {text, argument, help},
    OPTIONS(X)
#undef X
};

const char *option_name(enum option option)
{
    return table[option].name;
}

const char *option_argument(enum option option)
{
    return table[option].argument;
}

const char *option_help(enum option option)
{
    return table[option].help;
}

static const char *unknown(const struct command *command, struct arena *arena, struct slice name)
{
    const char *near = NULL;
    size_t nearest = name.len / 3 + 2;
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        size_t distance = text_distance(slice_of(table[i].name), name);
        if ((command->options & OPTION_BIT(i)) && distance < nearest) {
            nearest = distance;
            near = table[i].name;
        }
    }
    struct slice shown = slice_head(name, 60);
    if (near)
        return arena_printf(arena, "unknown option --%.*s; did you mean --%s?", SLICE_ARG(shown), near).at;
    return arena_printf(arena, "unknown option --%.*s", SLICE_ARG(shown)).at;
}

static void append(struct arena *arena, const char ***list, size_t *count, const char *item)
{
    *list = arena_grow(arena, *list, *count * sizeof(**list), (*count + 1) * sizeof(**list));
    (*list)[(*count)++] = item;
}

/* Parses one option. Moves *argv on when its value is the next argument. Returns NULL, or what is wrong. */
static const char *read_option(const struct command *command, struct slice text, char *const **argv,
                               struct arguments *out)
{
    struct slice name, value;
    slice_cut(text, '=', &name, &value);
    enum option option = 0;
    while (option < OPTION_COUNT &&
           !((command->options & OPTION_BIT(option)) && slice_eq(name, slice_of(table[option].name))))
        option++;
    if (option == OPTION_COUNT)
        return unknown(command, out->arena, name);
    if (!table[option].argument && slice_present(value))
        return arena_printf(out->arena, "--%s takes no value", table[option].name).at;
    if (table[option].argument && !slice_present(value)) {
        if (!(*argv)[1])
            return arena_printf(out->arena, "--%s needs a value: %s", table[option].name, table[option].argument).at;
        value = slice_of(*++*argv);
    }
    if (table[option].argument && value.len == 0)
        return arena_printf(out->arena, "--%s must not be empty", table[option].name).at;
    if (option == OPTION_TOUCH)
        append(out->arena, &out->touches, &out->touch_count, value.at);
    else if (out->values[option] && option != OPTION_DRY_RUN && option != OPTION_WATCH_DDL)
        return arena_printf(out->arena, "--%s is given twice", table[option].name).at;
    out->values[option] = table[option].argument ? value.at : "";
    return NULL;
}

static const char *check_arguments(const struct command *command, struct arguments *out)
{
    if (!command->operand && out->operand_count)
        return arena_printf(out->arena, "unexpected argument '%.60s'", out->operands[0]).at;
    if (out->values[OPTION_EMBEDDED] && out->values[OPTION_DATABASE])
        return "--embedded runs a database of its own, so it cannot be given with --database";
    bool enough = out->operand_count || out->values[OPTION_IDEMPOTENCY] || out->values[OPTION_WATCH_DDL];
    if (command->operand && !enough)
        return arena_printf(out->arena, "needs a %s", command->operand).at;
    bool found = command->one_of == 0;
    struct slice names = SLICE("");
    for (enum option i = 0; i < OPTION_COUNT; i++) {
        if (!(command->one_of & OPTION_BIT(i)))
            continue;
        found = found || out->values[i];
        names = arena_printf(out->arena, "%.*s%s--%s", SLICE_ARG(names), names.len ? " or " : "", table[i].name);
    }
    return found ? NULL : arena_printf(out->arena, "needs %.*s", SLICE_ARG(names)).at;
}

const char *arguments_read(const struct command *command, char *const *argv, struct arguments *out)
{
    bool only_operands = false;
    for (; *argv; argv++) {
        struct slice text = slice_of(*argv);
        if (only_operands || !slice_starts(text, SLICE("-")) || text.len == 1) {
            append(out->arena, &out->operands, &out->operand_count, *argv);
            continue;
        }
        if (slice_eq(text, SLICE("--"))) {
            only_operands = true;
            continue;
        }
        if (slice_eq(text, SLICE("-h")))
            text = SLICE("--help");
        const char *wrong = slice_starts(text, SLICE("--"))
                                ? read_option(command, slice_from(text, 2), &argv, out)
                                : arena_printf(out->arena, "unknown option %.60s", *argv).at;
        if (wrong || out->values[OPTION_HELP])
            return wrong;
    }
    return check_arguments(command, out);
}
