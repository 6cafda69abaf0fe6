/* Where an embedded PostgreSQL lives and who it is: paths, programs, account. No process is started here but pg_config.
 */
#ifndef MIDAIR_APP_EMBEDDED_PLACE_H
#define MIDAIR_APP_EMBEDDED_PLACE_H

#include "midair/base/buf.h"
#include "midair/base/err.h"

#include <sys/types.h>

/* Longest path of a socket that every system takes, without its NUL. */
enum { SOCKET_PATH_MAX = 100 };

struct data_dir {
    const char *dir, *data, *fresh, *run, *log, *lock; /* absolute paths; fresh is where initdb works */
    const char *bin;                                   /* where initdb and postgres are */
    const char *account;                               /* NULL: we run it as ourselves */
    uid_t uid;
    gid_t gid;
};

/* Absolute paths and the account; makes nothing. */
struct err *data_dir_of(struct arena *arena, const char *directory, struct data_dir *out) MUST_USE;
/* Makes the directories that are missing, all closed to others; refuses a directory with something else in it, and one
 * that the account cannot reach. */
struct err *data_dir_make(struct arena *arena, struct data_dir *data_dir) MUST_USE;
/* Finds the programs: PATH, pg_config --bindir, then the places of the distributions, newest first; of the version that
 * made the data, if there is data. */
struct err *data_dir_find_programs(struct arena *arena, struct data_dir *data_dir) MUST_USE;

/* Whether DIR/run can hold the socket. */
bool data_dir_socket_fits(const char *run);
/* Orders version directories: newest first, by number. */
int data_dir_version_cmp(const char *a, const char *b);
/* A value for a libpq connection string: 'it\'s'. */
struct slice data_dir_quote(struct arena *arena, struct slice value);

/* What postmaster.pid says; false when there is none or it cannot be understood. */
bool data_dir_postmaster(const char *data, pid_t *pid);
/* Whether that process is the postmaster of this data directory, which it has as its working directory. */
bool data_dir_is_postmaster(pid_t pid, const char *data);

#endif
