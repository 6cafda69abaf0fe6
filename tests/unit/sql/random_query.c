/* Two queries of one shape have one text, whatever their values: random shapes, each with several sets of values.
 *
 * What makes the shape is drawn from one pair of dice (columns, operators, the number of filters, how logic nests,
 * which parameters there are), what does not from another: values, lengths of lists, keys of JSON, configurations of
 * text search, numbers of pages. */
#include "../params/family.h"
#include "midair/base/text.h"
#include "midair/sql/sql.h"

#include <criterion/criterion.h>

enum { SHAPES = 3000, FILLINGS = 4, TEXTS = 6 };

/* Stands in every value, and must not stand in a text. */
static const char mark[] = "zqx";

enum takes { PLAIN, QUANTIFIED, PATTERN, LIST, KEYWORD, SEARCH };

static const struct {
    const char *name;
    enum takes takes;
} operators[] = {
#define OPERATOR(kind, name, sql, takes) {name, takes},
#include "midair/params/operator.def"
#undef OPERATOR
};

struct dice {
    uint64_t state;
};

struct maker {
    struct buf buf;
    struct dice shape, value;
    const char *const *columns;
    size_t column_count;
};

static unsigned roll(struct dice *dice, unsigned sides)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (unsigned)((dice->state >> 11) % sides);
}

static const char *pick(struct dice *dice, const char *const *list, size_t count)
{
    return list[roll(dice, (unsigned)count)];
}

#define PICK(dice, list) pick(dice, list, sizeof(list) / sizeof(*(list)))

/* A value of the query, coded; in double quotes where it stands among others. */
static void put_value(struct maker *m, bool quoted)
{
    static const char *const plain[] = {"",   "'",    "''",       "--",          ";",    "$1",      "$99",
                                        "{}", "NULL", "\xc3\xa9", "a b",         "x::y", "%",       "1) OR (1=1",
                                        "*",  "/*",   "E'",       "pg_sleep(9)", "a,b",  "not.eq.1"};
    static const char *const escaped[] = {"\\\"", "\\\\", "\\a", "\\\"\\\\\\\""};
    struct buf text = buf_new(m->buf.arena, 64);
    if (quoted)
        buf_byte(&text, '"');
    buf_z(&text, mark);
    for (unsigned n = roll(&m->value, 4); n > 0; n--)
        buf_z(&text, quoted && roll(&m->value, 3) == 0 ? PICK(&m->value, escaped) : PICK(&m->value, plain));
    if (quoted)
        buf_byte(&text, '"');
    buf_put(&m->buf, text_percent_encode(m->buf.arena, buf_slice(&text), ""));
}

static void put_path(struct maker *m)
{
    for (unsigned n = roll(&m->shape, 4); n > 0; n--) {
        bool text = n == 1 && roll(&m->shape, 2);
        buf_z(&m->buf, text ? "-%3E%3E" : "-%3E");
        if (roll(&m->shape, 2))
            put_value(m, true);
        else
            buf_printf(&m->buf, "%s%u", roll(&m->value, 2) ? "-" : "", roll(&m->value, 1000));
    }
}

static void put_array(struct maker *m, bool quoted)
{
    buf_z(&m->buf, quoted ? "%22%7B" : "%7B");
    for (unsigned n = roll(&m->value, 5); n > 0; n--)
        buf_printf(&m->buf, "%s%u%s", mark, roll(&m->value, 100), n > 1 ? "," : "");
    buf_z(&m->buf, quoted ? "%7D%22" : "%7D");
}

static void put_list(struct maker *m)
{
    buf_byte(&m->buf, '(');
    for (unsigned n = roll(&m->value, 40); n > 0; n--) {
        put_value(m, true);
        if (n > 1)
            buf_byte(&m->buf, ',');
    }
    buf_byte(&m->buf, ')');
}

