/*
 * bots.c - words in a User-Agent that programs use about themselves.
 *
 * A short list on purpose: nearly all declared crawlers carry "bot",
 * "crawl", "spider" or an address to complain to ("+http"), and HTTP
 * libraries begin with their own name.  Each word was kept out that browsers
 * in use also carry (so "cubot", a phone, is taken back).
 * The list is simply tried in turn: a micro-second, so what was asked before
 * is remembered.
 */

#include "engine/bots.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "jny_schema.h"


#define JNY_BOTS_MAX  512


/* An agent and its answer; where a text's hash leads, and nowhere else. */
typedef struct {
    uint16_t  len;                   /* 0 = free */
    uint8_t   bot;
    uint8_t   text[JNY_MAX_AGENT];
} jny_bots_entry_t;

struct jny_bots_s {
    jny_bots_entry_t  entries[JNY_BOTS_SEEN];
};


/* Anywhere in the agent, lower case. */
static const char *const jny_bots_words[] = {
    "bot", "crawl", "spider", "slurp", "+http", "http://", "https://",
    "headless", "phantomjs", "lighthouse", "pagespeed", "gtmetrix",
    "pingdom", "uptime", "monitor", "statuscake", "site24x7",
    "facebookexternalhit", "whatsapp/", "skypeuripreview", "embedly",
    "preview", "feedfetcher", "scanner", "nikto", "sqlmap", "nuclei",
    "masscan", "zgrab", "censys", "chatgpt-user", "perplexity-user",
    "claude-user", "mediapartners", "adsbot", "archiver", "validator",
    "yandeximages", "yandexmetrika"
};

/* At the front of the agent. */
static const char *const jny_bots_fronts[] = {
    "curl/", "wget/", "python", "go-http-client", "java/", "okhttp",
    "apache-httpclient", "libwww-perl", "perl", "ruby", "php", "guzzle",
    "node", "axios", "undici", "aiohttp", "httpx", "scrapy", "httpie",
    "postman", "insomnia", "k6/", "ab/", "apachebench", "wrk", "siege",
    "vegeta", "jakarta", "dart/", "rust", "winhttp", "check_http"
};

/* Devices whose name contains such a word. */
static const char *const jny_bots_people[] = { "cubot" };

#define jny_count(table) (sizeof(table) / sizeof((table)[0]))


int
jny_bots_agent(jny_slice_t agent)
{
    char    text[JNY_BOTS_MAX + 1];
    size_t  i, n;

    n = agent.len < JNY_BOTS_MAX ? agent.len : JNY_BOTS_MAX;

    for (i = 0; i < n; i++) {
        text[i] = (char) tolower(agent.data[i]);

        /* strstr() must see what follows. */
        if (text[i] == '\0') {
            text[i] = ' ';
        }
    }
    text[n] = '\0';

    for (i = 0; i < jny_count(jny_bots_people); i++) {
        if (strstr(text, jny_bots_people[i]) != NULL) {
            return 0;
        }
    }

    for (i = 0; i < jny_count(jny_bots_fronts); i++) {
        if (strncmp(text, jny_bots_fronts[i], strlen(jny_bots_fronts[i]))
            == 0)
        {
            return 1;
        }
    }

    for (i = 0; i < jny_count(jny_bots_words); i++) {
        if (strstr(text, jny_bots_words[i]) != NULL) {
            return 1;
        }
    }

    return 0;
}


jny_bots_t *
jny_bots_new(void)
{
    return calloc(1, sizeof(jny_bots_t));
}


void
jny_bots_free(jny_bots_t *b)
{
    free(b);
}


/* Whole words are enough: who differs only behind them shares a place. */
static size_t
jny_bots_hash(jny_slice_t agent)
{
    size_t    i;
    uint64_t  word, h;

    h = agent.len;

    for (i = 0; i + sizeof(word) <= agent.len; i += sizeof(word)) {
        memcpy(&word, agent.data + i, sizeof(word));
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }

    return h % JNY_BOTS_SEEN;
}


int
jny_bots_seen(jny_bots_t *b, jny_slice_t agent)
{
    jny_bots_entry_t  *e;

    if (agent.len == 0 || agent.len > sizeof(e->text)) {
        return jny_bots_agent(agent);
    }

    e = &b->entries[jny_bots_hash(agent)];

    if (e->len != agent.len || memcmp(e->text, agent.data, agent.len) != 0) {
        e->len = (uint16_t) agent.len;
        e->bot = (uint8_t) jny_bots_agent(agent);
        memcpy(e->text, agent.data, agent.len);
    }

    return e->bot;
}
