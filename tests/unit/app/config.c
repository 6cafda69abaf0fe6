/* Configuration: every kind of mistake is found, all of them at once, and nothing is cut or lost in silence. */
#include "../../../src/app/config.h"

#include "midair/pg/url.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct arena *arena;
    char path[64];
    struct mistakes mistakes;
    struct config *config;
};

static void load(struct fixture *f, struct slice text, char *const *environment)
{
    *f = (struct fixture){.arena = arena_new(0), .mistakes = mistakes_init()};
    snprintf(f->path, sizeof(f->path), "/tmp/midair-config-XXXXXX");
    int fd = mkstemp(f->path);
    cr_assert(fd >= 0 && write(fd, text.at, text.len) == (ssize_t)text.len);
    close(fd);
    struct config_source source = {.file = f->path, .environment = environment};
    f->config = config_load(&source, &f->mistakes);
}

static void done(struct fixture *f)
{
    unlink(f->path);
    config_free(f->config);
    mistakes_fini(&f->mistakes);
    arena_free(f->arena);
}

static bool has_mistake(const struct fixture *f, int line, const char *part)
{
    for (size_t i = 0; i < f->mistakes.count; i++) {
        const struct mistake *m = &f->mistakes.items[i];
        struct slice where = line ? arena_printf(f->arena, "%s:%d", f->path, line) : m->where;
        if (slice_eq(where, m->where) && strstr(m->what.at, part))
            return true;
    }
    return false;
}

