/* bench_load: sends requests to an HTTP server over keep-alive connections for a limited time, and prints one line of
 * name=value pairs. Each connection waits for a response before it sends its next request, as front ends do. */
#include "client.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS_MAX = 1024, THREADS_MAX = 2, SECONDS_MAX = 600 };

static const char *const MODES[] = {
    [MODE_GET] = "get", [MODE_PATCH] = "patch", [MODE_LIST] = "list", [MODE_NOTMODIFIED] = "notmodified",
    [MODE_HOT] = "hot",
};

static const char USAGE[] =
    "usage: bench_load --port PORT --mode get|patch|list|notmodified|hot [options]\n"
    "  --host ADDRESS   IPv4 address of the server (127.0.0.1)\n"
    "  --path PATH      of the collection (/accounts)\n"
    "  --parent PATH    of the collection of their parents (/orders)\n"
    "  --parents N      items are asked for below a parent, key k below 1 + k % N (0: they are not)\n"
    "  --column NAME    integer column that a patch sets (balance)\n"
    "  --rows N         keys are 1 to N (100000)\n"
    "  --each N         rows whose tags each connection keeps, 1 to 32 (8)\n"
    "  --limit N        rows in a list (100)\n"
    "  --clients N      connections, 1 to 1024 (64)\n"
    "  --threads N      1 or 2 (1)\n"
    "  --seconds N      length of the measurement, 1 to 600 (3)\n"
    "  --warmup MS      milliseconds before the measurement, not counted (500)\n";

struct options {
    struct load load;
    const char *host;
    long port, clients, threads, seconds, warmup;
    bool have_mode;
};

struct thread {
    pthread_t id;
    const struct load *load;
    int first, count;
    bool started;
    struct tally tally;
};

static void misused(const char *what)
{
    fprintf(stderr, "bench_load: %s\n%s", what, USAGE);
    exit(2);
}

static long number_in(const char *text, long low, long high, const char *what)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < low || value > high)
        misused(what);
    return value;
}

static void take_mode(struct options *o, const char *name)
{
    for (size_t i = 0; i < sizeof(MODES) / sizeof(MODES[0]); i++)
        if (strcmp(name, MODES[i]) == 0) {
            o->load.mode = (enum mode)i;
            o->have_mode = true;
            return;
        }
    misused("no such mode");
}

static void take_option(struct options *o, int option, const char *value)
{
    switch (option) {
    case 'h':
        o->host = value;
        break;
    case 'p':
        o->port = number_in(value, 1, 65535, "bad port");
        break;
    case 'm':
        take_mode(o, value);
        break;
    case 'a':
        o->load.path = value;
        break;
    case 'o':
        o->load.parent = value;
        break;
    case 'n':
        o->load.parents = number_in(value, 0, 1000000000, "bad number of parents");
        break;
    case 'f':
        o->load.column = value;
        break;
    case 'r':
        o->load.rows = number_in(value, 1, 1000000000, "bad number of rows");
        break;
    case 'e':
        o->load.each = (int)number_in(value, 1, CLIENT_ROWS_MAX, "bad number of rows for each");
        break;
    case 'l':
        o->load.limit = (int)number_in(value, 1, 100000, "bad limit");
        break;
    case 'c':
        o->clients = number_in(value, 1, CLIENTS_MAX, "bad number of clients");
        break;
    case 't':
        o->threads = number_in(value, 1, THREADS_MAX, "bad number of threads");
        break;
    case 's':
        o->seconds = number_in(value, 1, SECONDS_MAX, "bad number of seconds");
        break;
    case 'w':
        o->warmup = number_in(value, 0, 60000, "bad warm-up");
        break;
    default:
        misused("unknown option");
    }
}

