/* The command line (docs/http.md section 11): `midair COMMAND …`. Exit status 0: success, 1: failure, 2: wrong
 * usage. */
#ifndef MIDAIR_APP_CLI_H
#define MIDAIR_APP_CLI_H

/* Runs the command that argv names and returns the exit status. `environment` is that of main(). */
int cli_main(char *const *argv, char *const *environment);

#endif
