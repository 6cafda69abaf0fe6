#include "midair/auth/auth.h"
#include "midair/http/problem.h"
#include "sign.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define SECRET "reallyreallyreallyreallyverysafe"
#define NOW 1800000000

static const char plain[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

static struct auth_options defaults(void)
{
    return (struct auth_options){.secret = SLICE(SECRET),
                                 .role_claim = SLICE(".role"),
                                 .anon_role = SLICE("anon"),
                                 .leeway_s = 30,
                                 .cache_tokens = 64};
}

static struct auth *made(struct arena *arena, const struct auth_options *options)
{
    struct auth *auth = NULL;
    const char *wrong = auth_new(arena, options, &auth);
    cr_assert_null(wrong, "%s", wrong);
    return auth;
}

static struct slice bearer(struct arena *arena, struct slice token)
{
    return arena_printf(arena, "Bearer %.*s", SLICE_ARG(token));
}

/* The code of the answer to a token; the role when it is accepted. */
static struct slice said(struct arena *arena, struct auth *auth, struct slice token)
{
    struct identity identity;
    struct err *err = auth_identify(auth, arena, bearer(arena, token), NOW, &identity);
    return err ? err->code : identity.role;
}

static struct slice said_once(struct arena *arena, const struct auth_options *options, struct slice token)
{
    struct auth *auth = made(arena, options);
    struct slice result = arena_copy(arena, said(arena, auth, token)); /* a cached role belongs to `auth` */
    auth_free(auth);
    return result;
}

static void expect(const char *label, struct slice actual, const char *expected)
{
    cr_expect(slice_eq(actual, slice_of(expected)), "%s: %.*s instead of %s", label, SLICE_ARG(actual), expected);
}

Test(tokens, claims_are_checked)
{
    static const struct {
        const char *label, *claims, *expected;
    } rows[] = {
        {"a role", "{\"role\":\"writer\"}", "writer"},
        {"no role is the anonymous one", "{}", "anon"},
        {"a role in Unicode", "{\"role\":\"\\u00e9crivain\"}",
         "\xc3\xa9"
         "crivain"},
        {"exp in the future", "{\"role\":\"w\",\"exp\":1800000001}", "w"},
        {"exp passed, within the leeway", "{\"role\":\"w\",\"exp\":1799999970}", "w"},
        {"exp passed, one second past the leeway", "{\"role\":\"w\",\"exp\":1799999969}", "PGRST303"},
        {"exp with a fraction", "{\"role\":\"w\",\"exp\":1799999970.999}", "w"},
        {"exp with an exponent", "{\"role\":\"w\",\"exp\":1.8e9}", "w"},
        {"exp with an exponent, past", "{\"role\":\"w\",\"exp\":17e8}", "PGRST303"},
        {"exp 2^53 and one", "{\"role\":\"w\",\"exp\":9007199254740993}", "w"},
        {"exp 2^63", "{\"role\":\"w\",\"exp\":9223372036854775808}", "w"},
        {"exp 1e400", "{\"role\":\"w\",\"exp\":1e400}", "w"},
        {"exp 1e-400", "{\"role\":\"w\",\"exp\":1e-400}", "PGRST303"},
        {"exp with an exponent that wraps", "{\"role\":\"w\",\"exp\":1e-4294967296}", "PGRST303"},
        {"exp -1e400", "{\"role\":\"w\",\"exp\":-1e400}", "PGRST303"},
        {"exp 0", "{\"role\":\"w\",\"exp\":0}", "PGRST303"},
        {"exp negative", "{\"role\":\"w\",\"exp\":-1}", "PGRST303"},
        {"exp null is absent", "{\"role\":\"w\",\"exp\":null}", "w"},
        {"exp as text", "{\"role\":\"w\",\"exp\":\"1900000000\"}", "PGRST303"},
        {"exp as an array", "{\"role\":\"w\",\"exp\":[1900000000]}", "PGRST303"},
        {"exp true", "{\"role\":\"w\",\"exp\":true}", "PGRST303"},
        {"nbf now", "{\"role\":\"w\",\"nbf\":1800000000}", "w"},
        {"nbf within the leeway", "{\"role\":\"w\",\"nbf\":1800000030}", "w"},
        {"nbf one second past the leeway", "{\"role\":\"w\",\"nbf\":1800000031}", "PGRST303"},
        {"nbf 2^53", "{\"role\":\"w\",\"nbf\":9007199254740992}", "PGRST303"},
        {"nbf 1e400", "{\"role\":\"w\",\"nbf\":1e400}", "PGRST303"},
        {"nbf as text", "{\"role\":\"w\",\"nbf\":\"0\"}", "PGRST303"},
        {"iat within the leeway", "{\"role\":\"w\",\"iat\":1800000030}", "w"},
        {"iat in the future", "{\"role\":\"w\",\"iat\":1800000031}", "PGRST303"},
        {"iat as an object", "{\"role\":\"w\",\"iat\":{}}", "PGRST303"},
        {"aud of any kind is accepted", "{\"role\":\"w\",\"aud\":\"any\"}", "w"},
        {"aud as a number", "{\"role\":\"w\",\"aud\":1}", "PGRST303"},
        {"aud with a number", "{\"role\":\"w\",\"aud\":[\"a\",1]}", "PGRST303"},
        {"aud as an object", "{\"role\":\"w\",\"aud\":{}}", "PGRST303"},
        {"the role none would be midair's own rights", "{\"role\":\"none\"}", "PGRST303"},
        {"an empty role", "{\"role\":\"\"}", "PGRST303"},
        {"a role as a number", "{\"role\":1}", "PGRST303"},
        {"a role as an array", "{\"role\":[\"w\"]}", "PGRST303"},
        {"a role null", "{\"role\":null}", "PGRST303"},
        {"a role of 63 bytes", "{\"role\":\"123456789012345678901234567890123456789012345678901234567890123\"}",
         "123456789012345678901234567890123456789012345678901234567890123"},
        {"a role of 64 bytes", "{\"role\":\"1234567890123456789012345678901234567890123456789012345678901234\"}",
         "PGRST303"},
        {"a role with NUL", "{\"role\":\"w\\u0000\"}", "PGRST303"},
        {"role twice", "{\"role\":\"w\",\"role\":\"admin\"}", "PGRST303"},
        {"role twice, once escaped", "{\"role\":\"w\",\"r\\u006fle\":\"admin\"}", "PGRST303"},
        {"exp twice", "{\"role\":\"w\",\"exp\":1,\"exp\":1900000000}", "PGRST303"},
        {"a duplicate further in", "{\"role\":\"w\",\"a\":{\"b\":1,\"b\":2}}", "PGRST303"},
        {"ROLE is another member", "{\"ROLE\":\"admin\"}", "anon"},
        {"claims that are an array", "[\"role\",\"w\"]", "PGRST303"},
        {"claims that are text", "\"w\"", "PGRST303"},
        {"claims that are not JSON", "role=w", "PGRST303"},
        {"claims that are empty", "", "PGRST303"},
        {"bytes after the claims", "{\"role\":\"w\"}{}", "PGRST303"},
        {"bytes that are not UTF-8", "{\"role\":\"w\xff\"}", "PGRST303"},
        {"a byte order mark", "\xef\xbb\xbf{\"role\":\"w\"}", "PGRST303"},
        {"a leading zero", "{\"role\":\"w\",\"exp\":01900000000}", "PGRST303"},
        {"exp NaN", "{\"role\":\"w\",\"exp\":NaN}", "PGRST303"},
    };
    struct auth_options options = defaults();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct slice token = sign_hmac(arena, "SHA256", SLICE(SECRET), plain, rows[i].claims);
        expect(rows[i].label, said_once(arena, &options, token), rows[i].expected);
        arena_free(arena);
    }
}

