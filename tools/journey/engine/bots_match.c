/*
 * bots_match.c - which of some thousand patterns matches an agent.
 *
 * An automaton (Aho & Corasick 1975) finds the words of all patterns in one
 * pass; only a pattern whose word is there is tried.  Programs run as
 * Thompson (1968) has it, all ways at once: an agent is what a stranger sent,
 * and backtracking would let them choose our time.
 */

#include "engine/bots_tables.h"

#include <string.h>

#include "jny_schema.h"


typedef struct {
    const uint8_t  *text;
    uint32_t        len;
    const uint8_t  *raw;                        /* of the same length */
    const uint8_t  *folded;
    uint16_t        ways[JNY_BOTS_CODE_MAX];    /* that wait for a byte */
    uint32_t        nways;
    uint16_t        mark[JNY_BOTS_CODE_MAX];    /* 1 + last position added */
} jny_bots_match_t;


static int
jny_bots_is_word(const jny_bots_match_t *m, uint32_t at)
{
    uint8_t  c;

    if (at >= m->len) {
        return 0;
    }

    c = m->text[at];

    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z');
}


/* Whether what takes no byte holds before the byte at at. */
static int
jny_bots_holds(const jny_bots_tables_t *tables, const jny_bots_match_t *m,
               const jny_bots_code_t *code, uint32_t at)
{
    int                     before;
    const jny_bots_text_t  *t;

    switch (code->op) {

    case JNY_BOTS_BEGIN:
        return at == 0;

    case JNY_BOTS_END:
        return at == m->len;

    case JNY_BOTS_BOUNDARY:
        before = at > 0 && jny_bots_is_word(m, at - 1);
        return before != jny_bots_is_word(m, at);

    case JNY_BOTS_NOT_AHEAD:
        t = &tables->texts[code->x];
        return m->len - at < t->len
               || memcmp(m->text + at, t->data, t->len) != 0;

    default: /* JNY_BOTS_NOT_BEHIND */
        t = &tables->texts[code->x];
        return at < t->len
               || memcmp(m->text + at - t->len, t->data, t->len) != 0;
    }
}


/* Adds pc and what is reached from it without a byte; 1: the end is. */
static int
jny_bots_add(const jny_bots_tables_t *tables, jny_bots_match_t *m,
             const jny_bots_code_t *program, uint32_t pc, uint32_t at)
{
    uint32_t                n;
    uint16_t                stack[2 * JNY_BOTS_CODE_MAX + 1];
    const jny_bots_code_t  *code;

    n = 0;
    stack[n++] = (uint16_t) pc;

    while (n > 0) {
        pc = stack[--n];

        if (m->mark[pc] == at + 1) {
            continue;
        }

        m->mark[pc] = (uint16_t) (at + 1);
        code = &program[pc];

        switch (code->op) {

        case JNY_BOTS_MATCH:
            return 1;

        case JNY_BOTS_CHAR:
        case JNY_BOTS_SET:
            m->ways[m->nways++] = (uint16_t) pc;
            break;

        case JNY_BOTS_SPLIT:
            stack[n++] = code->y;
            stack[n++] = code->x;
            break;

        default:
            if (jny_bots_holds(tables, m, code, at)) {
                stack[n++] = (uint16_t) (pc + 1);
            }
        }
    }

    return 0;
}


static int
jny_bots_run(const jny_bots_tables_t *tables, jny_bots_match_t *m,
             const jny_bots_pattern_t *p)
{
    uint8_t                 c;
    uint16_t                before[JNY_BOTS_CODE_MAX];
    uint32_t                at, i, n;
    const jny_bots_code_t  *program, *code;

    program = &tables->code[p->start];
    m->text = p->fold ? m->folded : m->raw;
    m->nways = 0;
    memset(m->mark, 0, p->ncode * sizeof(m->mark[0]));

    for (at = 0; /* void */; at++) {

        /* A match may begin anywhere. */
        if (jny_bots_add(tables, m, program, 0, at)) {
            return 1;
        }

        if (at == m->len
            || (m->nways == 0 && program[0].op == JNY_BOTS_BEGIN))
        {
            return 0;
        }

        c = m->text[at];
        n = m->nways;
        memcpy(before, m->ways, n * sizeof(before[0]));
        m->nways = 0;

        for (i = 0; i < n; i++) {
            code = &program[before[i]];

            if (code->op == JNY_BOTS_CHAR
                    ? code->c == c
                    : tables->sets[code->x].bits[c / 32] >> (c % 32) & 1)
            {
                if (jny_bots_add(tables, m, program, before[i] + 1u, at + 1)) {
                    return 1;
                }
            }
        }
    }
}


/* A pattern whose word ends before end. */
static int
jny_bots_try(const jny_bots_tables_t *tables, jny_bots_match_t *m,
             uint32_t id, uint32_t end)
{
    const jny_bots_pattern_t  *p;

    p = &tables->patterns[id];

    if (p->start != JNY_BOTS_NONE) {
        return jny_bots_run(tables, m, p);
    }

    return p->fold || memcmp(m->raw + end - p->len, p->literal, p->len) == 0;
}


static uint32_t
jny_bots_step(const jny_bots_tables_t *tables, uint32_t node, uint8_t c)
{
    uint32_t                i;
    const jny_bots_node_t  *n;

    for ( ;; ) {

        if (node == 0) {
            return tables->root[c];
        }

        n = &tables->nodes[node];

        for (i = 0; i < n->n; i++) {
            if (tables->nodes[n->first + i].c == c) {
                return n->first + i;
            }
        }

        node = n->fail;
    }
}


uint32_t
jny_bots_match(const jny_bots_tables_t *tables, jny_slice_t agent)
{
    uint8_t           c, folded[JNY_MAX_AGENT];
    uint32_t          i, best, node, last;
    const uint16_t   *id;
    jny_bots_match_t  m;

    m.len = (uint32_t) (agent.len < JNY_MAX_AGENT ? agent.len : JNY_MAX_AGENT);
    m.raw = agent.data;
    m.folded = folded;

    if (m.len == 0) {
        return JNY_BOTS_NONE;
    }

    for (i = 0; i < m.len; i++) {
        c = agent.data[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (uint8_t) (c + 'a' - 'A') : c;
    }

    best = JNY_BOTS_NONE;
    last = JNY_BOTS_NONE;
    node = 0;

    for (id = tables->always; *id != JNY_BOTS_NONE && *id < best; id++) {
        if (jny_bots_try(tables, &m, *id, 0)) {
            best = *id;
        }
    }

    for (i = 0; i < m.len; i++) {
        node = jny_bots_step(tables, node, folded[i]);

        if (tables->nodes[node].ids == 0) {
            continue;
        }

        for (id = &tables->ids[tables->nodes[node].ids]; *id < best; id++) {

            /* What "bot" asked for need not be asked at the next "bot". */
            if (tables->patterns[*id].start != JNY_BOTS_NONE) {
                if (*id == last) {
                    continue;
                }
                last = *id;
            }

            if (jny_bots_try(tables, &m, *id, i + 1)) {
                best = *id;
                break;
            }
        }
    }

    return best;
}