static void take_arguments(struct options *o, int argc, char **argv)
{
    static const struct option table[] = {
        {"host", 1, NULL, 'h'},    {"port", 1, NULL, 'p'},    {"mode", 1, NULL, 'm'},    {"path", 1, NULL, 'a'},
        {"column", 1, NULL, 'f'},  {"rows", 1, NULL, 'r'},    {"each", 1, NULL, 'e'},    {"limit", 1, NULL, 'l'},
        {"clients", 1, NULL, 'c'}, {"threads", 1, NULL, 't'}, {"seconds", 1, NULL, 's'}, {"warmup", 1, NULL, 'w'},
        {"parent", 1, NULL, 'o'},  {"parents", 1, NULL, 'n'}, {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;)
        take_option(o, option, optarg);
    if (optind != argc || !o->port || !o->have_mode)
        misused("a port and a mode are needed");
    o->load.address.sin_family = AF_INET;
    o->load.address.sin_port = htons((uint16_t)o->port);
    if (inet_pton(AF_INET, o->host, &o->load.address.sin_addr) != 1)
        misused("bad address");
    if (o->load.mode == MODE_HOT)
        o->load.each = 1;
    if (o->clients * o->load.each > o->load.rows && o->load.mode == MODE_PATCH)
        misused("fewer rows than the connections would follow");
    if (o->threads > o->clients)
        o->threads = o->clients;
}

static void *thread_main(void *argument)
{
    struct thread *t = argument;
    t->started = clients_run(t->load, t->first, t->count, &t->tally);
    return NULL;
}

static void tally_merge(struct tally *into, const struct tally *from)
{
    into->requests += from->requests;
    into->fetches += from->fetches;
    into->bytes += from->bytes;
    into->reconnects += from->reconnects;
    into->errors += from->errors;
    for (size_t i = 0; i < 600; i++)
        into->status[i] += from->status[i];
    histogram_merge(&into->latency, &from->latency);
}

static void report(const struct options *o, const struct tally *t)
{
    printf("mode=%s clients=%ld seconds=%ld requests=%lu rate=%.1f p50_us=%lu p99_us=%lu fetches=%lu bytes=%lu "
           "reconnects=%lu errors=%lu",
           MODES[o->load.mode], o->clients, o->seconds, t->requests, (double)t->requests / (double)o->seconds,
           histogram_percentile(&t->latency, 0.5), histogram_percentile(&t->latency, 0.99), t->fetches, t->bytes,
           t->reconnects, t->errors);
    for (int i = 200; i < 600; i++)
        if (t->status[i])
            printf(" s%d=%lu", i, t->status[i]);
    printf("\n");
}

static bool run(struct options *o, struct tally *sum)
{
    static struct thread threads[THREADS_MAX];
    bool started = true;
    int first = 0;
    o->load.begin_us = now_us() + (uint64_t)o->warmup * 1000u;
    o->load.end_us = o->load.begin_us + (uint64_t)o->seconds * 1000000u;
    for (int i = 0; i < (int)o->threads; i++) {
        int count = ((int)o->clients - first) / ((int)o->threads - i);
        threads[i] = (struct thread){.load = &o->load, .first = first, .count = count};
        first += count;
        if (pthread_create(&threads[i].id, NULL, thread_main, &threads[i]) != 0) {
            perror("bench_load: thread");
            exit(1);
        }
    }
    for (int i = 0; i < (int)o->threads; i++) {
        pthread_join(threads[i].id, NULL);
        started = started && threads[i].started;
        tally_merge(sum, &threads[i].tally);
    }
    return started;
}

int main(int argc, char **argv)
{
    static struct tally sum;
    struct options o = {
        .load =
            {.path = "/accounts", .parent = "/orders", .column = "balance", .rows = 100000, .each = 8, .limit = 100},
        .host = "127.0.0.1",
        .clients = 64,
        .threads = 1,
        .seconds = 3,
        .warmup = 500,
    };
    take_arguments(&o, argc, argv);
    if (!run(&o, &sum)) {
        fprintf(stderr, "bench_load: cannot connect to %s:%ld\n", o.host, o.port);
        return 1;
    }
    report(&o, &sum);
    return 0;
}
