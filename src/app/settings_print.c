/* Prints the list of settings for people. The sample configuration and the tables in the documentation are this output,
 * and tests compare them with it. */
#include "midair/app/settings.h"

static const char *const intros[SECTIONS] = {
    [SECTION_SERVER] = "How midair listens, and what it accepts from clients.",
    [SECTION_DATABASE] = "The database and the connections to it.",
    [SECTION_AUTH] = "Who may do what: tokens and the roles that they name. Without jwt_secret and anon_role, every "
                     "request runs with "
                     "the rights of midair's own connection.",
    [SECTION_RESOURCE] = "The defaults of all resources. A section [resource NAME] overrides them for one resource.",
};

static struct slice environment_of(struct buf *out, enum section section, const struct setting *setting)
{
    return setting_environment(out->arena, section, setting);
}

static const char *title_of(enum section section)
{
    return section == SECTION_RESOURCE ? "resource *" : section_name(section);
}

static void print_help(struct buf *out, enum section section, const struct setting *setting)
{
    (void)section;
    buf_printf(out, "  %-20s %s\n", setting->name, setting->help);
    buf_printf(out, "  %-20s   %.*s; default %s%s\n", "", SLICE_ARG(setting_syntax(out->arena, setting)),
               setting->fallback[0] ? setting->fallback : "empty", setting->live ? "" : "; needs a restart");
}

static void print_ini(struct buf *out, enum section section, const struct setting *setting)
{
    (void)section;
    buf_printf(out, "\n# %s\n# (%.*s%s)\n#%s = %s", setting->help, SLICE_ARG(setting_syntax(out->arena, setting)),
               setting->live ? "" : "; needs a restart", setting->name, setting->fallback);
    while (out->len && out->at[out->len - 1] == ' ')
        out->len--;
    BUF_LIT(out, "\n");
}

/* A bar in a cell is escaped, since it would end the cell. */
static void print_cell(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '|')
            BUF_LIT(out, "\\");
        buf_byte(out, text.at[i]);
    }
}

static void print_markdown(struct buf *out, enum section section, const struct setting *setting)
{
    buf_printf(out, "| `%s` | ", setting->name);
    print_cell(out, slice_of(setting->help));
    BUF_LIT(out, " | ");
    print_cell(out, setting_syntax(out->arena, setting));
    if (setting->fallback[0])
        buf_printf(out, " | `%s` | ", setting->fallback);
    else
        BUF_LIT(out, " | | ");
    buf_printf(out, "%s | `%.*s` |\n", setting->live ? "reload" : "restart",
               SLICE_ARG(environment_of(out, section, setting)));
}

/* Escapes for roff: a hyphen that may be copied is written \-, and a line must not begin with a quote or a dot. */
static void print_roff(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (i == 0 && (text.at[i] == '.' || text.at[i] == '\''))
            BUF_LIT(out, "\\&");
        if (text.at[i] == '-')
            BUF_LIT(out, "\\-");
        else if (text.at[i] == '\\')
            BUF_LIT(out, "\\e");
        else
            buf_byte(out, text.at[i]);
    }
}

static void print_man(struct buf *out, enum section section, const struct setting *setting)
{
    BUF_LIT(out, ".TP\n.B ");
    print_roff(out, slice_of(setting->name));
    BUF_LIT(out, "\n");
    print_roff(out, slice_of(setting->help));
    BUF_LIT(out, ".\n");
    BUF_LIT(out, "Value: ");
    print_roff(out, setting_syntax(out->arena, setting));
    BUF_LIT(out, ". Default: ");
    print_roff(out, slice_of(setting->fallback[0] ? setting->fallback : "empty"));
    BUF_LIT(out, ". Environment: ");
    print_roff(out, environment_of(out, section, setting));
    buf_z(out, setting->live ? ".\n" : ". A change needs a restart.\n");
}

static void print_opening(struct buf *out, enum settings_format format, enum section section)
{
    if (format == SETTINGS_HELP)
        buf_printf(out, "%s[%s]  %s\n", section ? "\n" : "", title_of(section), intros[section]);
    else if (format == SETTINGS_INI)
        buf_printf(out, "\n# %s\n[%s]\n", intros[section], title_of(section));
    else if (format == SETTINGS_MARKDOWN)
        buf_printf(out,
                   "%s### [%s]\n\n%s\n\n| setting | what it is | may be | default | changed by | environment |\n"
                   "|---|---|---|---|---|---|\n",
                   section ? "\n" : "", section == SECTION_RESOURCE ? "resource NAME" : title_of(section),
                   intros[section]);
    else
        buf_printf(out, ".SS [%s]\n%s\n", title_of(section), intros[section]);
}

static const char ini_head[] =
    "# The configuration of midair: every setting with its default, which applies while the line is commented out.\n"
    "# A comment is on a line of its own. Sizes are in bytes, or have the suffix k or m. Durations need a unit.\n"
    "# Environment variables override this file: MIDAIR_SERVER_LISTEN, MIDAIR_DATABASE_URL, …\n"
    "# See docs/configuration.md. `midair check --config FILE` lists all mistakes.\n";

static const char ini_tail[] =
    "\n# One resource: the settings that differ from the defaults above. The name is the one in URLs.\n"
    "#[resource orders]\n"
    "#table = shop.orders\n"
    "#created = aangemaakt\n"
    "#modified = gewijzigd\n"
    "#version = versie\n"
    "#if_match = required\n";

void settings_print(struct buf *out, enum settings_format format)
{
    static void (*const printers[])(struct buf *, enum section, const struct setting *) = {
        [SETTINGS_HELP] = print_help,
        [SETTINGS_INI] = print_ini,
        [SETTINGS_MARKDOWN] = print_markdown,
        [SETTINGS_MAN] = print_man,
    };
    if (format == SETTINGS_INI)
        buf_z(out, ini_head);
    for (enum section section = 0; section < SECTIONS; section++) {
        size_t count;
        const struct setting *settings = settings_of(section, &count);
        print_opening(out, format, section);
        for (size_t i = 0; i < count; i++)
            printers[format](out, section, &settings[i]);
    }
    if (format == SETTINGS_INI)
        buf_z(out, ini_tail);
}
