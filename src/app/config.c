/* Loading a configuration: all sources are read into assignments, and these are applied to the structures in the order
 * of precedence, so that the last one wins. */
#include "config.h"

#include "config_read.h"
#include "words.h"

#include "midair/front/address.h"
#include "midair/front/front.h"

#include <stdio.h>
#include <stdlib.h>

struct mistakes mistakes_init(void)
{
    return (struct mistakes){.arena = arena_new(0)};
}

void mistakes_fini(struct mistakes *mistakes)
{
    arena_free(mistakes->arena);
    *mistakes = (struct mistakes){0};
}

void mistakes_add(struct mistakes *mistakes, struct slice where, const char *format, ...)
{
    size_t size = sizeof(struct mistake);
    mistakes->items =
        arena_grow(mistakes->arena, mistakes->items, mistakes->count * size, (mistakes->count + 1) * size);
    va_list args;
    va_start(args, format);
    mistakes->items[mistakes->count++] = (struct mistake){.where = arena_copy(mistakes->arena, where),
                                                          .what = arena_vprintf(mistakes->arena, format, args)};
    va_end(args);
}

void assignments_add(struct assignments *out, enum section section, struct slice resource, struct slice name,
                     struct slice text, struct slice where, struct mistakes *mistakes)
{
    const struct setting *setting = setting_find(section, name);
    if (!setting) {
        const char *near = setting_near(section, name);
        mistakes_add(mistakes, where, "[%s] has no setting %.*s%s%s%s", section_name(section),
                     SLICE_ARG(slice_head(name, 80)), near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
        return;
    }
    size_t size = sizeof(struct assignment);
    out->items = arena_grow(out->arena, out->items, out->count * size, (out->count + 1) * size);
    out->items[out->count++] = (struct assignment){.section = section,
                                                   .resource = resource,
                                                   .setting = setting,
                                                   .text = arena_copy(out->arena, text),
                                                   .where = where};
}

/* A setting that occurs twice in the file is a mistake. A later source may override it. */
static void check_repeats(const struct assignments *all, struct mistakes *mistakes)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct assignment *later = &all->items[i];
        for (size_t j = 0; j < i; j++) {
            const struct assignment *first = &all->items[j];
            if (first->setting == later->setting && slice_eq(first->resource, later->resource)) {
                mistakes_add(mistakes, later->where, "%s was already set at %.*s", later->setting->name,
                             SLICE_ARG(first->where));
                break;
            }
        }
    }
}

/* Parses one assignment into the values of its section. A mistake is reported with section and setting. */
static void apply(struct arena *arena, const struct assignment *from, void *values, struct mistakes *mistakes)
{
    const char *wrong = setting_parse(arena, from->setting, from->text, values);
    if (!wrong)
        return;
    struct slice title = slice_of(section_name(from->section));
    if (slice_present(from->resource))
        title = arena_printf(mistakes->arena, "resource %.*s", SLICE_ARG(from->resource));
    mistakes_add(mistakes, from->where, "[%.*s] %s: %s", SLICE_ARG(title), from->setting->name, wrong);
}

static void set_defaults(struct arena *arena, enum section section, void *values)
{
    size_t count;
    const struct setting *settings = settings_of(section, &count);
    for (size_t i = 0; i < count; i++) {
        const char *wrong = setting_parse(arena, &settings[i], slice_of(settings[i].fallback), values);
        if (wrong) {
            fprintf(stderr, "midair: the default of %s %s\n", settings[i].name, wrong);
            abort();
        }
    }
}

static struct resource_config *find_resource(struct config *config, struct slice name)
{
    if (slice_eq(name, SLICE("*")))
        return &config->defaults;
    for (size_t i = 0; i < config->resource_count; i++)
        if (slice_eq(config->resources[i].name, name))
            return &config->resources[i];
    return NULL;
}

static struct resource_config *add_resource(struct config *config, const struct assignment *from)
{
    size_t size = sizeof(struct resource_config);
    config->resources = arena_grow(config->arena, config->resources, config->resource_count * size,
                                   (config->resource_count + 1) * size);
    struct resource_config *resource = &config->resources[config->resource_count++];
    *resource = config->defaults;
    resource->name = from->resource;
    resource->where = from->where;
    return resource;
}