static void put_operation(struct maker *m, bool boolean, bool inside)
{
    static const char *const words[] = {"null", "not_null", "NULL", "true", "false", "unknown"};
    static const char *const configs[] = {"english", "dutch", "simple", "klingon"};
    unsigned op = roll(&m->shape, sizeof(operators) / sizeof(*operators));
    enum takes takes = operators[op].takes;
    if (roll(&m->shape, 4) == 0)
        buf_z(&m->buf, "not.");
    buf_z(&m->buf, operators[op].name);
    bool many = (takes == QUANTIFIED || takes == PATTERN) && roll(&m->shape, 3) == 0;
    if (many)
        buf_z(&m->buf, roll(&m->shape, 2) ? "(any)" : "(all)");
    if (takes == SEARCH && roll(&m->shape, 2))
        buf_printf(&m->buf, "(%s)", PICK(&m->value, configs));
    buf_byte(&m->buf, '.');
    if (takes == KEYWORD)
        buf_z(&m->buf, words[roll(&m->shape, boolean ? 6 : 3)]);
    else if (takes == LIST)
        put_list(m);
    else if (many)
        put_array(m, inside);
    else
        put_value(m, inside);
}

/* Whether it is the boolean, without a path. */
static bool put_field(struct maker *m)
{
    const char *column = pick(&m->shape, m->columns, m->column_count);
    buf_z(&m->buf, column);
    if (strcmp(column, "data") == 0) {
        put_path(m);
        return false;
    }
    return strcmp(column, "open") == 0;
}

static void put_logic(struct maker *m, unsigned depth)
{
    buf_byte(&m->buf, '(');
    for (unsigned n = 1 + roll(&m->shape, 3); n > 0; n--) {
        if (depth < 3 && roll(&m->shape, 4) == 0) {
            buf_printf(&m->buf, "%s%s", roll(&m->shape, 2) ? "not." : "", roll(&m->shape, 2) ? "and" : "or");
            put_logic(m, depth + 1);
        } else {
            bool boolean = put_field(m);
            buf_byte(&m->buf, '.');
            put_operation(m, boolean, true);
        }
        if (n > 1)
            buf_byte(&m->buf, ',');
    }
    buf_byte(&m->buf, ')');
}

/* Filters, order and page of one level; `prefix` names it. */
static void put_level(struct maker *m, const char *prefix)
{
    static const char *const words[] = {"", ".asc", ".desc", ".nullsfirst", ".desc.nullslast", ".asc.nullsfirst"};
    for (unsigned n = roll(&m->shape, 4); n > 0; n--) {
        buf_printf(&m->buf, "&%s", prefix);
        if (roll(&m->shape, 4) == 0) {
            buf_printf(&m->buf, "%s%s=", roll(&m->shape, 2) ? "not." : "", roll(&m->shape, 2) ? "and" : "or");
            put_logic(m, 1);
        } else {
            bool boolean = put_field(m);
            buf_byte(&m->buf, '=');
            put_operation(m, boolean, false);
        }
    }
    for (unsigned n = roll(&m->shape, 3); n > 0; n--) {
        buf_printf(&m->buf, "&%sorder=", prefix);
        put_field(m);
        buf_z(&m->buf, PICK(&m->shape, words));
    }
    if (roll(&m->shape, 2))
        buf_printf(&m->buf, "&%slimit=%u", prefix, roll(&m->value, 100));
    if (roll(&m->shape, 2))
        buf_printf(&m->buf, "&%soffset=%u", prefix, 1 + roll(&m->value, 100));
}

static void put_items(struct maker *m, bool aggregates)
{
    static const char *const casts[] = {"", "::text", "::jsonb", "::int"};
    static const char *const functions[] = {"count", "sum", "avg", "min", "max"};
    for (unsigned n = 1 + roll(&m->shape, 3); n > 0; n--) {
        if (roll(&m->shape, 3) == 0)
            buf_printf(&m->buf, "l%u:", roll(&m->shape, 9));
        put_field(m);
        buf_z(&m->buf, PICK(&m->shape, casts));
        if (aggregates)
            buf_printf(&m->buf, ".%s()", PICK(&m->shape, functions));
        if (n > 1)
            buf_byte(&m->buf, ',');
    }
}

static const char *const order_columns[] = {"id", "note", "total", "data", "data", "tags", "open"};
static const char *const item_columns[] = {"id", "order_id", "product"};

static void of_orders(struct maker *m)
{
    m->columns = order_columns;
    m->column_count = sizeof(order_columns) / sizeof(*order_columns);
}

