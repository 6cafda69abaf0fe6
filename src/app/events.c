#include "events.h"

void events_mistakes(const struct mistakes *mistakes, enum log_level level, const char *event)
{
    for (size_t i = 0; i < mistakes->count; i++) {
        struct log_line line;
        log_begin(&line, level, event);
        log_str(&line, "where", mistakes->items[i].where);
        log_str(&line, "msg", mistakes->items[i].what);
        log_end(&line);
    }
}

void events_failure(enum log_level level, const char *event, const struct err *err)
{
    struct log_line line;
    log_begin(&line, level, event);
    log_str(&line, "msg", err->detail);
    if (slice_present(err->code))
        log_str(&line, "code", err->code);
    if (slice_present(err->note))
        log_str(&line, "note", err->note);
    log_end(&line);
}

bool events_findings(const struct findings *findings)
{
    static const enum log_level levels[] = {
        [FINDING_NOTICE] = LOG_DEBUG, [FINDING_WARNING] = LOG_WARN, [FINDING_ERROR] = LOG_ERROR};
    for (size_t i = 0; i < findings->count; i++) {
        struct log_line line;
        log_begin(&line, levels[findings->list[i].level], "catalog_finding");
        if (findings->list[i].resource.len)
            log_str(&line, "resource", findings->list[i].resource);
        log_str(&line, "msg", findings->list[i].text);
        log_end(&line);
    }
    return findings_count(findings, FINDING_ERROR) == 0;
}

bool findings_same(const struct findings *a, const struct findings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = slice_eq(a->list[i].text, b->list[i].text) && slice_eq(a->list[i].resource, b->list[i].resource);
    return same;
}