/* `defaults` selects the pass: first [resource *] alone, then the other resources, which start as a copy of it. */
static void apply_resources(struct config *config, const struct assignments *all, bool defaults,
                            struct mistakes *mistakes)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct assignment *from = &all->items[i];
        if (from->section != SECTION_RESOURCE || slice_eq(from->resource, SLICE("*")) != defaults)
            continue;
        struct resource_config *resource = find_resource(config, from->resource);
        if (!resource)
            resource = add_resource(config, from);
        size_t count, data_dir = (size_t)(from->setting - settings_of(SECTION_RESOURCE, &count));
        if (defaults && (data_dir == RESOURCE_table || data_dir == RESOURCE_key)) {
            mistakes_add(mistakes, from->where, "[resource *] cannot set %s: it belongs to one resource",
                         from->setting->name);
            continue;
        }
        apply(config->arena, from, &resource->settings, mistakes);
        resource->set[data_dir] = true;
    }
}

static void apply_section(struct config *config, enum section section, void *values, struct slice *texts,
                          const struct assignments *all, struct mistakes *mistakes)
{
    size_t count;
    const struct setting *settings = settings_of(section, &count);
    set_defaults(config->arena, section, values);
    for (size_t i = 0; i < count; i++)
        texts[i] = slice_of(settings[i].fallback);
    for (size_t i = 0; i < all->count; i++) {
        const struct assignment *from = &all->items[i];
        if (from->section == section) {
            apply(config->arena, from, values, mistakes);
            texts[from->setting - settings] = from->text;
        }
    }
}

static void read_command_line(const struct config_source *source, struct assignments *out, struct mistakes *mistakes)
{
    if (source->listen)
        assignments_add(out, SECTION_SERVER, SLICE_ABSENT, SLICE("listen"), slice_of(source->listen), SLICE("--listen"),
                        mistakes);
    if (source->database)
        assignments_add(out, SECTION_DATABASE, SLICE_ABSENT, SLICE("url"), slice_of(source->database),
                        SLICE("--database"), mistakes);
}

/* What only event loops can do is refused, and not ignored, with civetweb. */
static void judge_front(const struct server_settings *server, struct mistakes *mistakes)
{
    struct address addresses[ADDRESSES_MAX];
    size_t count = server->listen.len ? address_list(server->listen, addresses) : 0;
    bool tls = false, loop = server->front == FRONT_LOOP;
    for (size_t i = 0; i < count; i++)
        tls = tls || addresses[i].tls;
    if (tls && !loop)
        mistakes_add(mistakes, SLICE("[server]"), "addresses with tls: need front = loop");
    if (server->proxy_from.count > 0 && !loop)
        mistakes_add(mistakes, SLICE("[server]"), "proxy_from needs front = loop");
    if (tls && server->tls_certificates.count == 0)
        mistakes_add(mistakes, SLICE("[server]"), "addresses with tls: need tls_certificates");
    if (server->tls_keys.count > 0 && server->tls_keys.count != server->tls_certificates.count)
        mistakes_add(mistakes, SLICE("[server]"), "tls_keys and tls_certificates do not have the same number of files");
}

/* Checks settings against each other. */
static void check_combinations(const struct config *config, struct mistakes *mistakes)
{
    judge_front(&config->server, mistakes);
    for (size_t i = 0; i < config->resource_count; i++) {
        const struct resource_config *resource = &config->resources[i];
        const struct resource_settings *s = &resource->settings;
        if (slice_eq(s->created, s->modified) || slice_eq(s->modified, s->version) || slice_eq(s->created, s->version))
            mistakes_add(mistakes, resource->where,
                         "[resource %.*s] created, modified and version must be three different columns",
                         SLICE_ARG(resource->name));
        if (slice_find(resource->name, '/') < resource->name.len || resource->name.at[0] == '_')
            mistakes_add(mistakes, resource->where, "[resource %.*s]: a name must not contain / or begin with _",
                         SLICE_ARG(resource->name));
    }
}

