#include "midair/plan/zone.h"

/* Whether the text of a column's values depends on the time zone, as far as can be told: what is inside of arrays and
 * composite types cannot. */
static bool depends(const struct column *column)
{
    enum { OID_TIMESTAMPTZ = 1184, OID_TSTZRANGE = 3910, OID_TSTZMULTIRANGE = 4536 };
    return column->type_oid == OID_TIMESTAMPTZ || column->type_oid == OID_TSTZRANGE ||
           column->type_oid == OID_TSTZMULTIRANGE || column->form == FORM_TO_JSON;
}

bool zone_may_differ(const struct relation *relation)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (depends(&relation->columns[relation->key.columns[i]]))
            return false;
    for (size_t i = 0; relation->stamp.kind == STAMP_CONTENT && i < relation->column_count; i++)
        if (depends(&relation->columns[i]))
            return false;
    return true;
}

struct err *zone_unknown(struct arena *arena, struct slice zone)
{
    struct err *err = err_new(arena, ERR_BAD_FIELD, "Invalid preferences given with handling=strict");
    err->code = SLICE("PGRST122");
    err->details = arena_printf(arena, "Invalid preferences: timezone=%.*s", SLICE_ARG(zone));
    return err;
}
