#include "parts.h"

#include <zlib.h>

bool may_compress(const struct ask *ask)
{
    return ask->gzip && ask->gzip_min > 0;
}

bool compress_body(const struct ask *ask, struct http_response *out)
{
    if (!may_compress(ask) || out->body.len < ask->gzip_min)
        return false;
    z_stream stream = {0};
    /* 15 + 16: the largest window and a gzip header, in which zlib writes no time: equal content gives equal bytes. */
    if (deflateInit2(&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t cap = deflateBound(&stream, out->body.len);
    unsigned char *to = arena_alloc(ask->arena, cap);
    stream.next_in = (unsigned char *)(uintptr_t)out->body.at;
    stream.avail_in = (uInt)out->body.len;
    stream.next_out = to;
    stream.avail_out = (uInt)cap;
    int result = deflate(&stream, Z_FINISH);
    size_t len = stream.total_out;
    deflateEnd(&stream);
    if (result != Z_STREAM_END)
        return false;
    out->body = slice_make((const char *)to, len);
    response_set(out, "Content-Encoding", SLICE("gzip"));
    return true;
}
