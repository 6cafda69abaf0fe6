#include "midair/plan/content.h"

#include "key_text.h"
#include "midair/catalog/policy.h"
#include "midair/http/problem.h"
#include "midair/json/update.h"
#include "midair/json/write.h"

static struct err *not_an_object(struct arena *arena, const struct json *document)
{
    return err_at(arena, ERR_BAD_CONTENT, document->position, "The content must be an object, but it is %s.",
                  json_kind_name(document->kind));
}

struct err *content_no_column(struct arena *arena, const struct relation *relation, struct slice name, size_t position)
{
    struct err *err = err_at(arena, ERR_BAD_CONTENT, position, "%.*s has no column \"%.*s\".",
                             SLICE_ARG(relation->resource), SLICE_ARG(name));
    err->code = SLICE("PGRST204");
    if (update_op_is_known(name))
        err_hint(arena, err,
                 "Update operators such as %.*s are sent with PATCH and Content-Type: "
                 "application/vnd.midair.update+json.",
                 SLICE_ARG(name));
    problem_of(arena, err)->message =
        arena_printf(arena, "Could not find the '%.*s' column of '%.*s' in the schema cache", SLICE_ARG(name),
                     SLICE_ARG(relation->resource));
    return err;
}

static struct slice as_record(struct arena *arena, struct slice column, const struct json *value)
{
    struct buf buf = buf_new(arena, 64);
    buf_byte(&buf, '{');
    json_put_string(&buf, column);
    buf_byte(&buf, ':');
    buf_put(&buf, key_json_text(arena, value));
    buf_byte(&buf, '}');
    return buf_slice(&buf);
}

void content_assign(struct arena *arena, const struct relation *relation, size_t column, const struct json *value,
                    struct change *out)
{
    const struct column *target = &relation->columns[column];
    *out = (struct change){.column = column, .op = CHANGE_SET};
    if (value->kind == JSON_NULL)
        return;
    if (target->form == FORM_TO_JSON) {
        out->record = true;
        out->value = as_record(arena, target->name, value);
    } else if (target->form == FORM_JSON) {
        out->value = key_json_text(arena, value);
    } else if (value->kind == JSON_STRING || value->kind == JSON_NUMBER) {
        out->value = value->text;
    } else {
        out->value =
            key_json_text(arena, value); /* true, false, arrays, objects: JSON text as in json_populate_record */
    }
}

struct err *content_etag(struct arena *arena, const struct relation *relation, const struct json *document,
                         struct slice *tag)
{
    struct slice name = relation->policy->etag_field;
    *tag = SLICE_ABSENT;
    if (name.len == 0 || relation_column(relation, name))
        return NULL;
    const struct json *member = json_member(document, name);
    if (member && member->kind != JSON_STRING)
        return err_at(arena, ERR_BAD_CONTENT, member->position, "\"%.*s\" must be an entity tag in a string.",
                      SLICE_ARG(name));
    if (member)
        *tag = member->text;
    return NULL;
}

enum member_use { USE_COLUMN, USE_SKIP };

/* Determines the use of a member: a column to write, or a value of midair's own that is skipped. */
static struct err *member_use(struct arena *arena, const struct relation *relation, const struct json_member *member,
                              size_t *column, enum member_use *use)
{
    const struct column *found = relation_column(relation, member->name);
    *use = USE_SKIP;
    if (!found) {
        if (relation->policy->etag_field.len && slice_eq(member->name, relation->policy->etag_field))
            return NULL;
        return content_no_column(arena, relation, member->name, member->position);
    }
    *column = relation_column_index(relation, found);
    if (!relation_is_stamp(relation, *column) && (!found->generated || relation->policy->generated_passed))
        *use = USE_COLUMN;
    return NULL;
}

/* Whether the content agrees with the URL about the value of a column. */
enum claim_is { CLAIM_SAME, CLAIM_UNKNOWN, CLAIM_OTHER };

/* Equal texts are the same value. Different texts may also be the same value if only PostgreSQL knows the canonical
 * spelling of the type. */
static enum claim_is compare_claim(struct arena *arena, const struct column *column, struct slice wanted,
                                   const struct json *value, struct slice *claimed)
{
    if (!slice_present(wanted) || !key_text(arena, column, value, claimed))
        return CLAIM_OTHER;
    if (slice_eq(*claimed, wanted))
        return CLAIM_SAME;
    return column->canon == CANON_NONE ? CLAIM_UNKNOWN : CLAIM_OTHER;
}

/* The value of the column in the key; absent when the column is not part of it. */
static struct slice key_part(const struct relation *relation, size_t column, const struct slice *keys)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if ((size_t)relation->key.columns[i] == column)
            return keys[i];
    return SLICE_ABSENT;
}

