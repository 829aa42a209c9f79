/*
 * shop.c - a visitor's month as a walk between four states, a page drawn in
 * each.  The next state depends on the state, the visitor's intent and stamina
 * and whether SHOP_EFFECT_PAGE was seen, never on which other page was shown:
 * that is what makes SHOP_NULL_PAGE without effect.
 *
 * Order of calls: shop_visit -> shop_begin, shop_session* -> shop_step* ->
 * shop_view.
 */

#include "shop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>


#define SHOP_MS_MINUTE 60000.0
#define SHOP_MS_DAY 86400000.0
#define SHOP_PRODUCTS 200
#define SHOP_POSTS 24

/* Page numbers: fixed ones first, then products, then posts. */
enum {
    PAGE_HOME = 0,
    PAGE_ABOUT,
    PAGE_SEARCH,
    PAGE_CATEGORY,
    PAGE_REVIEWS = PAGE_CATEGORY + 6,
    PAGE_EFFECT,
    PAGE_NULL,
    PAGE_CART,
    PAGE_CHECKOUT,
    PAGE_SHIPPING,
    PAGE_DONE,
    PAGE_ACCOUNT,
    PAGE_CLUB,
    PAGE_RETURNS,
    PAGE_GONE,
    PAGE_PRODUCT,
    PAGE_POST = PAGE_PRODUCT + SHOP_PRODUCTS
};

typedef enum {
    STATE_AWARE = 0,
    STATE_CONSIDER,
    STATE_CART,
    STATE_CHECKOUT,
    STATE_BOUGHT
} shop_state_e;

/* The visitor being lived. */
typedef struct {
    jny_rng_t     rng;
    shop_event_t  event; /* the next one: what does not change */
    shop_state_e  state;
    double        clock_ms;
    double        intent;
    double        stamina; /* chance to go on after a view */
    int           entering; /* the next view enters consideration */
    int           seen_effect;
    uint32_t      order; /* the last one, to be refunded */
    int32_t       paid_e2;
} shop_visitor_t;


const char *const shop_stages[SHOP_STAGES] = {
    "awareness", "consideration", "decision", "purchase", "loyalty"
};

const char *const shop_currencies[SHOP_CURRENCIES] = { "EUR", "USD" };

#define SHOP_DIRECT 0
#define SHOP_NEWSLETTER 3
#define SHOP_COME_BACK 7

const shop_campaign_t shop_campaigns[SHOP_CAMPAIGNS] = {
    { "(direct)", NULL, NULL, NULL, "", 0.18, 1.00, 0.02 },
    { "google", NULL, NULL, NULL, "www.google.com", 0.30, 0.90, 0.02 },
    { "spring-sale", "spring-sale", "google", "cpc", "www.google.com",
      0.16, 1.00, 0.02 },
    { "newsletter-12", "newsletter-12", "mail", "email", "",
      0.10, 1.80, 0.02 },
    { "influencer", "influencer", "instagram", "social", "l.instagram.com",
      0.16, 0.18, 0.40 },
    { "brand-search", "brand-search", "google", "cpc", "www.google.com",
      0.06, 2.20, 0.02 },
    { "partner", "partner", "dealfinder", "affiliate",
      "www.dealfinder.example", 0.04, 0.80, 0.02 },
    { "come-back", "come-back", "google", "display", "", 0.00, 1.00, 0.02 }
};


static void
shop_page(shop_t *shop, unsigned i, unsigned stage, const char *fmt,
          unsigned number)
{
    shop->pages[i].stage = (uint8_t) stage;
    (void) snprintf(shop->pages[i].path, sizeof(shop->pages[i].path), fmt,
                    number);

    if (i >= shop->npages) {
        shop->npages = i + 1;
    }
}


static void
shop_pages(shop_t *shop)
{
    unsigned  i;

    shop_page(shop, PAGE_HOME, 1, "/", 0);
    shop_page(shop, PAGE_ABOUT, 1, "/about", 0);
    shop_page(shop, PAGE_SEARCH, 0, "/search", 0);

    for (i = 0; i < PAGE_REVIEWS - PAGE_CATEGORY; i++) {
        shop_page(shop, PAGE_CATEGORY + i, 2, "/category/%u", i + 1);
    }

    shop_page(shop, PAGE_REVIEWS, 2, "/reviews", 0);
    shop_page(shop, PAGE_EFFECT, 2, SHOP_EFFECT_PAGE, 0);
    shop_page(shop, PAGE_NULL, 2, SHOP_NULL_PAGE, 0);
    shop_page(shop, PAGE_CART, 3, "/cart", 0);
    shop_page(shop, PAGE_CHECKOUT, 3, "/checkout", 0);
    shop_page(shop, PAGE_SHIPPING, 3, "/shipping", 0);
    shop_page(shop, PAGE_DONE, 4, "/order/done", 0);
    shop_page(shop, PAGE_ACCOUNT, 5, "/account", 0);
    shop_page(shop, PAGE_CLUB, 5, "/club", 0);
    shop_page(shop, PAGE_RETURNS, 0, "/account/returns", 0);
    shop_page(shop, PAGE_GONE, 2, "/product/discontinued", 0);

    for (i = 0; i < SHOP_PRODUCTS; i++) {
        shop_page(shop, PAGE_PRODUCT + i, 2, "/product/%03u", i + 1);
    }

    for (i = 0; i < SHOP_POSTS; i++) {
        shop_page(shop, PAGE_POST + i, 1, "/blog/post-%02u", i + 1);
    }
}