Test(tokens, headers_are_not_trusted)
{
    static const struct {
        const char *label, *header, *digest, *expected;
    } rows[] = {
        {"HS256", "{\"alg\":\"HS256\"}", "SHA256", "w"},
        {"HS384", "{\"alg\":\"HS384\"}", "SHA384", "w"},
        {"HS512", "{\"alg\":\"HS512\"}", "SHA512", "w"},
        {"a kid, which a secret text does not have", "{\"alg\":\"HS256\",\"kid\":\"x\"}", "SHA256", "w"},
        {"alg none", "{\"alg\":\"none\"}", "SHA256", "PGRST301"},
        {"alg None", "{\"alg\":\"None\"}", "SHA256", "PGRST301"},
        {"alg NONE", "{\"alg\":\"NONE\"}", "SHA256", "PGRST301"},
        {"alg hs256", "{\"alg\":\"hs256\"}", "SHA256", "PGRST301"},
        {"alg with a blank", "{\"alg\":\"HS256 \"}", "SHA256", "PGRST301"},
        {"alg missing", "{\"typ\":\"JWT\"}", "SHA256", "PGRST301"},
        {"alg null", "{\"alg\":null}", "SHA256", "PGRST301"},
        {"alg as a list", "{\"alg\":[\"HS256\"]}", "SHA256", "PGRST301"},
        {"alg twice", "{\"alg\":\"none\",\"alg\":\"HS256\"}", "SHA256", "PGRST301"},
        {"alg of another digest", "{\"alg\":\"HS512\"}", "SHA256", "PGRST301"},
        {"alg of another family", "{\"alg\":\"RS256\"}", "SHA256", "PGRST301"},
        {"alg that midair does not have", "{\"alg\":\"ES256K\"}", "SHA256", "PGRST301"},
        {"an encrypted token", "{\"alg\":\"dir\",\"enc\":\"A128GCM\"}", "SHA256", "PGRST301"},
        {"critical extensions", "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "SHA256", "PGRST301"},
        {"critical extensions, none", "{\"alg\":\"HS256\",\"crit\":[]}", "SHA256", "PGRST301"},
        {"a key that the token brings", "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}", "SHA256", "w"},
        {"a header that is an array", "[\"alg\",\"HS256\"]", "SHA256", "PGRST301"},
        {"a header that is not JSON", "alg=HS256", "SHA256", "PGRST301"},
        {"an empty header", "", "SHA256", "PGRST301"},
    };
    struct auth_options options = defaults();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct slice token = sign_hmac(arena, rows[i].digest, SLICE(SECRET), rows[i].header, "{\"role\":\"w\"}");
        expect(rows[i].label, said_once(arena, &options, token), rows[i].expected);
        arena_free(arena);
    }
}

