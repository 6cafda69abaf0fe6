/* Envelopes: the media types in which rows are shown (PostgREST's "Media Types"; RFC 4180 for CSV). */
#ifndef MIDAIR_RESPOND_ENVELOPE_H
#define MIDAIR_RESPOND_ENVELOPE_H

#include "midair/base/slice.h"

enum envelope_kind {
    ENVELOPE_JSON,   /* an array for collections, an object for items */
    ENVELOPE_OBJECT, /* one row, as an object; more or fewer are 406 */
    ENVELOPE_ARRAY,  /* an array in any case */
    ENVELOPE_CSV
};

struct envelope {
    enum envelope_kind kind;
    bool stripped;     /* members that are null are left out */
    struct slice type; /* media type, without charset; absent: application/json */
    const char *alias; /* another name of it, by which it can be asked for; NULL: none */
};

/* All that there are; *count of them. The first is the default. */
const struct envelope *envelopes(size_t *count);

#endif