static bool same_key(struct arena *arena, const struct relation *relation, size_t column, const struct slice *keys,
                     const struct json *value)
{
    struct slice claimed;
    return compare_claim(arena, &relation->columns[column], key_part(relation, column, keys), value, &claimed) ==
           CLAIM_SAME;
}

/* Returns `err` if the content's value differs from the URL's. If midair cannot decide, it adds a claim with `err`,
 * which the executor lets PostgreSQL decide. */
static struct err *check_claim(struct arena *arena, const struct relation *relation, size_t column, struct slice wanted,
                               const struct json *value, struct err *err, struct claims *claims)
{
    struct slice claimed;
    enum claim_is is = compare_claim(arena, &relation->columns[column], wanted, value, &claimed);
    if (is == CLAIM_SAME)
        return NULL;
    if (is == CLAIM_OTHER)
        return err;
    size_t size = claims->count * sizeof(struct claim);
    claims->items = arena_grow(arena, claims->items, size, size + sizeof(struct claim));
    claims->items[claims->count++] = (struct claim){column, wanted, claimed, err};
    return NULL;
}

/* The content must name the same parent as the path. */
static struct err *check_parent_path(struct arena *arena, const struct relation *relation, const struct slice *wanted,
                                     size_t column, const struct json_member *member, struct claims *claims)
{
    struct err *err = err_at(arena, ERR_BAD_CONTENT, member->position,
                             "The URL determines %.*s; the content must have the same value or leave it out.",
                             SLICE_ARG(relation->columns[column].name));
    return check_claim(arena, relation, column, *wanted, &member->value, err, claims);
}

/* A key in the content must be the one in the URL. */
static struct err *check_key(struct arena *arena, const struct relation *relation, const struct slice *keys,
                             size_t column, const struct json_member *member, struct claims *claims)
{
    struct err *err =
        err_at(arena, ERR_BAD_CONTENT, member->position, "The key in the content differs from the key in the URL.");
    err->code = SLICE("PGRST115");
    return check_claim(arena, relation, column, key_part(relation, column, keys), &member->value, err, claims);
}

/* Sets the foreign key to the parent in the path, except columns that are set as part of the key. */
static void set_parent_path(const struct relation *relation, const struct slice *keys,
                            const struct parent_path *parent_path, struct changes *out)
{
    const struct link *link = parent_path ? parent_path_parent(parent_path)->link : NULL;
    out->parent_path = parent_path;
    for (size_t i = 0; link && i < link->column_count; i++) {
        struct slice value = parent_path_parent(parent_path)->values[i];
        if (!keys || !relation_is_key(relation, (size_t)link->columns[i]))
            out->items[out->count++] = (struct change){.column = (size_t)link->columns[i],
                                                       .op = slice_present(value) ? CHANGE_SET : CHANGE_PARENT_PATH,
                                                       .value = value};
    }
}

static size_t parent_path_columns(const struct parent_path *parent_path)
{
    return parent_path ? parent_path_parent(parent_path)->link->column_count : 0;
}

struct err *content_merge(struct arena *arena, const struct relation *relation, const struct slice *keys,
                          const struct json *document, struct patch *out)
{
    if (document->kind != JSON_OBJECT)
        return not_an_object(arena, document);
    *out = (struct patch){.kind = PATCH_CHANGES, .document = document, .keys = keys};
    out->changes.items = ARENA_ARRAY(arena, struct change, document->count);
    for (size_t i = 0; i < document->count; i++) {
        const struct json_member *member = &document->members[i];
        enum member_use use;
        size_t column = 0;
        TRY(member_use(arena, relation, member, &column, &use));
        if (use == USE_SKIP)
            continue;
        bool key = keys && relation_is_key(relation, column);
        if (key ? same_key(arena, relation, column, keys, &member->value) : relation->columns[column].identity_always)
            continue;
        if (relation->columns[column].form == FORM_JSON && member->value.kind == JSON_OBJECT)
            out->kind = PATCH_MERGE;
        content_assign(arena, relation, column, &member->value, &out->changes.items[out->changes.count++]);
    }
    return NULL;
}

/* Key and foreign key to the parent come from the URL: the content's values are only compared with them. Then every
 * other writable column is set in the order of the relation, so that equal replacements are the same statement. */
