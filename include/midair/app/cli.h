/* The command line (docs/http.md section 11): `midair COMMAND …`. Exit 0 fine, 1 failed, 2 misused. */
#ifndef MIDAIR_APP_CLI_H
#define MIDAIR_APP_CLI_H

/* Runs the command that argv names; the exit status. `environment` is that of main. */
int cli_main(char *const *argv, char *const *environment);

#endif
