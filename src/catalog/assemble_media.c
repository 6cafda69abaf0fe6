/* What rows can be shown as besides midair's own envelopes: the handlers of their relation, those of any relation, and
 * GeoJSON where there is a geometry. */
#include "assemble_parts.h"

static bool shows_geometry(const struct catalog *catalog, const struct relation *relation)
{
    for (size_t i = 0; i < relation->column_count; i++)
        if (relation->columns[i].can_select && relation->columns[i].type_oid == catalog->makers.geometry_oid)
            return true;
    return false;
}

void assemble_media_of(const struct catalog *catalog, struct relation *relation, uint32_t oid)
{
    relation->shown_as.handlers = ARENA_ARRAY(catalog->arena, const struct handler *, catalog->makers.handler_count);
    relation->shown_as.handler_count = 0;
    for (int any = 0; any < 2; any++) /* the relation's own come first */
        for (size_t i = 0; i < catalog->makers.handler_count; i++) {
            const struct handler *handler = &catalog->makers.handlers[i];
            if (handler->relation_oid == (any ? 0 : oid) && (any || oid))
                relation->shown_as.handlers[relation->shown_as.handler_count++] = handler;
        }
    if (slice_present(catalog->makers.feature_maker) && shows_geometry(catalog, relation))
        relation->shown_as.feature_maker = catalog->makers.feature_maker;
}

void assemble_media(struct assembly *assembly)
{
    struct catalog *catalog = assembly->catalog;
    for (size_t i = 0; i < catalog->relation_count; i++) {
        struct relation *relation = catalog->relations[i];
        for (size_t k = 0; k < catalog->makers.handler_count; k++)
            if (catalog->makers.handlers[k].relation_oid == relation->oid)
                catalog->makers.handlers[k].row_type = relation->ident;
        assemble_media_of(catalog, relation, relation->oid);
    }
}