static void
shop_agents(shop_t *shop)
{
    unsigned  i;

    static const char *const systems[] = {
        "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64", "Linux; Android 14; Pixel 8"
    };
    static const char *const bots[SHOP_BOT_AGENTS] = {
        "Mozilla/5.0 (compatible; Googlebot/2.1; "
        "+http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; "
        "+http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "python-requests/2.31.0", "curl/8.5.0"
    };

    for (i = 0; i < SHOP_AGENTS; i++) {
        (void) snprintf(shop->agents[i], JNY_MAX_AGENT,
                        "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like "
                        "Gecko) Chrome/%u.0.0.0 Safari/537.36",
                        systems[i % 4], 110 + i / 4);
    }

    for (i = 0; i < SHOP_BOT_AGENTS; i++) {
        (void) snprintf(shop->agents[SHOP_AGENTS + i], JNY_MAX_AGENT, "%s",
                        bots[i]);
    }
}


void
shop_init(shop_t *shop, const shop_conf_t *conf, shop_emit_pt emit, void *ctx)
{
    memset(shop, 0, sizeof(*shop));
    shop->conf = *conf;
    shop->emit = emit;
    shop->ctx = ctx;

    shop_pages(shop);
    shop_agents(shop);
}


unsigned
shop_effect_page(void)
{
    return PAGE_EFFECT;
}


unsigned
shop_null_page(void)
{
    return PAGE_NULL;
}


uint64_t
shop_visitor_id(const shop_t *shop, const shop_event_t *event)
{
    uint64_t  id;

    if (event->kind == SHOP_ANONYMOUS) {
        return 0;
    }

    id = (uint64_t) event->visitor + 1;

    if (event->kind == SHOP_BOT_NO_COOKIE) {
        id |= (uint64_t) (event->nonce + 1) << 32;
    }

    id = jny_mix64(id ^ jny_mix64(shop->conf.seed));

    return id ? id : 1;
}


/* A Zipf-like draw: small numbers are popular. */
static unsigned
shop_popular(jny_rng_t *rng, unsigned n)
{
    double  u;

    u = jny_rng_unit(rng);

    return (unsigned) (n * u * u * u);
}


static unsigned
shop_draw_page(shop_visitor_t *v)
{
    double      u;
    jny_rng_t  *rng;

    rng = &v->rng;
    u = jny_rng_unit(rng);

    switch (v->state) {

    case STATE_AWARE:
        return u < 0.35   ? PAGE_HOME
               : u < 0.40 ? PAGE_ABOUT
                          : PAGE_POST + shop_popular(rng, SHOP_POSTS);

    case STATE_CONSIDER:
        if (v->entering
            && jny_rng_chance(rng,
                              shop_campaigns[v->event.session_campaign]
                                  .effect_page))
        {
            return PAGE_EFFECT;
        }

        return u < 0.10    ? PAGE_NULL
               : u < 0.16  ? PAGE_SEARCH
               : u < 0.22  ? PAGE_REVIEWS
               : u < 0.225 ? PAGE_GONE
               : u < 0.42  ? PAGE_CATEGORY + jny_rng_below(rng, 6)
                           : PAGE_PRODUCT + shop_popular(rng, SHOP_PRODUCTS);

    case STATE_CART:
        return u < 0.85 ? PAGE_CART : PAGE_SHIPPING;

    case STATE_CHECKOUT:
        return PAGE_CHECKOUT;

    default:
        return u < 0.7 ? PAGE_ACCOUNT : PAGE_CLUB;
    }
}


