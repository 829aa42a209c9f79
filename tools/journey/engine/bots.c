/*
 * bots.c - words in a User-Agent that programs use about themselves.
 *
 * A short list on purpose: nearly all declared crawlers carry "bot",
 * "crawl", "spider" or an address to complain to ("+http"), and HTTP
 * libraries begin with their own name.  Each word was kept out that browsers
 * in use also carry (so "cubot", a phone, is taken back).
 * Called once per dictionary entry of a block, so the list is simply tried
 * in turn.
 */

#include "engine/bots.h"

#include <ctype.h>
#include <string.h>


#define JNY_BOTS_MAX  512


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
