/* Connection strings and servers, before there is a connection. */
#ifndef MIDAIR_PG_URL_H
#define MIDAIR_PG_URL_H

#include "midair/base/err.h"

/* Whether libpq understands the string: a URI, or host=... dbname=... Its reasons may quote a password, so they are not
 * told. */
bool url_valid(const char *url);
/* Whether a server accepts connections there now. */
bool url_answers(const char *url);
/* Makes a database unless it is there. `url` leads to another one of the same server. Errors: ERR_UNAVAILABLE. */
struct err *url_make_database(struct arena *arena, const char *url, const char *database) MUST_USE;

#endif
