#include "report_parts.h"

#include "midair/catalog/policy.h"

/* The children of a relation are listed only where it appears first; `shown` holds the identifiers of relations that
 * have appeared. */
struct family {
    struct buf *out;
    struct map shown;
};

static const char *const deletes[] = {[ACTION_NONE] = "refused while there are any",
                                      [ACTION_RESTRICT] = "refused while there are any",
                                      [ACTION_CASCADE] = "deletes them",
                                      [ACTION_SET_NULL] = "sets it to null",
                                      [ACTION_SET_DEFAULT] = "sets it to its default"};
static const char *const cascades[] = {[CASCADE_GUARDED] = ", if the tree tag holds",
                                       [CASCADE_ALLOWED] = "",
                                       [CASCADE_REFUSED] = ", which cascade_delete refuses"};

static void indent(struct buf *out, size_t depth)
{
    for (size_t i = 0; i <= depth; i++)
        BUF_LIT(out, "  ");
}

static void link_line(struct buf *out, const struct link *link, size_t depth)
{
    const char *separator = "";
    indent(out, depth);
    report_name(out, link->child);
    BUF_LIT(out, " by ");
    for (size_t i = 0; i < link->column_count; i++, separator = ", ")
        buf_printf(out, "%s%.*s", separator, SLICE_ARG(link->child->columns[link->columns[i]].name));
    buf_printf(out, "%s: ", link->child_unique ? ", at most one" : "");
    if (link->touch) {
        BUF_LIT(out, "touches, so the tag of ");
        report_name(out, link->parent);
        BUF_LIT(out, " covers it");
    } else {
        BUF_LIT(out, "does not touch, so only a tree tag, or an ancestor's tag beside its own, covers both");
    }
    buf_printf(out, "; deleting the parent %s%s\n", deletes[link->on_delete],
               link->on_delete == ACTION_CASCADE ? cascades[link->parent->policy->cascade_delete] : "");
}

static void children(struct family *family, const struct relation *relation, size_t depth)
{
    map_put(&family->shown, relation->ident, family);
    for (size_t i = 0; i < relation->child_count; i++) {
        const struct relation *child = relation->children[i]->child;
        if (relation->children[i]->by_view)
            continue;
        link_line(family->out, relation->children[i], depth);
        if (!relation_is_referred_to(child))
            continue;
        if (!map_get(&family->shown, child->ident)) {
            children(family, child, depth + 1);
        } else if (child != relation) {
            indent(family->out, depth + 1);
            BUF_LIT(family->out, "(its children: see above)\n");
        }
    }
}

static bool is_root(const struct relation *relation)
{
    for (size_t i = 0; i < relation->parent_count; i++)
        if (!relation->parents[i]->by_view && relation->parents[i]->parent != relation)
            return false;
    return true;
}

static void tree(struct family *family, const struct relation *relation)
{
    if (!relation_is_referred_to(relation) || map_get(&family->shown, relation->ident))
        return;
    indent(family->out, 0);
    report_name(family->out, relation);
    BUF_LIT(family->out, "\n");
    children(family, relation, 1);
}

void family_report(const struct catalog *catalog, struct buf *out)
{
    struct family family = {.out = out, .shown = map_new(out->arena)};
    bool any = false;
    for (size_t i = 0; i < catalog->link_count; i++)
        any = any || !catalog->links[i].by_view;
    if (!any)
        return;
    BUF_LIT(out, "family:\n");
    for (size_t i = 0; i < catalog->relation_count; i++)
        if (is_root(catalog->relations[i]))
            tree(&family, catalog->relations[i]);
    /* The relations that are left are in or below a cycle of foreign keys, which has no root: start at any of them. */
    for (size_t i = 0; i < catalog->relation_count; i++)
        tree(&family, catalog->relations[i]);
    BUF_LIT(out, "\n");
}
