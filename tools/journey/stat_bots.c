/*
 * stat_bots.c - agents of bots, most events first, and the pattern of each.
 * Distinct agents are judged again here: thousands, where the census judged
 * millions of visitors.
 */

#include "stat_bots.h"

#include <stdlib.h>

#include "engine/bots.h"
#include "render/text.h"


int
jny_stat_bots_json(jny_json_t *js, const jny_textset_t *agents, unsigned top)
{
    unsigned           bot, shown;
    uint32_t           n, *ids;
    jny_bots_reason_t  reason;

    ids = jny_textset_order(agents, &n);

    if (ids == NULL) {
        return JNY_ENOMEM;
    }

    jny_json_array(js, "bot_lists");

    for (unsigned i = 0; jny_bots_list(i) != NULL; i++) {
        jny_json_string(js, NULL, jny_bots_list(i));
    }

    jny_json_array_end(js);
    jny_json_array(js, "bots");

    shown = 0;

    for (uint32_t i = 0; i < n && shown < top; i++) {
        bot = jny_bots_agent(jny_textset_text(agents, ids[i]));

        if (bot == 0) {
            continue;
        }

        reason = jny_bots_reason(bot);
        shown++;

        jny_json_object(js, NULL);
        jny_json_slice(js, "agent", jny_textset_text(agents, ids[i]));
        jny_json_uint(js, "count", agents->counts[ids[i]]);
        jny_json_string(js, "list", reason.list);
        jny_json_string(js, "pattern", reason.pattern);
        jny_json_object_end(js);
    }

    jny_json_array_end(js);
    free(ids);

    return JNY_OK;
}


int
jny_stat_bots_text(jny_buf_t *out, const jny_textset_t *agents, unsigned top)
{
    unsigned           bot, shown;
    uint32_t           n, *ids;
    jny_table_t        t;
    jny_bots_reason_t  reason;

    ids = jny_textset_order(agents, &n);

    if (ids == NULL) {
        return JNY_ENOMEM;
    }

    jny_table_init(&t);
    jny_table_column(&t, "events", JNY_RIGHT, 0);
    jny_table_column(&t, "pattern", JNY_LEFT, 30);
    jny_table_column(&t, "of list", JNY_LEFT, 0);
    jny_table_column(&t, "bot", JNY_LEFT, 100);

    shown = 0;

    for (uint32_t i = 0; i < n && shown < top; i++) {
        bot = jny_bots_agent(jny_textset_text(agents, ids[i]));

        if (bot == 0) {
            continue;
        }

        reason = jny_bots_reason(bot);
        shown++;

        jny_table_count(&t, agents->counts[ids[i]]);
        jny_table_str(&t, reason.pattern);
        jny_table_str(&t, reason.list);
        jny_table_slice(&t, jny_textset_text(agents, ids[i]));
    }

    if (shown > 0) {
        jny_buf_char(out, '\n');
        jny_table_print(&t, out);
    }

    jny_table_release(&t);
    free(ids);

    return JNY_OK;
}
