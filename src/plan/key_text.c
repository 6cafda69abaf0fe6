#include "key_text.h"

#include "midair/catalog/canon.h"
#include "midair/json/write.h"

struct slice key_json_text(struct arena *arena, const struct json *value)
{
    if (slice_present(value->raw))
        return value->raw;
    struct buf buf = buf_new(arena, 64);
    json_put_value(&buf, value);
    return buf_slice(&buf);
}

/* Writes an element of an array or row; both escape quotes and backslashes in the same way. */
static void put_quoted(struct buf *buf, struct slice text)
{
    buf_byte(buf, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            buf_byte(buf, '\\');
        buf_byte(buf, text.at[i]);
    }
    buf_byte(buf, '"');
}

static struct slice plain_text(struct arena *arena, const struct json *value)
{
    return slice_present(value->text) ? value->text : key_json_text(arena, value);
}

static struct slice row_text(struct arena *arena, const struct column *column, const struct json *object);

/* Writes {1,NULL,"a"}, nested to any depth (PostgreSQL, "Array Input and Output Syntax"). */
static void put_array(struct buf *buf, const struct column *column, const struct json *array)
{
    buf_byte(buf, '{');
    for (size_t i = 0; i < array->count; i++) {
        const struct json *item = &array->items[i];
        buf_z(buf, i ? "," : "");
        if (item->kind == JSON_NULL)
            BUF_LIT(buf, "NULL");
        else if (item->kind == JSON_ARRAY)
            put_array(buf, column, item);
        else if (item->kind == JSON_OBJECT && column->attribute_count)
            put_quoted(buf, row_text(buf->arena, column, item));
        else
            put_quoted(buf, plain_text(buf->arena, item));
    }
    buf_byte(buf, '}');
}

static struct slice array_text(struct arena *arena, const struct column *column, const struct json *array)
{
    struct buf buf = buf_new(arena, 64);
    put_array(&buf, column, array);
    return buf_slice(&buf);
}

/* The text (1,"a",): the attributes in the order of the type; missing and null ones are empty (PostgreSQL,
 * "Composite Type Input and Output Syntax"). */
static struct slice row_text(struct arena *arena, const struct column *column, const struct json *object)
{
    static const struct column plain = {0}; /* the types of attributes are not known here */
    struct buf buf = buf_new(arena, 64);
    buf_byte(&buf, '(');
    for (size_t i = 0; i < column->attribute_count; i++) {
        const struct json *value = json_member(object, column->attributes[i]);
        buf_z(&buf, i ? "," : "");
        if (value && value->kind == JSON_ARRAY)
            put_quoted(&buf, array_text(arena, &plain, value));
        else if (value && value->kind != JSON_NULL)
            put_quoted(&buf, plain_text(arena, value));
    }
    buf_byte(&buf, ')');
    return buf_slice(&buf);
}

bool key_text(struct arena *arena, const struct column *column, const struct json *value, struct slice *out)
{
    if (value->kind == JSON_NULL)
        return false;
    if (column->form == FORM_JSON) {
        *out = key_json_text(arena, value);
        return true;
    }
    if (value->kind == JSON_ARRAY && column->is_array) {
        *out = array_text(arena, column, value);
        return true;
    }
    if (value->kind == JSON_OBJECT && column->attribute_count && !column->is_array) {
        *out = row_text(arena, column, value);
        return true;
    }
    if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
        return false;
    return catalog_canon(arena, column, plain_text(arena, value), out);
}
