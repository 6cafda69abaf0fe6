#include "midair/catalog/finding.h"

struct findings findings_new(struct arena *arena)
{
    return (struct findings){.arena = arena};
}

void findings_add(struct findings *findings, enum finding_level level, struct slice resource, const char *format, ...)
{
    if (findings->count == findings->cap) {
        size_t cap = findings->cap ? findings->cap * 2 : 8;
        findings->list = arena_grow(findings->arena, findings->list, findings->cap * sizeof(struct finding),
                                    cap * sizeof(struct finding));
        findings->cap = cap;
    }
    va_list args;
    va_start(args, format);
    findings->list[findings->count++] = (struct finding){
        .level = level,
        .resource = arena_copy(findings->arena, resource),
        .text = arena_vprintf(findings->arena, format, args),
    };
    va_end(args);
}

size_t findings_count(const struct findings *findings, enum finding_level level)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->list[i].level == level;
    return count;
}

const char *finding_level_name(enum finding_level level)
{
    static const char *const names[] = {
        [FINDING_NOTICE] = "notice", [FINDING_WARNING] = "warning", [FINDING_ERROR] = "error"};
    return names[level];
}