/* Emits the event prepared in v, then lets some reading time pass. */
static int
shop_emit(shop_t *shop, shop_visitor_t *v)
{
    int            rc;
    double         think_ms;
    shop_event_t  *e;

    if (v->clock_ms >= (double) shop->conf.length_ms) {
        return 0;
    }

    e = &v->event;
    e->offset_ms = (uint32_t) v->clock_ms;
    rc = shop->emit(shop->ctx, e);

    e->landed = 0;
    e->order = 0;
    e->value_e2 = 0;
    e->nonce++;

    if (e->kind == SHOP_VISITOR || e->kind == SHOP_INTERNAL) {
        e->flags &= (uint16_t) ~(JNY_ROW_NEW_VISITOR | JNY_ROW_COOKIE_SENT);
        e->flags |= JNY_ROW_COOKIE_RETURNED;
    }

    think_ms = 4000.0 - 40000.0 * log(1.0 - jny_rng_unit(&v->rng));
    v->clock_ms += think_ms < 25 * SHOP_MS_MINUTE ? think_ms
                                                  : 25 * SHOP_MS_MINUTE;
    return rc;
}


/* One view of a page: its status and latency are drawn here. */
static int
shop_view(shop_t *shop, shop_visitor_t *v, unsigned page)
{
    shop_event_t  *e;

    e = &v->event;
    e->page = (uint16_t) page;
    e->status = 200;
    e->latency_ms = (uint16_t) (8 + jny_rng_below(&v->rng, 120));

    if (page == PAGE_SEARCH && jny_rng_chance(&v->rng, 0.10)) {
        e->latency_ms = (uint16_t) (3000 + jny_rng_below(&v->rng, 3000));
    }

    if (page == PAGE_CHECKOUT && jny_rng_chance(&v->rng, 0.03)) {
        e->status = 502;
        e->latency_ms = (uint16_t) (10000 + jny_rng_below(&v->rng, 5000));
    }

    if (page == PAGE_GONE) {
        e->status = 404;
    }

    return shop_emit(shop, v);
}


static int
shop_buy(shop_t *shop, shop_visitor_t *v)
{
    int       rc;
    uint32_t  order;
    int32_t   value_e2;

    order = ++shop->orders;
    value_e2 = (int32_t) (1500.0 * exp(2.2 * jny_rng_unit(&v->rng)));

    do {
        v->event.order = order;
        v->event.value_e2 = value_e2;
        rc = shop_view(shop, v, PAGE_DONE);

        /* the "thank you" page is reloaded: the order must count once */
    } while (rc == 0 && jny_rng_chance(&v->rng, 0.08));

    v->order = order;
    v->paid_e2 = value_e2;
    v->state = STATE_BOUGHT;

    return rc;
}


/* From one view to the next. */
static void
shop_step(const shop_t *shop, shop_visitor_t *v)
{
    double  to_cart;

    switch (v->state) {

    case STATE_AWARE:
        if (jny_rng_chance(&v->rng, 0.40)) {
            v->state = STATE_CONSIDER;
            v->entering = 1;
        }
        return;

    case STATE_CONSIDER:
        to_cart = 0.09 * v->intent
                  * (v->seen_effect ? shop->conf.effect : 1.0);

        if (jny_rng_chance(&v->rng, to_cart)) {
            v->state = STATE_CART;

        } else if (jny_rng_chance(&v->rng, 0.04)) {
            v->state = STATE_AWARE;
        }
        return;

    case STATE_CART:
        v->state = jny_rng_chance(&v->rng, 0.65) ? STATE_CHECKOUT
                                                 : STATE_CONSIDER;
        return;

    case STATE_CHECKOUT:
        if (v->event.status < 400 && v->event.kind != SHOP_INTERNAL
            && jny_rng_chance(&v->rng, 0.75))
        {
            v->state = STATE_BOUGHT;

        } else if (jny_rng_chance(&v->rng, 0.3)) {
            v->state = STATE_CONSIDER;
        }
        return;

    default:
        if (jny_rng_chance(&v->rng, 0.3)) {
            v->state = STATE_CONSIDER;
        }
    }
}


static int
shop_session(shop_t *shop, shop_visitor_t *v)
{
    int           rc;
    unsigned      page;
    shop_state_e  before;

    v->event.landed = (uint8_t) (v->event.session_campaign + 1);

    for (;;) {
        page = shop_draw_page(v);
        rc = shop_view(shop, v, page);

        v->entering = 0;

        if (page == PAGE_EFFECT) {
            v->seen_effect = 1;
        }

        if (rc != 0 || !jny_rng_chance(&v->rng, v->stamina)) {
            return rc;
        }

        before = v->state;
        shop_step(shop, v);

        if (before == STATE_CHECKOUT && v->state == STATE_BOUGHT) {
            rc = shop_buy(shop, v);

            if (rc != 0 || !jny_rng_chance(&v->rng, 0.25)) {
                return rc;
            }
        }
    }
}


