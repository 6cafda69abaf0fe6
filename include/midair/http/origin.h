/* Checks of Host and Origin against requests that foreign web pages make a browser send (RFC 9110 7.2; RFC 6454).
 *
 * With DNS rebinding, an attacker makes the name of a web page resolve to the address of this server. For the browser
 * the page and the server then have the same origin, and only the name in Host shows that the request is not meant for
 * this server. In addition, a page of another origin may send some kinds of writes (simple requests) without a
 * preflight, and the server has to refuse them. */
#ifndef MIDAIR_HTTP_ORIGIN_H
#define MIDAIR_HTTP_ORIGIN_H

#include "midair/base/slice.h"

/* Whether a well-formed Host names this server: an IP address, localhost or a name below it, or one of `names`. Case
 * and port are ignored. A name may begin with "*.", which stands for one or more labels; "*" alone accepts any host. IP
 * addresses and localhost are always accepted, because an attacker cannot change what they resolve to. */
bool host_is_served(struct slice host, const struct slice *names, size_t count);
/* Whether `name` is valid as one of `names`: labels of letters, digits, '-' and '_', without a port, perhaps after
 * "*."; or "*". */
bool host_name_is_valid(struct slice name);
/* Whether an origin has the same host and port as Host. The scheme is not compared, since a proxy may have terminated
 * TLS. The origin "null" never matches. */
bool origin_is_host(struct slice origin, struct slice host);

#endif
