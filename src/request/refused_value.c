/* Where a value that the database refuses stands in the request. PostgreSQL's message quotes the value, which is kept
 * out of responses, and names neither the column nor the row. So the value is looked up in what the client sent. */
#include "request.h"

/* OIDs of text types, apart from OID_TEXT. Any text is a value of these types, but its length may be limited. */
enum { NAME_OID = 19, BPCHAR_OID = 1042, VARCHAR_OID = 1043 };

/* A value of the content, and the first one that was found. */
struct search {
    const struct relation *relation;
    struct slice refused; /* the value in the message; absent: the message is about a length or about null */
    struct slice column;  /* the column that the message is about; absent: not known */
    int64_t longest;      /* characters that the types of the columns allow; -1: the message is not about a length */
    const struct json *value;
    const struct column *found;
    size_t row;
};

static bool is_text(const struct column *column)
{
    return column->type_oid == OID_TEXT || column->type_oid == VARCHAR_OID || column->type_oid == BPCHAR_OID ||
           column->type_oid == NAME_OID;
}

/* Whether the value, or an element of it, has this text. */
static bool has_text(const struct json *value, struct slice text)
{
    if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
        return slice_eq(value->text, text);
    for (size_t i = 0; i < value->count; i++)
        if (has_text(value->kind == JSON_ARRAY ? &value->items[i] : &value->members[i].value, text))
            return true;
    return slice_eq(value->raw, text);
}

static int64_t characters(struct slice text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
    return count;
}

static bool is_refused(const struct search *search, const struct column *column, const struct json *value)
{
    if (slice_present(search->column))
        return slice_eq(search->column, column->name) && (!value || value->kind == JSON_NULL);
    if (!value)
        return false;
    if (search->longest >= 0)
        return is_text(column) && value->kind == JSON_STRING && characters(value->text) > search->longest &&
               slice_ends(column->type, SLICE(")"));
    return !is_text(column) && has_text(value, search->refused);
}

static bool search_row(struct search *search, const struct json *row)
{
    for (size_t i = 0; row->kind == JSON_OBJECT && i < search->relation->column_count; i++) {
        const struct column *column = &search->relation->columns[i];
        const struct json *value = json_member(row, column->name);
        if (relation_is_stamp(search->relation, i) || !is_refused(search, column, value))
            continue;
        search->value = value ? value : row;
        search->found = column;
        return true;
    }
    return false;
}

/* The operators of an update document ($set …) each hold an object of columns. */
static bool search_content(struct search *search, const struct json *document, enum content_kind kind)
{
    size_t count = document->kind == JSON_ARRAY ? document->count : 1;
    if (kind == CONTENT_JSON_PATCH)
        return false;
    for (size_t i = 0; kind == CONTENT_UPDATE && document->kind == JSON_OBJECT && i < document->count; i++)
        if (search_row(search, &document->members[i].value))
            return true;
    for (search->row = 0; search->row < count; search->row++)
        if (search_row(search, document->kind == JSON_ARRAY ? &document->items[search->row] : document))
            return true;
    return false;
}

/* The number in "value too long for type character varying(5)"; -1: the message is another one. */
static int64_t length_in(struct slice message)
{
    size_t at = slice_find(message, '(') + 1;
    int64_t length = 0;
    if (!slice_starts(message, SLICE("value too long for type")) || at >= message.len)
        return -1;
    for (; at < message.len && message.at[at] >= '0' && message.at[at] <= '9' && length < INT64_MAX / 100; at++)
        length = length * 10 + (message.at[at] - '0');
    return length;
}

static size_t line_of(struct slice body, size_t position)
{
    size_t line = 1;
    for (size_t i = 0; i < position && i < body.len; i++)
        line += body.at[i] == '\n';
    return line;
}

static struct slice place(const struct request *r, const struct search *search)
{
    struct slice name = search->found->name;
    if (r->allow.content == CONTENT_CSV)
        return arena_printf(r->arena, "Column \"%.*s\" in line %zu.", SLICE_ARG(name),
                            line_of(r->in->body, search->value->position));
    if (r->decode.document.kind == JSON_ARRAY)
        return arena_printf(r->arena, "Column \"%.*s\" of row %zu.", SLICE_ARG(name), search->row + 1);
    return arena_printf(r->arena, "Column \"%.*s\".", SLICE_ARG(name));
}

/* The column of a filter that compares with the refused value; absent when there is none. */
static struct located filtered_column(const struct ast_filter *filter, struct slice refused)
{
    for (; filter; filter = filter->next) {
        struct located inner = filtered_column(filter->members, refused);
        if (slice_present(inner.text))
            return inner;
        bool same = slice_eq(filter->value.text, refused);
        for (size_t i = 0; i < filter->list_count; i++)
            same = same || slice_eq(filter->list[i], refused);
        if (same && filter->kind == FILTER_COMPARE)
            return filter->column;
    }
    return (struct located){.text = SLICE_ABSENT};
}

void refused_value_place(const struct request *r, struct err *err)
{
    const struct relation *relation = r->route.found ? request_route(r)->relation : NULL;
    struct search search = {.relation = relation,
                            .refused = err->refused,
                            .column = err->column,
                            .longest = slice_eq(err->code, SLICE("22001")) ? length_in(err->detail) : -1};
    bool any = slice_present(search.refused) || slice_present(search.column) || search.longest >= 0;
    if (!relation || !any || slice_present(err->details))
        return;
    if (r->decode.present && search_content(&search, &r->decode.document, r->allow.content)) {
        err->details = place(r, &search);
        return;
    }
    if (!slice_present(search.refused))
        return;
    struct located column = filtered_column(r->params.query.filters, search.refused);
    if (slice_present(column.text))
        err->details = arena_printf(r->arena, "The filter on \"%.*s\".", SLICE_ARG(column.text));
}
