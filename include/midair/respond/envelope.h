/* Envelopes: the media types in which rows are shown (PostgREST's "Media Types"; RFC 4180 for CSV). */
#ifndef MIDAIR_RESPOND_ENVELOPE_H
#define MIDAIR_RESPOND_ENVELOPE_H

#include "midair/base/arena.h"

enum envelope_kind {
    ENVELOPE_JSON,   /* an array for collections, an object for items */
    ENVELOPE_OBJECT, /* one row, as an object; more or fewer are 406 */
    ENVELOPE_ARRAY,  /* an array in any case */
    ENVELOPE_CSV,
    ENVELOPE_FEATURES, /* GeoJSON: a feature collection, and a feature for an item (RFC 7946) */
    ENVELOPE_RENDERED  /* whatever a handler of the database's made */
};

struct envelope {
    enum envelope_kind kind;
    bool stripped;     /* members that are null are left out */
    struct slice type; /* media type, without charset; absent: application/json */
    const char *alias; /* another name of it, by which it can be asked for; NULL: none */
};

/* A media type as Content-Type, in the arena: those that midair knows to be text say that it is UTF-8. */
struct slice media_with_charset(struct arena *arena, struct slice type);
/* All that there are; *count of them. The first is the default. */
const struct envelope *envelopes(size_t *count);

#endif
