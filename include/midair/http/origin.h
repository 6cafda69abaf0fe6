/* Whose name a request uses, and from whose page it comes (RFC 9110 7.2; RFC 6454).
 *
 * A browser sends requests to whatever address a name resolves to. A page whose own name is made to resolve to this
 * server (DNS rebinding) is of the same origin as this server to the browser, so only the name in Host tells that it
 * is not meant. A page of another origin may send some kinds of writes without asking first (simple requests), and the
 * server has to refuse them. */
#ifndef MIDAIR_HTTP_ORIGIN_H
#define MIDAIR_HTTP_ORIGIN_H

#include "midair/base/slice.h"

/* Whether a well-formed Host names this server: an IP address, localhost or a name below it, or one of `names`, without
 * case and whatever the port. A name may begin with "*.", which stands for one or more labels; "*" alone is any host.
 * No name can be made to resolve to what an address or localhost does not mean already. */
bool host_is_served(struct slice host, const struct slice *names, size_t count);
/* Whether `name` can be one of `names`: labels of letters, digits, '-' and '_', without a port. */
bool host_name_is_valid(struct slice name);
/* Whether an origin names the same host and port as Host does. The scheme is not compared, since a proxy in front may
 * have taken it off; "null" is nobody's origin. */
bool origin_is_host(struct slice origin, struct slice host);

#endif
