/* LAYER: stamping */
/* Touch with many writers at once: afterwards each parent's version is 1, and one for each of its own updates and each
 * statement that touched it; and nobody was a deadlock's victim. */
#include "../postgres/database.h"

#include "midair/stamping/stamp.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

static void stamp(struct database *database, const char *const *names, const char *const *links)
{
    struct slice tables[4], touches[4];
    struct stamp_request request = {.tables = tables, .touches = touches};
    for (; names[request.table_count]; request.table_count++)
        tables[request.table_count] = slice_of(names[request.table_count]);
    for (; links[request.touch_count]; request.touch_count++)
        touches[request.touch_count] = slice_of(links[request.touch_count]);
    struct buf out = buf_new(database->arena, 256);
    struct err *err = stamp_run(database->lease, database->arena, &request, soon(), &out);
    EXPECT(!err, "%.*s (%.*s)", SLICE_ARG(err->detail), SLICE_ARG(err->note));
}

static void expect(struct database *database, const char *ask, const char *gives)
{
    const char *got = sql_one(database, ask);
    EXPECT(strcmp(got, gives) == 0, "%s instead of %s in: %s", got, gives, ask);
}

/* Writers on all levels at once. Items belong to one writer each, orders and customers to all. */
enum { WRITERS = 6, ROUNDS = 120, ORDERS = 6, CUSTOMERS = 3, OWN = 10 };

static atomic_long order_changes[ORDERS + 1], customer_changes[CUSTOMERS + 1];
static atomic_int errors;

struct writer {
    const char *database;
    int number;
    unsigned seed;
    PGconn *conn;
    int parent[OWN]; /* the order of each of its items; 0: there is no such item now */
};

static int dice(struct writer *writer, int sides)
{
    return (int)((unsigned)rand_r(&writer->seed) % (unsigned)sides);
}

/* Runs SQL made by printf. False, and counted, when it failed: nobody may be a deadlock's victim. */
static bool say(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool say(struct writer *writer, const char *format, ...)
{
    char sql[512];
    va_list list;
    va_start(list, format);
    vsnprintf(sql, sizeof sql, format, list);
    va_end(list);
    const char *error = sql_error(writer->conn, sql);
    if (error && atomic_fetch_add(&errors, 1) < 5)
        fprintf(stderr, "%s  in: %s\n", error, sql);
    return !error;
}

/* The customer of an order that this transaction has locked, so that nobody can move it. */
static int customer_of(struct writer *writer, int order)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT c FROM o WHERE id = %d", order);
    PGresult *result = PQexec(writer->conn, sql);
    int customer = PQntuples(result) == 1 ? atoi(PQgetvalue(result, 0, 0)) : 0;
    PQclear(result);
    return customer;
}

/* One statement touched these orders (0: none), each of which touched its customer, each once. */
static void note(struct writer *writer, int order, int other)
{
    int customer = order ? customer_of(writer, order) : 0;
    int second = other && other != order ? customer_of(writer, other) : 0;
    order_changes[order] += 1;
    customer_changes[customer] += 1;
    if (other && other != order)
        order_changes[other] += 1;
    if (second && second != customer)
        customer_changes[second] += 1;
}

static void write_item(struct writer *writer)
{
    int slot = dice(writer, OWN), id = writer->number * 1000 + slot;
    int old = writer->parent[slot], order = 1 + dice(writer, ORDERS);
    if (!old) {
        say(writer, "INSERT INTO i VALUES (%d, %d)", id, order);
        writer->parent[slot] = order;
    } else if (dice(writer, 3) == 0) {
        say(writer, "DELETE FROM i WHERE id = %d", id);
        writer->parent[slot] = 0;
        order = 0;
    } else if (dice(writer, 2) == 0) {
        say(writer, "UPDATE i SET o = %d WHERE id = %d", order, id);
        writer->parent[slot] = order;
    } else {
        say(writer, "UPDATE i SET v = 'x' WHERE id = %d", id);
        order = old;
    }
    note(writer, order ? order : old, old);
}

/* An order of its own, which nobody else sees: inserted with an item, and deleted with it. */
static void write_private(struct writer *writer)
{
    int id = 1000 + writer->number, customer = 1 + dice(writer, CUSTOMERS);
    say(writer, "INSERT INTO o VALUES (%d, %d)", id, customer);
    say(writer, "INSERT INTO i VALUES (%d, %d), (%d, %d)", id * 1000, id, id * 1000 + 1, id);
    say(writer, "DELETE FROM o WHERE id = %d", id);
    customer_changes[customer] += 3;
}

