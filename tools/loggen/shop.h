/*
 * shop.h - the model: a shop whose visitors come by campaign, read, decide,
 * buy, return.  What they do is decided here and nowhere else, so that the
 * true answers (truth.h) can be counted while it happens.
 *
 * Two pages are planted to test page comparisons:
 *
 *   SHOP_EFFECT_PAGE  multiplies the chance of each later step from
 *                     consideration to the cart. It is shown to those who
 *                     enter consideration, mostly to the campaign with the
 *                     lowest intent, so "saw it / did not" hides the effect.
 *   SHOP_NULL_PAGE    changes nothing; whoever browses longer meets it more
 *                     often, and also buys more often, so "saw it / did not"
 *                     sees an effect that is not there.
 */

#ifndef JNY_SHOP_H
#define JNY_SHOP_H

#include "rng.h"

#include "jny_schema.h"


#define SHOP_STAGES 5 /* shop_stages[] */
#define SHOP_PAGES 256
#define SHOP_CAMPAIGNS 8
#define SHOP_AGENTS 96 /* browsers; bots come behind them */
#define SHOP_BOT_AGENTS 6
#define SHOP_CURRENCIES 2

#define SHOP_STAGE_PURCHASE 4 /* 1 + index; 0 = no stage */
#define SHOP_STAGE_LOYALTY 5

#define SHOP_EFFECT_PAGE "/size-guide"
#define SHOP_NULL_PAGE "/faq"


typedef enum {
    SHOP_VISITOR = 0,
    SHOP_ANONYMOUS, /* no consent: visitor 0, no campaign */
    SHOP_INTERNAL, /* staff: marked, never buys */
    SHOP_BOT, /* one id for all its requests */
    SHOP_BOT_NO_COOKIE /* a new id for every request */
} shop_kind_e;

/* What the model decides about all visitors of a month. */
typedef struct {
    uint64_t  seed;
    int64_t   start_ms;
    int64_t   length_ms;
    double    effect;               /* of SHOP_EFFECT_PAGE, 1 = none */
    int       bots;                 /* 0: no bots (their mark, the agent, is
                                       not logged) */
} shop_conf_t;

/* One request, as small as it can be: a month holds millions. */
typedef struct {
    uint32_t  offset_ms;            /* after the month's start */
    uint32_t  visitor;              /* number; SHOP_ANONYMOUS: still the
                                       number, logged as 0 */
    uint32_t  order;                /* 0 = none */
    int32_t   value_e2;             /* cents; negative = refund */
    uint16_t  page;
    uint16_t  status;
    uint16_t  latency_ms;
    uint16_t  flags;                /* JNY_ROW_... */
    uint8_t   kind;                 /* shop_kind_e */
    uint8_t   landed;               /* 1 + campaign this request arrived by,
                                       0 = inside a session */
    uint8_t   session_campaign;     /* campaign of the session */
    uint8_t   currency;
    uint16_t  agent;
    uint16_t  nonce;                /* SHOP_BOT_NO_COOKIE: request's number */
} shop_event_t;

typedef struct {
    const char  *label;             /* what a breakdown calls it */
    const char  *name;              /* utm_campaign, NULL = not tagged */
    const char  *source;
    const char  *medium;
    const char  *referrer;          /* host */
    double       weight;            /* share of first visits */
    double       intent;
    double       effect_page;       /* chance that who enters consideration
                                       meets SHOP_EFFECT_PAGE first */
} shop_campaign_t;

extern const shop_campaign_t  shop_campaigns[SHOP_CAMPAIGNS];
extern const char *const  shop_stages[SHOP_STAGES];
extern const char *const  shop_currencies[SHOP_CURRENCIES];

typedef struct {
    char     path[40];
    uint8_t  stage;                 /* 1 + index, 0 = none */
} shop_page_t;

/* Where a month's events go: shop_emit_pt returns 0, or -1 to stop. */
typedef int (*shop_emit_pt)(void *ctx, const shop_event_t *event);

typedef struct {
    shop_conf_t   conf;
    shop_page_t   pages[SHOP_PAGES];
    unsigned      npages;
    char          agents[SHOP_AGENTS + SHOP_BOT_AGENTS][JNY_MAX_AGENT];
    uint32_t      orders;           /* ids given out so far */
    shop_emit_pt  emit;
    void         *ctx;
} shop_t;


void shop_init(shop_t *shop, const shop_conf_t *conf, shop_emit_pt emit,
               void *ctx);

/*
 * Lives one visitor's month: emits its events in the order of time.  Returns
 * 0, or what emit returned.
 */
int shop_visit(shop_t *shop, uint32_t visitor);

/* The planted pages, as shop_event_t.page. */
unsigned shop_effect_page(void);
unsigned shop_null_page(void);

/* The 64-bit id an event is logged under; 0 for SHOP_ANONYMOUS. */
uint64_t shop_visitor_id(const shop_t *shop, const shop_event_t *event);


#endif /* JNY_SHOP_H */
