#include "midair/plan/tree_digest.h"

#include "midair/plan/state.h"

/* "d0123abcd": a step without its depth. */
struct label {
    char text[REACH_STEP_CHARS - 1];
};

static struct label label_of(struct arena *arena, const struct link *link, bool down)
{
    struct label label;
    unsigned char digest[20];
    struct buf text = buf_new(arena, 64), hex = buf_new(arena, 8);
    buf_put(&text, link->child->ident);
    buf_byte(&text, ' ');
    buf_put(&text, link->name);
    /* Many views may have the same foreign key, and one by several of its columns. */
    if (link->by_view)
        buf_put(&text, link->parent->ident);
    for (size_t i = 0; link->by_view && i < link->column_count; i++)
        buf_printf(&text, " %d=%d", link->columns[i], link->parent_columns[i]);
    state_sha1(buf_slice(&text), digest);
    buf_hex(&hex, digest, 4);
    label.text[0] = down ? 'd' : 'u';
    memcpy(label.text + 1, hex.at, 8);
    return label;
}

struct reach *reach_step(struct arena *arena, struct reach **steps, const struct link *link, bool down)
{
    struct label wanted = label_of(arena, link, down);
    while (*steps) {
        struct label here = label_of(arena, (*steps)->link, (*steps)->down);
        int order = memcmp(here.text, wanted.text, sizeof(here.text));
        if (order == 0)
            return *steps;
        if (order > 0)
            break;
        steps = &(*steps)->next;
    }
    struct reach *step = ARENA_NEW(arena, struct reach);
    *step = (struct reach){.link = link, .down = down, .relation = down ? link->child : link->parent, .next = *steps};
    *steps = step;
    return step;
}

void reach_prune(struct reach **steps)
{
    while (*steps) {
        struct reach *step = *steps;
        bool covered = step->down && step->link->touch;
        if (covered)
            reach_prune(&step->first);
        if (covered && !step->first)
            *steps = step->next;
        else
            steps = &step->next;
    }
}

static void add_embeds(struct arena *arena, struct reach **steps, const struct query *query)
{
    for (const struct bound_embed *embed = query->embeds; embed; embed = embed->next) {
        if (embed->computed)
            continue; /* where the function finds its rows is its own affair: the content counts */
        struct reach *step = reach_step(arena, steps, embed->link, embed->far || embed->to_children);
        if (embed->far) /* the junction's rows are what makes and breaks the relationship */
            step = reach_step(arena, &step->first, embed->far, false);
        add_embeds(arena, &step->first, embed->query);
    }
}

struct reach *reach_of_query(struct arena *arena, const struct query *query)
{
    struct reach *steps = NULL;
    add_embeds(arena, &steps, query);
    reach_prune(&steps);
    return steps;
}

size_t reach_count(const struct reach *steps)
{
    size_t n = 0;
    for (; steps; steps = steps->next)
        n += 1 + reach_count(steps->first);
    return n;
}

static void put_shape(struct buf *buf, const struct reach *steps, int depth)
{
    for (; steps; steps = steps->next) {
        struct label label = label_of(buf->arena, steps->link, steps->down);
        buf_byte(buf, (char)('0' + depth));
        buf_put(buf, slice_make(label.text, sizeof(label.text)));
        put_shape(buf, steps->first, depth + 1);
    }
}

struct slice reach_tag(struct arena *arena, const struct reach *steps, struct slice content)
{
    struct buf tag = buf_new(arena, 64);
    unsigned char digest[20];
    if (!steps)
        return SLICE("");
    state_sha1(content, digest);
    buf_byte(&tag, 't');
    buf_hex(&tag, digest, DIGEST_BYTES);
    buf_byte(&tag, 'e');
    put_shape(&tag, steps, 1);
    return buf_slice(&tag);
}

struct slice reach_of_tag(struct slice opaque)
{
    struct slice variant = slice_from(opaque, slice_find(opaque, '~') + 1), part;
    slice_cut(variant, '.', &part, &variant);
    /* Malformed ones too: a tag that covered more must never pass for one that covers the row alone. */
    return part.len && part.at[0] == 't' ? part : SLICE_ABSENT;
}

/* The link of `from` with that label, in that direction. */
static const struct link *find_link(struct arena *arena, const struct relation *from, const char *label, bool down)
{
    struct link **links = down ? from->children : from->parents;
    size_t count = down ? from->child_count : from->parent_count;
    for (size_t i = 0; i < count; i++) {
        struct label here = label_of(arena, links[i], down);
        if (memcmp(here.text, label, sizeof(here.text)) == 0)
            return links[i];
    }
    return NULL;
}

bool reach_read(struct arena *arena, const struct relation *root, struct slice part, struct reach **steps)
{
    struct slice shape = slice_from(part, 2 + DIGEST_HEX);
    struct reach top = {.relation = root}, *path[REACH_DEPTH_MAX + 1] = {&top};
    int depth = 0;
    if (part.len < 2 + DIGEST_HEX || part.at[0] != 't' || part.at[1 + DIGEST_HEX] != 'e')
        return false;
    if (shape.len == 0 || shape.len % REACH_STEP_CHARS || shape.len / REACH_STEP_CHARS > REACH_STEPS_MAX)
        return false;
    for (size_t i = 0; i < shape.len; i += REACH_STEP_CHARS) {
        int level = shape.at[i] - '0';
        bool down = shape.at[i + 1] == 'd';
        if (level < 1 || level > depth + 1 || level > REACH_DEPTH_MAX)
            return false;
        struct reach *from = path[level - 1];
        const struct link *link = find_link(arena, from->relation, shape.at + i + 1, down);
        if (!link)
            return false;
        path[level] = reach_step(arena, &from->first, link, down);
        depth = level;
    }
    *steps = top.first;
    return true;
}

bool reach_covers(const struct reach *steps, const struct link *link, bool down)
{
    for (; steps; steps = steps->next)
        if (steps->link == link && steps->down == down)
            return true;
    return false;
}