Test(config, each_mistake_is_named_with_its_line)
{
    static const struct {
        const char *label, *text;
        int line;
        const char *part;
    } rows[] = {
        {"outside of sections", "listen = 80\n", 1, "before any section"},
        {"unknown section", "[sever]\nlisten = 80\n", 1, "is not a section"},
        {"resource without a name", "[resource]\ntable = t\n", 1, "is not a section"},
        {"resource with a blank name", "[resource  ]\ntable = t\n", 1, "is not a section"},
        {"unclosed section", "[server\nlisten = 80\n", 1, "alone on its line"},
        {"text after the section", "[server] listen = 80\n", 1, "alone on its line"},
        {"unknown setting", "[server]\n\nlitsen = 80\n", 3, "did you mean listen?"},
        {"setting of another section", "[server]\nurl = x\n", 2, "no setting url"},
        {"no value", "[server]\nlisten\n", 2, "neither a section"},
        {"continuation line", "[server]\nlisten = 80\n   more\n", 3, "neither a section"},
        {"last line without its end", "[server]\njunk", 2, "neither a section"},
        {"empty value", "[server]\nthreads =\n", 2, "not a number"},
        {"comment behind a value", "[server]\nthreads = 8 ; few\n", 2, "a line of its own"},
        {"hash behind a value", "[server]\nbase_path = /a # b\n", 2, "a line of its own"},
        {"twice", "[server]\nthreads = 8\nthreads = 8\n", 3, "already set at"},
        {"twice in two sections of one name", "[server]\nthreads = 8\n[database]\n[server]\nthreads = 9\n", 5,
         "already set at"},
        {"twice in a resource", "[resource a]\nmax_rows = 8\n[resource  a ]\nmax_rows = 9\n", 4, "already set at"},
        {"out of range", "[database]\npool_size = 0\n", 2, "out of range"},
        {"table for all", "[resource *]\ntable = x\n", 2, "belongs to one resource"},
        {"key for all", "[resource *]\nkey = x\n", 2, "belongs to one resource"},
        {"stamps that are one", "[resource a]\ncreated = x\nmodified = x\n", 2, "three different columns"},
        {"a name of midair's own", "[resource _batch]\nmax_rows = 1\n", 2, "must not contain / or begin with _"},
        {"a name with a slash", "[resource a/b]\nmax_rows = 1\n", 2, "must not contain /"},
        {"not UTF-8", "[server]\nbase_path = /\xff\n", 2, "not UTF-8"},
        {"carriage returns count no lines", "[server]\r\n\r\nthreads = x\r\n", 3, "not a number"},
        {"a colon for the sign", "[server]\nthreads: x\n", 2, "not a number"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        load(&f, slice_of(rows[i].text), NULL);
        cr_expect(!f.config, "%s: accepted", rows[i].label);
        cr_expect(has_mistake(&f, rows[i].line, rows[i].part), "%s: %s", rows[i].label,
                  f.mistakes.count ? f.mistakes.items[0].what.at : "no mistake");
        cr_expect_eq(f.mistakes.count, 1, "%s: %zu mistakes", rows[i].label, f.mistakes.count);
        done(&f);
    }
}

Test(config, authentication_is_on_when_a_secret_or_an_anonymous_role_is_set)
{
    static const struct {
        const char *label, *text, *wrong; /* wrong: NULL for none */
        bool on;
    } rows[] = {
        {"nothing", "", NULL, false},
        {"an empty section", "[auth]\n", NULL, false},
        {"empty settings", "[auth]\njwt_secret =\nanon_role =\n", NULL, false},
        {"only what does not begin it", "[auth]\njwt_aud = a\n", NULL, false},
        {"an anonymous role", "[auth]\nanon_role = web anon\n", NULL, true},
        {"a secret", "[auth]\njwt_secret = 0123456789abcdef 123456789;#abcdef\n", NULL, true},
        {"a short secret", "[auth]\njwt_secret = 0123456789abcdef0123456789abcde\n", "at least 32 bytes", false},
        {"a file that is not there", "[auth]\njwt_secret = @/does/not/exist\n", "cannot be read", false},
        {"a file that is a directory", "[auth]\njwt_secret = @/\n", "cannot be read", false},
        {"an empty file", "[auth]\njwt_secret = @/dev/null\n", "is empty", false},
        {"a file without an end", "[auth]\njwt_secret = @/dev/zero\n", "larger than 1 MiB", false},
        {"no file name", "[auth]\njwt_secret = @\n", "cannot be read", false},
        {"a path that is none", "[auth]\nanon_role = a\njwt_role_claim = role\n", "is not a path", false},
        {"the role none", "[auth]\nanon_role = none\n", "not the name of a role", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        load(&f, slice_of(rows[i].text), NULL);
        cr_expect_eq(f.mistakes.count, rows[i].wrong ? 1 : 0, "%s: %zu mistakes", rows[i].label, f.mistakes.count);
        for (size_t j = 0; j < f.mistakes.count; j++) {
            const char *what = f.mistakes.items[j].what.at;
            cr_expect(rows[i].wrong && strstr(what, rows[i].wrong), "%s: %s", rows[i].label, what);
            cr_expect(!strstr(what, "0123456789"), "%s shows the secret", rows[i].label);
        }
        cr_expect_eq(f.config && f.config->authenticator, rows[i].on, "%s", rows[i].label);
        done(&f);
    }
}

Test(config, all_mistakes_are_found_at_once)
{
    struct fixture f;
    char *environment[] = {"MIDAIR_SERVER_THREADS=none", "MIDAIR_SERVER_NOPE=1", "MIDAIR_RESOURCE__a__MAX_ROWS=0",
                           NULL};
    load(&f, SLICE("[server]\nmax_url = 1\njunk\n[database]\nlanes = 99\n[resource b]\nif_match = no\n"), environment);
    cr_expect_eq(f.mistakes.count, 7);
    done(&f);
}

Test(config, long_lines_are_whole_or_a_mistake)
{
    struct arena *arena = arena_new(0);
    struct buf text = buf_new(arena, 10000);
    BUF_LIT(&text, "[server]\ncors_origins = https://");
    while (text.len < 8009)
        buf_byte(&text, 'a'); /* the second line has 8000 bytes */
    struct fixture f;
    load(&f, buf_slice(&text), NULL);
    cr_expect(f.config, "%s", f.mistakes.count ? f.mistakes.items[0].what.at : "");
    cr_expect(f.config && f.config->server.cors_origins.items[0].len == 8000 - strlen("cors_origins = "));
    done(&f);
    buf_byte(&text, 'a');
    load(&f, buf_slice(&text), NULL);
    cr_expect(!f.config && has_mistake(&f, 2, "longer than 8000"));
    done(&f);
    arena_free(arena);
}

Test(config, bytes_that_end_strings_elsewhere_are_a_mistake)
{
    struct fixture f;
    load(&f, SLICE("[server]\nbase_path = /a\0b\n"), NULL);
    cr_expect(!f.config && has_mistake(&f, 2, "NUL"));
    done(&f);
}

Test(config, resources_keep_their_names_and_begin_with_the_defaults_of_all)
{
    struct fixture f;
    load(&f,
         SLICE("\xef\xbb\xbf[resource My Orders.2020]\nmax_rows = 7\ncreated = aangemaakt\n"
               "[resource *]\nmax_rows = 5\nif_match = optional\nbody_etag = on\n"),
         NULL);
    cr_assert(f.config);
    cr_assert_eq(f.config->resource_count, 1);
    struct resource_config *resource = &f.config->resources[0];
    cr_expect(slice_eq(resource->name, SLICE("My Orders.2020")));
    cr_expect_eq(resource->settings.max_rows, 7);
    cr_expect(resource->settings.body_etag);
    struct policy policy = config_policy(f.config, resource);
    cr_expect(policy.if_match_set && policy.if_match == IF_MATCH_OPTIONAL);
    cr_expect_eq(config_policy(f.config, &f.config->defaults).max_rows, 5);
    done(&f);
}

Test(config, a_section_name_of_more_than_fifty_bytes_is_not_cut)
{
    struct fixture f;
    load(&f,
         SLICE("[resource aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1]\nmax_rows = 1\n"
               "[resource aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff2]\nmax_rows = 2\n"),
         NULL);
    cr_assert(f.config);
    cr_expect_eq(f.config->resource_count, 2);
    done(&f);
}

Test(config, the_environment_wins_over_the_file_and_the_command_line_over_both)
{
    struct fixture f;
    char *environment[] = {"MIDAIR_SERVER_BASE_PATH=/env",
                           "MIDAIR_SERVER_LISTEN=1.1.1.1:1",
                           "MIDAIR_RESOURCE_MAX_ROWS=3",
                           "MIDAIR_RESOURCE__My_Orders__MAX_AFFECTED=4",
                           "MIDAIR_SERVER_PORT=tcp://10.0.0.1:80",
                           "MIDAIR_DATABASE_SERVICE_HOST=10.0.0.1",
                           "MIDAIR_OTHER=x",
                           "MIDAIR_SERVER",
                           NULL};
    load(&f, SLICE("[server]\nbase_path = /file\nthreads = 9\n"), environment);
    cr_assert(f.config, "%s", f.mistakes.count ? f.mistakes.items[0].what.at : "");
    cr_expect(slice_eq(f.config->server.base_path, SLICE("/env")));
    cr_expect_eq(f.config->server.threads, 9);
    cr_expect_eq(f.config->defaults.settings.max_rows, 3);
    cr_assert_eq(f.config->resource_count, 1);
    cr_expect(slice_eq(f.config->resources[0].name, SLICE("My_Orders")));
    cr_expect_eq(f.config->resources[0].settings.max_affected, 4);
    cr_expect_eq(f.config->resources[0].settings.max_rows, 3);
    config_free(f.config);
    struct config_source source = {.file = f.path, .environment = environment, .listen = "2"};
    f.config = config_load(&source, &f.mistakes);
    cr_assert(f.config);
    cr_expect(slice_eq(f.config->server.listen, SLICE("2")));
    done(&f);
}

Test(config, a_file_that_cannot_be_read_is_a_mistake)
{
    static const char *const paths[] = {"/nonexistent/midair.ini", "/"};
    for (size_t i = 0; i < 2; i++) {
        struct mistakes mistakes = mistakes_init();
        struct config_source source = {.file = paths[i]};
        cr_expect(!config_load(&source, &mistakes), "%s", paths[i]);
        cr_expect_eq(mistakes.count, 1);
        mistakes_fini(&mistakes);
    }
}

Test(config, a_reload_leaves_alone_what_only_a_restart_changes)
{
    struct fixture now, next;
    load(&now, SLICE("[server]\nthreads = 9\ngzip_min = 1k\n"), NULL);
    load(&next, SLICE("[server]\nthreads = 10\ngzip_min = 2k\n[database]\nurl = password=secret\n"), NULL);
    struct mistakes ignored = mistakes_init();
    config_keep_fixed(next.config, now.config, &ignored);
    cr_expect_eq(next.config->server.threads, 9);
    cr_expect_eq(next.config->server.gzip_min, 2048);
    cr_expect_eq(next.config->database.url.len, 0);
    cr_expect_eq(ignored.count, 2);
    for (size_t i = 0; i < ignored.count; i++)
        cr_expect(!strstr(ignored.items[i].what.at, "secret"));
    mistakes_fini(&ignored);
    done(&now);
    done(&next);
}

Test(config, the_dialect_changes_defaults_and_nothing_that_was_said)
{
    struct fixture f;
    load(&f, SLICE("[server]\ndialect = postgrest\n[resource a]\nif_match = required\netag_field = tag\n"), NULL);
    cr_assert(f.config);
    struct policy all = config_policy(f.config, &f.config->defaults),
                  one = config_policy(f.config, f.config->resources);
    cr_expect(all.if_match_set && all.if_match == IF_MATCH_OPTIONAL && all.etag_field.len == 0);
    cr_expect(one.if_match == IF_MATCH_REQUIRED && slice_eq(one.etag_field, SLICE("tag")));
    done(&f);
}

/* The sample with every setting taken out of its comment. */
Test(config, the_sample_loads_with_every_default_in_force)
{
    struct arena *arena = arena_new(0);
    struct buf sample = buf_new(arena, 4096), plain = buf_new(arena, 4096);
    settings_print(&sample, SETTINGS_INI);
    struct slice rest = buf_slice(&sample), line;
    size_t taken = 0;
    for (bool more = true; more;) {
        more = slice_cut(rest, '\n', &line, &rest);
        bool own = slice_starts(line, SLICE("#table")) || slice_starts(line, SLICE("#key ="));
        if (slice_starts(line, SLICE("#[")))
            break;
        if (line.len > 1 && line.at[0] == '#' && line.at[1] != ' ' && !own) {
            line = slice_from(line, 1);
            taken++;
        }
        buf_put(&plain, line);
        BUF_LIT(&plain, "\n");
    }
    cr_expect_eq(taken, SERVER_SETTINGS + DATABASE_SETTINGS + AUTH_SETTINGS + RESOURCE_SETTINGS - 2);
    struct fixture f;
    load(&f, buf_slice(&plain), NULL);
    cr_expect(f.config, "%s", f.mistakes.count ? f.mistakes.items[0].what.at : "");
    done(&f);
    arena_free(arena);
}
