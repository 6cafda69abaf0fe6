/* Profiles: which schema's names a request means (W3C dx-prof-conneg as PostgREST's "Schemas" has it). */
#include "request.h"

#include "midair/base/buf.h"
#include "midair/http/field.h"

static bool reads(enum method method)
{
    return method == METHOD_GET || method == METHOD_HEAD || method == METHOD_OPTIONS;
}

static struct err *not_exposed(struct request *r)
{
    const struct catalog *catalog = r->view->catalog;
    struct buf list = buf_new(r->arena, 64);
    for (size_t i = 0; i < catalog->schema_count; i++) {
        if (i)
            BUF_LIT(&list, ", ");
        buf_put(&list, catalog->schemas[i].name);
    }
    struct err *err = err_new(r->arena, ERR_NOT_ACCEPTABLE, "The schema must be one of the following: %.*s",
                              SLICE_ARG(buf_slice(&list)));
    err->code = SLICE("PGRST106");
    return err;
}

/* A write whose fields disagree must not go to the wrong schema. PostgREST does not look at Accept-Profile there. */
static struct err *check_other(struct request *r, struct slice chosen)
{
    if (reads(r->method) || r->ask.postgrest)
        return NULL;
    struct slice other = field_get(r->arena, &r->in->fields, "Accept-Profile");
    if (!slice_present(other) || slice_eq(other, chosen))
        return NULL;
    return err_hint(
        r->arena,
        err_new(r->arena, ERR_BAD_FIELD, "Accept-Profile names another schema than the one that the request is about."),
        "%s names the schema in Content-Profile.", method_name(r->method));
}

struct err *profile_read(struct request *r)
{
    const struct catalog *catalog = r->view->catalog;
    if (!catalog)
        return NULL;
    r->ask.profiles = catalog->schema_count > 1;
    if (r->ask.postgrest && !r->ask.profiles)
        return NULL; /* with one schema there is nothing to choose, and its clients name any */
    const char *name = reads(r->method) ? "Accept-Profile" : "Content-Profile";
    struct slice schema = field_get(r->arena, &r->in->fields, name);
    TRY(check_other(r, schema));
    if (!slice_present(schema))
        return NULL;
    if (field_lines(&r->in->fields, name) > 1)
        return err_new(r->arena, ERR_BAD_FIELD, "%s comes more than once, and names one schema.", name);
    if (!catalog_exposes(catalog, schema))
        return not_exposed(r);
    r->schema = schema;
    return NULL;
}

void profile_resolve(struct request *r)
{
    if (!r->ask.profiles)
        return;
    r->ask.profile = r->route.relation ? r->route.relation->schema : r->schema;
}
