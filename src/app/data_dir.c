#include "data_dir.h"

#include "midair/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool data_dir_socket_fits(const char *run)
{
    return strlen(run) + sizeof("/.s.PGSQL.5432") - 1 <= SOCKET_PATH_MAX;
}

struct slice data_dir_quote(struct arena *arena, struct slice value)
{
    struct buf out = buf_new(arena, value.len + 2);
    BUF_LIT(&out, "'");
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\'' || value.at[i] == '\\')
            BUF_LIT(&out, "\\");
        buf_byte(&out, value.at[i]);
    }
    BUF_LIT(&out, "'");
    return buf_slice(&out);
}

static struct err *choose_account(struct arena *arena, struct data_dir *data_dir)
{
    static const char *const names[] = {"postgres", "nobody"};
    data_dir->uid = geteuid();
    data_dir->gid = getegid();
    for (size_t i = 0; data_dir->uid == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
        struct passwd *entry = getpwnam(names[i]);
        if (entry && entry->pw_uid != 0) {
            data_dir->account = names[i];
            data_dir->uid = entry->pw_uid;
            data_dir->gid = entry->pw_gid;
        }
    }
    return data_dir->uid ? NULL
                         : err_new(arena, ERR_UNAVAILABLE,
                                   "PostgreSQL does not run as root, and there is no account postgres or nobody");
}

struct err *data_dir_of(struct arena *arena, const char *directory, struct data_dir *out)
{
    *out = (struct data_dir){0};
    char here[PATH_MAX];
    struct slice dir = slice_of(directory);
    while (dir.len > 1 && dir.at[dir.len - 1] == '/')
        dir.len--;
    if (dir.len == 0)
        return err_new(arena, ERR_UNAVAILABLE, "the directory of the embedded database has no name");
    if (dir.at[0] == '/')
        dir = arena_copy(arena, dir);
    else if (getcwd(here, sizeof(here)))
        dir = arena_printf(arena, "%s/%.*s", here, SLICE_ARG(dir));
    else
        return err_new(arena, ERR_UNAVAILABLE, "the current directory has no path: %s", strerror(errno));
    out->dir = dir.at;
    out->data = arena_printf(arena, "%s/data", dir.at).at;
    out->fresh = arena_printf(arena, "%s/data.new", dir.at).at;
    out->run = arena_printf(arena, "%s/run", dir.at).at;
    out->log = arena_printf(arena, "%s/postgres.log", dir.at).at;
    out->lock = arena_printf(arena, "%s/midair.lock", dir.at).at;
    return choose_account(arena, out);
}

static struct err *failed(struct arena *arena, const char *what, const char *path)
{
    return err_new(arena, ERR_UNAVAILABLE, "%s %s: %s", what, path, strerror(errno));
}

/* Creates a directory that is owned by the account and closed to all others. */
static struct err *make_closed(struct arena *arena, const struct data_dir *data_dir, const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return failed(arena, "cannot create", path);
    struct stat info;
    if (lstat(path, &info) != 0)
        return failed(arena, "cannot examine", path);
    if (!S_ISDIR(info.st_mode))
        return err_new(arena, ERR_UNAVAILABLE, "%s is not a directory", path);
    if (data_dir->account && info.st_uid != data_dir->uid && lchown(path, data_dir->uid, data_dir->gid) != 0)
        return failed(arena, "cannot change the owner of", path);
    if ((info.st_mode & 07777) != 0700 && chmod(path, 0700) != 0)
        return failed(arena, "cannot close", path);
    return NULL;
}

/* Whether the directory contains files but no cluster of midair. */
static bool is_taken(const struct data_dir *data_dir)
{
    if (access(data_dir->lock, F_OK) == 0 || access(data_dir->data, F_OK) == 0)
        return false;
    DIR *dir = opendir(data_dir->dir);
    bool taken = false;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        taken = taken || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0);
    if (dir)
        closedir(dir);
    return taken;
}

/* The account must have access to all directories above; otherwise the error of initdb would not say why it fails. */
static struct err *check_reachable(struct arena *arena, const struct data_dir *data_dir)
{
    for (size_t i = 1; data_dir->account && data_dir->dir[i]; i++) {
        if (data_dir->dir[i] != '/')
            continue;
        const char *above = arena_copy(arena, slice_make(data_dir->dir, i)).at;
        struct stat info;
        if (stat(above, &info) != 0)
            return failed(arena, "cannot examine", above);
        unsigned bit = info.st_uid == data_dir->uid ? S_IXUSR : info.st_gid == data_dir->gid ? S_IXGRP : S_IXOTH;
        if (!(info.st_mode & bit))
            return err_new(arena, ERR_UNAVAILABLE,
                           "%s is not accessible to the account %s, which PostgreSQL runs as; choose another directory",
                           above, data_dir->account);
    }
    return NULL;
}

