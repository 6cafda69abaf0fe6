/* The step `route`: determines the schema whose names apply (PostgREST's "Schemas", after W3C dx-prof-conneg) and the
 * resource that the path names. */
#include "request.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"
#include "midair/http/field.h"

static struct err *not_exposed(const struct request *r, struct slice wanted)
{
    const struct catalog *catalog = r->view->catalog;
    struct buf list = buf_new(r->arena, 64);
    for (size_t i = 0; i < catalog->schema_count; i++) {
        if (i)
            BUF_LIT(&list, ", ");
        buf_put(&list, catalog->schemas[i].name);
    }
    struct err *err = err_new(r->arena, ERR_NOT_ACCEPTABLE, "Invalid schema: %.*s",
                              SLICE_ARG(text_is_utf8(wanted) ? wanted : SLICE("?")));
    err->code = SLICE("PGRST106");
    return err_hint(r->arena, err, "Only the following schemas are exposed: %.*s", SLICE_ARG(buf_slice(&list)));
}

/* A write whose profile fields disagree is refused, since it could go to the wrong schema. In PostgREST's dialect,
 * Accept-Profile is ignored for writes. */
static struct err *check_other(const struct request *r, struct slice chosen)
{
    if (r->collect.postgrest)
        return NULL;
    struct slice other = field_get(r->arena, &r->in->fields, "Accept-Profile");
    if (!slice_present(other) || slice_eq(other, chosen))
        return NULL;
    return err_hint(
        r->arena,
        err_new(r->arena, ERR_BAD_FIELD, "Accept-Profile names another schema than the one that the request is about."),
        "With %s, the schema is named in Content-Profile.", method_name(r->collect.method));
}

/* The schema that a profile field names; absent when there is none. */
static struct err *read_profile(const struct request *r, struct slice *schema)
{
    bool reads = request_reads(r) || r->collect.method == METHOD_OPTIONS;
    if (!r->view->catalog || (r->collect.postgrest && !r->collect.profiles))
        return NULL; /* with one schema there is no choice, and clients of PostgREST name arbitrary schemas */
    const char *name = reads ? "Accept-Profile" : "Content-Profile";
    struct slice named = field_get(r->arena, &r->in->fields, name);
    if (!reads)
        TRY(check_other(r, named));
    if (!slice_present(named))
        return NULL;
    if (field_lines(&r->in->fields, name) > 1)
        return err_new(r->arena, ERR_BAD_FIELD, "%s is repeated, but it must name one schema.", name);
    if (!catalog_exposes(r->view->catalog, named))
        return not_exposed(r, named);
    *schema = named;
    return NULL;
}

static struct err *find(const struct request *r, struct slice schema, struct route *out)
{
    return route_find(r->arena, r->view->catalog, schema, r->options->base_path, r->options->max_depth, r->in->path,
                      out);
}

/* A preflight comes without credentials. Where requests act as roles, it learns nothing of what there is: the index
 * takes its place, and the request that follows is checked by itself. */
static bool is_anonymous_preflight(const struct request *r)
{
    return r->options->auth && !r->authenticate.acts && r->collect.method == METHOD_OPTIONS;
}

/* A preflight concerns the request that follows it, but does not contain that request's profile field. So the path is
 * looked up in each schema. */
static struct err *find_preflight(const struct request *r, struct route *out)
{
    struct err *err = find(r, SLICE_ABSENT, out);
    for (size_t i = 0; err && err->kind == ERR_NO_RESOURCE && i < r->view->catalog->schema_count; i++)
        if (!find(r, r->view->catalog->schemas[i].name, out))
            return NULL;
    return err;
}

/* A table that is created while midair runs is not served before the catalog is read again. */
static struct err *explain_missing(const struct request *r, struct err *err)
{
    if (!err || r->collect.postgrest || !slice_eq(err->code, SLICE("PGRST205")))
        return err;
    struct slice near = slice_present(err->hint) ? err->hint : SLICE("");
    return err_hint(r->arena, err,
                    "%.*s%sIf the table is new, midair has to read the catalog again: NOTIFY midair, 'reload' in the "
                    "database, or SIGHUP to midair. midair stamp --watch-ddl makes the database tell it of such "
                    "changes.",
                    SLICE_ARG(near), near.len ? ". " : "");
}

struct err *step_route(const struct request *r, struct routing *out)
{
    assert(r->collect.wall_us > 0);
    if (is_anonymous_preflight(r)) {
        *out = (struct routing){.found = true, .route = {.kind = ROUTE_INDEX}};
        return NULL;
    }
    TRY(read_profile(r, &out->schema));
    if (r->collect.method == METHOD_OPTIONS && r->collect.profiles && !slice_present(out->schema))
        TRY(find_preflight(r, &out->route));
    else
        TRY(explain_missing(r, find(r, out->schema, &out->route)));
    out->found = true;
    return NULL;
}
