/* The directory, the programs and the account of an embedded PostgreSQL. The only processes started here are pg_config
 * and `postgres --version`. */
#ifndef MIDAIR_APP_DATA_DIR_H
#define MIDAIR_APP_DATA_DIR_H

#include "midair/base/buf.h"
#include "midair/base/err.h"

#include <sys/types.h>

/* Length of a socket's path that every system accepts, without the NUL. */
enum { SOCKET_PATH_MAX = 100 };

struct data_dir {
    const char *dir, *data, *fresh, *run, *log, *lock; /* absolute paths; initdb works in `fresh` */
    const char *bin;                                   /* the directory of initdb and postgres */
    const char *account;                               /* the account that the server runs as; NULL: that of midair */
    uid_t uid;
    gid_t gid;
};

/* Determines the absolute paths and the account. Creates nothing. */
struct err *data_dir_of(struct arena *arena, const char *directory, struct data_dir *out) MUST_USE;
/* Creates the directories that are missing, all closed to other accounts. Errors: the directory contains something
 * else, or the account has no access to it. */
struct err *data_dir_make(struct arena *arena, struct data_dir *data_dir) MUST_USE;
/* Finds the programs: on PATH, by pg_config --bindir, then in the directories of the distributions, newest first. If
 * there is data, they must be of the major version that created it. */
struct err *data_dir_find_programs(struct arena *arena, struct data_dir *data_dir) MUST_USE;

/* Whether the path of a socket in DIR/run is short enough. */
bool data_dir_socket_fits(const char *run);
/* Compares directories named after versions, by number: the newest comes first. */
int data_dir_version_cmp(const char *a, const char *b);
/* Quotes a value for a libpq connection string: 'it\'s'. */
struct slice data_dir_quote(struct arena *arena, struct slice value);

/* Reads the process id from postmaster.pid. Returns false when the file is missing or malformed. */
bool data_dir_postmaster(const char *data, pid_t *pid);
/* Whether that process is the postmaster of this data directory, which is then its working directory. */
bool data_dir_is_postmaster(pid_t pid, const char *data);

#endif
