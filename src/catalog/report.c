#include "midair/catalog/report.h"

#include "report_parts.h"

#include "midair/catalog/policy.h"
#include "midair/http/message.h"

static const char *const relation_kinds[] = {[RELATION_TABLE] = "table",
                                             [RELATION_PARTITIONED] = "partitioned table",
                                             [RELATION_VIEW] = "view",
                                             [RELATION_MATVIEW] = "materialized view",
                                             [RELATION_FOREIGN] = "foreign table"};
static const char *const if_match_rules[] = {
    [IF_MATCH_REQUIRED] = "required", [IF_MATCH_OPTIONAL] = "optional", [IF_MATCH_DELETE] = "delete"};
static const char *const cascade_rules[] = {
    [CASCADE_GUARDED] = "guarded", [CASCADE_ALLOWED] = "allowed", [CASCADE_REFUSED] = "refused"};
static const char *const group_commit_rules[] = {
    [GROUP_COMMIT_AUTO] = "auto", [GROUP_COMMIT_ON] = "on", [GROUP_COMMIT_OFF] = "off"};
static const char *const link_actions[] = {[ACTION_NONE] = "no action",
                                           [ACTION_RESTRICT] = "restrict",
                                           [ACTION_CASCADE] = "cascade",
                                           [ACTION_SET_NULL] = "set null",
                                           [ACTION_SET_DEFAULT] = "set default"};

static void columns(struct buf *out, const struct relation *relation, const int *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            BUF_LIT(out, ", ");
        buf_put(out, relation->columns[list[i]].name);
    }
}

static void key_line(struct buf *out, const struct relation *relation)
{
    BUF_LIT(out, "    key         ");
    if (relation->key.column_count == 0)
        BUF_LIT(out, "none: no items");
    columns(out, relation, relation->key.columns, relation->key.column_count);
    BUF_LIT(out, "\n");
}

static void stamp_line(struct buf *out, const struct relation *relation)
{
    const struct stamp *stamp = &relation->stamp;
    BUF_LIT(out, "    stamps      ");
    switch (stamp->kind) {
    case STAMP_NONE:
        buf_z(out, relation->can_update ? "not stamped: no tags\n" : "none: read-only\n");
        return;
    case STAMP_XMIN:
        buf_z(out,
              relation->key.column_count ? "not stamped: tags from xmin\n" : "not stamped: no tags without a key\n");
        return;
    case STAMP_CONTENT:
        BUF_LIT(out, "not stamped: tags from the content\n");
        return;
    case STAMP_VERSION:
        break;
    }
    int list[3];
    size_t count = 0;
    const int all[] = {stamp->created, stamp->modified, stamp->version};
    for (size_t i = 0; i < 3; i++)
        if (all[i] >= 0)
            list[count++] = all[i];
    columns(out, relation, list, count);
    buf_z(out, stamp->by_base      ? " (triggers of the base table)\n"
               : stamp->by_trigger ? " (triggers)\n"
                                   : " (statements only)\n");
}

static void privilege_line(struct buf *out, const struct relation *relation)
{
    BUF_LIT(out, "    privileges  ");
    const struct {
        bool has;
        const char *name;
    } list[] = {{relation->can_select, "select"},
                {relation->can_insert, "insert"},
                {relation->can_update, "update"},
                {relation->can_delete, "delete"}};
    const char *separator = "";
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (!list[i].has)
            continue;
        buf_z(out, separator);
        buf_z(out, list[i].name);
        separator = ", ";
    }
    buf_z(out, *separator ? "" : "none");
    buf_z(out, relation->row_security ? "; row security\n" : "\n");
}

static void link_lines(struct buf *out, const struct relation *relation)
{
    for (size_t i = 0; i < relation->parent_count; i++) {
        const struct link *link = relation->parents[i];
        BUF_LIT(out, "    parent      ");
        report_name(out, link->parent);
        BUF_LIT(out, " by ");
        columns(out, link->child, link->columns, link->column_count);
        buf_printf(out, " (%.*s%s)\n", SLICE_ARG(link->name), link->by_view ? ", for reading" : "");
    }
    for (size_t i = 0; i < relation->child_count; i++) {
        const struct link *link = relation->children[i];
        BUF_LIT(out, "    child       ");
        report_name(out, link->child);
        BUF_LIT(out, " by ");
        columns(out, link->child, link->columns, link->column_count);
        if (link->by_view) {
            buf_printf(out, "%s (%.*s, for reading)\n", link->child_unique ? ", at most one" : "",
                       SLICE_ARG(link->name));
            continue;
        }
        buf_printf(out, ", on delete %s%s%s\n", link_actions[link->on_delete],
                   link->child_unique ? ", at most one" : "", link->touch ? ", touches" : "");
    }
}

static void computed_lines(struct buf *out, const struct computed *computed)
{
    for (size_t i = 0; i < computed->field_count; i++)
        buf_printf(out, "%s%.*s", i ? ", " : "    computed    ", SLICE_ARG(computed->fields[i].name));
    buf_z(out, computed->field_count ? "\n" : "");
    for (size_t i = 0; i < computed->link_count; i++) {
        const struct computed_link *link = &computed->links[i];
        buf_printf(out, "    %-11s ", link->one ? "one" : "many");
        report_name(out, link->target);
        buf_printf(out, " by %.*s()\n", SLICE_ARG(link->name));
    }
}

