#include "assemble.h"

enum { OID_INT8 = 20, OID_INT4 = 23, OID_TIMESTAMPTZ = 1184 };

static struct slice first_of(struct slice a, struct slice b, struct slice c)
{
    return slice_present(a) ? a : slice_present(b) ? b : c;
}

static int column_of_type(const struct relation *relation, struct slice name, uint32_t oid, uint32_t or_oid)
{
    const struct column *column = relation_column(relation, name);
    if (!column || column->is_array || (column->type_oid != oid && column->type_oid != or_oid))
        return -1;
    return (int)relation_column_index(relation, column);
}

/* Looks up the three stamp columns by name and type; the index of a missing one is -1. The version may be an integer,
 * because only the triggers need a bigint. */
static struct stamp stamp_named(const struct relation *relation, struct slice created, struct slice modified,
                                struct slice version)
{
    return (struct stamp){
        .kind = STAMP_VERSION,
        .created = column_of_type(relation, created, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ),
        .modified = column_of_type(relation, modified, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ),
        .version = column_of_type(relation, version, OID_INT8, OID_INT4),
    };
}

static struct stamp stamp_plain(enum stamp_kind kind)
{
    return (struct stamp){.kind = kind, .created = -1, .modified = -1, .version = -1};
}

static struct stamp stamp_triggered(struct assembly *assembly, const struct relation_facts *facts)
{
    const struct relation *relation = facts->relation;
    struct findings *findings = &assembly->catalog->findings;
    struct stamp stamp = stamp_named(relation, facts->created, facts->modified, facts->version);
    if (stamp.created < 0 || stamp.modified < 0 || stamp.version < 0) {
        findings_add(findings, FINDING_ERROR, relation_label(relation),
                     "its stamp columns are missing or have another type, so that every write fails: run midair stamp "
                     "or unstamp");
        return stamp_plain(STAMP_XMIN);
    }
    stamp.by_trigger = facts->stamp_insert && facts->stamp_update;
    if (!stamp.by_trigger)
        findings_add(findings, FINDING_WARNING, relation_label(relation),
                     "a stamp trigger is missing or disabled, so that other programs' writes are not noticed: "
                     "run midair stamp");
    else if (facts->stamp_old)
        findings_add(findings, FINDING_WARNING, relation_label(relation),
                     "its stamp triggers are those of an older midair, which make updates slower: run midair stamp");
    return stamp;
}

/* Returns the stamp of a relation that only midair's statements stamp, in the columns that the configuration names;
 * `otherwise` is used when they are missing. */
static struct stamp stamp_by_statement(struct assembly *assembly, const struct relation *relation,
                                       const struct resource_decl *decl, enum stamp_kind otherwise)
{
    const struct catalog_options *options = assembly->options;
    struct slice none = SLICE_ABSENT;
    struct slice created = first_of(decl ? decl->created : none, options->created, SLICE("created"));
    struct slice modified = first_of(decl ? decl->modified : none, options->modified, SLICE("modified"));
    struct slice version = first_of(decl ? decl->version : none, options->version, SLICE("version"));
    struct stamp stamp = stamp_named(relation, created, modified, version);
    if (stamp.created >= 0 && stamp.modified >= 0 && stamp.version >= 0)
        return stamp;
    findings_add(&assembly->catalog->findings, decl ? FINDING_ERROR : FINDING_NOTICE, relation_label(relation),
                 "stamping = statement needs the columns %.*s and %.*s of type timestamptz and %.*s of type bigint",
                 SLICE_ARG(created), SLICE_ARG(modified), SLICE_ARG(version));
    return stamp_plain(otherwise);
}

static bool reads_column(const struct relation_facts *view, struct slice name)
{
    for (size_t i = 0; i < view->base_column_count; i++)
        if (slice_eq(view->base_columns[i], name))
            return true;
    return false;
}

/* Returns whether some column of the view is not simply a column of the table. An expression may call a function that
 * reads other rows or the clock, so its value can change without a new version. */
static bool shows_expressions(const struct relation_facts *view)
{
    for (size_t i = 0; i < view->relation->column_count; i++)
        if (!view->origins || view->origins[i].oid != view->base_oid)
            return true;
    return false;
}

