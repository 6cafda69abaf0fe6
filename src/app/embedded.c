/* Starting, watching and stopping the embedded PostgreSQL. The server is a child process that gets a signal when the
 * thread that started it ends. */
#include "embedded.h"

#include "data_dir.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "midair/pg/url.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS INT64_C(1000000)

enum { SHORT_LIVES_MAX = 5 };

struct embedded {
    struct arena *arena;
    struct data_dir data_dir;
    struct slice url;
    int lock_fd;
    int log_fd;
    off_t log_start; /* offset of this run's first message */
    pid_t pid;       /* of the postmaster; 0: none */
    int64_t started_us;
    int short_lives; /* consecutive starts after which the server soon ended */
    bool (*give_up)(void *context);
    void *context;
};

/* The last lines that initdb or the server wrote in this run, for the text of an error. */
static struct slice log_tail(struct embedded *e, struct arena *arena)
{
    char text[4096];
    off_t end = lseek(e->log_fd, 0, SEEK_END);
    off_t from = end - (off_t)sizeof(text) > e->log_start ? end - (off_t)sizeof(text) : e->log_start;
    ssize_t len = pread(e->log_fd, text, sizeof(text), from);
    size_t start = len > 0 ? (size_t)len : 0;
    for (int lines = 0; start > 0 && lines <= 10; start--)
        if (text[start - 1] == '\n' && lines++ == 10)
            break;
    return len > 0 ? arena_copy(arena, slice_make(text + start, (size_t)len - start)) : SLICE("");
}

static struct err *said(struct embedded *e, struct arena *arena, const char *what)
{
    return err_new(arena, ERR_UNAVAILABLE, "%s; %s says:\n%.*s", what, e->data_dir.log, SLICE_ARG(log_tail(e, arena)));
}

/* Runs between fork and exec, so only async-signal-safe calls are allowed. The death signal is set after the change of
 * account, because that change clears it; a parent that died before then is found by comparing getppid(). */
static void become(const struct embedded *e, pid_t parent, const char *const *args)
{
    setsid(); /* Ctrl-C at the terminal must signal midair alone, which then stops the server */
    umask(077);
    dup2(e->log_fd, 1);
    dup2(e->log_fd, 2);
    close_range(3, ~0U, 0);
    if (e->data_dir.account && (setgroups(1, &e->data_dir.gid) || setgid(e->data_dir.gid) || setuid(e->data_dir.uid)))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGINT);
    if (getppid() != parent || chdir(e->data_dir.dir) != 0)
        _exit(126);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execv(args[0], (char *const *)(uintptr_t)args);
    _exit(127);
}

static pid_t spawn(const struct embedded *e, const char *const *args)
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDONLY);
        dup2(null, 0);
        become(e, parent, args);
    }
    return pid;
}

