/* midair: an optimistic-concurrency REST server for PostgreSQL.
 *
 * The parts of the program, from the command line to the database and back:
 *
 *     app/cli.c          the commands: serve, stamp, unstamp, check, openapi, settings
 *     app/serve.c        `midair serve`: the order in which everything starts, runs and stops
 *     app/config.c       the configuration, from the table app/settings.def, the file, the environment and the options
 *     app/live.c         configuration and catalog as one immutable snapshot, which a reload swaps
 *     front/front.c      HTTP connections (civetweb or event loops); each request becomes an exchange
 *     request/pipeline.c the steps of a request, one file each, in this order:
 *                        collect, route, params, allow, conditions, decode, plan, execute, respond, send
 *     params/            the query string, parsed once and bound to the catalog
 *     plan/              what is to be done, as a tagged union of kinds, which contains nothing of HTTP
 *     exec/session.c     runs plans: on a shared lane, on a leased connection, or in a transaction
 *     sql/               one function for each statement; SQL text is made only here
 *     pg/                connections to PostgreSQL: lanes, the pool, deadlines, and the meaning of SQLSTATEs
 *     catalog/           what midair knows of the database: relations, columns, keys, links, functions
 *     respond/           status, header fields and content of a response; openapi/ makes the OpenAPI document
 *     stamping/          `midair stamp`: the columns and triggers that keep created, modified and version
 *     http/ json/ base/  the syntax of HTTP and JSON, and the foundations: arenas, slices, errors, rows
 *
 * Each of these directories uses only those that are below it in CMakeLists.txt's list of layers. docs/design.md says
 * why the program is built this way, docs/http.md what clients can rely on. */
#include "cli.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argc;
    return cli_main(argv, environ);
}
