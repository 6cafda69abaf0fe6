#include "token.h"

#include "base64.h"
#include "midair/http/problem.h"
#include "midair/json/gate.h"
#include "signature.h"

struct err *token_error(struct arena *arena, const char *code, const char *message)
{
    struct err *err = err_new(arena, ERR_UNAUTHORIZED, "%s", message);
    err->code = slice_of(code);
    problem_of(arena, err)->challenge =
        arena_printf(arena, "Bearer error=\"invalid_token\", error_description=\"%s\"", message);
    return err;
}

static struct err *undecodable(struct arena *arena, const char *message)
{
    return token_error(arena, "PGRST301", message);
}

/* Cuts the token into its three parts. */
static struct err *cut(struct arena *arena, struct slice token, struct slice parts[3])
{
    size_t count = 0;
    struct slice rest = token, part;
    bool more = true;
    while (more) {
        more = slice_cut(rest, '.', &part, &rest);
        if (count < 3)
            parts[count] = part;
        count++;
    }
    if (count == 3)
        return NULL;
    return undecodable(arena, arena_printf(arena, "Expected 3 parts in JWT; got %zu", count).at);
}

static struct err *read_header(struct arena *arena, struct slice part, struct json *out)
{
    static const struct json_limits limits = {.depth = 8, .nodes = 200, .bytes = AUTH_HEADER_MAX};
    struct slice text;
    if (!base64url_decode(arena, part, &text) || json_parse(arena, text, limits, out) || out->kind != JSON_OBJECT)
        return undecodable(arena, "JWT cryptographic operation failed");
    /* Extensions that must be understood: midair understands none (RFC 7515 4.1.11). */
    if (json_member(out, SLICE("crit")))
        return undecodable(arena, "Unsupported token type");
    return NULL;
}

static struct slice text_of(const struct json *header, const char *name)
{
    const struct json *value = json_member(header, slice_of(name));
    return value && value->kind == JSON_STRING ? value->text : SLICE_ABSENT;
}

/* Whether the key is the one that the token names. A token that names none is tried with all. */
static bool is_named(const struct key *key, const struct json *id)
{
    if (!id || key->nameless)
        return true;
    return id->kind == JSON_STRING && slice_present(key->id) && slice_eq(key->id, id->text);
}

static struct err *check_signature(struct arena *arena, const struct keys *keys, const struct json *header,
                                   struct slice signed_text, struct slice signature)
{
    const struct algorithm *algorithm = algorithm_find(text_of(header, "alg"));
    bool suits = false;
    if (!algorithm)
        return undecodable(arena, "Wrong or unsupported encoding algorithm");
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        if (!is_named(key, json_member(header, SLICE("kid"))) || !key_suits(key, algorithm))
            continue;
        suits = true;
        if (signature_holds(arena, key, algorithm, signed_text, signature))
            return NULL;
    }
    return undecodable(arena, suits ? "JWT cryptographic operation failed" : "No suitable key or wrong key type");
}

struct err *token_verify(struct arena *arena, const struct keys *keys, struct slice token, struct json *claims)
{
    static const struct json_limits limits = {.depth = 32, .nodes = 4000, .bytes = AUTH_TOKEN_MAX};
    struct slice parts[3], signature, payload;
    struct json header;
    if (token.len > AUTH_TOKEN_MAX)
        return undecodable(arena, "The JWT is too long");
    TRY(cut(arena, token, parts));
    TRY(read_header(arena, parts[0], &header));
    struct slice signed_text = slice_make(token.at, parts[0].len + 1 + parts[1].len);
    if (!base64url_decode(arena, parts[2], &signature))
        return undecodable(arena, "JWT cryptographic operation failed");
    TRY(check_signature(arena, keys, &header, signed_text, signature));
    if (!base64url_decode(arena, parts[1], &payload) || json_parse(arena, payload, limits, claims) ||
        claims->kind != JSON_OBJECT)
        return token_error(arena, "PGRST303", "Parsing claims failed");
    return NULL;
}

