/* The INI file, parsed by libinih. The library silently cuts lines at the end of its buffer and section names at 49
 * bytes, ignores what follows the bracket of a section, and reports no line numbers for a stream. Therefore it gets the
 * lines one by one from a reader in this file, which counts and checks them, reports what the library would ignore, and
 * parses the section lines itself. */
#include "config_read.h"

#include "midair/base/text.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 8000, FILE_MAX_BYTES = 4 << 20 };

struct file_reader {
    const char *path;
    struct assignments *out;
    struct mistakes *mistakes;
    struct slice rest;  /* the part of the file that has not been read yet */
    size_t line;        /* number of the line that was returned last */
    bool expects_value; /* the library must call the handler for that line */
    bool in_section;    /* the current section is known */
    bool lost;          /* the current section is not known: its settings are not checked */
    enum section section;
    struct slice resource;
};

static struct slice where(struct file_reader *reader)
{
    return arena_printf(reader->out->arena, "%s:%zu", reader->path, reader->line);
}

/* [server], [database], [auth], [resource NAME]. A name may contain blanks and dots, and is case-sensitive. */
static void enter_section(struct file_reader *reader, struct slice line)
{
    reader->in_section = false;
    reader->lost = true;
    size_t end = slice_find(line, ']');
    if (end == line.len || slice_trim(slice_from(line, end + 1)).len) {
        mistakes_add(reader->mistakes, where(reader), "a section is written [name], alone on its line");
        return;
    }
    struct slice name = slice_trim(slice_make(line.at + 1, end - 1)), head, tail;
    slice_cut(name, ' ', &head, &tail);
    tail = slice_trim(tail);
    reader->resource = SLICE_ABSENT;
    if (slice_eq(name, SLICE("server"))) {
        reader->section = SECTION_SERVER;
    } else if (slice_eq(name, SLICE("database"))) {
        reader->section = SECTION_DATABASE;
    } else if (slice_eq(name, SLICE("auth"))) {
        reader->section = SECTION_AUTH;
    } else if (slice_eq(head, SLICE("resource")) && tail.len) {
        reader->section = SECTION_RESOURCE;
        reader->resource = arena_copy(reader->out->arena, tail);
    } else {
        mistakes_add(
            reader->mistakes, where(reader),
            "[%.*s] is not a section; there are [server], [database], [auth], [resource *] and [resource NAME]",
            SLICE_ARG(name));
        return;
    }
    reader->in_section = true;
    reader->lost = false;
}

static bool line_is_sound(struct file_reader *reader, struct slice line)
{
    const char *wrong = NULL;
    if (line.len > LINE_MAX_BYTES)
        wrong = "the line is longer than 8000 bytes";
    else if (memchr(line.at, '\0', line.len))
        wrong = "the line contains a NUL byte";
    else if (!text_is_utf8(line))
        wrong = "the line is not UTF-8";
    if (wrong)
        mistakes_add(reader->mistakes, where(reader), "%s", wrong);
    return !wrong;
}

static void check_missing_value(struct file_reader *reader)
{
    if (reader->expects_value)
        mistakes_add(reader->mistakes, where(reader), "this is neither a section, a comment nor name = value");
    reader->expects_value = false;
}

/* Takes the place of fgets for the library: returns the next line, or an empty one instead of a line that the library
 * must not parse. */
static char *next_line(char *out, int room, void *stream)
{
    struct file_reader *reader = stream;
    check_missing_value(reader);
    if (reader->rest.len == 0)
        return NULL;
    size_t end = slice_find(reader->rest, '\n');
    struct slice line = slice_head(reader->rest, end);
    reader->rest = slice_from(reader->rest, end + 1);
    reader->line++;
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    if (reader->line == 1 && slice_starts(line, SLICE("\xef\xbb\xbf")))
        line = slice_from(line, 3);
    line = slice_trim(line);
    bool hidden = line.len == 0 || line.at[0] == '#' || line.at[0] == ';' || !line_is_sound(reader, line);
    if (!hidden && line.at[0] == '[') {
        enter_section(reader, line);
        hidden = true;
    }
    reader->expects_value = !hidden;
    snprintf(out, (size_t)room, "%.*s\n", hidden ? 0 : (int)line.len, line.at ? line.at : "");
    return out;
}

/* Whether the value seems to contain a comment, which would become part of it; that is hardly ever intended. A URL and
 * a secret may contain any character. */
static bool has_comment(const struct file_reader *reader, struct slice name, struct slice value)
{
    if ((reader->section == SECTION_DATABASE && slice_eq(name, SLICE("url"))) ||
        (reader->section == SECTION_AUTH && slice_eq(name, SLICE("jwt_secret"))))
        return false;
    for (size_t i = 1; i < value.len; i++)
        if ((value.at[i] == ';' || value.at[i] == '#') && (value.at[i - 1] == ' ' || value.at[i - 1] == '\t'))
            return true;
    return false;
}

static int take_value(void *user, const char *ignored, const char *name, const char *value)
{
    struct file_reader *reader = user;
    (void)ignored;
    reader->expects_value = false;
    struct slice key = slice_of(name), text = slice_of(value);
    if (reader->lost)
        return 1;
    if (!reader->in_section)
        mistakes_add(reader->mistakes, where(reader), "%s stands before any section", name);
    else if (has_comment(reader, key, text))
        mistakes_add(reader->mistakes, where(reader), "%s: a comment must be on a line of its own", name);
    else
        assignments_add(reader->out, reader->section, reader->resource, key, text, where(reader), reader->mistakes);
    return 1;
}

/* Returns the contents of the file; absent after a mistake. */
static struct slice slurp(const char *path, struct arena *arena, struct mistakes *mistakes)
{
    FILE *file = fopen(path, "re");
    char *at = NULL;
    size_t len = 0;
    if (file) {
        at = arena_alloc(arena, FILE_MAX_BYTES + 1);
        len = fread(at, 1, FILE_MAX_BYTES + 1, file);
    }
    if (!file || ferror(file)) {
        mistakes_add(mistakes, slice_of(path), "cannot be read: %s", strerror(errno));
        at = NULL;
    } else if (len > FILE_MAX_BYTES) {
        mistakes_add(mistakes, slice_of(path), "is larger than 4 MiB");
        at = NULL;
    }
    if (file)
        fclose(file);
    return at ? slice_make(at, len) : SLICE_ABSENT;
}

void config_read_file(const char *path, struct assignments *out, struct mistakes *mistakes)
{
    struct arena *scratch = arena_new(0);
    struct file_reader reader = {.path = path, .out = out, .mistakes = mistakes};
    reader.rest = slurp(path, scratch, mistakes);
    if (slice_present(reader.rest)) {
        ini_allow_multiline = false;
        ini_allow_inline_comments = false;
        ini_use_stack = false;
        ini_max_line = LINE_MAX_BYTES + 3;
        ini_initial_alloc = LINE_MAX_BYTES + 3;
        int status = ini_parse_stream(next_line, &reader, take_value, &reader);
        check_missing_value(&reader);
        if (status == -2)
            mistakes_add(mistakes, slice_of(path), "cannot be parsed: no memory");
    }
    arena_free(scratch);
}
