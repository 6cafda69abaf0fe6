/* Header fields: finding them and taking their values apart (RFC 9110 5).
 *
 * A field may come on several lines; they are one list (5.3) and are joined before anything is read out
 * of them. Everything returned borrows from the input unless a copy is named. */
#ifndef MIDAIR_HTTP_FIELD_H
#define MIDAIR_HTTP_FIELD_H

#include "midair/http/message.h"

/* The value of a field, its lines joined by ", " in the order they came. Borrows when there is one line,
 * else copied into the arena. Absent when there is none; an empty line is present. Name without case. */
struct slice field_get(struct arena *arena, const struct fields *fields, const char *name);
/* How many lines carry this name. More than one is an error for fields that are no lists. */
size_t field_lines(const struct fields *fields, const char *name);

/* Takes the next non-empty element of a #list (5.6.1) from the front of `rest`, trimmed. Commas inside a
 * quoted string do not separate; a quote that is never closed takes in all that follows. False at the end. */
bool field_next(struct slice *rest, struct slice *element);
/* Whether a list has this member, without case, whole elements only ("close" in Connection). */
bool field_lists(struct slice list, struct slice member);

/* One or more tchar and nothing else (5.6.2). */
bool field_is_token(struct slice s);
/* Takes a token from the front of `rest`; false and nothing taken when there is none. */
bool field_token(struct slice *rest, struct slice *token);
/* Takes a quoted string (5.6.4) from the front of `rest`. `value` is what it means: borrowed, or copied
 * where it holds quoted pairs. False and nothing taken when it is malformed. */
bool field_quoted(struct arena *arena, struct slice *rest, struct slice *value);
/* Takes `name`, `name=token` or `name="quoted"` from the front of `rest`, with white space around the
 * sign tolerated. `value` is absent when there is no sign. False when malformed. */
bool field_pair(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value);

enum field_param { PARAM_END, PARAM_FOUND, PARAM_BAD };
/* Takes the next parameter (5.6.6) from `rest`, which shows what follows the value: "; q=0.5; x=\"y\"".
 * Empty parameters are skipped. PARAM_BAD when there is anything that is no parameter. */
enum field_param field_param(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value);

/* A weight (12.4.2) in thousandths, 0 to 1000. The zero before the point may be missing, which clients in use leave
 * out. False for anything else. */
bool field_weight(struct slice s, int *thousandths);

#endif
