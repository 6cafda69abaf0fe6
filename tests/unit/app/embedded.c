/* Where an embedded PostgreSQL lives: the pure parts, without starting one. */
#include "../../../src/app/embedded.h"
#include "../../../src/app/data_dir.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

Test(data_dir, a_socket_path_fits_up_to_its_limit)
{
    char path[128];
    memset(path, 'a', sizeof(path));
    size_t most = SOCKET_PATH_MAX - strlen("/.s.PGSQL.5432");
    path[most] = '\0';
    cr_expect(data_dir_socket_fits(path));
    path[most] = 'a';
    path[most + 1] = '\0';
    cr_expect(!data_dir_socket_fits(path));
}

Test(data_dir, newer_versions_come_first_by_number)
{
    cr_expect_lt(data_dir_version_cmp("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/9.6/bin"), 0);
    cr_expect_gt(data_dir_version_cmp("/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/13/bin"), 0);
    cr_expect_eq(data_dir_version_cmp("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/15/bin"), 0);
}

Test(data_dir, values_of_connection_strings_are_quoted)
{
    static const struct {
        const char *plain, *quoted;
    } rows[] = {{"/tmp/a b", "'/tmp/a b'"}, {"", "''"}, {"it's", "'it\\'s'"}, {"a\\b", "'a\\\\b'"}, {"a=b", "'a=b'"}};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect(slice_eq(data_dir_quote(arena, slice_of(rows[i].plain)), slice_of(rows[i].quoted)), "%s",
                  rows[i].plain);
    arena_free(arena);
}

Test(data_dir, paths_become_absolute_and_lose_last_slashes)
{
    struct arena *arena = arena_new(0);
    struct data_dir data_dir;
    cr_assert(!data_dir_of(arena, "/srv/pg///", &data_dir));
    cr_expect_str_eq(data_dir.dir, "/srv/pg");
    cr_expect_str_eq(data_dir.data, "/srv/pg/data");
    cr_assert(!data_dir_of(arena, "pg", &data_dir));
    cr_expect_eq(data_dir.dir[0], '/');
    cr_expect(data_dir_of(arena, "", &data_dir));
    arena_free(arena);
}

static char *scratch(void)
{
    static char dir[64];
    snprintf(dir, sizeof(dir), "/tmp/midair-place-XXXXXX");
    cr_assert(mkdtemp(dir));
    chmod(dir, 0755);
    return dir;
}

Test(data_dir, postmaster_pid_is_read_only_when_it_makes_sense)
{
    static const struct {
        const char *label, *text;
        pid_t pid;
    } rows[] = {
        {"a number", "1234\n/data\n", 1234},
        {"no line end", "77", 77},
        {"empty", "", 0},
        {"junk", "pid\n", 0},
        {"negative", "-5\n", 0},
        {"zero", "0\n", 0},
        {"init", "1\n", 0},
        {"too large", "99999999999999\n", 0},
        {"trailing junk", "12x\n", 0},
    };
    char *dir = scratch(), path[128];
    snprintf(path, sizeof(path), "%s/postmaster.pid", dir);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FILE *file = fopen(path, "w");
        fputs(rows[i].text, file);
        fclose(file);
        pid_t pid = 0;
        cr_expect_eq(data_dir_postmaster(dir, &pid), rows[i].pid != 0, "%s", rows[i].label);
        cr_expect_eq(pid, rows[i].pid, "%s", rows[i].label);
    }
    unlink(path);
    pid_t pid;
    cr_expect(!data_dir_postmaster(dir, &pid), "no file");
    rmdir(dir);
}

Test(data_dir, a_process_is_the_postmaster_by_its_working_directory)
{
    char *dir = scratch();
    cr_expect(!data_dir_is_postmaster(getpid(), dir));
    cr_assert(chdir(dir) == 0);
    cr_expect(data_dir_is_postmaster(getpid(), dir));
    cr_assert(chdir("/") == 0);
    rmdir(dir);
}

Test(data_dir, directories_are_made_closed_and_others_stuff_is_refused)
{
    char *dir = scratch(), path[128], stuff[140];
    struct arena *arena = arena_new(0);
    struct data_dir data_dir;
    snprintf(path, sizeof(path), "%s/pg", dir);
    cr_assert(!data_dir_of(arena, path, &data_dir));
    cr_assert(!data_dir_make(arena, &data_dir));
    struct stat info;
    cr_assert(stat(data_dir.run, &info) == 0);
    cr_expect_eq(info.st_mode & 0777, 0700);
    cr_expect_eq(info.st_uid, data_dir.uid);
    cr_assert(stat(data_dir.dir, &info) == 0);
    cr_expect_eq(info.st_mode & 0777, 0700);
    rmdir(data_dir.run);
    snprintf(stuff, sizeof(stuff), "%s/thesis.txt", path);
    fclose(fopen(stuff, "w"));
    cr_expect(data_dir_make(arena, &data_dir), "a directory with something else in it");
    unlink(stuff);
    rmdir(path);
    fclose(fopen(path, "w"));
    cr_expect(data_dir_make(arena, &data_dir), "a file");
    unlink(path);
    rmdir(dir);
    arena_free(arena);
}

Test(data_dir, a_path_that_is_too_long_for_a_socket_gets_one_below_tmp)
{
    char *dir = scratch(), path[256];
    snprintf(path, sizeof(path), "%s/%090d", dir, 1);
    struct arena *arena = arena_new(0);
    struct data_dir data_dir;
    cr_assert(!data_dir_of(arena, path, &data_dir));
    cr_assert(!data_dir_make(arena, &data_dir));
    cr_expect(strncmp(data_dir.run, "/tmp/midair-", 12) == 0 && strlen(data_dir.run) < 32, "%s", data_dir.run);
    rmdir(data_dir.run);
    rmdir(path);
    rmdir(dir);
    arena_free(arena);
}
