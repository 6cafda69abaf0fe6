/* LAYER: app */
/* Readers take and leave snapshots while a writer swaps them: nobody may see one that is freed, or half of one. */
#include "../../src/app/live.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { READERS = 8, ROUNDS = 20000, SWAPS = 300 };

static struct live *live;
static atomic_bool failed;

static struct snapshot *make(int64_t number)
{
    struct mistakes mistakes = mistakes_init();
    struct config_source source = {0};
    struct config *config = config_load(&source, &mistakes);
    mistakes_fini(&mistakes);
    if (!config)
        abort();
    config->server.gzip_min = number;
    config->server.max_body = number;
    return snapshot_new(config, NULL);
}

static void *read_on(void *ignored)
{
    (void)ignored;
    int64_t last = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const struct view *view = live_view_acquire(live);
        int64_t number = (int64_t)view->options->gzip_min;
        if (number != (int64_t)view->options->max_body || number < last)
            atomic_store(&failed, true);
        last = number;
        live_view_release(live, view);
    }
    return NULL;
}

int main(void)
{
    pthread_t readers[READERS];
    live = live_new(make(1));
    for (int i = 0; i < READERS; i++)
        pthread_create(&readers[i], NULL, read_on, NULL);
    for (int i = 2; i < SWAPS; i++)
        live_swap(live, make(i));
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    struct snapshot *kept = live_acquire(live);
    live_free(live);
    if (kept->options.gzip_min != SWAPS - 1)
        atomic_store(&failed, true);
    snapshot_release(kept);
    if (atomic_load(&failed))
        fprintf(stderr, "a reader saw a snapshot that was not whole, or an older one after a newer one\n");
    return atomic_load(&failed);
}
