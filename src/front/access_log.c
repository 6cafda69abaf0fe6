#include "midair/front/access_log.h"

#include "midair/base/log.h"

void access_log_write(const struct http_request *in, int status, size_t bytes, int64_t duration_us)
{
    struct log_line line;
    if (!log_enabled(LOG_INFO))
        return;
    log_begin(&line, LOG_INFO, "request");
    log_str(&line, "method", in->method_text);
    log_str(&line, "path", in->path);
    log_int(&line, "status", status);
    log_int(&line, "bytes", (int64_t)bytes);
    log_ms(&line, "ms", duration_us);
    log_str(&line, "id", in->id);
    log_str(&line, "peer", in->peer);
    log_end(&line);
}