/* Returns whether the configuration restricts the methods. Otherwise the privileges and the key determine them, and the
 * report does not list them. */
static bool restricts_methods(const struct policy *policy)
{
    const unsigned writes =
        METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_PUT) | METHOD_BIT(METHOD_PATCH) | METHOD_BIT(METHOD_DELETE);
    const unsigned reads = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD);
    return (policy->methods & (reads | writes)) != (reads | writes);
}

static void policy_line(struct buf *out, const struct relation *relation)
{
    const struct policy *policy = relation->policy;
    buf_printf(out, "    policy      if_match = %s, cascade_delete = %s, group_commit = %s",
               if_match_rules[policy->if_match], cascade_rules[policy->cascade_delete],
               group_commit_rules[policy->group_commit]);
    buf_z(out, policy->body_etag ? ", body_etag = on" : "");
    buf_printf(out, ", max_rows = %lld, max_affected = %lld", (long long)policy->max_rows,
               (long long)policy->max_affected);
    if (restricts_methods(policy)) {
        BUF_LIT(out, "; methods ");
        buf_put(out, method_list(out->arena, policy->methods));
    }
    BUF_LIT(out, "\n");
}

void report_name(struct buf *out, const struct relation *relation)
{
    buf_printf(out, "/%.*s", SLICE_ARG(relation->resource));
    if (relation->hidden)
        buf_printf(out, " (profile %.*s)", SLICE_ARG(relation->schema));
}

static void resource_lines(struct buf *out, const struct relation *relation)
{
    report_name(out, relation);
    buf_printf(out, "\n    %-11s %.*s, %zu columns\n", relation->kind == RELATION_TABLE ? "table" : "relation",
               SLICE_ARG(relation->ident), relation->column_count);
    if (relation->kind != RELATION_TABLE)
        buf_printf(out, "    kind        %s\n", relation_kinds[relation->kind]);
    key_line(out, relation);
    stamp_line(out, relation);
    privilege_line(out, relation);
    link_lines(out, relation);
    computed_lines(out, &relation->computed);
    policy_line(out, relation);
    if (relation->foreign_triggers)
        BUF_LIT(
            out,
            "    triggers    others than midair's may run: writes do not share a commit unless group_commit = on\n");
    BUF_LIT(out, "\n");
}

struct findings findings_new(struct arena *arena)
{
    return (struct findings){.arena = arena};
}

void findings_add(struct findings *findings, enum finding_level level, struct slice resource, const char *format, ...)
{
    if (findings->count == findings->cap) {
        size_t cap = findings->cap ? findings->cap * 2 : 8;
        findings->list = arena_grow(findings->arena, findings->list, findings->cap * sizeof(struct finding),
                                    cap * sizeof(struct finding));
        findings->cap = cap;
    }
    va_list args;
    va_start(args, format);
    findings->list[findings->count++] = (struct finding){
        .level = level,
        .resource = arena_copy(findings->arena, resource),
        .text = arena_vprintf(findings->arena, format, args),
    };
    va_end(args);
}

size_t findings_count(const struct findings *findings, enum finding_level level)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->list[i].level == level;
    return count;
}

/* Returns "notice", "warning" or "error". */
static const char *level_name(enum finding_level level)
{
    static const char *const names[] = {
        [FINDING_NOTICE] = "notice", [FINDING_WARNING] = "warning", [FINDING_ERROR] = "error"};
    return names[level];
}

void findings_report(const struct findings *findings, struct buf *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        buf_z(out, level_name(finding->level));
        BUF_LIT(out, ": ");
        if (finding->resource.len > 0)
            buf_printf(out, "%.*s: ", SLICE_ARG(finding->resource));
        buf_put(out, finding->text);
        BUF_LIT(out, "\n");
    }
}

void catalog_report(const struct catalog *catalog, const struct findings *findings, struct buf *out)
{
    if (!findings)
        findings = &catalog->findings;
    buf_printf(out, "database \"%.*s\" as \"%.*s\", PostgreSQL %d.%d\n\n", SLICE_ARG(catalog->database),
               SLICE_ARG(catalog->user), catalog->server_version / 10000, catalog->server_version % 10000);
    for (size_t i = 0; i < catalog->relation_count; i++)
        resource_lines(out, catalog->relations[i]);
    family_report(catalog, out);
    if (catalog->function_count > 0) {
        BUF_LIT(out, "functions under /rpc:");
        for (size_t i = 0; i < catalog->function_count; i++)
            if (i == 0 || !slice_eq(catalog->functions[i].name, catalog->functions[i - 1].name))
                buf_printf(out, " %.*s", SLICE_ARG(catalog->functions[i].name));
        BUF_LIT(out, "\n\n");
    }
    findings_report(findings, out);
    buf_printf(out, "%zu resources, %zu errors, %zu warnings, %zu notices\n", catalog->relation_count,
               findings_count(findings, FINDING_ERROR), findings_count(findings, FINDING_WARNING),
               findings_count(findings, FINDING_NOTICE));
}