struct err *content_replace(struct arena *arena, const struct relation *relation, const struct slice *keys,
                            const struct parent_path *parent_path, const struct json *document, struct changes *out)
{
    if (document->kind != JSON_OBJECT)
        return not_an_object(arena, document);
    struct claims claims = {0};
    const struct json **given = ARENA_ARRAY(arena, const struct json *, relation->column_count);
    for (size_t i = 0; i < document->count; i++) {
        const struct json_member *member = &document->members[i];
        enum member_use use;
        size_t column = 0;
        TRY(member_use(arena, relation, member, &column, &use));
        if (use == USE_SKIP)
            continue;
        if (relation_is_key(relation, column))
            TRY(check_key(arena, relation, keys, column, member, &claims));
        if (parent_path_value(parent_path, column))
            TRY(check_parent_path(arena, relation, parent_path_value(parent_path, column), column, member, &claims));
        given[column] = &member->value;
    }
    *out = (struct changes){
        .items = ARENA_ARRAY(arena, struct change, relation->column_count + parent_path_columns(parent_path)),
        .claims = claims};
    set_parent_path(relation, keys, parent_path, out);
    for (size_t c = 0; c < relation->column_count; c++) {
        const struct column *column = &relation->columns[c];
        if (relation_is_stamp(relation, c) || relation_is_key(relation, c) || column->identity_always ||
            parent_path_value(parent_path, c))
            continue;
        if (column->generated ? !given[c] : !column->can_update)
            continue;
        if (!given[c] && relation->policy->put_keeps)
            continue;
        struct change *change = &out->items[out->count++];
        if (given[c])
            content_assign(arena, relation, c, given[c], change);
        else
            *change = (struct change){.column = c, .op = CHANGE_DEFAULT};
    }
    return NULL;
}

struct err *content_insert(struct arena *arena, const struct relation *relation, const struct slice *keys,
                           const struct parent_path *parent_path, const struct json *document, struct changes *out)
{
    if (document->kind != JSON_OBJECT)
        return not_an_object(arena, document);
    size_t most = document->count + relation->key.column_count + parent_path_columns(parent_path);
    *out = (struct changes){.items = ARENA_ARRAY(arena, struct change, most)};
    set_parent_path(relation, keys, parent_path, out);
    for (size_t i = 0; keys && i < relation->key.column_count; i++)
        out->items[out->count++] = (struct change){.column = (size_t)relation->key.columns[i], .value = keys[i]};
    for (size_t i = 0; i < document->count; i++) {
        const struct json_member *member = &document->members[i];
        enum member_use use;
        size_t column = 0;
        TRY(member_use(arena, relation, member, &column, &use));
        if (use == USE_SKIP || (keys && relation_is_key(relation, column)))
            continue;
        if (keys && relation->columns[column].identity_always)
            continue;
        if (parent_path_value(parent_path, column)) {
            TRY(check_parent_path(arena, relation, parent_path_value(parent_path, column), column, member,
                                  &out->claims));
            continue;
        }
        content_assign(arena, relation, column, &member->value, &out->items[out->count++]);
    }
    return NULL;
}

struct err *content_key(struct arena *arena, const struct relation *relation, const struct json *document,
                        struct slice **keys, bool *exact)
{
    if (document->kind != JSON_OBJECT)
        return not_an_object(arena, document);
    *keys = ARENA_ARRAY(arena, struct slice, relation->key.column_count);
    *exact = true;
    for (size_t i = 0; i < relation->key.column_count; i++) {
        const struct column *column = &relation->columns[relation->key.columns[i]];
        const struct json *value = json_member(document, column->name);
        if (!value || !key_text(arena, column, value, &(*keys)[i]))
            return err_at(arena, ERR_BAD_CONTENT, document->position,
                          "Each row needs its key: %.*s is missing or has a value that cannot be a key.",
                          SLICE_ARG(column->name));
        if (column->canon == CANON_NONE)
            *exact = false;
    }
    return NULL;
}

/* One element of an array of rows: the columns that it sets, in its own order, and a JSON object of only these. */
struct record {
    size_t *columns;
    size_t count;
    struct slice text;
    struct batch *batch;
};

/* Whether an upsert ignores the column, as PUT does: a GENERATED ALWAYS identity that is not part of the key
 * `target`. */
static bool is_kept(const struct relation *relation, const struct key *target, size_t column)
{
    for (size_t i = 0; target && i < target->column_count; i++)
        if ((size_t)target->columns[i] == column)
            return false;
    return target && relation->columns[column].identity_always;
}

static struct err *read_record(struct arena *arena, const struct relation *relation,
                               const struct parent_path *parent_path, const struct key *target, const struct json *json,
                               struct claims *claims, struct record *out)
{
    if (json->kind != JSON_OBJECT)
        return not_an_object(arena, json);
    size_t members = 0;
    *out = (struct record){.columns = ARENA_ARRAY(arena, size_t, json->count + parent_path_columns(parent_path))};
    struct buf text = buf_new(arena, json->raw.len + 2);
    for (size_t i = 0; i < json->count; i++) {
        enum member_use use;
        size_t column = 0;
        TRY(member_use(arena, relation, &json->members[i], &column, &use));
        if (use == USE_SKIP || is_kept(relation, target, column))
            continue;
        if (parent_path_value(parent_path, column)) {
            TRY(check_parent_path(arena, relation, parent_path_value(parent_path, column), column, &json->members[i],
                                  claims));
            continue;
        }
        buf_byte(&text, members++ ? ',' : '{');
        json_put_string(&text, json->members[i].name);
        buf_byte(&text, ':');
        buf_put(&text, key_json_text(arena, &json->members[i].value));
        out->columns[out->count++] = column;
    }
    buf_z(&text, members ? "}" : "{}");
    for (size_t i = 0; i < parent_path_columns(parent_path); i++)
        out->columns[out->count++] = (size_t)parent_path_parent(parent_path)->link->columns[i];
    out->text = buf_slice(&text);
    return NULL;
}

