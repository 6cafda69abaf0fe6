/* Responses as bytes, metrics as text, health, addresses. */
#include "../../../src/front/wire.h"
#include "../../../src/front/listen.h"
#include "midair/front/health.h"
#include "midair/front/metrics.h"
#include "midair/http/problem.h"

#include <criterion/criterion.h>

static const struct {
    const char *label;
    int status;
    const char *body;
    bool head, close, say_keep;
    const char *wanted; /* behind the fields that are always there */
    bool chunked;
} responses[] = {
    {"content", 200, "hi", false, false, false, "Content-Length: 2\r\n\r\nhi", false},
    {"empty", 200, "", false, false, false, "Content-Length: 0\r\n\r\n", false},
    {"HEAD", 200, "hi", true, false, false, "Content-Length: 2\r\n\r\n", false},
    {"204", 204, "hi", false, false, false, "\r\n", false},
    {"304", 304, "hi", false, false, false, "\r\n", false},
    {"HEAD 304", 304, "", true, false, false, "\r\n", false},
    {"error", 412, "{}", false, false, false, "Content-Length: 2\r\n\r\n{}", false},
    {"close", 200, "", false, true, false, "Connection: close\r\nContent-Length: 0\r\n\r\n", false},
    {"close of 1.0", 200, "", false, true, true, "Connection: close\r\nContent-Length: 0\r\n\r\n", false},
    {"keep", 200, "", false, false, true, "Connection: keep-alive\r\nContent-Length: 0\r\n\r\n", false},
    {"open", 200, "not sent", false, false, false, "Transfer-Encoding: chunked\r\n\r\n", true},
    {"open, close", 200, "", false, true, false, "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n", true},
};

Test(wire, response)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(responses) / sizeof(*responses); i++) {
        struct wire_facts facts = {SLICE("now"),       SLICE("id"),           responses[i].head,
                                   responses[i].close, responses[i].say_keep, responses[i].chunked};
        struct http_response out = {.status = responses[i].status, .body = slice_of(responses[i].body)};
        response_set(&out, "ETag", SLICE("\"1\""));
        response_set(&out, "content-length", SLICE("99"));
        response_set(&out, "Connection", SLICE("x"));
        response_set(&out, "Transfer-Encoding", SLICE("chunked"));
        response_set(&out, "Date", SLICE("never"));
        struct slice wanted =
            arena_printf(arena, "HTTP/1.1 %d %s\r\nDate: now\r\nETag: \"1\"\r\nX-Request-Id: id\r\n%s",
                         responses[i].status, wire_reason(responses[i].status), responses[i].wanted);
        struct slice got = wire_response(arena, &out, &facts);
        cr_expect(slice_eq(got, wanted), "%s:\n%.*s", responses[i].label, SLICE_ARG(got));
    }
    arena_free(arena);
}

Test(wire, every_error_has_a_reason_phrase)
{
#define PROBLEM(kind, status, title) cr_expect_neq(wire_reason(status)[0], '\0', "%d", status);
#include "midair/http/problem.def"
#undef PROBLEM
    cr_expect_eq(wire_reason(299)[0], '\0');
}

Test(wire, problem_is_json_whatever_the_detail)
{
    struct arena *arena = arena_new(0);
    struct http_response out = {.status = 200};
    struct err *err = err_new(arena, ERR_UNAVAILABLE, "a \"b\" \\ \n \x01 \xe9");
    err->retry_after = 7;
    problem_of(arena, err)->close = true;
    wire_problem(arena, &out, err);
    struct slice wanted =
        SLICE("{\"type\":\"urn:midair:problem:unavailable\",\"title\":\"The database cannot be reached "
              "now\",\"status\":503,\"detail\":\"a \\\"b\\\" \\\\ \\u000a \\u0001 \\u00e9\"}");
    cr_expect(slice_eq(out.body, wanted), "%.*s", SLICE_ARG(out.body));
    cr_expect_eq(out.status, 503);
    cr_expect(out.close);
    cr_expect(slice_eq(response_get(&out, "Retry-After"), SLICE("7")));
    cr_expect(slice_eq(response_get(&out, "Content-Type"), SLICE("application/problem+json")));
    arena_free(arena);
}

