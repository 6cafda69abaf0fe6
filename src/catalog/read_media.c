#include "midair/catalog/reading.h"

#include "midair/catalog/name.h"

#include "sql_read_media.h"

struct err *introspect_media(struct reading *reading)
{
    struct catalog *catalog = reading->catalog;
    struct arena *arena = catalog->arena;
    ROWS_AUTO rows = {0};
    TRY(introspect_ask(reading, sql_read_media, reading->schemas, &rows));
    catalog->makers.handlers = ARENA_ARRAY(arena, struct handler, rows.row_count);
    for (size_t i = 0; i < rows.row_count; i++) {
        struct slice ident = name_ident(arena, rows_cell(&rows, i, 0), rows_cell(&rows, i, 1));
        struct slice media = arena_copy(arena, rows_cell(&rows, i, 2));
        if (!slice_present(media)) {
            catalog->makers.feature_maker = ident;
            catalog->makers.geometry_oid = cell_oid(&rows, i, 3);
        } else if (!slice_starts(media, SLICE("application/vnd.pgrst."))) {
            catalog->makers.handlers[catalog->makers.handler_count++] = (struct handler){
                .media = media, .ident = ident, .relation_oid = cell_oid(&rows, i, 3), .bytes = cell_bool(&rows, i, 4)};
        }
    }
    return NULL;
}