struct err *data_dir_make(struct arena *arena, struct data_dir *data_dir)
{
    TRY(check_reachable(arena, data_dir));
    if (is_taken(data_dir))
        return err_new(arena, ERR_UNAVAILABLE, "%s is not empty and was not created by midair", data_dir->dir);
    TRY(make_closed(arena, data_dir, data_dir->dir));
    if (data_dir_socket_fits(data_dir->run))
        return make_closed(arena, data_dir, data_dir->run);
    char *made = arena_alloc(arena, 32);
    snprintf(made, 32, "/tmp/midair-XXXXXX");
    if (!mkdtemp(made))
        return failed(arena, "cannot create", made);
    data_dir->run = made;
    return make_closed(arena, data_dir, made);
}

int data_dir_version_cmp(const char *a, const char *b)
{
    int order = strverscmp(b, a);
    return order < 0 ? -1 : order > 0;
}

static bool has_program(struct arena *arena, const char *bin, const char *name)
{
    return access(arena_printf(arena, "%s/%s", bin, name).at, X_OK) == 0;
}

/* The first line that a program prints; NULL when it fails. */
static const char *first_line(struct arena *arena, const char *command)
{
    FILE *pipe = popen(command, "re");
    char line[PATH_MAX];
    bool got = pipe && fgets(line, sizeof(line), pipe);
    if (!pipe || pclose(pipe) != 0 || !got)
        return NULL;
    return arena_copy(arena, slice_head(slice_of(line), strcspn(line, "\n"))).at;
}

/* The major version of PostgreSQL that created the data; 0 when there is none. */
static unsigned long data_major(struct arena *arena, const struct data_dir *data_dir)
{
    char line[32] = "";
    FILE *file = fopen(arena_printf(arena, "%s/PG_VERSION", data_dir->data).at, "re");
    if (!file)
        return 0;
    if (!fgets(line, sizeof(line), file))
        line[0] = '\0';
    fclose(file);
    return strtoul(line, NULL, 10);
}

/* Parses "postgres (PostgreSQL) 15.14 (Debian …)". */
static unsigned long program_major(struct arena *arena, const char *bin)
{
    struct slice quoted = data_dir_quote(arena, slice_of(bin)); /* a path that needs quoting is skipped */
    if (strpbrk(bin, "'\\"))
        return 0;
    const char *line = first_line(arena, arena_printf(arena, "%.*s/postgres --version", SLICE_ARG(quoted)).at);
    size_t digit = line ? strcspn(line, "0123456789") : 0;
    return line ? strtoul(line + digit, NULL, 10) : 0;
}

static bool fits(struct arena *arena, struct data_dir *data_dir, const char *bin, unsigned long major)
{
    if (!bin || !has_program(arena, bin, "initdb") || !has_program(arena, bin, "postgres"))
        return false;
    if (major && program_major(arena, bin) != major)
        return false;
    data_dir->bin = bin;
    return true;
}

static bool find_in_path(struct arena *arena, struct data_dir *data_dir, unsigned long major)
{
    struct slice rest = slice_of(getenv("PATH") ? getenv("PATH") : ""), head;
    for (bool more = true; more;) {
        more = slice_cut(rest, ':', &head, &rest);
        if (head.len && head.at[0] == '/' && fits(arena, data_dir, arena_copy(arena, head).at, major))
            return true;
    }
    return false;
}

static int by_version(const void *a, const void *b)
{
    return data_dir_version_cmp(*(char *const *)a, *(char *const *)b);
}

static bool find_in_distribution(struct arena *arena, struct data_dir *data_dir, unsigned long major)
{
    glob_t found = {0};
    glob("/usr/lib/postgresql/*/bin", 0, NULL, &found);
    glob("/usr/pgsql-*/bin", GLOB_APPEND, NULL, &found);
    qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), by_version);
    bool done = false;
    for (size_t i = 0; i < found.gl_pathc && !done; i++)
        done = fits(arena, data_dir, arena_copy(arena, slice_of(found.gl_pathv[i])).at, major);
    globfree(&found);
    return done;
}

struct err *data_dir_find_programs(struct arena *arena, struct data_dir *data_dir)
{
    unsigned long major = data_major(arena, data_dir);
    if (find_in_path(arena, data_dir, major) ||
        fits(arena, data_dir, first_line(arena, "pg_config --bindir 2>/dev/null"), major) ||
        find_in_distribution(arena, data_dir, major))
        return NULL;
    if (major)
        return err_new(arena, ERR_UNAVAILABLE, "%s was created by PostgreSQL %lu, which is not installed",
                       data_dir->data, major);
    return err_new(arena, ERR_UNAVAILABLE,
                   "PostgreSQL's programs initdb and postgres are not installed, or not in PATH "
                   "(Debian: apt install postgresql)");
}

bool data_dir_postmaster(const char *data, pid_t *pid)
{
    char path[PATH_MAX], line[32];
    snprintf(path, sizeof(path), "%s/postmaster.pid", data);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool got = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    uint64_t number;
    if (!got || !text_u64(slice_head(slice_of(line), strcspn(line, "\n")), &number) || number < 2 || number > INT_MAX)
        return false;
    *pid = (pid_t)number;
    return true;
}

bool data_dir_is_postmaster(pid_t pid, const char *data)
{
    char link[64], at[PATH_MAX], real[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
    ssize_t len = readlink(link, at, sizeof(at) - 1);
    if (len < 0 || !realpath(data, real))
        return false;
    at[len] = '\0';
    return strcmp(at, real) == 0;
}