Test(health, live_and_ready)
{
    struct arena *arena = arena_new(0);
    struct http_response out = {0};
    health_live(&out);
    cr_expect_eq(out.status, 200);
    cr_expect(slice_eq(response_get(&out, "Cache-Control"), SLICE("no-store")));
    out = (struct http_response){0};
    health_ready(arena, &out, true, SLICE_ABSENT);
    cr_expect_eq(out.status, 200);
    out = (struct http_response){0};
    health_ready(arena, &out, false, SLICE("no database"));
    cr_expect_eq(out.status, 503);
    cr_expect(slice_present(response_get(&out, "Retry-After")));
    cr_expect_neq(strstr(arena_copy(arena, out.body).at, "no database"), NULL);
    arena_free(arena);
}

static void expect_line(struct arena *arena, const char *line)
{
    struct buf to = buf_new(arena, 4096);
    metrics_write(&to);
    const char *text = arena_copy(arena, buf_slice(&to)).at;
    cr_expect_neq(strstr(text, line), NULL, "no '%s' in\n%s", line, text);
}

Test(metrics, counts)
{
    struct arena *arena = arena_new(0);
    metrics_add(METRIC_IN_FLIGHT, 3);
    metrics_add(METRIC_IN_FLIGHT, -1);
    metrics_request(METHOD_GET, 200, 250);
    metrics_request(METHOD_GET, 204, 251);
    metrics_request(METHOD_PUT, 412, 999);
    metrics_request(METHOD_UNKNOWN, 501, 31000000);
    cr_expect_eq(metrics_read(METRIC_IN_FLIGHT), 2);
    expect_line(arena, "# TYPE midair_requests_in_flight gauge\nmidair_requests_in_flight 2\n");
    expect_line(arena, "\nmidair_requests_total{method=\"GET\",status=\"2xx\"} 2\n");
    expect_line(arena, "\nmidair_requests_total{method=\"PUT\",status=\"4xx\"} 1\n");
    expect_line(arena, "\nmidair_requests_total{method=\"other\",status=\"5xx\"} 1\n");
    expect_line(arena, "_bucket{le=\"0.00025\"} 1\nmidair_request_duration_seconds_bucket{le=\"0.0005\"} 2\n");
    expect_line(arena, "_bucket{le=\"30\"} 3\nmidair_request_duration_seconds_bucket{le=\"+Inf\"} 4\n");
    expect_line(arena, "_sum 31.001500\nmidair_request_duration_seconds_count 4\n");
    arena_free(arena);
}

static const struct {
    const char *listen, *wanted;
} addresses[] = {
    {"127.0.0.1:8080", "127.0.0.1:8080"},
    {"0.0.0.0:80", "0.0.0.0:80"},
    {"8080", "0.0.0.0:8080"},
    {"0", "0.0.0.0:0"},
    {"127.0.0.1:0", "127.0.0.1:0"},
    {"", NULL},
    {":80", NULL},
    {"x", NULL},
    {"localhost:80", "127.0.0.1:80"},
    {"127.0.0.1", NULL},
    {"127.0.0.1:", NULL},
    {"127.0.0.1:65536", NULL},
    {"127.0.0.1:080000", NULL},
    {"127.0.0.1:80s", NULL},
    {"127.0.0.1:-1", NULL},
    {"127.0.0.1:80,81", NULL},
    {"256.0.0.1:80", NULL},
    {"[::1]:80", NULL},
    {"1.2.3.4.5.6.7.8:80", NULL},
};

Test(listen, addresses)
{
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        char out[LISTEN_TEXT];
        bool good = listen_text(slice_of(addresses[i].listen), out);
        cr_expect_eq(good, addresses[i].wanted != NULL, "'%s'", addresses[i].listen);
        if (good && addresses[i].wanted)
            cr_expect_str_eq(out, addresses[i].wanted);
    }
}
