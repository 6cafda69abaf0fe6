#include "midair/plan/tree_digest.h"

#include "midair/plan/state.h"

/* A step without its depth, such as "d0123abcd". */
struct label {
    char text[TREE_STEP_CHARS - 1];
};

static struct label label_of(struct arena *arena, const struct link *link, bool down)
{
    struct label label;
    unsigned char digest[20];
    struct buf text = buf_new(arena, 64), hex = buf_new(arena, 8);
    buf_put(&text, link->child->ident);
    buf_byte(&text, ' ');
    buf_put(&text, link->name);
    /* Several views may show the same foreign key, and one view may show it through several of its columns. */
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

struct tree_digest *tree_digest_step(struct arena *arena, struct tree_digest **steps, const struct link *link,
                                     bool down)
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
    struct tree_digest *step = ARENA_NEW(arena, struct tree_digest);
    *step =
        (struct tree_digest){.link = link, .down = down, .relation = down ? link->child : link->parent, .next = *steps};
    *steps = step;
    return step;
}

/* A step is removed only when nothing remains below it: an uncovered step needs the steps above it as its path.
 * Below a step without touch nothing is covered, because changes there do not change the root's version. */
void tree_digest_prune(struct tree_digest **steps)
{
    while (*steps) {
        struct tree_digest *step = *steps;
        bool covered = step->down && step->link->touch;
        if (covered)
            tree_digest_prune(&step->first);
        if (covered && !step->first)
            *steps = step->next;
        else
            steps = &step->next;
    }
}

static void add_embeds(struct arena *arena, struct tree_digest **steps, const struct query *query)
{
    for (const struct bound_embed *embed = query->embeds; embed; embed = embed->next) {
        if (embed->computed)
            continue; /* a function's rows have no foreign key: the tag hashes the content */
        struct tree_digest *step = tree_digest_step(arena, steps, embed->link, embed->far || embed->to_children);
        if (embed->far) /* the relationship exists through the junction's rows */
            step = tree_digest_step(arena, &step->first, embed->far, false);
        add_embeds(arena, &step->first, embed->query);
    }
}

struct tree_digest *tree_digest_of_query(struct arena *arena, const struct query *query)
{
    struct tree_digest *steps = NULL;
    add_embeds(arena, &steps, query);
    tree_digest_prune(&steps);
    return steps;
}

size_t tree_digest_count(const struct tree_digest *steps)
{
    size_t n = 0;
    for (; steps; steps = steps->next)
        n += 1 + tree_digest_count(steps->first);
    return n;
}

static void put_steps(struct buf *buf, const struct tree_digest *steps, int depth)
{
    for (; steps; steps = steps->next) {
        struct label label = label_of(buf->arena, steps->link, steps->down);
        buf_byte(buf, (char)('0' + depth));
        buf_put(buf, slice_make(label.text, sizeof(label.text)));
        put_steps(buf, steps->first, depth + 1);
    }
}

/* Writes the shapes of the relations: DDL changes how rows are shown without changing their states. */
static void put_relation_shapes(struct buf *buf, const struct tree_digest *steps)
{
    for (; steps; steps = steps->next) {
        BUF_LIT(buf, " ");
        buf_u64(buf, steps->relation->shape);
        put_relation_shapes(buf, steps->first);
    }
}

struct slice tree_digest_text(struct arena *arena, const struct tree_digest *steps, struct slice content)
{
    struct buf tag = buf_new(arena, 64);
    unsigned char digest[20];
    if (!steps)
        return SLICE("");
    struct buf text = buf_new(arena, content.len + 64);
    buf_put(&text, content);
    put_relation_shapes(&text, steps);
    state_sha1(buf_slice(&text), digest);
    buf_byte(&tag, 't');
    buf_hex(&tag, digest, DIGEST_BYTES);
    buf_byte(&tag, 'e');
    put_steps(&tag, steps, 1);
    return buf_slice(&tag);
}

struct slice tree_digest_of_tag(struct slice opaque)
{
    struct slice variant = slice_from(opaque, slice_find(opaque, '~') + 1), part;
    slice_cut(variant, '.', &part, &variant);
    /* Malformed parts are returned as well: a tag that covers more rows must never pass for one that covers only the
     * row itself. */
    return part.len && part.at[0] == 't' ? part : SLICE_ABSENT;
}

/* The link of `from` with that label and direction; NULL when there is none. */
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

bool tree_digest_read(struct arena *arena, const struct relation *root, struct slice part, struct tree_digest **steps)
{
    struct slice shape = slice_from(part, 2 + DIGEST_HEX);
    struct tree_digest top = {.relation = root}, *path[TREE_DEPTH_MAX + 1] = {&top};
    int depth = 0;
    if (part.len < 2 + DIGEST_HEX || part.at[0] != 't' || part.at[1 + DIGEST_HEX] != 'e')
        return false;
    if (shape.len == 0 || shape.len % TREE_STEP_CHARS || shape.len / TREE_STEP_CHARS > TREE_STEPS_MAX)
        return false;
    for (size_t i = 0; i < shape.len; i += TREE_STEP_CHARS) {
        int level = shape.at[i] - '0';
        bool down = shape.at[i + 1] == 'd';
        if (level < 1 || level > depth + 1 || level > TREE_DEPTH_MAX)
            return false;
        struct tree_digest *from = path[level - 1];
        const struct link *link = find_link(arena, from->relation, shape.at + i + 1, down);
        if (!link)
            return false;
        path[level] = tree_digest_step(arena, &from->first, link, down);
        depth = level;
    }
    *steps = top.first;
    return true;
}
