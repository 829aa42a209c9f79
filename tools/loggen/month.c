/*
 * month.c - see month.h.  Sorting is one stable counting sort by slots of
 * 1,024 ms, then insertion inside a slot, where only a few events meet.
 */

#include "month.h"

#include <stdlib.h>
#include <string.h>

#include "jny_encode.h"


#define MONTH_SLOT_BITS 10
#define MONTH_HOST "shop.example"

/* One nginx worker. */
typedef struct {
    jny_encoder_t  *encoder;
    jny_seal_t      seal;
} month_writer_t;


int
month_add(void *month, const shop_event_t *event)
{
    size_t         size;
    month_t       *m;
    shop_event_t  *events;

    m = month;

    if (m->n == m->size) {
        size = m->size ? 2 * m->size : 65536;
        events = realloc(m->events, size * sizeof(*events));

        if (events == NULL) {
            return -1;
        }

        m->events = events;
        m->size = size;
    }

    m->events[m->n++] = *event;

    return 0;
}


void
month_free(month_t *month)
{
    free(month->events);
    memset(month, 0, sizeof(*month));
}


static void
month_insertion_sort(shop_event_t *e, size_t n)
{
    size_t        i, j;
    shop_event_t  key;

    for (i = 1; i < n; i++) {
        key = e[i];

        for (j = i; j > 0 && e[j - 1].offset_ms > key.offset_ms; j--) {
            e[j] = e[j - 1];
        }

        e[j] = key;
    }
}


int
month_sort(month_t *month, int64_t length_ms)
{
    size_t         i, key, sum, count, nslots;
    size_t        *slot;
    shop_event_t  *sorted;

    nslots = (size_t) (length_ms >> MONTH_SLOT_BITS) + 1;
    slot = calloc(nslots + 1, sizeof(*slot));
    sorted = malloc((month->n + 1) * sizeof(*sorted));

    if (slot == NULL || sorted == NULL) {
        free(slot);
        free(sorted);
        return -1;
    }

    for (i = 0; i < month->n; i++) {
        slot[month->events[i].offset_ms >> MONTH_SLOT_BITS]++;
    }

    for (i = 0, sum = 0; i <= nslots; i++) {
        count = slot[i];
        slot[i] = sum;
        sum += count;
    }

    for (i = 0; i < month->n; i++) {
        key = month->events[i].offset_ms >> MONTH_SLOT_BITS;
        sorted[slot[key]++] = month->events[i];
    }

    for (i = 0, sum = 0; i < nslots; sum = slot[i++]) {
        month_insertion_sort(sorted + sum, slot[i] - sum);
    }

    free(slot);
    free(month->events);
    month->events = sorted;
    month->size = month->n + 1;

    return 0;
}


static jny_slice_t
month_text(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = s ? strlen(s) : 0;

    return text;
}


/* What the module would have logged; order is the caller's 16 bytes. */
static void
month_row(const shop_t *shop, const shop_event_t *e, char order[16],
          jny_row_t *row)
{
    unsigned                stage;
    const shop_campaign_t  *c;

    memset(row, 0, sizeof(*row));

    row->time_ms = shop->conf.start_ms + e->offset_ms;
    row->visitor = shop_visitor_id(shop, e);
    row->status = e->status;
    row->latency_ms = e->latency_ms;
    row->flags = e->flags;
    row->value_e4 = (int64_t) e->value_e2 * 100;
    row->agent = month_text(shop->agents[e->agent]);

    stage = shop->pages[e->page].stage;
    row->text[JNY_TEXT_PAGE] = month_text(shop->pages[e->page].path);
    row->text[JNY_TEXT_STAGE] = month_text(stage ? shop_stages[stage - 1]
                                                 : NULL);
    row->text[JNY_TEXT_HOST] = month_text(MONTH_HOST);
    row->text[JNY_TEXT_MODE] = month_text("consent");

    if (e->value_e2 != 0) {
        (void) snprintf(order, 16, "S%08u", (unsigned) e->order);
        row->text[JNY_TEXT_ORDER] = month_text(order);
        row->text[JNY_TEXT_CURRENCY] = month_text(shop_currencies[e->currency]);
    }

    if (e->landed && e->kind != SHOP_ANONYMOUS) {
        c = &shop_campaigns[e->landed - 1];
        row->text[JNY_TEXT_SOURCE] = month_text(c->source);
        row->text[JNY_TEXT_MEDIUM] = month_text(c->medium);
        row->text[JNY_TEXT_CAMPAIGN] = month_text(c->name);
        row->text[JNY_TEXT_REFERRER] = month_text(c->referrer);
    }
}


