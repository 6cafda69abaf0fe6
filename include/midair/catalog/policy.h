/* Policy: the settings of one resource ([resource NAME], with [resource *] as the default). */
#ifndef MIDAIR_CATALOG_POLICY_H
#define MIDAIR_CATALOG_POLICY_H

#include "midair/base/slice.h"

#include <stdint.h>

/* Which writes must be conditional (RFC 6585 3). */
enum if_match_rule { IF_MATCH_REQUIRED, IF_MATCH_OPTIONAL, IF_MATCH_DELETE };
enum cascade_rule { CASCADE_GUARDED, CASCADE_ALLOWED, CASCADE_REFUSED };
enum group_commit_rule { GROUP_COMMIT_AUTO, GROUP_COMMIT_ON, GROUP_COMMIT_OFF };
enum validators_rule { VALIDATORS_ALWAYS, VALIDATORS_STRICT };
enum stamping_rule { STAMPING_TRIGGER, STAMPING_STATEMENT };
/* Whether If-Match accepts midair's own tag with the W/ that a compressing proxy puts before it. RFC 9110 13.1.1
 * requires the strong comparison, so accepting it is a setting for installations behind such a proxy. */
enum weak_tags_rule { WEAK_TAGS_REFUSE, WEAK_TAGS_ACCEPT };

/* Whether the configured key of a view must be provably unique. */
enum key_unique_rule { KEY_UNIQUE_PROVEN, KEY_UNIQUE_TRUST };

/* The order of the rows of a list without order=. */
enum default_order_rule { DEFAULT_ORDER_KEY, DEFAULT_ORDER_NONE };

struct policy {
    enum if_match_rule if_match;
    bool if_match_set;       /* if_match was configured; if not, the default depends on the kind of stamp */
    bool body_etag;          /* an `etag` member of the content counts as If-Match when the header is absent */
    struct slice etag_field; /* name of the member that carries the tag; empty: none */
    enum cascade_rule cascade_delete;
    enum group_commit_rule group_commit;
    enum validators_rule put_validators;
    enum stamping_rule stamping;
    enum weak_tags_rule weak_tags;
    enum key_unique_rule key_unique;
    enum default_order_rule default_order;
    bool put_keeps;        /* PUT leaves columns alone that the content omits; otherwise they become their defaults */
    bool generated_passed; /* values for generated columns go to PostgreSQL, which refuses them; otherwise they are
                            * ignored */
    unsigned methods;      /* METHOD_BIT mask of the allowed methods */
    int64_t max_rows;      /* maximum number of rows in one page */
    int64_t max_affected;  /* maximum number of rows that one write by filter may change */
    struct slice cache_control;
};

#endif
