/* Envelopes: the media types in which rows are shown (PostgREST's "Media Types"; RFC 4180 for CSV). */
#ifndef MIDAIR_RESPOND_ENVELOPE_H
#define MIDAIR_RESPOND_ENVELOPE_H

#include "midair/base/arena.h"

enum envelope_kind {
    ENVELOPE_JSON,   /* an array for collections, an object for items */
    ENVELOPE_OBJECT, /* one row, as an object; more or fewer are 406 */
    ENVELOPE_ARRAY,  /* an array also for items */
    ENVELOPE_CSV,
    ENVELOPE_FEATURES, /* GeoJSON: a feature collection, and a feature for an item (RFC 7946) */
    ENVELOPE_RENDERED  /* made by a media type handler in the database */
};

struct envelope {
    enum envelope_kind kind;
    bool stripped;     /* members that are null are left out */
    struct slice type; /* media type, without charset; absent: application/json */
    const char *alias; /* another name by which clients can request it; NULL: none */
};

/* A media type as it is written in Content-Type, in the arena: with charset=utf-8 if midair knows that the type is
 * text. */
struct slice media_with_charset(struct arena *arena, struct slice type);
/* The table of all envelopes, with *count rows. The first is the default. Static. */
const struct envelope *envelopes(size_t *count);

#endif
