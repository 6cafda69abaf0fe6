#include "midair/json/write.h"

#include "number.h"
#include "scan.h"

static void put_escape(struct buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[0x20] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    size_t len = sizeof(escape);
    char name = c < 0x20 ? named[c] : (char)c;
    if (name) {
        escape[1] = name;
        len = 2;
    }
    buf_put(buf, slice_make(escape, len));
}

/* Writes the content of a string. Runs of plain bytes are copied at once. */
static void put_escaped(struct buf *buf, struct slice text)
{
    for (;;) {
        size_t run = scan_plain(text, false);
        buf_put(buf, slice_head(text, run));
        if (run == text.len)
            return;
        put_escape(buf, (unsigned char)text.at[run]);
        text = slice_from(text, run + 1);
    }
}

void json_put_string(struct buf *buf, struct slice text)
{
    buf_byte(buf, '"');
    put_escaped(buf, text);
    buf_byte(buf, '"');
}

static void put_array(struct buf *buf, const struct json *array)
{
    buf_byte(buf, '[');
    for (size_t i = 0; i < array->count; i++) {
        if (i)
            buf_byte(buf, ',');
        json_put_value(buf, &array->items[i]);
    }
    buf_byte(buf, ']');
}

static void put_object(struct buf *buf, const struct json *object)
{
    buf_byte(buf, '{');
    for (size_t i = 0; i < object->count; i++) {
        if (i)
            buf_byte(buf, ',');
        json_put_string(buf, object->members[i].name);
        buf_byte(buf, ':');
        json_put_value(buf, &object->members[i].value);
    }
    buf_byte(buf, '}');
}

void json_put_value(struct buf *buf, const struct json *value)
{
    switch (value->kind) {
    case JSON_NULL:
        BUF_LIT(buf, "null");
        break;
    case JSON_FALSE:
        BUF_LIT(buf, "false");
        break;
    case JSON_TRUE:
        BUF_LIT(buf, "true");
        break;
    case JSON_NUMBER:
        buf_put(buf, value->text);
        break;
    case JSON_STRING:
        json_put_string(buf, value->text);
        break;
    case JSON_ARRAY:
        put_array(buf, value);
        break;
    case JSON_OBJECT:
        put_object(buf, value);
        break;
    }
}

static void put_number(struct buf *buf, struct slice text)
{
    if (json_is_number(text))
        buf_put(buf, text);
    else
        json_put_string(buf, text); /* NaN, Infinity, -Infinity */
}

static void put_bool(struct buf *buf, struct slice text)
{
    if (text.len && text.at[0] == 't')
        BUF_LIT(buf, "true");
    else
        BUF_LIT(buf, "false");
}

/* Writes date and time with T between them. A value without a space is infinity or -infinity. */
static void put_moment(struct buf *buf, struct slice text)
{
    struct slice date, time;
    bool both = slice_cut(text, ' ', &date, &time);
    put_escaped(buf, date);
    if (!both)
        return;
    buf_byte(buf, 'T');
    put_escaped(buf, time);
}

static void put_timestamp(struct buf *buf, struct slice text)
{
    buf_byte(buf, '"');
    put_moment(buf, text);
    buf_byte(buf, '"');
}

/* PostgreSQL prints a zone without minutes as +00, which must be +00:00 in JSON. An era (BC) follows the zone. */
static void put_timestamptz(struct buf *buf, struct slice text)
{
    struct slice era = slice_ends(text, SLICE(" BC")) ? SLICE(" BC") : SLICE("");
    struct slice moment = slice_head(text, text.len - era.len);
    char sign = moment.len > 3 ? moment.at[moment.len - 3] : '\0';
    buf_byte(buf, '"');
    put_moment(buf, moment);
    if (sign == '+' || sign == '-')
        BUF_LIT(buf, ":00");
    buf_put(buf, era);
    buf_byte(buf, '"');
}

void json_put_column(struct buf *buf, enum type_form form, struct slice text)
{
    if (!slice_present(text)) {
        BUF_LIT(buf, "null");
        return;
    }
    switch (form) {
    case FORM_NUMBER:
        put_number(buf, text);
        break;
    case FORM_BOOL:
        put_bool(buf, text);
        break;
    case FORM_TIMESTAMP:
        put_timestamp(buf, text);
        break;
    case FORM_TIMESTAMPTZ:
        put_timestamptz(buf, text);
        break;
    case FORM_JSON:
    case FORM_TO_JSON:
        buf_put(buf, text);
        break;
    case FORM_STRING:
    case FORM_DATE:
        json_put_string(buf, text);
        break;
    }
}
