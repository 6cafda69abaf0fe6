/* Responses to errors (RFC 9457), to preconditions that fail, and to a DELETE that referencing rows prevent. */
#include "parts.h"

#include "midair/base/text.h"
#include "midair/http/etag.h"
#include "midair/http/field.h"
#include "midair/http/problem.h"
#include "midair/json/build.h"

static const struct {
    enum err_kind kind;
    const char *code, *message;
} postgrest_codes[] = {
#define CODE(kind, code, message) {ERR_##kind, code, message},
#include "postgrest_code.def"
#undef CODE
};

static const struct {
    const char *code, *message;
} postgrest_messages[] = {
#define MESSAGE(code, message) {code, message},
#include "postgrest_message.def"
#undef MESSAGE
};

/* PostgREST's code for the error. *message is PostgREST's text if it is the same for all such errors, and otherwise
 * absent. */
static struct slice postgrest_code(const struct err *err, struct slice *message)
{
    *message = SLICE_ABSENT;
    for (size_t i = 0; !slice_present(err->code) && i < sizeof(postgrest_codes) / sizeof(*postgrest_codes); i++)
        if (postgrest_codes[i].kind == err->kind) {
            *message = *postgrest_codes[i].message ? slice_of(postgrest_codes[i].message) : SLICE_ABSENT;
            return slice_of(postgrest_codes[i].code);
        }
    for (size_t i = 0; i < sizeof(postgrest_messages) / sizeof(*postgrest_messages); i++)
        if (slice_eq(err->code, slice_of(postgrest_messages[i].code)))
            *message = slice_of(postgrest_messages[i].message);
    return slice_present(err->code) ? err->code : slice_of(err_name(err->kind));
}

/* Whether the response contains what is otherwise only logged: PostgreSQL's own message, by which users search. */
static bool shows_note(const struct ask *ask, const struct err *err)
{
    return ask->facts.verbose && problem_status(err) >= 500 && slice_present(err->note) && !err->details_json &&
           text_is_utf8(err->note);
}

/* Writes the members that PostgREST's clients read. midair's own problem documents have them too. */
static void put_postgrest_members(const struct ask *ask, struct json_out *json, const struct err *err)
{
    struct slice message = SLICE_ABSENT, details = err->details, words = problem_read(err)->message;
    struct slice code = slice_present(err->code) ? err->code : slice_of(err_name(err->kind));
    if (ask->facts.postgrest)
        code = postgrest_code(err, &message);
    if (slice_present(message) && !slice_present(details) && !slice_eq(message, err->detail))
        details = err->detail;
    bool verbose = shows_note(ask, err);
    if (verbose && ask->facts.postgrest && slice_present(err->code))
        message = err->note;
    else if (verbose)
        details = err->note;
    if (!slice_present(message))
        message = ask->facts.postgrest && slice_present(words) ? words : err->detail;
    json_out_member_string(json, "code", code);
    json_out_member_string(json, "message", message);
    if (err->details_json)
        json_out_member_raw(json, "details", details);
    else
        json_out_member_string(json, "details", details);
    json_out_member_string(json, "hint", err->hint);
}

/* Sets Proxy-Status (RFC 9209) as PostgREST does, if the code is a token. */
static void set_proxy_status(const struct ask *ask, const struct err *err, struct http_response *out)
{
    struct slice ignored, code = postgrest_code(err, &ignored);
    if (field_is_token(code))
        response_set(out, "Proxy-Status", arena_printf(ask->arena, "PostgREST; error=%.*s", SLICE_ARG(code)));
}

/* Whether an error raised in the database may not set this field: besides the fields that only midair sets, those that
 * describe the content and those that control who may read it. */
static bool is_resolved(struct slice name)
{
    static const struct slice resolved[] = {SLICE_LITERAL("Content-"), SLICE_LITERAL("Access-Control-"),
                                            SLICE_LITERAL("Vary"),     SLICE_LITERAL("Proxy-Status"),
                                            SLICE_LITERAL("Allow"),    SLICE_LITERAL("Accept-")};
    for (size_t i = 0; i < sizeof(resolved) / sizeof(*resolved); i++)
        if (slice_eq_nocase(slice_head(name, resolved[i].len), resolved[i]))
            return true;
    return response_is_own(name);
}

/* Sets the header fields that a function requested when it raised the error with SQLSTATE PGRST. */
static void set_raised(const struct ask *ask, const struct err *err, struct http_response *out)
{
    const struct fields *fields = &problem_read(err)->fields;
    for (size_t i = 0; i < fields->count; i++) {
        struct slice name = fields->items[i].name, value = slice_trim(fields->items[i].value);
        if (response_may_set(name, value) && !is_resolved(name))
            response_set(out, text_cstr(ask->arena, name), arena_copy(ask->arena, value));
    }
}

