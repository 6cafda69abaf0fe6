#include "midair/http/message.h"

#include "midair/http/field.h"

static const struct slice names[] = {
#define METHOD(name) [METHOD_##name] = {#name, sizeof(#name) - 1},
#include "midair/http/method.def"
#undef METHOD
};

enum method method_of(struct slice name)
{
    for (unsigned i = 0; i < METHOD_UNKNOWN; i++)
        if (slice_eq(names[i], name))
            return (enum method)i;
    return METHOD_UNKNOWN;
}

const char *method_name(enum method method)
{
    return method < METHOD_UNKNOWN ? names[method].at : "";
}

struct slice method_list(struct arena *arena, unsigned set)
{
    struct buf list = buf_new(arena, 64);
    for (unsigned i = 0; i < METHOD_UNKNOWN; i++) {
        if (!(set & METHOD_BIT(i)))
            continue;
        if (list.len)
            BUF_LIT(&list, ", ");
        buf_put(&list, names[i]);
    }
    return buf_slice(&list);
}

/* field-content of RFC 9110 5.5, which includes tabs. */
/* Whether one of the eight bytes at `at` may be a control byte or DEL. Tabs are reported too. */
static bool may_have_control(const char *at)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    uint64_t del = word ^ (ones * 127);
    return (((word - ones * ' ') & ~word) | ((del - ones) & ~del)) & highs;
}

static bool can_be_sent(struct slice value)
{
    size_t i = 0;
    while (value.len - i >= sizeof(uint64_t) && !may_have_control(value.at + i))
        i += sizeof(uint64_t);
    for (; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if ((c < ' ' && c != '\t') || c == 127)
            return false;
    }
    return slice_present(value);
}

bool response_may_set(struct slice name, struct slice value)
{
    return field_is_token(name) && can_be_sent(value);
}

bool response_is_own(struct slice name)
{
    static const struct slice own[] = {
#define OWN(name) SLICE_LITERAL(name),
#include "own_field.def"
#undef OWN
    };
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (slice_eq_nocase(own[i], name))
            return true;
    return false;
}

static void drop(struct http_response *out, struct slice name)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->field_count; i++) {
        const struct field *field = &out->fields[i];
        if (field->name.len == name.len && slice_eq_nocase(field->name, name))
            continue;
        if (kept != i)
            out->fields[kept] = *field;
        kept++;
    }
    out->field_count = kept;
}

void response_add(struct http_response *out, const char *name, struct slice value)
{
    if (!can_be_sent(value))
        return;
    if (out->field_count < RESPONSE_FIELDS_MAX)
        out->fields[out->field_count++] = (struct field){slice_of(name), value};
    else
        out->too_many = true;
}

void response_set(struct http_response *out, const char *name, struct slice value)
{
    drop(out, slice_of(name));
    response_add(out, name, value);
}

struct slice response_get(const struct http_response *out, const char *name)
{
    struct slice wanted = slice_of(name);
    for (size_t i = 0; i < out->field_count; i++)
        if (slice_eq_nocase(out->fields[i].name, wanted))
            return out->fields[i].value;
    return SLICE_ABSENT;
}

static bool lists(struct slice members, struct slice wanted)
{
    struct slice member;
    while (slice_present(members)) {
        slice_cut(members, ',', &member, &members);
        if (slice_eq_nocase(slice_trim(member), wanted))
            return true;
    }
    return false;
}

void response_vary(struct arena *arena, struct http_response *out, const char *member)
{
    struct slice before = response_get(out, "Vary");
    if (lists(before, slice_of(member)))
        return;
    struct slice after = slice_of(member);
    if (before.len)
        after = arena_printf(arena, "%.*s, %s", SLICE_ARG(before), member);
    response_set(out, "Vary", after);
}