struct config *config_load(const struct config_source *source, struct mistakes *mistakes)
{
    size_t before = mistakes->count;
    struct arena *arena = arena_new(0);
    struct config *config = ARENA_NEW(arena, struct config);
    config->arena = arena;
    struct assignments all = {.arena = arena};
    if (source->file)
        config_read_file(source->file, &all, mistakes);
    config->file_settings = all.count;
    check_repeats(&all, mistakes);
    config_read_environment(source->environment, &all, mistakes);
    read_command_line(source, &all, mistakes);
    apply_section(config, SECTION_SERVER, &config->server, config->server_text, &all, mistakes);
    apply_section(config, SECTION_DATABASE, &config->database, config->database_text, &all, mistakes);
    apply_section(config, SECTION_AUTH, &config->auth, config->auth_text, &all, mistakes);
    set_defaults(arena, SECTION_RESOURCE, &config->defaults.settings);
    config->defaults.name = SLICE("*");
    apply_resources(config, &all, true, mistakes);
    apply_resources(config, &all, false, mistakes);
    check_combinations(config, mistakes);
    config_authenticate(config, mistakes);
    if (mistakes->count == before)
        return config;
    config_free(config);
    return NULL;
}

struct config *config_share(struct config *config)
{
    atomic_fetch_add_explicit(&config->sharers, 1, memory_order_relaxed);
    return config;
}

void config_free(struct config *config)
{
    if (!config || atomic_fetch_sub_explicit(&config->sharers, 1, memory_order_acq_rel) != 0)
        return;
    auth_free(config->authenticator);
    arena_free(config->arena);
}

static void keep_section(struct config *next, enum section section, void *values, struct slice *texts,
                         const struct slice *old, struct mistakes *ignored)
{
    size_t count;
    const struct setting *settings = settings_of(section, &count);
    for (size_t i = 0; i < count; i++) {
        if (settings[i].live || slice_eq(texts[i], old[i]))
            continue;
        struct slice where = arena_printf(ignored->arena, "[%s] %s", section_name(section), settings[i].name);
        mistakes_add(ignored, where, "only a restart changes it");
        texts[i] = arena_copy(next->arena, old[i]);
        const char *wrong = setting_parse(next->arena, &settings[i], texts[i], values);
        (void)wrong; /* it was parsed before, so there is no error */
    }
}

void config_keep_fixed(struct config *next, const struct config *now, struct mistakes *ignored)
{
    keep_section(next, SECTION_SERVER, &next->server, next->server_text, now->server_text, ignored);
    keep_section(next, SECTION_DATABASE, &next->database, next->database_text, now->database_text, ignored);
}

/* dialect = postgrest changes only the defaults, never what a configuration says (docs/http.md section 7). */
struct policy config_policy(const struct config *config, const struct resource_config *resource)
{
    const struct resource_settings *s = &resource->settings;
    bool postgrest = config->server.dialect == DIALECT_POSTGREST;
    struct policy policy = {
        .if_match = s->if_match ? (enum if_match_rule)(s->if_match - 1) : IF_MATCH_REQUIRED,
        .if_match_set = s->if_match != 0,
        .body_etag = s->body_etag,
        .etag_field = s->etag_field,
        .cascade_delete = (enum cascade_rule)s->cascade_delete,
        .group_commit = (enum group_commit_rule)s->group_commit,
        .put_validators = (enum validators_rule)s->put_validators,
        .stamping = (enum stamping_rule)s->stamping,
        .weak_tags = (enum weak_tags_rule)s->weak_tags,
        .key_unique = (enum key_unique_rule)s->key_unique,
        .default_order = (enum default_order_rule)s->default_order,
        .put_keeps = postgrest,
        .generated_passed = postgrest,
        .methods = (unsigned)s->methods,
        .max_rows = s->max_rows,
        .max_affected = s->max_affected,
        .cache_control = s->cache_control,
    };
    if (postgrest && !policy.if_match_set) {
        policy.if_match = IF_MATCH_OPTIONAL;
        policy.if_match_set = true;
    }
    if (postgrest && !resource->set[RESOURCE_etag_field])
        policy.etag_field = SLICE("");
    if (postgrest && !resource->set[RESOURCE_default_order])
        policy.default_order = DEFAULT_ORDER_NONE;
    return policy;
}
