/* Writes with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the response is made before the commit,
 * and kept in the transaction of the write. A repetition of the request gets what was kept and writes nothing.
 *
 * Only responses to committed writes are kept. A request that failed has changed nothing, so its repetition is carried
 * out. */
#include "idempotency.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"
#include "midair/exec/idempotency_table.h"
#include "midair/http/field.h"
#include "midair/plan/state.h"

enum { KEY_BYTES_MAX = 255 };

static bool is_write(enum method method)
{
    return method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH || method == METHOD_DELETE;
}

/* The draft's form is a string in quotes; many clients send the same without them. */
static bool read_key(struct arena *arena, struct slice field, struct slice *key)
{
    struct slice rest = field;
    if (slice_starts(field, SLICE("\"")))
        return field_quoted(arena, &rest, key) && rest.len == 0;
    *key = field;
    for (size_t i = 0; i < field.len; i++)
        if (strchr(", \"", field.at[i]))
            return false;
    return true;
}

static bool is_printable(struct slice key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.at[i] < ' ' || key.at[i] > '~')
            return false;
    return true;
}

struct err *idempotency_read(const struct request *r, enum method method, struct slice *out)
{
    struct slice field = field_get(r->arena, &r->in->fields, "Idempotency-Key");
    *out = SLICE_ABSENT;
    if (!r->options->idempotency || !is_write(method) || !slice_present(field))
        return NULL;
    if (field_lines(&r->in->fields, "Idempotency-Key") == 1 && read_key(r->arena, field, out) && out->len > 0 &&
        out->len <= KEY_BYTES_MAX && is_printable(*out))
        return NULL;
    *out = SLICE_ABSENT;
    return err_new(r->arena, ERR_BAD_FIELD,
                   "Idempotency-Key is one string of 1 to %d printable ASCII characters, such as a UUID in quotes.",
                   KEY_BYTES_MAX);
}

bool idempotency_applies(const struct request *r, const struct plan *plan)
{
    bool writes = plan->kind != PLAN_NONE && plan->kind != PLAN_PROBE && plan->kind != PLAN_READ_ITEM &&
                  plan->kind != PLAN_READ_LIST && !(plan->kind == PLAN_CALL && plan->as.call.read_only);
    return slice_present(r->collect.idempotency_key) && writes && !plan->explain && !plan->rollback;
}

/* ---- the fingerprint ---- */

static void put_part(struct buf *buf, struct slice part)
{
    buf_u64(buf, part.len);
    buf_byte(buf, slice_present(part) ? ':' : '-');
    buf_put(buf, part);
}

struct slice idempotency_fingerprint(const struct request *r)
{
    static const char *const names[] = {
        "Content-Type", "Content-Profile", "Accept",        "Prefer",
        "If-Match",     "Midair-If-Match", "If-None-Match", "If-Unmodified-Since",
    };
    unsigned char digest[20];
    struct buf buf = buf_new(r->arena, r->in->body.len + 512), hex = buf_new(r->arena, 2 * sizeof(digest));
    put_part(&buf, slice_of(method_name(r->collect.method)));
    put_part(&buf, r->in->path);
    put_part(&buf, r->in->query);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        put_part(&buf, field_get(r->arena, &r->in->fields, names[i]));
    put_part(&buf, r->in->body);
    state_sha1(buf_slice(&buf), digest);
    buf_hex(&hex, digest, sizeof(digest));
    return buf_slice(&hex);
}

/* ---- responses that are kept ---- */

/* Fields that every response gets anew, since they depend on who asks. */
static bool is_common(struct slice name)
{
    return slice_eq_nocase(name, SLICE("Vary")) || slice_eq_nocase(name, SLICE("Cache-Control")) ||
           slice_starts(name, SLICE("Access-Control-"));
}

struct kept_response idempotency_pack(struct arena *arena, const struct http_response *response)
{
    struct buf fields = buf_new(arena, 512);
    for (size_t i = 0; i < response->field_count; i++) {
        if (is_common(response->fields[i].name))
            continue;
        buf_put(&fields, response->fields[i].name);
        buf_byte(&fields, ':');
        buf_put(&fields, response->fields[i].value);
        buf_byte(&fields, '\n');
    }
    return (struct kept_response){.status = response->status, .fields = buf_slice(&fields), .body = response->body};
}

void idempotency_unpack(const struct request *r, const struct kept_response *kept, struct http_response *out)
{
    struct slice line, rest = kept->fields, name, value;
    out->status = kept->status;
    respond_common(request_ask(r), out);
    while (slice_cut(rest, '\n', &line, &rest))
        if (slice_cut(line, ':', &name, &value))
            response_add(out, text_cstr(r->arena, name), value);
    response_set(out, "Idempotent-Replayed", SLICE("true"));
    out->body = kept->body;
}

/* ---- running a plan under its key ---- */

struct keyed {
    const struct request *r;
    struct executed *out;
    const struct idempotency *id;
    bool claimed; /* the key was reserved, so an error that follows belongs to the plan */
};

static void forget(struct executed *out)
{
    outcome_release(&out->outcome);
    out->outcome = (struct outcome){0};
    out->answer = NULL;
}

static struct err *run(struct unit *unit, void *context)
{
    struct keyed *keyed = context;
    const struct request *r = keyed->r;
    struct executed *out = keyed->out;
    struct kept_response kept;
    forget(out);
    keyed->claimed = false;
    TRY(idempotency_claim(unit, keyed->id, &kept));
    keyed->claimed = true;
    struct http_response *answer = ARENA_NEW(r->arena, struct http_response);
    if (kept.status) {
        idempotency_unpack(r, &kept, answer);
        out->answer = answer;
        return NULL;
    }
    TRY(unit_plan(unit, &r->plan.plan, &out->outcome));
    if (unit_is_undone(unit))
        return NULL;
    TRY(request_kind(r)->respond(r, answer));
    kept = idempotency_pack(r->arena, answer);
    TRY(idempotency_keep(unit, keyed->id, &kept));
    out->answer = answer;
    return NULL;
}

struct err *idempotency_execute(const struct request *r, struct executed *out)
{
    const struct exec exec = request_exec(r);
    const struct idempotency id = {.key = r->collect.idempotency_key,
                                   .fingerprint = idempotency_fingerprint(r),
                                   .seconds = r->options->idempotency_keep_us / 1000000};
    const struct unit_terms terms = {.only = &r->plan.plan};
    struct keyed keyed = {.r = r, .out = out, .id = &id};
    struct err *err = unit_run(&exec, &terms, run, &keyed);
    if (idempotency_is_missing(err)) {
        TRY(idempotency_create(exec.db, exec.arena, exec.deadline));
        err = unit_run(&exec, &terms, run, &keyed);
    }
    if (!err)
        return NULL;
    forget(out);
    return keyed.claimed && !db_may_retry(err) ? unit_refusal(&exec, &r->plan.plan, err, &out->outcome) : err;
}
