/* What a function says about the answer to its call (PostgREST's "Transactions": response.headers, response.status). */
#include "parts.h"

#include "midair/base/text.h"

bool reply_succeeds(const struct ask *ask)
{
    return !ask->reply || !ask->reply->status || ask->reply->status < 300;
}

static bool is_about_content(struct slice name)
{
    return slice_eq_nocase(slice_head(name, 8), SLICE("Content-"));
}

/* The first of a name takes the place of midair's own, further ones come besides. Vary is a list that only grows. */
static void set_field(const struct ask *ask, size_t index, struct http_response *out)
{
    const struct field *field = &ask->reply->fields[index];
    const char *name = text_cstr(ask->arena, field->name);
    bool again = false;
    if (slice_eq_nocase(field->name, SLICE("Vary"))) {
        response_vary(ask->arena, out, text_cstr(ask->arena, field->value));
        return;
    }
    for (size_t i = 0; i < index; i++)
        again = again || slice_eq_nocase(ask->reply->fields[i].name, field->name);
    if (again)
        response_add(out, name, field->value);
    else
        response_set(out, name, field->value);
}

void apply_reply(const struct ask *ask, struct http_response *out)
{
    const struct reply *reply = ask->reply;
    if (!reply || out->status >= 400)
        return;
    for (size_t i = 0; i < reply->field_count; i++)
        if (out->status != 304 || !is_about_content(reply->fields[i].name))
            set_field(ask, i, out);
    if (!reply->status || out->status == 304)
        return;
    out->status = reply->status;
    if (!reply_succeeds(ask))
        response_set(out, "ETag", SLICE_ABSENT);
    if (out->status == 204 || out->status == 205 || out->status == 304) {
        out->body = SLICE("");
        response_set(out, "Content-Type", SLICE_ABSENT);
        response_set(out, "Content-Encoding", SLICE_ABSENT);
        response_set(out, "ETag", SLICE_ABSENT);
    }
}