/* What becomes of a good token whose text is changed; %s is the token. */
Test(tokens, the_form_is_strict)
{
    static const struct {
        const char *label, *format, *expected;
    } rows[] = {
        {"as it is", "Bearer %s", "w"},
        {"the scheme in lower case", "bearer %s", "w"},
        {"several blanks", "Bearer   %s", "w"},
        {"blanks around", "  Bearer %s  ", "w"},
        {"another scheme is no token", "Basic %s", "anon"},
        {"a scheme that begins alike", "BearerX %s", "anon"},
        {"a comma after the scheme", "Bearer, %s", "anon"},
        {"a tab after the scheme", "Bearer\t%s", "anon"},
        {"an empty field", "", "anon"},
        {"no token", "Bearer", "PGRST301"},
        {"blanks only", "Bearer   ", "PGRST301"},
        {"a fourth part", "Bearer %s.x", "PGRST301"},
        {"a dot at the end", "Bearer %s.", "PGRST301"},
        {"a dot at the front", "Bearer .%s", "PGRST301"},
        {"padding", "Bearer %s=", "PGRST301"},
        {"a byte after the signature", "Bearer %sA", "PGRST301"},
        {"a line break inside", "Bearer %s\r\n", "PGRST301"},
        {"two tokens", "Bearer %s, Bearer x", "PGRST301"},
        {"a parameter", "Bearer token=%s", "PGRST301"},
        {"in quotes", "Bearer \"%s\"", "PGRST301"},
        {"dots only", "Bearer ..", "PGRST301"},
        {"one part", "Bearer x", "PGRST301"},
        {"two parts", "Bearer x.y", "PGRST301"},
        {"no signature", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoidyJ9.", "PGRST301"},
        {"alg none without a signature", "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoidyJ9.", "PGRST301"},
    };
    struct auth_options options = defaults();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct auth *auth = made(arena, &options);
        struct slice token = sign_hmac(arena, "SHA256", SLICE(SECRET), plain, "{\"role\":\"w\"}");
        struct buf field = buf_new(arena, 512);
        struct slice before = slice_of(rows[i].format), after = SLICE("");
        char *mark = strstr(rows[i].format, "%s");
        if (mark) {
            before = slice_make(rows[i].format, (size_t)(mark - rows[i].format));
            after = slice_of(mark + 2);
        }
        buf_put(&field, before);
        if (mark)
            buf_put(&field, token);
        buf_put(&field, after);
        struct identity identity;
        struct err *err = auth_identify(auth, arena, buf_slice(&field), NOW, &identity);
        expect(rows[i].label, err ? err->code : identity.role, rows[i].expected);
        auth_free(auth);
        arena_free(arena);
    }
}