/* Some of what was sold comes back. */
static int
shop_refund(shop_t *shop, shop_visitor_t *v)
{
    if (v->order == 0 || !jny_rng_chance(&v->rng, 0.06)) {
        return 0;
    }

    v->clock_ms += SHOP_MS_DAY * (1 + jny_rng_below(&v->rng, 6));
    v->event.landed = SHOP_DIRECT + 1;
    v->event.session_campaign = SHOP_DIRECT;
    v->event.order = v->order;
    v->event.value_e2 = -v->paid_e2;
    v->order = 0;

    return shop_view(shop, v, PAGE_RETURNS);
}


static unsigned
shop_first_campaign(jny_rng_t *rng)
{
    double    u;
    unsigned  i;

    u = jny_rng_unit(rng);

    for (i = 0; i < SHOP_CAMPAIGNS - 1; i++) {
        u -= shop_campaigns[i].weight;

        if (u < 0) {
            break;
        }
    }

    return i;
}


/* Whether and when the visitor comes back, by what, and to which state. */
static int
shop_returns(shop_visitor_t *v)
{
    double  u;
    double  chance;

    chance = v->state == STATE_BOUGHT ? 0.30
             : v->state >= STATE_CART ? 0.35
                                      : 0.20;

    if (!jny_rng_chance(&v->rng, chance)) {
        return 0;
    }

    v->clock_ms += 2 * 60 * SHOP_MS_MINUTE
                   - 2.5 * SHOP_MS_DAY * log(1.0 - jny_rng_unit(&v->rng));

    u = jny_rng_unit(&v->rng);
    v->event.session_campaign = u < 0.45   ? SHOP_DIRECT
                                : u < 0.70 ? SHOP_NEWSLETTER
                                : u < 0.85 ? SHOP_COME_BACK
                                           : 1;

    if (v->state == STATE_CHECKOUT) {
        v->state = STATE_CART;
    }

    return 1;
}


/* Crawlers: steady, tireless, through every kind of page. */
static int
shop_crawl(shop_t *shop, shop_visitor_t *v)
{
    int       rc;
    unsigned  n;

    rc = 0;
    v->event.landed = SHOP_DIRECT + 1;

    for (n = 10 + jny_rng_below(&v->rng, 40); n > 0 && rc == 0; n--) {
        rc = shop_view(shop, v, jny_rng_below(&v->rng, shop->npages));
    }

    return rc;
}


static void
shop_begin(const shop_t *shop, shop_visitor_t *v, uint32_t number)
{
    double         u;
    shop_event_t  *e;

    memset(v, 0, sizeof(*v));
    jny_rng_seed(&v->rng, shop->conf.seed, number);

    e = &v->event;
    e->visitor = number;
    e->session_campaign = (uint8_t) shop_first_campaign(&v->rng);
    e->currency = jny_rng_chance(&v->rng, 0.1);
    e->agent = (uint16_t) jny_rng_below(&v->rng, SHOP_AGENTS);
    e->flags = JNY_ROW_NEW_VISITOR | JNY_ROW_COOKIE_SENT | JNY_ROW_CONSENT;

    v->clock_ms = jny_rng_unit(&v->rng) * (double) shop->conf.length_ms;
    v->intent = shop_campaigns[e->session_campaign].intent;
    u = jny_rng_unit(&v->rng);
    v->stamina = 0.60 + 0.33 * u * u;
    v->entering = jny_rng_chance(&v->rng, 0.45);
    v->state = v->entering ? STATE_CONSIDER : STATE_AWARE;

    u = jny_rng_unit(&v->rng);

    if (u < 0.01 && shop->conf.bots) {
        e->kind = u < 0.005 ? SHOP_BOT : SHOP_BOT_NO_COOKIE;
        e->agent = (uint16_t) (SHOP_AGENTS
                               + jny_rng_below(&v->rng, SHOP_BOT_AGENTS));

    } else if (u >= 0.01 && u < 0.06) {
        e->kind = SHOP_ANONYMOUS;
        e->flags = 0;

    } else if (u >= 0.06 && u < 0.063) {
        e->kind = SHOP_INTERNAL;
        e->flags |= JNY_ROW_INTERNAL;
    }
}


int
shop_visit(shop_t *shop, uint32_t visitor)
{
    int             rc;
    shop_visitor_t  v;

    shop_begin(shop, &v, visitor);

    if (v.event.kind == SHOP_BOT || v.event.kind == SHOP_BOT_NO_COOKIE) {
        return shop_crawl(shop, &v);
    }

    do {
        rc = shop_session(shop, &v);
    } while (rc == 0 && v.clock_ms < (double) shop->conf.length_ms
             && shop_returns(&v));

    return rc == 0 ? shop_refund(shop, &v) : rc;
}
