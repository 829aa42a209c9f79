/*
 * channel.c - a table of sites and GA4's rules in GA4's order.  The table
 * holds the sites that send most visitors, not the 800 of GA4's list: what
 * is missing counts as a referral, never as something it is not.
 */

#include "engine/channel.h"

#include <string.h>


typedef enum {
    JNY_SITE_NONE,
    JNY_SITE_SEARCH,
    JNY_SITE_SOCIAL,
    JNY_SITE_VIDEO,
    JNY_SITE_SHOPPING,
    JNY_SITE_AI,
    JNY_SITE_EMAIL
} jny_site_e;

typedef struct {
    const char  *host; /* with a dot: this name and those below it; without:
                             that label in front of any public suffix */
    const char  *name;
    jny_site_e   kind;
} jny_site_t;


/* First match wins: special hosts stand before the site they belong to. */

/* clang-format off */
static const jny_site_t  jny_sites[] = {
    { "mail.google.com",       "gmail",      JNY_SITE_EMAIL },
    { "gemini.google.com",     "gemini",     JNY_SITE_AI },
    { "bard.google.com",       "gemini",     JNY_SITE_AI },
    { "mail.yahoo.com",        "yahoo mail", JNY_SITE_EMAIL },
    { "outlook.live.com",      "outlook",    JNY_SITE_EMAIL },
    { "outlook.office.com",    "outlook",    JNY_SITE_EMAIL },
    { "outlook.office365.com", "outlook",    JNY_SITE_EMAIL },
    { "e.mail.ru",             "mail.ru",    JNY_SITE_EMAIL },
    { "mail.yandex.ru",        "yandex mail", JNY_SITE_EMAIL },
    { "mail.qq.com",           "qq mail",    JNY_SITE_EMAIL },
    { "mail.163.com",          "163 mail",   JNY_SITE_EMAIL },
    { "mail.proton.me",        "proton mail", JNY_SITE_EMAIL },
    { "copilot.microsoft.com", "copilot",    JNY_SITE_AI },
    { "chatgpt.com",           "chatgpt",    JNY_SITE_AI },
    { "chat.openai.com",       "chatgpt",    JNY_SITE_AI },
    { "claude.ai",             "claude",     JNY_SITE_AI },
    { "perplexity.ai",         "perplexity", JNY_SITE_AI },
    { "chat.deepseek.com",     "deepseek",   JNY_SITE_AI },
    { "chat.mistral.ai",       "mistral",    JNY_SITE_AI },
    { "grok.com",              "grok",       JNY_SITE_AI },
    { "meta.ai",               "meta ai",    JNY_SITE_AI },
    { "you.com",               "you.com",    JNY_SITE_AI },
    { "poe.com",               "poe",        JNY_SITE_AI },
    { "kimi.com",              "kimi",       JNY_SITE_AI },
    { "doubao.com",            "doubao",     JNY_SITE_AI },
    { "go.mail.ru",            "mail.ru",    JNY_SITE_SEARCH },
    { "search.brave.com",      "brave",      JNY_SITE_SEARCH },
    { "ya.ru",                 "yandex",     JNY_SITE_SEARCH },
    { "so.com",                "so.com",     JNY_SITE_SEARCH },
    { "google",                "google",     JNY_SITE_SEARCH },
    { "bing",                  "bing",       JNY_SITE_SEARCH },
    { "yandex",                "yandex",     JNY_SITE_SEARCH },
    { "duckduckgo",            "duckduckgo", JNY_SITE_SEARCH },
    { "baidu",                 "baidu",      JNY_SITE_SEARCH },
    { "yahoo",                 "yahoo",      JNY_SITE_SEARCH },
    { "ecosia",                "ecosia",     JNY_SITE_SEARCH },
    { "qwant",                 "qwant",      JNY_SITE_SEARCH },
    { "startpage",             "startpage",  JNY_SITE_SEARCH },
    { "sogou",                 "sogou",      JNY_SITE_SEARCH },
    { "naver",                 "naver",      JNY_SITE_SEARCH },
    { "seznam",                "seznam",     JNY_SITE_SEARCH },
    { "rambler",               "rambler",    JNY_SITE_SEARCH },
    { "kagi",                  "kagi",       JNY_SITE_SEARCH },
    { "fb.com",                "facebook",   JNY_SITE_SOCIAL },
    { "fb.me",                 "facebook",   JNY_SITE_SOCIAL },
    { "facebook",              "facebook",   JNY_SITE_SOCIAL },
    { "instagram",             "instagram",  JNY_SITE_SOCIAL },
    { "threads.net",           "threads",    JNY_SITE_SOCIAL },
    { "t.co",                  "twitter",    JNY_SITE_SOCIAL },
    { "x.com",                 "twitter",    JNY_SITE_SOCIAL },
    { "twitter",               "twitter",    JNY_SITE_SOCIAL },
    { "lnkd.in",               "linkedin",   JNY_SITE_SOCIAL },
    { "linkedin",              "linkedin",   JNY_SITE_SOCIAL },
    { "pinterest",             "pinterest",  JNY_SITE_SOCIAL },
    { "reddit",                "reddit",     JNY_SITE_SOCIAL },
    { "vk.com",                "vk",         JNY_SITE_SOCIAL },
    { "vk.ru",                 "vk",         JNY_SITE_SOCIAL },
    { "ok.ru",                 "ok",         JNY_SITE_SOCIAL },
    { "t.me",                  "telegram",   JNY_SITE_SOCIAL },
    { "telegram",              "telegram",   JNY_SITE_SOCIAL },
    { "wa.me",                 "whatsapp",   JNY_SITE_SOCIAL },
    { "whatsapp",              "whatsapp",   JNY_SITE_SOCIAL },
    { "weibo",                 "weibo",      JNY_SITE_SOCIAL },
    { "zhihu",                 "zhihu",      JNY_SITE_SOCIAL },
    { "quora",                 "quora",      JNY_SITE_SOCIAL },
    { "tumblr",                "tumblr",     JNY_SITE_SOCIAL },
    { "bsky.app",              "bluesky",    JNY_SITE_SOCIAL },
    { "snapchat",              "snapchat",   JNY_SITE_SOCIAL },
    { "news.ycombinator.com",  "hacker news", JNY_SITE_SOCIAL },
    { "tiktok",                "tiktok",     JNY_SITE_VIDEO },
    { "youtu.be",              "youtube",    JNY_SITE_VIDEO },
    { "youtube",               "youtube",    JNY_SITE_VIDEO },
    { "vimeo",                 "vimeo",      JNY_SITE_VIDEO },
    { "rutube",                "rutube",     JNY_SITE_VIDEO },
    { "bilibili",              "bilibili",   JNY_SITE_VIDEO },
    { "twitch.tv",             "twitch",     JNY_SITE_VIDEO },
    { "amazon",                "amazon",     JNY_SITE_SHOPPING },
    { "ebay",                  "ebay",       JNY_SITE_SHOPPING },
    { "etsy",                  "etsy",       JNY_SITE_SHOPPING },
    { "aliexpress",            "aliexpress", JNY_SITE_SHOPPING },
    { "ozon.ru",               "ozon",       JNY_SITE_SHOPPING },
    { "wildberries",           "wildberries", JNY_SITE_SHOPPING },
    { "walmart",               "walmart",    JNY_SITE_SHOPPING }
};

