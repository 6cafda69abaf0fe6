/* docs/man/midair.conf.5 says of every setting what settings.def says. With MIDAIR_REWRITE=1 in the environment that
 * part of the page is written anew instead. */
#include "midair/app/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char begin[] = "BEGIN SETTINGS";
static const char end[] = ".\\\" END SETTINGS";

/* The page beside this source file's root, wherever the tests were built. */
static const char *page_path(void)
{
    static char path[4096];
    const char *tests = strstr(__FILE__, "tests/unit/app/");
    snprintf(path, sizeof(path), "%.*sdocs/man/midair.conf.5", (int)(tests - __FILE__), __FILE__);
    return path;
}

static struct slice read_page(struct arena *arena)
{
    static char text[1 << 18];
    FILE *file = fopen(page_path(), "rb");
    cr_assert(file, "%s cannot be read", page_path());
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    return arena_copy(arena, slice_make(text, len));
}

/* What stands between the two marks. */
static struct slice settings_part(struct slice page)
{
    const char *from = strstr(page.at, begin);
    const char *to = strstr(page.at, end);
    cr_assert(from && to && from < to, "the marks are missing");
    from = strchr(from, '\n') + 1;
    return slice_make(from, (size_t)(to - from));
}

static void rewrite(struct slice page, struct slice old, struct slice new)
{
    FILE *file = fopen(page_path(), "wb");
    cr_assert(file);
    size_t before = (size_t)(old.at - page.at);
    size_t after = page.len - before - old.len;
    fwrite(page.at, 1, before, file);
    fwrite(new.at, 1, new.len, file);
    fwrite(old.at + old.len, 1, after, file);
    cr_assert(fclose(file) == 0);
}

Test(manual, says_of_every_setting_what_the_list_says)
{
    struct arena *arena = arena_new(0);
    struct buf expected = buf_new(arena, 1 << 16);
    settings_print(&expected, SETTINGS_MAN);
    struct slice page = read_page(arena), part = settings_part(page);
    if (getenv("MIDAIR_REWRITE"))
        rewrite(page, part, buf_slice(&expected));
    else
        cr_expect(slice_eq(part, buf_slice(&expected)),
                  "the manual is out of date; write it anew by MIDAIR_REWRITE=1 build/dev/tests/test_app");
    arena_free(arena);
}
