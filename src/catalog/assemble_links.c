#include "assemble.h"

#include <stdlib.h>

/* Orders links by child; foreign keys come before the links of views. */
static int by_child(const void *a, const void *b)
{
    const struct link *x = a, *y = b;
    int order = slice_cmp(x->child->resource, y->child->resource);
    order = order ? order : slice_cmp(x->child->ident, y->child->ident);
    order = order ? order : x->by_view - y->by_view;
    order = order ? order : slice_cmp(x->name, y->name);
    order = order ? order : slice_cmp(x->parent->ident, y->parent->ident);
    for (size_t i = 0; order == 0 && i < x->column_count && i < y->column_count; i++) {
        order = x->columns[i] - y->columns[i];
        order = order ? order : x->parent_columns[i] - y->parent_columns[i];
    }
    return order;
}

struct link *links_add(struct links *links)
{
    if (links->count == links->cap) {
        size_t size = links->cap * sizeof(struct link);
        links->cap = links->cap ? 2 * links->cap : 16;
        links->list = arena_grow(links->arena, links->list, size, links->cap * sizeof(struct link));
    }
    return &links->list[links->count++];
}

/* Reports a touch that has lost some of its triggers. Clears link->touch, with a finding, unless the parent's tag is
 * made of a version that triggers maintain: only then does a touch change the tag. */
static void check_touch(struct assembly *assembly, const struct link_facts *facts, struct link *link)
{
    struct findings *findings = &assembly->catalog->findings;
    if (facts->touch_broken)
        findings_add(findings, FINDING_WARNING, relation_label(link->child),
                     "a touch trigger for %.*s is missing or disabled, so some changes do not change the version of "
                     "/%.*s: run midair stamp",
                     SLICE_ARG(link->name), SLICE_ARG(relation_label(link->parent)));
    if (!link->touch || (link->parent->stamp.kind == STAMP_VERSION && link->parent->stamp.by_trigger))
        return;
    link->touch = false;
    findings_add(findings, FINDING_WARNING, relation_label(link->child),
                 "it touches /%.*s by %.*s, which is not stamped correctly: run midair stamp",
                 SLICE_ARG(relation_label(link->parent)), SLICE_ARG(link->name));
}

/* Reports a parent whose rows the role may not lock before it writes children that touch them. PostgreSQL lets a role
 * lock the rows of a table of which it may update some column. */
static void check_locks(struct assembly *assembly, const struct link *link)
{
    const struct relation *child = link->child, *parent = link->parent;
    bool writes = child->can_insert || child->can_update || child->can_delete;
    if (!link->touch || !writes || parent->can_update)
        return;
    findings_add(
        &assembly->catalog->findings, FINDING_NOTICE, relation_label(child),
        "its writes touch /%.*s, whose rows the role \"%.*s\" may not lock, so that writers may deadlock and a tag "
        "of a parent is checked without a lock: GRANT UPDATE on one of its columns",
        SLICE_ARG(relation_label(parent)), SLICE_ARG(assembly->catalog->user));
}

/* Collects the links whose ends are both served, in a stable order. */
static void collect(struct assembly *assembly)
{
    struct catalog *catalog = assembly->catalog;
    struct links links = {.arena = catalog->arena};
    for (size_t i = 0; i < assembly->facts->link_count; i++) {
        const struct link_facts *facts = &assembly->facts->links[i];
        const struct relation_facts *child = catalog_facts_relation(assembly->facts, facts->child_oid);
        const struct relation_facts *parent = catalog_facts_relation(assembly->facts, facts->parent_oid);
        if (!child || !parent || !slice_present(child->relation->resource) ||
            !slice_present(parent->relation->resource))
            continue;
        struct link *link = links_add(&links);
        *link = facts->link;
        link->child = child->relation;
        link->parent = parent->relation;
        check_touch(assembly, facts, link);
        check_locks(assembly, link);
        link->child_unique = assemble_is_unique(child, link->columns, link->column_count);
        link->in_key = assemble_in_key(child, link->columns, link->column_count);
    }
    assemble_view_links(assembly, &links);
    catalog->links = links.list;
    catalog->link_count = links.count;
    if (catalog->link_count > 1)
        qsort(catalog->links, catalog->link_count, sizeof(struct link), by_child);
}

/* Assigns each child a level one above the highest level of its parents. A cycle of foreign keys would raise its levels
 * without end, so they are limited. Links of views are ignored: the tables that a view reads may be on both sides of a
 * foreign key. */
static void assign_levels(struct catalog *catalog)
{
    bool moved = true;
    for (size_t round = 0; moved && round < catalog->relation_count; round++) {
        moved = false;
        for (size_t i = 0; i < catalog->link_count; i++) {
            const struct link *link = &catalog->links[i];
            if (link->by_view || link->child == link->parent || link->child->level > link->parent->level ||
                link->parent->level >= catalog->relation_count)
                continue;
            link->child->level = link->parent->level + 1;
            moved = true;
        }
    }
}

void assemble_links(struct assembly *assembly)
{
    collect(assembly);
    assign_levels(assembly->catalog);
    struct catalog *catalog = assembly->catalog;
    for (size_t i = 0; i < catalog->link_count; i++) {
        catalog->links[i].child->parent_count++;
        catalog->links[i].parent->child_count++;
    }
    for (size_t i = 0; i < catalog->relation_count; i++) {
        struct relation *relation = catalog->relations[i];
        relation->parents = ARENA_ARRAY(catalog->arena, struct link *, relation->parent_count);
        relation->children = ARENA_ARRAY(catalog->arena, struct link *, relation->child_count);
        relation->parent_count = relation->child_count = 0;
    }
    for (size_t i = 0; i < catalog->link_count; i++) {
        struct link *link = &catalog->links[i];
        link->child->parents[link->child->parent_count++] = link;
        link->parent->children[link->parent->child_count++] = link;
    }
}