static void put_query(struct maker *m)
{
    of_orders(m);
    buf_z(&m->buf, "select=");
    put_items(m, roll(&m->shape, 6) == 0);
    bool embeds = roll(&m->shape, 2);
    if (embeds) {
        buf_printf(&m->buf, ",items%s(", roll(&m->shape, 3) ? "" : "!inner");
        m->columns = item_columns;
        m->column_count = sizeof(item_columns) / sizeof(*item_columns);
        put_items(m, roll(&m->shape, 6) == 0);
        buf_byte(&m->buf, ')');
        put_level(m, "items.");
        of_orders(m);
    }
    if (embeds && roll(&m->shape, 4) == 0)
        buf_z(&m->buf, roll(&m->shape, 2) ? "&items=is.null" : "&or=(items.not.is.null,id.eq.1)");
    put_level(m, "");
}

static struct slice make_query(struct arena *arena, unsigned shape, unsigned filling)
{
    struct maker m = {.buf = buf_new(arena, 512)};
    m.shape.state = 0x9e3779b97f4a7c15u * (shape + 1);
    m.value.state = 0xbf58476d1ce4e5b9u * (shape * FILLINGS + filling + 1);
    put_query(&m);
    return buf_slice(&m.buf);
}

/* All that reads or locks the rows of a query. */
static void make_texts(struct arena *arena, const struct relation *orders, struct slice text,
                       const struct statement **out)
{
    struct params ast;
    struct query *query = ARENA_NEW(arena, struct query);
    const struct slice keys[] = {SLICE("17")};
    struct err *err = params_parse(arena, text, NULL, &ast);
    if (!err)
        err = query_bind(arena, &ast, SLICE_ABSENT, orders, query);
    cr_assert_null(err, "%.*s: %ld %.*s", SLICE_ARG(text), err->position, SLICE_ARG(err->detail));
    const struct layout *layout = layout_new(arena, orders, query), *plain = layout_new(arena, orders, NULL);
    int64_t limit = query->has_limit ? query->limit : 10;
    out[0] = sql_select_list(arena, layout, query, limit, false);
    out[1] = sql_select_list(arena, layout, query, limit, true);
    out[2] = sql_count_list(arena, layout, query, limit);
    out[3] = sql_explain_list(arena, layout, query);
    out[4] = sql_select_item(arena, layout, keys, NULL, LOCK_NONE);
    out[5] = sql_lock_list(arena, plain, query, limit, LOCK_NO_KEY_UPDATE);
}

Test(sql_random_query, one_shape_one_text)
{
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        struct arena *arena = arena_new(0);
        const struct relation *orders = family_orders(arena, 1);
        const struct statement *first[TEXTS], *other[TEXTS];
        struct slice text = make_query(arena, shape, 0), another = text;
        make_texts(arena, orders, text, first);
        for (unsigned filling = 1; filling < FILLINGS; filling++) {
            another = make_query(arena, shape, filling);
            make_texts(arena, orders, another, other);
            for (size_t i = 0; i < TEXTS; i++) {
                cr_assert(slice_eq(first[i]->text, other[i]->text), "%.*s\n%.*s\n%s\n%s", SLICE_ARG(text),
                          SLICE_ARG(another), first[i]->text.at, other[i]->text.at);
                cr_assert_eq(first[i]->count, other[i]->count);
                cr_assert_null(strstr(other[i]->text.at, mark), "%s", other[i]->text.at);
            }
        }
        arena_free(arena);
    }
}

/* The dice fall on everything: else the test above says less than it seems to. */
Test(sql_random_query, every_operator_is_drawn)
{
    struct arena *arena = arena_new(0);
    struct buf all = buf_new(arena, 1 << 20);
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        buf_put(&all, make_query(arena, shape, 0));
        buf_byte(&all, '\n');
    }
    buf_byte(&all, '\0');
    for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
        cr_expect_not_null(strstr(all.at, arena_printf(arena, "=%s", operators[i].name).at), "%s", operators[i].name);
        cr_expect_not_null(strstr(all.at, arena_printf(arena, ".not.%s", operators[i].name).at), "%s",
                           operators[i].name);
    }
    static const char *const others[] = {
        "(any)",    "(all)",         "(dutch)",        "not.and=",      "items.or=", "!inner",
        ".count()", "&items.limit=", "&items.offset=", "&items.order=", "&limit=",   "&offset=",
        "in.()",    "items=is.null", "-%3E%3E",        ",not.or(",      "is.unknown"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        cr_expect_not_null(strstr(all.at, others[i]), "%s", others[i]);
    arena_free(arena);
}
