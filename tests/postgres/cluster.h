/* A private PostgreSQL for a test program: in a folder of its own, reached by a unix socket alone, stopped and removed
 * at exit, also after a failed check. As root it runs as the account `postgres`. */
#ifndef MIDAIR_TESTS_POSTGRES_CLUSTER_H
#define MIDAIR_TESTS_POSTGRES_CLUSTER_H

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static char cluster_dir[64];
static char cluster_url[160];
static char cluster_bin[128];
static pid_t cluster_pid;
static pid_t cluster_owner;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static const struct passwd *cluster_account(void)
{
    return geteuid() == 0 ? getpwnam("postgres") : NULL;
}

/* Starts a program as the cluster's account; its output goes to the cluster's log. */
static pid_t cluster_spawn(const char *const argv[])
{
    const struct passwd *account = cluster_account();
    char log[96];
    snprintf(log, sizeof log, "%s/log", cluster_dir);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (account && (setgroups(0, NULL) != 0 || setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT); /* setuid clears it */
    if (getppid() != parent || chdir(cluster_dir) != 0)
        _exit(126);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, 1);
    dup2(fd, 2);
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

static bool cluster_run(const char *const argv[])
{
    int status = 0;
    pid_t pid = cluster_spawn(argv);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static const char *cluster_tool(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", cluster_bin, name);
    return out;
}

static bool cluster_ready(void)
{
    char tool[192];
    const char *const argv[] = {cluster_tool("pg_isready", tool, sizeof tool), "-q", "-h", cluster_dir, NULL};
    return cluster_run(argv);
}

/* Starts the server and waits until it answers. */
static inline void cluster_up(void)
{
    char tool[192], data[96];
    snprintf(data, sizeof data, "%s/data", cluster_dir);
    const char *const argv[] = {cluster_tool("postgres", tool, sizeof tool),
                                "-D",
                                data,
                                "-k",
                                cluster_dir,
                                "-h",
                                "",
                                "-c",
                                "fsync=off",
                                "-c",
                                "autovacuum=off",
                                "-c",
                                "max_connections=60",
                                "-c",
                                "shared_buffers=32MB",
                                "-c",
                                "max_prepared_transactions=0",
                                NULL};
    cluster_pid = cluster_spawn(argv);
    for (int i = 0; i < 600 && !cluster_ready(); i++)
        usleep(50000);
    CHECK(cluster_ready());
}

/* Stops it: SIGINT disconnects clients properly, SIGQUIT is a crash. */
static inline void cluster_down(int signal_number)
{
    if (cluster_pid > 0) {
        kill(cluster_pid, signal_number);
        waitpid(cluster_pid, NULL, 0);
    }
    cluster_pid = 0;
}

static void cluster_remove(void)
{
    if (getpid() != cluster_owner)
        return;
    cluster_down(SIGQUIT);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", cluster_dir, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

/* A program that is stopped or runs out of time leaves nothing behind either. */
static void cluster_on_signal(int number)
{
    cluster_remove();
    _exit(128 + number);
}

/* Where the cluster is made: in memory where there is room, as a file system on a disk makes the creation of a database
 * some ten times as expensive. */
static const char *cluster_scratch(void)
{
    struct statvfs room;
    bool fits = statvfs("/dev/shm", &room) == 0 && (uint64_t)room.f_bavail * room.f_frsize >= (uint64_t)2 << 30;
    return fits && access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* Makes and starts a cluster; cluster_url is its connection string. Once a program. */
static inline void cluster_start(void)
{
    glob_t found;
    CHECK(glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0 && found.gl_pathc > 0);
    snprintf(cluster_bin, sizeof cluster_bin, "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    snprintf(cluster_dir, sizeof cluster_dir, "%s/midair-test-XXXXXX", cluster_scratch());
    CHECK(mkdtemp(cluster_dir));
    cluster_owner = getpid();
    const struct passwd *account = cluster_account();
    CHECK(!account || chown(cluster_dir, account->pw_uid, account->pw_gid) == 0);
    atexit(cluster_remove);
    signal(SIGALRM, cluster_on_signal);
    signal(SIGTERM, cluster_on_signal);
    signal(SIGINT, cluster_on_signal);
    char tool[192], data[96];
    snprintf(data, sizeof data, "%s/data", cluster_dir);
    const char *const argv[] = {cluster_tool("initdb", tool, sizeof tool),
                                "-D",
                                data,
                                "-U",
                                "midair",
                                "-A",
                                "trust",
                                "-E",
                                "UTF8",
                                "--no-locale",
                                "--no-sync",
                                NULL};
    CHECK(cluster_run(argv));
    snprintf(cluster_url, sizeof cluster_url, "host=%s user=midair dbname=postgres", cluster_dir);
    cluster_up();
}

#endif