static void begin_problem(const struct ask *ask, struct json_out *json, const struct err *err)
{
    json_out_object(json);
    if (!ask->facts.postgrest) {
        json_out_member_string(json, "type", problem_type(ask->arena, err->kind));
        json_out_member_string(json, "title", slice_of(problem_title(err->kind)));
        json_out_member_int(json, "status", problem_status(err));
        json_out_member_string(json, "detail", err->detail);
        if (slice_present(ask->facts.path))
            json_out_member_string(json, "instance", ask->facts.path);
    }
    put_postgrest_members(ask, json, err);
    if (!ask->facts.postgrest && err->position >= 0)
        json_out_member_int(json, "position", err->position);
}

/* PostgREST has no 501 and answers unknown methods with 405. */
static int status_of(const struct ask *ask, const struct err *err)
{
    return ask->facts.postgrest && err->kind == ERR_NOT_IMPLEMENTED ? 405 : problem_status(err);
}

static void end_problem(const struct ask *ask, struct json_out *json, const struct err *err, struct http_response *out)
{
    const struct problem *problem = problem_read(err);
    json_out_end_object(json);
    out->status = status_of(ask, err);
    out->body = buf_slice(json->buf);
    out->close = out->close || problem->close;
    response_set(out, "Content-Type",
                 ask->facts.postgrest ? SLICE("application/json; charset=utf-8") : SLICE("application/problem+json"));
    respond_common(ask, out);
    if (err->retry_after)
        response_set(out, "Retry-After", arena_printf(ask->arena, "%d", err->retry_after));
    if (out->status == 405)
        response_set(out, "Allow",
                     slice_present(problem->allow) ? problem->allow : method_list(ask->arena, ask->decisions.allow));
    if (out->status == 401) /* RFC 9110 11.6.1 */
        response_set(out, "WWW-Authenticate", slice_present(problem->challenge) ? problem->challenge : SLICE("Bearer"));
    if (slice_present(problem->range))
        response_set(out, "Content-Range", problem->range);
    if (slice_present(problem->codings))
        response_set(out, "Accept-Encoding", problem->codings);
    if (slice_present(problem->accept))
        response_set(out, ask->facts.method == METHOD_PATCH ? "Accept-Patch" : "Accept-Post", problem->accept);
    if (ask->facts.postgrest)
        set_proxy_status(ask, err, out);
    set_raised(ask, err, out);
}

void respond_failure(const struct ask *ask, const struct err *err, struct http_response *out)
{
    struct buf body = buf_new(ask->arena, 512);
    struct json_out json = json_out_new(&body);
    out->field_count = 0;
    begin_problem(ask, &json, err);
    if (slice_present(problem_read(err)->members)) {
        buf_byte(&body, ',');
        buf_put(&body, problem_read(err)->members);
    }
    end_problem(ask, &json, err, out);
}

static void put_expected(const struct ask *ask, const struct guarded_row *stale, struct json_out *json)
{
    bool named = stale && stale->role == GUARDED_NAMED;
    const struct tag_list *match = named ? &stale->preconds.if_match : &ask->decisions.plan->preconds.if_match;
    json_out_name(json, SLICE("expected"));
    json_out_array(json);
    if (match->kind == TAGS_ANY)
        json_out_string(json, SLICE("*"));
    for (size_t i = 0; i < match->count; i++)
        json_out_string(json, tag_quote(ask->arena, match->tags[i].opaque));
    json_out_end_array(json);
}

static void put_tag(const struct ask *ask, struct json_out *json, const char *name, struct slice opaque)
{
    json_out_member_string(json, name, slice_present(opaque) ? tag_quote(ask->arena, opaque) : SLICE_ABSENT);
}

static void put_losers(const struct ask *ask, struct json_out *json, const struct outcome *outcome)
{
    json_out_name(json, SLICE("failed"));
    json_out_array(json);
    for (size_t i = 0; i < outcome->loser_count; i++) {
        const struct loser *loser = &outcome->losers[i];
        json_out_object(json);
        json_out_member_string(
            json, "link",
            route_item_path(ask->arena, ask->facts.base_path, ask->decisions.plan->relation, loser->keys));
        put_tag(ask, json, "current_etag", loser->current);
        if (slice_present(loser->expected))
            put_tag(ask, json, "expected", loser->expected);
        json_out_end_object(json);
    }
    json_out_end_array(json);
}

