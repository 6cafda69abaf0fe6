/* A setting of type WORD is stored as the index of its word in settings.def, and used as an enumeration. These checks
 * fail the build when the words of a row and the enumeration no longer agree in order. */
#ifndef MIDAIR_SRC_APP_WORDS_H
#define MIDAIR_SRC_APP_WORDS_H

#include "midair/base/log.h"
#include "midair/catalog/policy.h"
#include "midair/front/front.h"
#include "midair/request/pipeline.h"

/* False when `row` is the setting `name` and its words are not `expected`. */
#define WORDS_FIT(row, words, name, expected)                                                                          \
    (__builtin_strcmp(row, name) != 0 || __builtin_strcmp(words, expected) == 0)

#define SERVER(name, type, fallback, low, high, words, ...)                                                            \
    _Static_assert(WORDS_FIT(#name, words, "dialect", "midair|postgrest") &&                                           \
                       WORDS_FIT(#name, words, "front", "civetweb|loop") &&                                            \
                       WORDS_FIT(#name, words, "log_level", "debug|info|warn|error"),                                  \
                   #name);
#define DATABASE(name, type, fallback, low, high, words, ...)                                                          \
    _Static_assert(WORDS_FIT(#name, words, "tx_end", "commit|commit-allow-override|rollback|rollback-allow-override"), \
                   #name);
#define RESOURCE(name, type, fallback, low, high, words, ...)                                                          \
    _Static_assert(WORDS_FIT(#name, words, "if_match", "auto|required|optional|delete") &&                             \
                       WORDS_FIT(#name, words, "cascade_delete", "guarded|allowed|refused") &&                         \
                       WORDS_FIT(#name, words, "group_commit", "auto|on|off") &&                                       \
                       WORDS_FIT(#name, words, "put_validators", "always|strict") &&                                   \
                       WORDS_FIT(#name, words, "stamping", "trigger|statement") &&                                     \
                       WORDS_FIT(#name, words, "key_unique", "proven|trust") &&                                        \
                       WORDS_FIT(#name, words, "default_order", "key|none") &&                                         \
                       WORDS_FIT(#name, words, "weak_tags", "refuse|accept"),                                          \
                   #name);
#include "midair/app/settings.def"

_Static_assert(DIALECT_MIDAIR == 0 && DIALECT_POSTGREST == 1, "dialect");
_Static_assert(FRONT_CIVETWEB == 0 && FRONT_LOOP == 1, "front");
_Static_assert(LOG_DEBUG == 0 && LOG_INFO == 1 && LOG_WARN == 2 && LOG_ERROR == 3, "log_level");
_Static_assert(TX_END_COMMIT == 0 && TX_END_COMMIT_OVERRIDE == 1 && TX_END_ROLLBACK == 2 &&
                   TX_END_ROLLBACK_OVERRIDE == 3,
               "tx_end");
/* The word `auto` precedes those of the enumeration. */
_Static_assert(IF_MATCH_REQUIRED + 1 == 1 && IF_MATCH_OPTIONAL + 1 == 2 && IF_MATCH_DELETE + 1 == 3, "if_match");
_Static_assert(CASCADE_GUARDED == 0 && CASCADE_ALLOWED == 1 && CASCADE_REFUSED == 2, "cascade_delete");
_Static_assert(GROUP_COMMIT_AUTO == 0 && GROUP_COMMIT_ON == 1 && GROUP_COMMIT_OFF == 2, "group_commit");
_Static_assert(VALIDATORS_ALWAYS == 0 && VALIDATORS_STRICT == 1, "put_validators");
_Static_assert(STAMPING_TRIGGER == 0 && STAMPING_STATEMENT == 1, "stamping");
_Static_assert(KEY_UNIQUE_PROVEN == 0 && KEY_UNIQUE_TRUST == 1, "key_unique");
_Static_assert(DEFAULT_ORDER_KEY == 0 && DEFAULT_ORDER_NONE == 1, "default_order");
_Static_assert(WEAK_TAGS_REFUSE == 0 && WEAK_TAGS_ACCEPT == 1, "weak_tags");

#endif
