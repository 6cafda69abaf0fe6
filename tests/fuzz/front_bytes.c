/* LAYER: front */
/* Bytes of a connection, cut into portions: what is understood does not depend on the portions, heads that were cut are
 * parsed without harm, and content comes out of chunks as it went in.
 *
 * The first bytes say where to cut; the rest is what a client sends. */
#include "../../src/front/reader.h"

#include <stdint.h>
#include <stdlib.h>

enum { CUTS = 4, MOST = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* What was understood of the bytes. */
struct understood {
    enum scan_end end;
    size_t head;
    bool cut;
    int error; /* of head_read(); -1: none */
    struct head_framing framing;
    enum chunk_state chunks;
    size_t content, used;
};

static void read_content(struct understood *out, struct slice rest, const uint8_t *cuts, char *content)
{
    struct chunks chunks = {0};
    size_t at = 0;
    for (size_t turn = 0; at < rest.len && chunks.state < CHUNK_DONE; turn++) {
        size_t portion = cuts ? cuts[turn % CUTS] % 7 + 1u : rest.len, used;
        size_t room = cuts ? cuts[(turn + 1) % CUTS] % 5 + 1u : rest.len;
        if (portion > rest.len - at)
            portion = rest.len - at;
        size_t got = chunks_take(&chunks, slice_make(rest.at + at, portion), &used, content + out->content, room);
        check(used <= portion && got <= room && got <= used);
        out->content += got;
        at += used;
    }
    out->chunks = chunks.state;
    out->used = at;
}

static struct understood understand(const char *bytes, size_t size, const uint8_t *cuts, char *content)
{
    struct understood out = {.error = -1};
    struct head_scan scan = {0};
    struct head_raw raw;
    struct http_request in = {0};
    struct head_limits limits = {2000, 3000};
    struct arena *arena = arena_new(0);
    char *own = malloc(size + 1);
    memcpy(own, bytes, size);
    size_t have = cuts ? 0 : size;
    out.end = head_scan(&scan, own, have);
    for (size_t turn = 0; have < size && out.end == SCAN_MORE; turn++) {
        have += cuts[turn % CUTS] % 9 + 1u;
        have = have < size ? have : size;
        out.end = head_scan(&scan, own, have);
    }
    out.head = out.end == SCAN_WHOLE ? scan.at : 0;
    if (out.end == SCAN_WHOLE && (out.cut = head_cut(own, &scan, &raw)) && !head_other_version(&raw)) {
        struct err *err = head_read(arena, &raw, &limits, &in, &out.framing);
        out.error = err ? (int)err->kind : -1;
        check(err || out.framing.head_bytes == scan.at - scan.begin);
        if (!err && out.framing.chunked)
            read_content(&out, slice_make(own + scan.at, size - scan.at), cuts, content);
    }
    free(own);
    arena_free(arena);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char whole[MOST], pieces[MOST];
    if (size < CUTS || size > MOST)
        return 0;
    const char *bytes = (const char *)data + CUTS;
    struct understood a = understand(bytes, size - CUTS, NULL, whole);
    struct understood b = understand(bytes, size - CUTS, data, pieces);
    check(a.end == b.end && a.head == b.head && a.cut == b.cut && a.error == b.error);
    check(a.framing.chunked == b.framing.chunked && a.framing.length == b.framing.length);
    check(a.chunks == b.chunks && a.content == b.content && a.used == b.used);
    check(memcmp(whole, pieces, a.content) == 0);
    return 0;
}