/* Click ids that only paid links carry. */
static const struct {
    const char  *click;
    const char  *source;
    const char  *medium;
} jny_clicks[] = {
    { "gclid",     "google",    "cpc" },
    { "gbraid",    "google",    "cpc" },
    { "wbraid",    "google",    "cpc" },
    { "dclid",     "google",    "display" },
    { "msclkid",   "bing",      "cpc" },
    { "yclid",     "yandex",    "cpc" },
    { "ymclid",    "yandex",    "cpc" },
    { "ttclid",    "tiktok",    "cpc" },
    { "twclid",    "twitter",   "cpc" },
    { "li_fat_id", "linkedin",  "cpc" },
    { "rdt_cid",   "reddit",    "cpc" },
    { "sccid",     "snapchat",  "cpc" },
    { "epik",      "pinterest", "cpc" },
    { "vkclid",    "vk",        "cpc" }
};
/* clang-format on */

#define jny_count(table) (sizeof(table) / sizeof((table)[0]))


static int
jny_channel_is(jny_slice_t s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}


/* words: blank separated, as the lists below are easiest to read. */
static int
jny_channel_in(jny_slice_t s, const char *words)
{
    size_t  n;

    if (s.len == 0) {
        return 0;
    }

    for (/* void */; *words != '\0'; words += n) {
        words += strspn(words, " ");
        n = strcspn(words, " ");

        if (n == s.len && memcmp(s.data, words, n) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
jny_channel_has(jny_slice_t s, const char *part)
{
    return s.len > 0 && memmem(s.data, s.len, part, strlen(part)) != NULL;
}


static int
jny_channel_starts(jny_slice_t s, const char *prefix)
{
    return s.len >= strlen(prefix)
           && memcmp(s.data, prefix, strlen(prefix)) == 0;
}


static int
jny_channel_ends(jny_slice_t s, const char *suffix)
{
    size_t  n;

    n = strlen(suffix);

    return s.len >= n && memcmp(s.data + s.len - n, suffix, n) == 0;
}


/* Bytes behind the label that begins at host[at]. */
static jny_slice_t
jny_channel_behind(jny_slice_t host, size_t at)
{
    jny_slice_t     rest;
    const uint8_t  *dot;

    dot = memchr(host.data + at, '.', host.len - at);
    rest.data = dot != NULL ? dot + 1 : host.data + host.len;
    rest.len = (size_t) (host.data + host.len - rest.data);

    return rest;
}


/*
 * Whether rest looks like a public suffix: "com", "de", "co.uk", "com.tr".
 */
static int
jny_channel_is_suffix(jny_slice_t rest)
{
    size_t          first;
    const uint8_t  *dot;

    if (rest.len < 2) {
        return 0;
    }

    dot = memchr(rest.data, '.', rest.len);
    if (dot == NULL) {
        return 1;
    }

    first = (size_t) (dot - rest.data);

    return first >= 2 && first <= 3 && rest.len - first - 1 == 2;
}


static int
jny_site_matches(const jny_site_t *site, jny_slice_t host)
{
    size_t       n, at;
    jny_slice_t  rest;

    n = strlen(site->host);

    if (strchr(site->host, '.') != NULL) {
        return jny_channel_ends(host, site->host)
               && (host.len == n || host.data[host.len - n - 1] == '.');
    }

    for (at = 0; at < host.len; at = host.len - rest.len) {
        rest = jny_channel_behind(host, at);

        if (jny_channel_is_suffix(rest)
            && host.len - rest.len - at == n + 1
            && memcmp(host.data + at, site->host, n) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static const jny_site_t *
jny_site_find(jny_slice_t host)
{
    size_t  i;

    for (i = 0; i < jny_count(jny_sites); i++) {
        if (jny_site_matches(&jny_sites[i], host)) {
            return &jny_sites[i];
        }
    }

    return NULL;
}


/* utm_source is a site's name as often as its host. */
static jny_site_e
jny_site_kind(jny_slice_t source)
{
    size_t             i;
    const jny_site_t  *site;

    for (i = 0; i < jny_count(jny_sites); i++) {
        if (jny_channel_is(source, jny_sites[i].name)) {
            return jny_sites[i].kind;
        }
    }

    if (jny_channel_in(source, "fb ig meta vkontakte odnoklassniki x")) {
        return JNY_SITE_SOCIAL;
    }

    site = jny_site_find(source);

    return site != NULL ? site->kind : JNY_SITE_NONE;
}


/* GA4: ^(.*([^a-df-z]|^)shop|shopping).*$ */
static int
jny_channel_is_shopping(jny_slice_t campaign)
{
    uint8_t         c;
    size_t          len;
    const uint8_t  *p, *at;

    p = campaign.data;
    len = campaign.len;

    while (len > 0 && (at = memmem(p, len, "shop", 4)) != NULL) {
        c = at > campaign.data ? at[-1] : '-';

        if (c < 'a' || c > 'z' || c == 'e') {
            return 1;
        }

        len -= (size_t) (at + 4 - p);
        p = at + 4;
    }

    return jny_channel_has(campaign, "shopping");
}


static const char *
jny_channel_paid(jny_site_e site, int shopping)
{
    if (site == JNY_SITE_SHOPPING || shopping) {
        return "paid shopping";
    }

    switch (site) {
    case JNY_SITE_SEARCH:
        return "paid search";
    case JNY_SITE_SOCIAL:
        return "paid social";
    case JNY_SITE_VIDEO:
        return "paid video";
    default:
        return "paid other";
    }
}


/* Groups that a medium or source names outright, below the sites' rules. */
static const char *
jny_channel_named(jny_slice_t source, jny_slice_t medium)
{
    if (jny_channel_in(medium, "referral app link")) {
        return "referral";
    }

    if (jny_channel_in(source, "email e-mail e_mail")
        || jny_channel_is(source, "e mail")
        || jny_channel_in(medium, "email e-mail e_mail")
        || jny_channel_is(medium, "e mail"))
    {
        return "email";
    }

    if (jny_channel_in(medium, "affiliate affiliates")) {
        return "affiliates";
    }

    if (jny_channel_is(medium, "audio")) {
        return "audio";
    }

    if (jny_channel_is(medium, "sms") || jny_channel_is(source, "sms")) {
        return "sms";
    }

    if (jny_channel_ends(medium, "push") || jny_channel_has(medium, "mobile")
        || jny_channel_has(medium, "notification")
        || jny_channel_is(source, "firebase"))
    {
        return "mobile push";
    }

    return "other";
}


static const char *
jny_channel_unpaid(jny_slice_t source, jny_slice_t medium, jny_site_e site,
                   int shopping)
{
    if (site == JNY_SITE_EMAIL) {
        return "email";
    }

    if (site == JNY_SITE_AI
        || jny_channel_in(medium, "ai-assistant ai_assistant"))
    {
        return "ai assistant";
    }

    if (site == JNY_SITE_SHOPPING || shopping) {
        return "organic shopping";
    }

    if (site == JNY_SITE_SOCIAL
        || jny_channel_in(medium, "social social-network social-media sm")
        || jny_channel_is(medium, "social network")
        || jny_channel_is(medium, "social media"))
    {
        return "organic social";
    }

    if (site == JNY_SITE_VIDEO || jny_channel_has(medium, "video")) {
        return "organic video";
    }

    /* Mail from a search engine's name is still mail. */

    if (jny_channel_is(medium, "organic")
        || (site == JNY_SITE_SEARCH
            && strcmp(jny_channel_named(source, medium), "other") == 0))
    {
        return "organic search";
    }

    return jny_channel_named(source, medium);
}


const char *
jny_channel_of(jny_slice_t source, jny_slice_t medium, jny_slice_t campaign)
{
    int         shopping;
    jny_site_e  site;

    if (campaign.len == 0
        && (source.len == 0 || jny_channel_is(source, "(direct)"))
        && (medium.len == 0 || jny_channel_in(medium, "(none)")
            || jny_channel_is(medium, "(not set)")))
    {
        return "direct";
    }

    if (jny_channel_has(campaign, "cross-network")) {
        return "cross-network";
    }

    site = jny_site_kind(source);
    shopping = jny_channel_is_shopping(campaign);

    if (jny_channel_in(medium, "display banner expandable interstitial cpm")) {
        return "display";
    }

    if (jny_channel_has(medium, "cp") || jny_channel_starts(medium, "paid")
        || jny_channel_in(medium, "ppc retargeting"))
    {
        return jny_channel_paid(site, shopping);
    }

    return jny_channel_unpaid(source, medium, site, shopping);
}


static jny_slice_t
jny_channel_text(const char *s)
{
    jny_slice_t  text;

    text.data = (const uint8_t *) s;
    text.len = strlen(s);

    return text;
}


int
jny_channel_referrer(jny_slice_t host, jny_slice_t *source,
                     jny_slice_t *medium)
{
    const jny_site_t  *site;

    static const char *const media[] = {
        [JNY_SITE_NONE] = "referral",
        [JNY_SITE_SEARCH] = "organic",
        [JNY_SITE_SOCIAL] = "social",
        [JNY_SITE_VIDEO] = "video",
        [JNY_SITE_SHOPPING] = "referral",
        [JNY_SITE_AI] = "ai-assistant",
        [JNY_SITE_EMAIL] = "email"
    };

    site = jny_site_find(host);

    if (site != NULL) {
        *source = jny_channel_text(site->name);
        *medium = jny_channel_text(media[site->kind]);
        return 1;
    }

    if (jny_channel_starts(host, "www.")) {
        host.data += 4;
        host.len -= 4;
    }

    *source = host;
    *medium = jny_channel_text(media[JNY_SITE_NONE]);

    return 0;
}


int
jny_channel_click(jny_slice_t click, jny_slice_t *source, jny_slice_t *medium)
{
    size_t  i;

    for (i = 0; i < jny_count(jny_clicks); i++) {
        if (jny_channel_is(click, jny_clicks[i].click)) {
            *source = jny_channel_text(jny_clicks[i].source);
            *medium = jny_channel_text(jny_clicks[i].medium);
            return 1;
        }
    }

    return 0;
}