static void write_order(struct writer *writer)
{
    int order = 1 + dice(writer, ORDERS), customer = 1 + dice(writer, CUSTOMERS);
    if (dice(writer, 2) == 0) {
        say(writer, "UPDATE o SET v = 'x' WHERE id = %d", order);
        note(writer, order, 0);
        return;
    }
    say(writer, "SELECT FROM o WHERE id = %d FOR NO KEY UPDATE", order);
    int was = customer_of(writer, order);
    say(writer, "UPDATE o SET c = %d WHERE id = %d", customer, order);
    order_changes[order] += 1;
    customer_changes[was] += 1;
    if (customer != was)
        customer_changes[customer] += 1;
}

static void *work(void *argument)
{
    struct writer *writer = argument;
    writer->conn = database_connect(writer->database, "midair");
    for (int i = 0; i < ROUNDS; i++) {
        int kind = dice(writer, 10);
        say(writer, "BEGIN");
        if (kind < 6) {
            write_item(writer);
        } else if (kind < 7) {
            write_private(writer);
        } else if (kind < 9) {
            write_order(writer);
        } else {
            int customer = 1 + dice(writer, CUSTOMERS);
            say(writer, "UPDATE c SET v = 'x' WHERE id = %d", customer);
            customer_changes[customer] += 1;
        }
        say(writer, "COMMIT");
    }
    PQfinish(writer->conn);
    return NULL;
}

static void expect_versions(struct database *database, const char *table, atomic_long *changes, int most)
{
    for (int id = 1; id <= most; id++) {
        char ask[64], gives[32];
        snprintf(ask, sizeof ask, "SELECT version FROM %s WHERE id = %d", table, id);
        snprintf(gives, sizeof gives, "%ld", 1 + atomic_load(&changes[id]));
        expect(database, ask, gives);
    }
}

static void many_writers(int number)
{
    database_label = "writers on all levels";
    struct database database = database_new(number, "midair");
    database_lease(&database);
    sql_run(database.other, "CREATE TABLE c (id integer PRIMARY KEY, v text);"
                            "CREATE TABLE o (id integer PRIMARY KEY, c integer REFERENCES c, v text);"
                            "CREATE TABLE i (id integer PRIMARY KEY, o integer REFERENCES o ON DELETE CASCADE, v text);"
                            "INSERT INTO c SELECT generate_series(1, 3);"
                            "INSERT INTO o SELECT g, 1 + g % 3 FROM generate_series(1, 6) g");
    stamp(&database, (const char *const[4]){"c", "o", "i"}, (const char *const[4]){"i.o", "o.c"});
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.database = database.name, .number = i + 1, .seed = (unsigned)i + 7};
        CHECK(pthread_create(&threads[i], NULL, work, &writers[i]) == 0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(atomic_load(&errors) == 0, "%d statements failed", atomic_load(&errors));
    expect_versions(&database, "o", order_changes, ORDERS);
    expect_versions(&database, "c", customer_changes, CUSTOMERS);
    database_end(&database);
}

/* Bulk writers of the same parents, in opposite orders: locks are taken in the order of keys, so nobody is a victim. */
static void *bulk(void *argument)
{
    struct writer *writer = argument;
    writer->conn = database_connect(writer->database, "midair");
    for (int i = 0; i < 15; i++)
        say(writer, "INSERT INTO i SELECT %d + g, 1 + (%d + %d * g) %% 200 FROM generate_series(1, 400) g",
            (writer->number * 100 + i) * 1000, writer->number * 31, writer->number % 2 ? 1 : 199);
    PQfinish(writer->conn);
    return NULL;
}

static void many_bulks(int number)
{
    database_label = "bulk writers of the same parents";
    struct database database = database_new(number, "midair");
    database_lease(&database);
    sql_run(database.other, "CREATE TABLE o (id integer PRIMARY KEY);"
                            "CREATE TABLE i (id integer PRIMARY KEY, o integer REFERENCES o);"
                            "INSERT INTO o SELECT generate_series(1, 200)");
    stamp(&database, (const char *const[4]){"o", "i"}, (const char *const[4]){"i.o"});
    struct writer writers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        writers[i] = (struct writer){.database = database.name, .number = i + 1};
        CHECK(pthread_create(&threads[i], NULL, bulk, &writers[i]) == 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    EXPECT(atomic_load(&errors) == 0, "%d statements failed", atomic_load(&errors));
    expect(&database, "SELECT count(*) FROM o WHERE version = 1 + 4 * 15", "200");
    database_end(&database);
}

int main(void)
{
    cluster_start();
    many_writers(0);
    many_bulks(1);
    return database_failures != 0;
}