static bool run(const struct embedded *e, const char *const *args)
{
    pid_t pid = spawn(e, args);
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Only one midair process may use a directory. The kernel releases the lock when the process ends, however it ends. */
static struct err *take_lock(struct embedded *e, struct arena *arena)
{
    e->lock_fd = open(e->data_dir.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (e->lock_fd < 0)
        return err_new(arena, ERR_UNAVAILABLE, "cannot open %s: %s", e->data_dir.lock, strerror(errno));
    if (flock(e->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        char owner[32] = "";
        ssize_t len = read(e->lock_fd, owner, sizeof(owner) - 1);
        return err_new(arena, ERR_UNAVAILABLE, "another midair (process %.*s) runs the database in %s",
                       len > 0 ? (int)strcspn(owner, "\n") : 1, len > 0 ? owner : "?", e->data_dir.dir);
    }
    if (ftruncate(e->lock_fd, 0) != 0 || dprintf(e->lock_fd, "%d\n", (int)getpid()) < 0)
        return err_new(arena, ERR_UNAVAILABLE, "cannot write %s: %s", e->data_dir.lock, strerror(errno));
    return NULL;
}

static struct err *open_log(struct embedded *e, struct arena *arena)
{
    struct stat info;
    if (stat(e->data_dir.log, &info) == 0 && info.st_size > 8 << 20)
        rename(e->data_dir.log, arena_printf(arena, "%s.old", e->data_dir.log).at);
    e->log_fd = open(e->data_dir.log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (e->log_fd < 0)
        return err_new(arena, ERR_UNAVAILABLE, "cannot open %s: %s", e->data_dir.log, strerror(errno));
    e->log_start = lseek(e->log_fd, 0, SEEK_END);
    return NULL;
}

/* initdb writes to another directory, which is renamed when it is complete. So there is either a complete cluster or
 * none. */
static struct err *make_cluster(struct embedded *e, struct arena *arena)
{
    struct stat info;
    if (stat(e->data_dir.data, &info) == 0)
        return NULL;
    log_message(LOG_INFO, "embedded_init", "creating a database cluster in %s", e->data_dir.data);
    const char *const clear[] = {"/bin/rm", "-rf", "--", e->data_dir.fresh, NULL};
    const char *initdb = arena_printf(arena, "%s/initdb", e->data_dir.bin).at;
    static const char *const locales[] = {"--locale=C.UTF-8", "--locale=C"};
    for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
        const char *const args[] = {initdb, "-D", e->data_dir.fresh, "-U",       "postgres",          "-E",
                                    "UTF8", "-A", "trust",           locales[i], "--no-instructions", NULL};
        run(e, clear);
        if (run(e, args))
            return rename(e->data_dir.fresh, e->data_dir.data) == 0 ? NULL
                                                                    : said(e, arena, "the new cluster cannot be moved");
    }
    return said(e, arena, "initdb failed");
}

static bool alive(pid_t pid, const char *data)
{
    return kill(pid, 0) == 0 && data_dir_is_postmaster(pid, data);
}

/* Handles a process id file whose process is no postmaster any more: another process has the id now, which is common in
 * containers, where ids start from 1 each time. PostgreSQL would believe that a server is running. It treats the id of
 * its own parent as stale, so that id is written instead. The other lines are kept, because PostgreSQL uses them to
 * find backends that still hold the shared memory. */
static void disown_pid_file(struct arena *arena, const char *data)
{
    const char *path = arena_printf(arena, "%s/postmaster.pid", data).at;
    char text[4096];
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (len > 0) {
        text[len] = '\0';
        struct slice next =
            arena_printf(arena, "%d%s", (int)getpid(), text + strcspn(text, "\n")); /* with the line's end */
        if (pwrite(fd, next.at, next.len, 0) == (ssize_t)next.len && ftruncate(fd, (off_t)next.len) == 0)
            log_message(LOG_WARN, "embedded_stale_pid", "%s belonged to a server that no longer runs", path);
    }
    if (fd >= 0)
        close(fd);
}

/* Stops a postmaster that is still running after its midair process ended, so that the directory has one owner again.
 */
static struct err *end_leftover(struct embedded *e, struct arena *arena)
{
    pid_t pid;
    if (!data_dir_postmaster(e->data_dir.data, &pid))
        return NULL;
    if (!alive(pid, e->data_dir.data)) {
        if (kill(pid, 0) == 0)
            disown_pid_file(arena, e->data_dir.data);
        return NULL;
    }
    log_message(LOG_WARN, "embedded_leftover", "process %d is a server whose midair has ended; it is stopped",
                (int)pid);
    static const int signals[] = {SIGINT, SIGQUIT};
    for (size_t i = 0; i < 2; i++) {
        kill(pid, signals[i]);
        int64_t deadline = clock_now_us() + 20 * SECONDS;
        while (alive(pid, e->data_dir.data) && clock_now_us() < deadline)
            wait_until(clock_now_us() + 10000);
    }
    if (!alive(pid, e->data_dir.data))
        return NULL;
    return err_new(arena, ERR_UNAVAILABLE, "a server (process %d) still runs in %s and does not stop", (int)pid,
                   e->data_dir.data);
}

static void start_server(struct embedded *e)
{
    e->started_us = clock_now_us();
    struct arena *arena = arena_new(0);
    struct buf quoted = buf_new(arena, 128);
    for (const char *c = e->data_dir.run; *c; c++)
        buf_put(&quoted, *c == '"' ? SLICE("\"\"") : slice_make(c, 1));
    struct slice run_dir = buf_slice(&quoted);
    const char *const args[] = {arena_printf(arena, "%s/postgres", e->data_dir.bin).at,
                                "-D",
                                e->data_dir.data,
                                "-c",
                                "listen_addresses=",
                                "-c",
                                "port=5432",
                                "-c",
                                arena_printf(arena, "unix_socket_directories=\"%.*s\"", SLICE_ARG(run_dir)).at,
                                "-c",
                                "unix_socket_permissions=0700",
                                "-c",
                                "logging_collector=off",
                                "-c",
                                "log_destination=stderr",
                                NULL};
    e->pid = spawn(e, args);
    arena_free(arena);
}

/* Returns true when the server has ended by itself, and clears its process id. */
static bool has_ended(struct embedded *e)
{
    if (e->pid > 0 && waitpid(e->pid, NULL, WNOHANG) != e->pid)
        return false;
    e->pid = 0;
    return true;
}

static struct slice url_of(struct embedded *e, const char *database)
{
    return arena_printf(e->arena, "host=%.*s port=5432 user=postgres dbname=%s",
                        SLICE_ARG(data_dir_quote(e->arena, slice_of(e->data_dir.run))), database);
}

static struct err *await_server(struct embedded *e, struct arena *arena)
{
    struct slice url = url_of(e, "postgres");
    int64_t deadline = clock_now_us() + 120 * SECONDS; /* long enough for recovery after a crash */
    while (!url_answers(url.at)) {
        if (has_ended(e))
            return said(e, arena, "PostgreSQL did not start");
        if (e->give_up && e->give_up(e->context))
            return err_new(arena, ERR_UNAVAILABLE, "stopped while PostgreSQL was starting");
        if (clock_now_us() > deadline)
            return said(e, arena, "PostgreSQL did not answer within two minutes");
        wait_until(clock_now_us() + 10000);
    }
    return NULL;
}

static struct err *bring_up(struct embedded *e, struct arena *arena, const char *directory)
{
    TRY(data_dir_of(e->arena, directory, &e->data_dir));
    TRY(data_dir_make(e->arena, &e->data_dir));
    TRY(take_lock(e, arena));
    TRY(open_log(e, arena));
    TRY(data_dir_find_programs(e->arena, &e->data_dir));
    TRY(make_cluster(e, arena));
    TRY(end_leftover(e, arena));
    start_server(e);
    TRY(await_server(e, arena));
    TRY(url_make_database(arena, url_of(e, "postgres").at, "midair"));
    e->url = url_of(e, "midair");
    return NULL;
}

struct err *embedded_start(struct arena *arena, const char *directory, bool (*give_up)(void *context), void *context,
                           struct embedded **out)
{
    struct arena *own = arena_new(0);
    struct embedded *e = ARENA_NEW(own, struct embedded);
    *e = (struct embedded){.arena = own, .lock_fd = -1, .log_fd = -1, .give_up = give_up, .context = context};
    struct err *err = bring_up(e, own, directory);
    if (!err) {
        *out = e;
        return NULL;
    }
    struct err *copy = err_new(arena, err->kind, "%.*s", SLICE_ARG(err->detail));
    embedded_stop(e);
    return copy;
}

struct slice embedded_url(const struct embedded *embedded)
{
    return embedded->url;
}

enum revival embedded_revive(struct embedded *embedded)
{
    if (!has_ended(embedded))
        return REVIVAL_NEEDLESS;
    bool lasted = clock_now_us() - embedded->started_us > 10 * SECONDS;
    embedded->short_lives = lasted ? 0 : embedded->short_lives + 1;
    if (embedded->short_lives > SHORT_LIVES_MAX)
        return REVIVAL_HOPELESS;
    if (embedded->short_lives)
        wait_until(clock_now_us() + (INT64_C(50000) << embedded->short_lives));
    start_server(embedded);
    return REVIVAL_DONE;
}

void embedded_stop(struct embedded *e)
{
    if (!e)
        return;
    static const int signals[] = {SIGINT, SIGQUIT, SIGKILL};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]) && !has_ended(e); i++) {
        kill(e->pid, signals[i]);
        int64_t deadline = clock_now_us() + 10 * SECONDS;
        while (!has_ended(e) && clock_now_us() < deadline)
            wait_until(clock_now_us() + 5000);
    }
    if (e->data_dir.run && e->lock_fd >= 0 &&
        !data_dir_socket_fits(arena_printf(e->arena, "%s/run", e->data_dir.dir).at))
        rmdir(e->data_dir.run);
    if (e->log_fd >= 0)
        close(e->log_fd);
    if (e->lock_fd >= 0)
        close(e->lock_fd);
    arena_free(e->arena);
}
