#include "midair/json/build.h"

#include "midair/json/write.h"

struct json_out json_out_new(struct buf *buf)
{
    return (struct json_out){.buf = buf};
}

/* Called before a value or a name: writes the comma that separates it from the previous one. */
static void begin(struct json_out *out)
{
    if (out->comma)
        buf_byte(out->buf, ',');
    out->comma = true;
}

static void open(struct json_out *out, char bracket)
{
    begin(out);
    buf_byte(out->buf, bracket);
    out->comma = false;
}

static void close(struct json_out *out, char bracket)
{
    buf_byte(out->buf, bracket);
    out->comma = true;
}

void json_out_object(struct json_out *out)
{
    open(out, '{');
}

void json_out_end_object(struct json_out *out)
{
    close(out, '}');
}

void json_out_array(struct json_out *out)
{
    open(out, '[');
}

void json_out_end_array(struct json_out *out)
{
    close(out, ']');
}

void json_out_name(struct json_out *out, struct slice name)
{
    begin(out);
    json_put_string(out->buf, name);
    buf_byte(out->buf, ':');
    out->comma = false;
}

void json_out_string(struct json_out *out, struct slice text)
{
    begin(out);
    if (slice_present(text))
        json_put_string(out->buf, text);
    else
        BUF_LIT(out->buf, "null");
}

void json_out_int(struct json_out *out, int64_t value)
{
    begin(out);
    buf_i64(out->buf, value);
}

void json_out_bool(struct json_out *out, bool value)
{
    begin(out);
    buf_put(out->buf, value ? SLICE("true") : SLICE("false"));
}

void json_out_value(struct json_out *out, const struct json *value)
{
    begin(out);
    json_put_value(out->buf, value);
}

void json_out_raw(struct json_out *out, struct slice json)
{
    begin(out);
    buf_put(out->buf, json);
}

void json_out_member_string(struct json_out *out, const char *name, struct slice text)
{
    json_out_name(out, slice_of(name));
    json_out_string(out, text);
}

void json_out_member_int(struct json_out *out, const char *name, int64_t value)
{
    json_out_name(out, slice_of(name));
    json_out_int(out, value);
}

void json_out_member_bool(struct json_out *out, const char *name, bool value)
{
    json_out_name(out, slice_of(name));
    json_out_bool(out, value);
}

void json_out_member_raw(struct json_out *out, const char *name, struct slice json)
{
    json_out_name(out, slice_of(name));
    json_out_raw(out, json);
}
