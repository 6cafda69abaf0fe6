/* Building JSON documents piece by piece; commas are inserted automatically.
 *
 *     struct json_out out = json_out_new(&buf);
 *     json_out_object(&out);
 *     json_out_name(&out, SLICE("status"));
 *     json_out_int(&out, 412);
 *     json_out_member_string(&out, "title", title);
 *     json_out_end_object(&out);
 *
 * The caller must alternate names and values, and close what it opens. Failures of the buffer are sticky
 * (base/buf.h). */
#ifndef MIDAIR_JSON_BUILD_H
#define MIDAIR_JSON_BUILD_H

#include "midair/base/buf.h"
#include "midair/json/value.h"

struct json_out {
    struct buf *buf; /* borrowed */
    bool comma;      /* a value precedes, so a comma is needed */
};

/* A writer that appends to `buf`, which must live as long as the writer. */
struct json_out json_out_new(struct buf *buf);

/* Begin and end an object or an array, which is a value like those below. The caller ends what it began, in order. */
void json_out_object(struct json_out *out);
void json_out_end_object(struct json_out *out);
void json_out_array(struct json_out *out);
void json_out_end_array(struct json_out *out);

/* The name of the member whose value comes next. */
void json_out_name(struct json_out *out, struct slice name);

/* Values: that of the member just named, or the next item of an array. An absent string is written as null. */
void json_out_string(struct json_out *out, struct slice text);
void json_out_int(struct json_out *out, int64_t value);
void json_out_bool(struct json_out *out, bool value);
void json_out_value(struct json_out *out, const struct json *value);
/* Text that is JSON already; it is not checked. */
void json_out_raw(struct json_out *out, struct slice json);

/* A name and its value in one call. */
void json_out_member_string(struct json_out *out, const char *name, struct slice text);
void json_out_member_int(struct json_out *out, const char *name, int64_t value);
void json_out_member_bool(struct json_out *out, const char *name, bool value);
void json_out_member_raw(struct json_out *out, const char *name, struct slice json);

#endif
