/* Building JSON documents piece by piece, with the commas in the right places.
 *
 *     struct json_out out = json_out_new(&buf);
 *     json_out_object(&out);
 *     json_out_name(&out, SLICE("status"));
 *     json_out_int(&out, 412);
 *     json_out_member_string(&out, "title", title);
 *     json_out_end_object(&out);
 *
 * That names and values alternate, and that what is opened is closed, is the caller's duty. */
#ifndef MIDAIR_JSON_BUILD_H
#define MIDAIR_JSON_BUILD_H

#include "midair/base/buf.h"
#include "midair/json/value.h"

struct json_out {
    struct buf *buf; /* borrowed */
    bool comma;      /* a value stands right before */
};

struct json_out json_out_new(struct buf *buf);

void json_out_object(struct json_out *out);
void json_out_end_object(struct json_out *out);
void json_out_array(struct json_out *out);
void json_out_end_array(struct json_out *out);

/* The name of the member whose value comes next. */
void json_out_name(struct json_out *out, struct slice name);

/* Values: of the member just named, or the next item of an array. An absent string is null. */
void json_out_string(struct json_out *out, struct slice text);
void json_out_int(struct json_out *out, int64_t value);
void json_out_bool(struct json_out *out, bool value);
void json_out_value(struct json_out *out, const struct json *value);
/* Text that is JSON already. */
void json_out_raw(struct json_out *out, struct slice json);

/* Name and value in one call. */
void json_out_member_string(struct json_out *out, const char *name, struct slice text);
void json_out_member_int(struct json_out *out, const char *name, int64_t value);
void json_out_member_bool(struct json_out *out, const char *name, bool value);
void json_out_member_raw(struct json_out *out, const char *name, struct slice json);

#endif