Test(tokens, every_changed_byte_is_noticed)
{
    struct arena *arena = arena_new(0);
    struct auth_options options = defaults();
    struct auth *auth = made(arena, &options);
    struct slice token = sign_hmac(arena, "SHA256", SLICE(SECRET), plain, "{\"role\":\"w\"}");
    expect("the token", said(arena, auth, token), "w");
    for (size_t i = 0; i < token.len; i++) {
        char *copy = (char *)(uintptr_t)arena_copy(arena, token).at;
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        struct slice code = said(arena, auth, slice_make(copy, token.len));
        cr_expect(slice_eq(code, SLICE("PGRST301")), "byte %zu: %.*s", i, SLICE_ARG(code));
    }
    for (size_t len = 0; len < token.len; len++)
        expect("cut short", said(arena, auth, slice_head(token, len)), "PGRST301");
    auth_free(auth);
    arena_free(arena);
}

Test(tokens, the_length_is_limited)
{
    struct auth_options options = defaults();
    for (size_t extra = 0; extra < 2; extra++) {
        struct arena *arena = arena_new(0);
        /* header 36, dots 2, signature 43: the claims in base64 fill the rest */
        size_t claims = (AUTH_TOKEN_MAX - 36 - 2 - 43) / 4 * 3 + extra * 3,
               frame = strlen("{\"role\":\"w\",\"x\":\"\"}");
        char *text = arena_zalloc(arena, claims + 1, 1);
        char *filler = arena_zalloc(arena, claims, 1);
        memset(filler, 'x', claims - frame);
        snprintf(text, claims + 1, "{\"role\":\"w\",\"x\":\"%s\"}", filler);
        struct slice token = sign_hmac(arena, "SHA256", SLICE(SECRET), plain, text);
        cr_expect_eq(token.len > AUTH_TOKEN_MAX, extra == 1, "%zu", token.len);
        expect(extra ? "one step too long" : "the longest", said_once(arena, &options, token),
               extra ? "PGRST301" : "w");
        arena_free(arena);
    }
}

Test(tokens, the_audience_must_be_ours)
{
    static const struct {
        const char *label, *claims, *expected;
    } rows[] = {
        {"ours", "{\"aud\":\"shop\"}", "anon"},
        {"ours among others", "{\"aud\":[\"a\",\"shop\"]}", "anon"},
        {"absent", "{}", "anon"},
        {"null", "{\"aud\":null}", "anon"},
        {"an empty list", "{\"aud\":[]}", "anon"},
        {"another", "{\"aud\":\"shopx\"}", "PGRST303"},
        {"a part of ours", "{\"aud\":\"sho\"}", "PGRST303"},
        {"other case", "{\"aud\":\"Shop\"}", "PGRST303"},
        {"others", "{\"aud\":[\"a\",\"b\"]}", "PGRST303"},
        {"ours beside a number", "{\"aud\":[\"shop\",1]}", "PGRST303"},
        {"empty", "{\"aud\":\"\"}", "PGRST303"},
        {"nested", "{\"aud\":[[\"shop\"]]}", "PGRST303"},
    };
    struct auth_options options = defaults();
    options.audience = SLICE("shop");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct slice token = sign_hmac(arena, "SHA256", SLICE(SECRET), plain, rows[i].claims);
        expect(rows[i].label, said_once(arena, &options, token), rows[i].expected);
        arena_free(arena);
    }
}

Test(tokens, without_an_anonymous_role_a_token_with_a_role_is_needed)
{
    struct arena *arena = arena_new(0);
    struct auth_options options = defaults();
    struct identity identity;
    options.anon_role = SLICE("");
    struct auth *auth = made(arena, &options);
    struct err *err = auth_identify(auth, arena, SLICE_ABSENT, NOW, &identity);
    cr_assert(err && slice_eq(err->code, SLICE("PGRST302")) && err->kind == ERR_UNAUTHORIZED);
    expect("no role", said(arena, auth, sign_hmac(arena, "SHA256", SLICE(SECRET), plain, "{}")), "PGRST302");
    expect("a role", said(arena, auth, sign_hmac(arena, "SHA256", SLICE(SECRET), plain, "{\"role\":\"w\"}")), "w");
    auth_free(auth);
    options.secret = SLICE("");
    options.anon_role = SLICE("anon");
    auth = made(arena, &options);
    err = auth_identify(auth, arena, SLICE("Bearer x"), NOW, &identity);
    cr_assert(err && slice_eq(err->code, SLICE("PGRST300")) && err->kind == ERR_INTERNAL);
    auth_free(auth);
    arena_free(arena);
}