/* Whether a batch sets the same columns as an element. `marks` has one zero byte per column, and is zero again
 * afterwards. */
static bool same_columns(const struct batch *batch, const struct record *record, unsigned char *marks)
{
    if (batch->column_count != record->count)
        return false;
    bool same = true;
    for (size_t i = 0; i < record->count; i++)
        marks[record->columns[i]] = 1;
    for (size_t i = 0; i < record->count; i++)
        same = same && marks[batch->columns[i]];
    for (size_t i = 0; i < record->count; i++)
        marks[record->columns[i]] = 0;
    return same;
}

enum { BATCHES_MAX = 100 };

/* The batch that the record belongs to: the last one; or, if `any`, any that sets the same columns. NULL: none. */
static struct batch *batch_of(struct batches *batches, const struct record *record, bool any, unsigned char *marks)
{
    size_t last = batches->count;
    for (size_t i = last; i-- > (any || last == 0 ? 0 : last - 1);)
        if (same_columns(&batches->items[i], record, marks))
            return &batches->items[i];
    return NULL;
}

/* Puts the records into batches. Returns false when there are too many. */
static bool gather(struct arena *arena, const struct relation *relation, struct record *records, size_t count, bool any,
                   struct batches *out)
{
    unsigned char *marks = ARENA_ARRAY(arena, unsigned char, relation->column_count);
    out->items = ARENA_ARRAY(arena, struct batch, count < BATCHES_MAX ? count : BATCHES_MAX);
    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct batch *batch = batch_of(out, &records[i], any, marks);
        if (!batch && out->count == BATCHES_MAX)
            return false;
        if (!batch) {
            batch = &out->items[out->count++];
            *batch = (struct batch){.columns = records[i].columns, .column_count = records[i].count};
        }
        batch->rows++;
        records[i].batch = batch;
    }
    return true;
}

/* Gives each batch the positions of its rows. */
static void place(struct arena *arena, const struct record *records, size_t count, struct batches *batches)
{
    for (size_t i = 0; i < batches->count; i++) {
        batches->items[i].positions = ARENA_ARRAY(arena, size_t, batches->items[i].rows);
        batches->items[i].rows = 0;
    }
    for (size_t i = 0; i < count; i++)
        records[i].batch->positions[records[i].batch->rows++] = i;
}

static struct slice document_of(struct arena *arena, const struct batch *batch, const struct record *records)
{
    size_t size = 2;
    for (size_t i = 0; i < batch->rows; i++)
        size += records[batch->positions[i]].text.len + 1;
    struct buf text = buf_new(arena, size);
    for (size_t i = 0; i < batch->rows; i++) {
        buf_byte(&text, i ? ',' : '[');
        buf_put(&text, records[batch->positions[i]].text);
    }
    buf_byte(&text, ']');
    return buf_slice(&text);
}

struct err *content_batches(struct arena *arena, const struct relation *relation, const struct parent_path *parent_path,
                            const struct key *target, const struct json *array, struct batches *out)
{
    struct record *records = ARENA_ARRAY(arena, struct record, array->count);
    out->claims = (struct claims){0};
    for (size_t i = 0; i < array->count; i++)
        TRY(read_record(arena, relation, parent_path, target, &array->items[i], &out->claims, &records[i]));
    if (!gather(arena, relation, records, array->count, false, out) &&
        !gather(arena, relation, records, array->count, true, out))
        return err_at(arena, ERR_BAD_CONTENT, array->position,
                      "The rows of the array have more than %d different sets of members.", BATCHES_MAX);
    place(arena, records, array->count, out);
    for (size_t i = 0; i < out->count; i++)
        out->items[i].document = document_of(arena, &out->items[i], records);
    return NULL;
}

void content_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row)
{
    buf_byte(buf, '{');
    for (size_t i = 0; i < layout->shown_count; i++) {
        const struct shown *shown = &layout->shown[i];
        if (i)
            buf_byte(buf, ',');
        buf_put(buf, shown->member);
        json_put_column(buf, shown->form, rows_cell(rows, row, shown->cell));
    }
    buf_byte(buf, '}');
}
