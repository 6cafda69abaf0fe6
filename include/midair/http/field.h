/* Header fields: finding them and parsing their values (RFC 9110 5).
 *
 * A field may be sent as several lines. They form one list (RFC 9110 5.3) and are joined before the value is parsed.
 * Results borrow from the input unless the comment says that they are copied. */
#ifndef MIDAIR_HTTP_FIELD_H
#define MIDAIR_HTTP_FIELD_H

#include "midair/http/message.h"

/* The value of a field, whose lines are joined by ", " in their order. It is borrowed when there is one line, and
 * otherwise copied into the arena. Absent when there is no line; the value of an empty line is present and empty. The
 * name is matched without case. */
struct slice field_get(struct arena *arena, const struct fields *fields, const char *name);
/* The number of lines with this name. More than one is an error for fields that are not lists. */
size_t field_lines(const struct fields *fields, const char *name);

/* Takes the next non-empty element of a list (RFC 9110 5.6.1) from the front of `rest`, without surrounding white
 * space. Commas inside a quoted string do not separate elements; a quoted string that is not closed extends to the end.
 * False when there is no further element. */
bool field_next(struct slice *rest, struct slice *element);
/* Whether a list has this member ("close" in Connection). Whole elements are compared, without case. */
bool field_lists(struct slice list, struct slice member);

/* Whether `s` is a token: one or more tchar and nothing else (RFC 9110 5.6.2). */
bool field_is_token(struct slice s);
/* Takes a token from the front of `rest`. False, with `rest` unchanged, when there is none. */
bool field_token(struct slice *rest, struct slice *token);
/* Takes a quoted string (RFC 9110 5.6.4) from the front of `rest`. *value is its content: borrowed, or copied into the
 * arena when it contains escapes. False, with `rest` unchanged, when it is malformed. */
bool field_quoted(struct arena *arena, struct slice *rest, struct slice *value);
/* Takes `name`, `name=token` or `name="quoted"` from the front of `rest`; white space around the sign is tolerated.
 * *value is absent when there is no sign. False when it is malformed. */
bool field_pair(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value);

enum field_param { PARAM_END, PARAM_FOUND, PARAM_BAD };
/* Takes the next parameter (RFC 9110 5.6.6) from `rest`, which is what follows the value of a field: "; q=0.5;
 * x=\"y\"". Empty parameters are skipped. PARAM_BAD when the text is not a parameter. */
enum field_param field_param(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value);

/* Reads a weight (RFC 9110 12.4.2) in thousandths, 0 to 1000. ".5" is accepted too, since some clients omit the zero.
 * False for anything else. */
bool field_weight(struct slice s, int *thousandths);

#endif
