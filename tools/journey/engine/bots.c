/*
 * bots.c - which agent is a program's, and by which pattern; what was asked
 * before is remembered, for to ask takes some micro-seconds.
 */

#include "engine/bots.h"

#include <stdlib.h>
#include <string.h>

#include "engine/bots_tables.h"
#include "jny_schema.h"


/* An agent and its answer; where a text's hash leads, and nowhere else. */
typedef struct {
    uint16_t  len;                   /* 0 = free */
    uint16_t  bot;
    uint8_t   text[JNY_MAX_AGENT];
} jny_bots_entry_t;

struct jny_bots_s {
    jny_bots_entry_t  entries[JNY_BOTS_SEEN];
};


unsigned
jny_bots_agent(jny_slice_t agent)
{
    uint32_t  id;

    id = jny_bots_match(&jny_bots_tables, agent);

    return id == JNY_BOTS_NONE ? 0 : id + 1;
}


jny_bots_reason_t
jny_bots_reason(unsigned bot)
{
    jny_bots_reason_t          reason;
    const jny_bots_pattern_t  *p;

    p = &jny_bots_tables.patterns[bot - 1];
    reason.list = jny_bots_tables.lists[p->list];
    reason.pattern = p->text;

    return reason;
}


const char *
jny_bots_list(unsigned i)
{
    return i < jny_bots_tables.nlists ? jny_bots_tables.lists[i] : NULL;
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


unsigned
jny_bots_seen(jny_bots_t *b, jny_slice_t agent)
{
    jny_bots_entry_t  *e;

    if (agent.len == 0 || agent.len > sizeof(e->text)) {
        return jny_bots_agent(agent);
    }

    e = &b->entries[jny_bots_hash(agent)];

    if (e->len != agent.len || memcmp(e->text, agent.data, agent.len) != 0) {
        e->len = (uint16_t) agent.len;
        e->bot = (uint16_t) jny_bots_agent(agent);
        memcpy(e->text, agent.data, agent.len);
    }

    return e->bot;
}
