#include "midair/plan/state.h"

#include "midair/base/text.h"
#include "midair/http/etag.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Fetching the algorithm and creating a context cost more than hashing a tag, so each thread keeps one context. The
 * thread's exit frees it. */
static pthread_key_t context_key;
static pthread_once_t context_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha1;

static void context_free(void *context)
{
    EVP_MD_CTX_free(context);
}

static void context_setup(void)
{
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    if (!sha1 || pthread_key_create(&context_key, context_free) != 0) {
        fprintf(stderr, "level=fatal event=no_sha1\n");
        abort();
    }
}

static EVP_MD_CTX *context_get(void)
{
    pthread_once(&context_once, context_setup);
    EVP_MD_CTX *context = pthread_getspecific(context_key);
    if (!context) {
        context = EVP_MD_CTX_new();
        pthread_setspecific(context_key, context);
    }
    return context;
}

void state_sha1(struct slice text, unsigned char digest[20])
{
    EVP_MD_CTX *context = context_get();
    if (!context || EVP_DigestInit_ex2(context, sha1, NULL) != 1 ||
        EVP_DigestUpdate(context, text.at ? text.at : "", text.len) != 1 ||
        EVP_DigestFinal_ex(context, digest, NULL) != 1)
        abort(); /* fails only if memory is exhausted */
}

/* Each part is hashed with its length, so that no two rows have the same hashed text. */
static void put_part(struct buf *buf, struct slice part)
{
    buf_u64(buf, part.len);
    buf_byte(buf, ':');
    buf_put(buf, part);
}

static void digest_write(struct buf *out, struct slice stamps, const struct relation *relation,
                         const struct slice *keys)
{
    char storage[256];
    struct buf text = buf_over(out->arena, storage, sizeof(storage));
    unsigned char digest[20];
    put_part(&text, relation->schema);
    put_part(&text, relation->name);
    for (size_t i = 0; i < relation->key.column_count; i++)
        put_part(&text, keys[i]);
    put_part(&text, stamps);
    if (relation->shape)
        buf_u64(&text, relation->shape);
    state_sha1(buf_slice(&text), digest);
    buf_hex(out, digest, DIGEST_BYTES);
}

static void write_stamps(struct buf *buf, const struct state *state)
{
    switch (state->kind) {
    case STAMP_VERSION:
        buf_i64(buf, state->version);
        buf_byte(buf, '.');
        buf_i64(buf, state->moment);
        break;
    case STAMP_XMIN: {
        /* "(4,5)" becomes "4-5" */
        struct slice block, offset;
        slice_cut(slice_from(state->ctid, 1), ',', &block, &offset);
        buf_byte(buf, 'x');
        buf_u64(buf, state->xmin);
        buf_byte(buf, '.');
        buf_put(buf, block);
        buf_byte(buf, '-');
        buf_put(buf, slice_head(offset, offset.len ? offset.len - 1 : 0));
        break;
    }
    case STAMP_CONTENT:
        buf_byte(buf, 'c');
        buf_put(buf, state->content);
        break;
    case STAMP_NONE:
        break;
    }
}

void state_write(struct buf *buf, const struct relation *relation, const struct slice *keys, const struct state *state)
{
    char storage[64];
    struct buf stamps = buf_over(buf->arena, storage, sizeof(storage));
    write_stamps(&stamps, state);
    if (state->table) {
        buf_byte(&stamps, 'o');
        buf_u64(&stamps, state->table);
    }
    buf_put(buf, buf_slice(&stamps));
    buf_byte(buf, '.');
    digest_write(buf, buf_slice(&stamps), relation, keys);
}

/* Splits "<stamps>.<digest>" at the last dot; false when it does not have this form. */
static bool split_digest(struct slice text, struct slice *stamps)
{
    if (text.len < DIGEST_HEX + 2 || text.at[text.len - DIGEST_HEX - 1] != '.')
        return false;
    *stamps = slice_head(text, text.len - DIGEST_HEX - 1);
    for (size_t i = stamps->len + 1; i < text.len; i++)
        if (!strchr("0123456789abcdef", text.at[i]))
            return false;
    return true;
}

/* Reads a number without leading zeros: each state must have exactly one tag. */
static bool read_number(struct slice s, uint64_t most, uint64_t *out)
{
    return text_u64(s, out) && *out <= most && (s.len == 1 || s.at[0] != '0');
}

static bool read_version(struct slice stamps, struct state *state)
{
    struct slice version, moment;
    uint64_t a, b;
    if (!slice_cut(stamps, '.', &version, &moment))
        return false;
    bool minus = moment.len && moment.at[0] == '-';
    if (!read_number(version, INT64_MAX, &a) || !read_number(minus ? slice_from(moment, 1) : moment, INT64_MAX, &b))
        return false;
    if (minus && b == 0)
        return false;
    *state = (struct state){.kind = STAMP_VERSION, .version = (int64_t)a, .moment = minus ? -(int64_t)b : (int64_t)b};
    return true;
}

static bool read_xmin(struct arena *arena, struct slice stamps, struct state *state)
{
    struct slice xmin, parent_path, block, offset;
    uint64_t x, b, o;
    if (!slice_cut(slice_from(stamps, 1), '.', &xmin, &parent_path) || !slice_cut(parent_path, '-', &block, &offset) ||
        !read_number(xmin, UINT32_MAX, &x) || !read_number(block, UINT32_MAX, &b) ||
        !read_number(offset, UINT16_MAX, &o))
        return false;
    *state = (struct state){.kind = STAMP_XMIN, .xmin = x};
    state->ctid = arena_printf(arena, "(%llu,%llu)", (unsigned long long)b, (unsigned long long)o);
    return true;
}

static bool read_content(struct slice stamps, struct state *state)
{
    unsigned char md5[16];
    if (!text_unhex(slice_from(stamps, 1), md5, sizeof(md5)))
        return false;
    *state = (struct state){.kind = STAMP_CONTENT, .content = slice_from(stamps, 1)};
    return true;
}

static bool read_stamps(struct arena *arena, struct slice stamps, struct state *state)
{
    if (stamps.at[0] == 'x')
        return read_xmin(arena, stamps, state);
    if (stamps.at[0] == 'c')
        return read_content(stamps, state);
    return read_version(stamps, state);
}

bool state_read(struct arena *arena, struct slice opaque, struct state *state, struct slice *text)
{
    struct slice stamps, table;
    uint64_t oid = 0;
    *text = tag_state(opaque);
    if (!split_digest(*text, &stamps))
        return false;
    if (slice_cut(stamps, 'o', &stamps, &table) && (!read_number(table, UINT32_MAX, &oid) || oid == 0))
        return false;
    if (stamps.len == 0 || !read_stamps(arena, stamps, state))
        return false;
    state->table = (uint32_t)oid;
    return true;
}

bool state_belongs(struct arena *arena, struct slice text, const struct relation *relation, const struct slice *keys)
{
    struct slice stamps;
    if (!split_digest(text, &stamps))
        return false;
    struct buf digest = buf_new(arena, DIGEST_HEX);
    digest_write(&digest, stamps, relation, keys);
    return slice_eq(buf_slice(&digest), slice_from(text, stamps.len + 1));
}