/* Sets *out for a view that shows `version` and `modified` of the stamped table beneath it under their own names, or
 * returns false. The table's triggers stamp every write, whichever program makes it, so statements on the view leave
 * the stamps alone. */
static bool stamp_of_base(const struct assembly *assembly, const struct relation_facts *view, struct stamp *out)
{
    const struct relation_facts *base = catalog_facts_relation(assembly->facts, view->base_oid);
    if (!base || !slice_present(base->version) || !base->stamp_insert || !base->stamp_update ||
        !reads_column(view, base->version) || !reads_column(view, base->modified))
        return false;
    struct stamp stamp = stamp_named(view->relation, base->created, base->modified, base->version);
    if (stamp.modified < 0 || stamp.version < 0)
        return false;
    stamp.by_trigger = true;
    stamp.by_base = true;
    stamp.partial = shows_expressions(view);
    *out = stamp;
    return true;
}

static struct stamp stamp_of_view(struct assembly *assembly, const struct relation_facts *facts,
                                  const struct resource_decl *decl)
{
    struct relation *relation = facts->relation;
    struct stamp stamp;
    if (relation->key.column_count == 0) {
        if (!assembly->options->view_keys) {
            relation->can_insert = relation->can_update = relation->can_delete = false;
            relation->takes_insert = relation->takes_update = relation->takes_delete = false;
        }
        return stamp_plain(STAMP_NONE);
    }
    /* The table's stamps identify a state of the item only if each key belongs to one row. */
    if (relation->key.unique && stamp_of_base(assembly, facts, &stamp))
        return stamp;
    bool named = decl && (slice_present(decl->version) || slice_present(decl->modified));
    if (relation->policy->stamping == STAMPING_STATEMENT && named)
        return stamp_by_statement(assembly, relation, decl, STAMP_CONTENT);
    return stamp_plain(STAMP_CONTENT);
}

/* Returns whether the role may not write the stamps although it may write rows. The triggers
 * can set them all the same, since a change of the new row needs no privilege on its columns. */
static bool leaves_stamps(const struct relation *relation)
{
    const struct stamp *stamp = &relation->stamp;
    if (stamp->kind != STAMP_VERSION || !stamp->by_trigger || stamp->created < 0)
        return false;
    const struct column *created = &relation->columns[stamp->created], *modified = &relation->columns[stamp->modified],
                        *version = &relation->columns[stamp->version];
    bool updates = modified->can_update && version->can_update;
    bool inserts = created->can_insert && modified->can_insert && version->can_insert;
    return (relation->can_update && !updates) || (relation->can_insert && !inserts);
}

/* Returns whether the role may read what the tag is made of. A role may read xmin and the text of a whole row only if
 * it may read all columns. */
static bool sees_state(const struct relation *relation)
{
    const struct stamp *stamp = &relation->stamp;
    if (stamp->kind == STAMP_VERSION)
        return relation->columns[stamp->version].can_select && relation->columns[stamp->modified].can_select;
    if (relation->stamp.kind != STAMP_XMIN && relation->stamp.kind != STAMP_CONTENT)
        return true;
    for (size_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].can_select)
            return false;
    return true;
}

void assemble_stamp(struct assembly *assembly, struct relation_facts *facts, const struct resource_decl *decl)
{
    struct relation *relation = facts->relation;
    if (relation->kind != RELATION_TABLE && relation->kind != RELATION_PARTITIONED)
        relation->stamp = stamp_of_view(assembly, facts, decl);
    else if (slice_present(facts->version))
        relation->stamp = stamp_triggered(assembly, facts);
    else if (relation->policy->stamping == STAMPING_STATEMENT)
        relation->stamp = stamp_by_statement(assembly, relation, decl, STAMP_XMIN);
    else
        relation->stamp = stamp_plain(STAMP_XMIN);
    relation->stamp.left = leaves_stamps(relation);
    if (!relation->can_select || sees_state(relation))
        return;
    bool stamped = relation->stamp.kind == STAMP_VERSION;
    relation->stamp = stamp_plain(STAMP_NONE);
    findings_add(&assembly->catalog->findings, stamped ? FINDING_WARNING : FINDING_NOTICE, relation->resource,
                 "the role may read only some of its columns, so that its rows have no entity tags: GRANT SELECT on "
                 "the whole table, or stamp it and GRANT SELECT on its key and stamps");
}
