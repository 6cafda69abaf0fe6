#include "midair/params/query.h"

/* Texts are written with their length and numbers with a separator, so that no two different queries have the same
 * description. */
static void put_text(struct buf *buf, struct slice text)
{
    buf_u64(buf, text.len);
    buf_byte(buf, slice_present(text) ? ':' : '!');
    buf_put(buf, text);
}

static void put_number(struct buf *buf, size_t number)
{
    buf_u64(buf, number);
    buf_byte(buf, ';');
}

static void put_path(struct buf *buf, const struct json_path *path)
{
    put_number(buf, path->count * 2 + path->as_text);
    for (size_t i = 0; i < path->count; i++) {
        buf_byte(buf, path->steps[i].index ? '#' : '.');
        put_text(buf, path->steps[i].key);
    }
}

static void put_filter(struct buf *buf, const struct bound_filter *filter)
{
    buf_byte(buf, filter->negated ? '-' : '+');
    put_number(buf, filter->kind);
    put_number(buf, filter->column);
    put_path(buf, &filter->path);
    put_number(buf, (size_t)filter->op * 4 + filter->quantifier);
    put_text(buf, filter->config);
    put_text(buf, filter->value);
    put_number(buf, filter->embed ? filter->embed->number : 0);
    put_number(buf, filter->member_count);
    for (size_t i = 0; i < filter->member_count; i++)
        put_filter(buf, &filter->members[i]);
}

static void put_order(struct buf *buf, const struct bound_order *order)
{
    put_number(buf, order->column);
    put_path(buf, &order->path);
    put_number(buf, order->descending + 2u * order->nulls_given + 4u * order->nulls_first);
    put_number(buf, order->embed ? order->embed->number : 0);
}

static void put_select(struct buf *buf, const struct bound_select *item)
{
    put_text(buf, item->label);
    put_number(buf, item->column);
    put_path(buf, &item->path);
    put_text(buf, item->cast);
    put_number(buf, item->aggregate);
    put_text(buf, item->aggregate_cast);
    const struct bound_embed *embed = item->embed;
    if (!embed)
        return;
    put_text(buf, embed->computed ? embed->computed->ident : embed->link->name);
    put_text(buf, embed->far ? embed->far->name : SLICE_ABSENT);
    put_text(buf, embed->target->ident);
    buf_u64(buf, embed->target->shape);
    BUF_LIT(buf, ",");
    put_number(buf, embed->to_children + 2u * embed->inner + 4u * embed->spread + 8u * (embed->computed != NULL));
    query_describe(buf, embed->query);
    put_number(buf, embed->query->filter_count);
    for (size_t i = 0; i < embed->query->filter_count; i++)
        put_filter(buf, &embed->query->filters[i]);
    put_number(buf, embed->query->order_count);
    for (size_t i = 0; i < embed->query->order_count; i++)
        put_order(buf, &embed->query->orders[i]);
    put_number(buf, embed->query->has_limit);
    buf_i64(buf, embed->query->limit);
    BUF_LIT(buf, ",");
    buf_i64(buf, embed->query->offset);
}

void query_describe(struct buf *buf, const struct query *query)
{
    put_number(buf, query->select_count);
    for (size_t i = 0; i < query->select_count; i++)
        put_select(buf, &query->select[i]);
}