Test(tokens, a_refusal_says_so_in_its_challenge)
{
    struct arena *arena = arena_new(0);
    struct auth_options options = defaults();
    struct auth *auth = made(arena, &options);
    struct identity identity;
    struct slice token = sign_hmac(arena, "SHA256", SLICE(SECRET), plain, "{\"exp\":1}");
    struct err *err = auth_identify(auth, arena, bearer(arena, token), NOW, &identity);
    cr_assert(err);
    expect("challenge", problem_read(err)->challenge,
           "Bearer error=\"invalid_token\", error_description=\"JWT expired\"");
    auth_free(auth);
    arena_free(arena);
}

Test(tokens, claims_carry_the_role_once_and_keep_their_digits)
{
    struct arena *arena = arena_new(0);
    struct auth_options options = defaults();
    options.role_claim = SLICE(".app.roles[1]");
    struct auth *auth = made(arena, &options);
    struct identity identity;
    struct slice token =
        sign_hmac(arena, "SHA256", SLICE(SECRET), plain,
                  "{\"sub\":\"7\",\"n\":9007199254740993,\"role\":\"x\",\"app\":{\"roles\":[\"a\",\"b\"]}}");
    for (int round = 0; round < 2; round++) {
        cr_assert_null(auth_identify(auth, arena, bearer(arena, token), NOW, &identity));
        cr_expect_eq(identity.cached, round == 1);
        expect("claims", identity.claims,
               "{\"sub\":\"7\",\"n\":9007199254740993,\"app\":{\"roles\":[\"a\",\"b\"]},\"role\":\"b\"}");
        expect("sub", identity.sub, "7");
        expect("a claim", auth_claim(arena, identity.claims, SLICE("n")), "9007199254740993");
        cr_expect_not(slice_present(auth_claim(arena, identity.claims, SLICE("none"))));
    }
    auth_free(auth);
    arena_free(arena);
}

Test(tokens, a_cached_token_expires)
{
    struct arena *arena = arena_new(0);
    struct auth_options options = defaults();
    struct auth *auth = made(arena, &options);
    struct identity identity;
    struct auth_stats stats;
    struct slice field =
        bearer(arena, sign_hmac(arena, "SHA256", SLICE(SECRET), plain, "{\"role\":\"w\",\"exp\":1800000100}"));
    cr_assert_null(auth_identify(auth, arena, field, NOW, &identity));
    cr_assert_null(auth_identify(auth, arena, field, NOW + 130, &identity));
    cr_expect(identity.cached);
    cr_assert(auth_identify(auth, arena, field, NOW + 131, &identity));
    cr_assert(auth_identify(auth, arena, field, NOW + 131, &identity));
    auth_stats(auth, &stats);
    cr_expect(stats.hits == 2 && stats.misses == 2 && stats.refused == 2);
    auth_free(auth);
    arena_free(arena);
}

Test(tokens, the_cache_holds_no_more_than_it_should_and_never_mixes)
{
    struct arena *arena = arena_new(0);
    struct auth_options options = defaults();
    for (size_t capacity = 0; capacity < 9; capacity += 4) {
        options.cache_tokens = capacity;
        struct auth *auth = made(arena, &options);
        for (int i = 0; i < 400; i++) {
            char claims[64], role[16];
            snprintf(role, sizeof role, "r%d", i % 40);
            snprintf(claims, sizeof claims, "{\"role\":\"%s\",\"sub\":\"%s\"}", role, role);
            struct identity identity;
            struct slice field = bearer(arena, sign_hmac(arena, "SHA256", SLICE(SECRET), plain, claims));
            cr_assert_null(auth_identify(auth, arena, field, NOW, &identity));
            expect("role", identity.role, role);
            expect("sub", identity.sub, role);
        }
        auth_free(auth);
    }
    arena_free(arena);
}