/* ---- times ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The exponent of a number, limited to what can matter for a text of this length. */
static int64_t exponent_of(struct slice text)
{
    const int64_t most = 1000000;
    bool negative = slice_starts(text, SLICE("-"));
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.at[i]) && value < most)
            value = value * 10 + (text.at[i] - '0');
    return negative ? -value : value;
}

int64_t token_seconds(struct slice number)
{
    bool negative = slice_starts(number, SLICE("-"));
    size_t mark = 0, point = number.len;
    while (mark < number.len && number.at[mark] != 'e' && number.at[mark] != 'E')
        mark++;
    struct slice mantissa = slice_from(slice_head(number, mark), negative ? 1 : 0);
    point = slice_find(mantissa, '.');
    /* digits before the point, after the exponent is applied */
    int64_t whole = (int64_t)point + (mark < number.len ? exponent_of(slice_from(number, mark + 1)) : 0);
    int64_t value = 0, seen = 0;
    bool fraction = false, large = false;
    for (size_t i = 0; i < mantissa.len; i++) {
        if (!is_digit(mantissa.at[i]))
            continue;
        int digit = mantissa.at[i] - '0';
        if (seen++ >= whole)
            fraction = fraction || digit;
        else
            large = large || __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value);
    }
    for (; seen < whole && value && !large; seen++)
        large = __builtin_mul_overflow(value, 10, &value);
    if (large)
        return negative ? INT64_MIN : INT64_MAX;
    return negative ? -value - fraction : value;
}

static struct err *read_time(struct arena *arena, const struct json *claims, const char *name, const char *message,
                             int64_t *out)
{
    const struct json *claim = json_member(claims, slice_of(name));
    if (!claim || claim->kind == JSON_NULL)
        return NULL;
    if (claim->kind != JSON_NUMBER)
        return token_error(arena, "PGRST303", message);
    *out = token_seconds(claim->text);
    return NULL;
}

struct err *token_times_read(struct arena *arena, const struct json *claims, struct token_times *out)
{
    *out = (struct token_times){.expires = INT64_MAX, .not_before = INT64_MIN, .issued = INT64_MIN};
    TRY(read_time(arena, claims, "exp", "The JWT 'exp' claim must be a number", &out->expires));
    TRY(read_time(arena, claims, "nbf", "The JWT 'nbf' claim must be a number", &out->not_before));
    return read_time(arena, claims, "iat", "The JWT 'iat' claim must be a number", &out->issued);
}

struct err *token_times_check(struct arena *arena, const struct token_times *times, int64_t now_s, int64_t leeway_s)
{
    if (times->expires < now_s - leeway_s)
        return token_error(arena, "PGRST303", "JWT expired");
    if (times->not_before > now_s + leeway_s)
        return token_error(arena, "PGRST303", "JWT not yet valid");
    if (times->issued > now_s + leeway_s)
        return token_error(arena, "PGRST303", "JWT issued at future");
    return NULL;
}

/* ---- audience ---- */

struct err *token_audience_check(struct arena *arena, const struct json *claims, struct slice audience)
{
    static const char form[] = "The JWT 'aud' claim must be a string or an array of strings";
    const struct json *claim = json_member(claims, SLICE("aud"));
    if (!claim || claim->kind == JSON_NULL)
        return NULL;
    bool single = claim->kind == JSON_STRING;
    if (!single && claim->kind != JSON_ARRAY)
        return token_error(arena, "PGRST303", form);
    const struct json *items = single ? claim : claim->items;
    size_t count = single ? 1 : claim->count;
    bool found = count == 0 || audience.len == 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind != JSON_STRING)
            return token_error(arena, "PGRST303", form);
        found = found || slice_eq(items[i].text, audience);
    }
    return found ? NULL : token_error(arena, "PGRST303", "JWT not in audience");
}