static int
month_block(month_writer_t *w, unsigned flags, FILE *out)
{
    int           rc;
    jny_slice_t   member;
    jny_header_t  header;

    w->seal.flags = (uint16_t) flags;

    rc = jny_encoder_seal(w->encoder, &w->seal, &member, &header);
    if (rc != JNY_OK) {
        return rc;
    }

    w->seal.seq++;
    w->seal.base += header.nevents;

    return fwrite(member.data, 1, member.len, out) == member.len ? JNY_OK
                                                                 : JNY_EIO;
}


static int
month_rows(const month_t *month, const shop_t *shop, const month_conf_t *conf,
           month_writer_t *writers, FILE *out)
{
    int              rc;
    char             order[16];
    size_t           i;
    jny_row_t        row;
    month_writer_t  *w;

    for (i = 0; i < month->n; i++) {
        w = &writers[jny_mix64(month->events[i].visitor) % conf->writers];

        month_row(shop, &month->events[i], order, &row);
        rc = jny_encoder_add(w->encoder, &row);

        if (rc == JNY_ELIMIT) {
            rc = month_block(w, 0, out);

            if (rc == JNY_OK) {
                rc = jny_encoder_add(w->encoder, &row);
            }
        }

        if (rc == JNY_OK
            && jny_encoder_rows(w->encoder) >= conf->block_events)
        {
            rc = month_block(w, 0, out);
        }

        if (rc != JNY_OK) {
            return rc;
        }
    }

    for (i = 0; i < conf->writers; i++) {
        rc = month_block(&writers[i], JNY_BLOCK_FINAL, out);

        if (rc != JNY_OK) {
            return rc;
        }
    }

    return JNY_OK;
}


static void *
month_alloc(void *ctx, size_t size)
{
    (void) ctx;
    return malloc(size);
}


static void
month_release(void *ctx, void *p)
{
    (void) ctx;
    free(p);
}


int
month_write(const month_t *month, const shop_t *shop, const month_conf_t *conf,
            FILE *out)
{
    int             rc;
    unsigned        i;
    jny_log_info_t  info;
    month_writer_t  writers[MONTH_MAX_WRITERS];

    const jny_alloc_t  heap = { month_alloc, month_release, NULL };

    memset(&info, 0, sizeof(info));
    memset(writers, 0, sizeof(writers));

    info.edge = month_text("loggen");
    info.agents = conf->agents != 0;
    info.level = conf->level;
    info.nstages = SHOP_STAGES;

    for (i = 0; i < SHOP_STAGES; i++) {
        info.stages[i] = month_text(shop_stages[i]);
    }

    rc = JNY_OK;

    for (i = 0; i < conf->writers && rc == JNY_OK; i++) {
        info.writer = jny_mix64(shop->conf.seed ^ (UINT64_C(1) << 32 | i)) | 1;
        writers[i].encoder = jny_encoder_new(&heap, &info, &rc);
    }

    if (rc == JNY_OK) {
        rc = month_rows(month, shop, conf, writers, out);
    }

    for (i = 0; i < conf->writers; i++) {
        jny_encoder_free(writers[i].encoder);
    }

    return rc;
}
