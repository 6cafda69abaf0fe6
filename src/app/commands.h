/* What the commands do; the table of them is in cli.c. */
#ifndef MIDAIR_APP_COMMANDS_H
#define MIDAIR_APP_COMMANDS_H

#include "options.h"

#include "midair/app/config.h"
#include "midair/base/buf.h"

int command_serve(const struct arguments *arguments);
int command_stamp(const struct arguments *arguments);
int command_unstamp(const struct arguments *arguments);
int command_check(const struct arguments *arguments);
int command_openapi(const struct arguments *arguments);
int command_settings(const struct arguments *arguments);

/* The sources that the arguments name. */
struct config_source command_source(const struct arguments *arguments);
/* Loads the configuration, or prints every mistake and gives NULL. */
struct config *command_config(const struct arguments *arguments);
void mistakes_print(const struct mistakes *mistakes);
/* Prints to standard output; EXIT_FAILED when that did not work. */
int print_out(struct slice text);

#endif
