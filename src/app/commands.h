/* The commands; their table is in cli.c. */
#ifndef MIDAIR_APP_COMMANDS_H
#define MIDAIR_APP_COMMANDS_H

#include "config.h"
#include "options.h"

#include "midair/base/buf.h"

int command_serve(const struct arguments *arguments);
int command_stamp(const struct arguments *arguments);
int command_unstamp(const struct arguments *arguments);
int command_check(const struct arguments *arguments);
int command_openapi(const struct arguments *arguments);
int command_settings(const struct arguments *arguments);

/* The sources of the configuration that the arguments name. */
struct config_source command_source(const struct arguments *arguments);
/* Loads the configuration, or prints every mistake and returns NULL. */
struct config *command_config(const struct arguments *arguments);
/* Prints to standard output. Returns EXIT_FAILED when writing failed. */
int print_out(struct slice text);

#endif