/* Writes the current row: its tag (also as ETag), its content as far as the client may read it, and its URL. */
static void put_current(const struct ask *ask, struct json_out *json, const struct outcome *outcome,
                        struct http_response *out)
{
    const struct guarded_row *stale = outcome->stale;
    struct slice tag = SLICE_ABSENT;
    struct buf row = buf_new(ask->arena, 512);
    if (outcome_rows(outcome)) {
        const struct rows *rows = &outcome->parts[0];
        struct validators validators = validators_of(ask, outcome);
        tag = layout_tag(ask->arena, outcome->layout, rows, 0);
        if (!ask->too_large)
            put_row(&row, outcome->layout, rows, 0, tag);
        if (!stale && validators.dated)
            set_last_modified(ask, out, validators.modified_us);
    } else {
        BUF_LIT(&row, "null");
    }
    put_tag(ask, json, "current_etag", tag);
    if (!ask->too_large || !outcome_rows(outcome))
        json_out_member_raw(json, "current", buf_slice(&row));
    json_out_member_string(json, "link",
                           route_item_path(ask->arena, ask->facts.base_path,
                                           stale ? stale->relation : ask->decisions.plan->relation,
                                           stale ? stale->keys : ask->decisions.plan->keys));
    if (!stale)
        set_etag(ask, out, tag); /* ETag is about the target of the request only */
}

static struct err *stale_reason(const struct ask *ask, const struct outcome *outcome)
{
    if (outcome->conditions_missing)
        return err_new(ask->arena, ERR_PRECONDITION_REQUIRED,
                       "Existing rows may only be overwritten with a precondition.");
    if (outcome->losers)
        return err_new(ask->arena, ERR_PRECONDITION_FAILED,
                       "%zu %s not in the state that was expected; nothing was changed.", outcome->loser_count,
                       outcome->loser_count == 1 ? "row is" : "rows are");
    if (outcome->stale)
        return err_new(ask->arena, ERR_PRECONDITION_FAILED,
                       "%.*s is not in the state that was expected; nothing was changed.",
                       SLICE_ARG(route_item_path(ask->arena, ask->facts.base_path, outcome->stale->relation,
                                                 outcome->stale->keys)));
    if (outcome_rows(outcome) == 0)
        return err_new(ask->arena, ERR_PRECONDITION_FAILED,
                       "There is no such row, so it cannot be in the state that was expected.");
    return err_new(ask->arena, ERR_PRECONDITION_FAILED,
                   "The row is not in the state that was expected; nothing was changed.");
}

void respond_failed(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    struct err *err = stale_reason(ask, outcome);
    struct buf body = buf_new(ask->arena, 1024);
    struct json_out json = json_out_new(&body);
    out->field_count = 0;
    err_hint(ask->arena, err,
             "GET the current state, merge your change into it, and send it again with the current ETag in If-Match.");
    begin_problem(ask, &json, err);
    put_expected(ask, outcome->stale, &json);
    if (outcome->losers)
        put_losers(ask, &json, outcome);
    else
        put_current(ask, &json, outcome, out);
    end_problem(ask, &json, err, out);
}

static struct err *blocked_reason(const struct ask *ask, const struct blocked *blocked)
{
    struct arena *arena = ask->arena;
    struct slice name = blocked->link->child->resource;
    switch (blocked->why) {
    case BLOCKED_BY_DATABASE:
        return err_hint(
            arena,
            err_new(arena, ERR_CONFLICT, "Rows of %.*s refer to this one, so it cannot be deleted.", SLICE_ARG(name)),
            "Delete them or let them refer to another row first.");
    case BLOCKED_REFUSED:
        return err_hint(arena,
                        err_new(arena, ERR_CONFLICT, "Rows of %.*s would be deleted too, and that is not allowed here.",
                                SLICE_ARG(name)),
                        "Delete them first.");
    case BLOCKED_UNGUARDED:
        break;
    }
    struct err *err =
        err_new(arena, blocked->conditions_missing ? ERR_PRECONDITION_REQUIRED : ERR_CONFLICT,
                "Rows of %.*s would be deleted too, and the precondition does not cover them.", SLICE_ARG(name));
    return err_hint(arena, err,
                    "GET the row with them embedded (select=*,%.*s(*)) and send the ETag of that response in If-Match; "
                    "If-Match: * matches any current state.",
                    SLICE_ARG(name));
}

void respond_blocked(const struct ask *ask, const struct blocked *blocked, struct http_response *out)
{
    const struct link *link = blocked->link;
    struct err *err = blocked_reason(ask, blocked);
    struct buf members = buf_new(ask->arena, 256);
    struct json_out json = json_out_new(&members);
    json_out_name(&json, SLICE("blocked_by"));
    json_out_object(&json);
    json_out_member_string(&json, "resource", link->child->resource);
    json_out_member_string(&json, "constraint", link->name);
    if (blocked->count >= 0)
        json_out_member_int(&json, "count", blocked->count);
    struct slice parent_path =
        blocked->keys
            ? route_children_path(ask->arena,
                                  route_item_path(ask->arena, ask->facts.base_path, link->parent, blocked->keys), link)
            : route_collection_path(ask->arena, ask->facts.base_path, link->child);
    json_out_member_string(&json, "link", parent_path);
    json_out_end_object(&json);
    problem_of(ask->arena, err)->members = buf_slice(&members);
    if (slice_present(blocked->code))
        err->code = blocked->code;
    respond_failure(ask, err, out);
}
