/*
 * fields.c - one table; it is short, and searched once per term.
 */

#include "engine/fields.h"

#include <string.h>

#include "base/nearest.h"


#define JNY_X(id, name)  { name, JNY_FIELD_TEXT, JNY_TEXT_##id },

/* source to content stand in JNY_TEXT_MAP too: the first row is found */

const jny_field_t  jny_fields[] = {
    { "source", JNY_FIELD_CARRIED, JNY_CARRIED_SOURCE },
    { "medium", JNY_FIELD_CARRIED, JNY_CARRIED_MEDIUM },
    { "campaign", JNY_FIELD_CARRIED, JNY_CARRIED_CAMPAIGN },
    { "term", JNY_FIELD_CARRIED, JNY_CARRIED_TERM },
    { "content", JNY_FIELD_CARRIED, JNY_CARRIED_CONTENT },
    { "channel", JNY_FIELD_CARRIED, JNY_CARRIED_CHANNEL },

    JNY_TEXT_MAP(JNY_X)

    { "agent", JNY_FIELD_AGENT, 0 },

    { "status", JNY_FIELD_NUMBER, JNY_NUMBER_STATUS },
    { "latency", JNY_FIELD_NUMBER, JNY_NUMBER_LATENCY },
    { "value", JNY_FIELD_NUMBER, JNY_NUMBER_VALUE },
    { "score", JNY_FIELD_NUMBER, JNY_NUMBER_SCORE },

    { "visitor", JNY_FIELD_ID, JNY_NUMBER_VISITOR },
    { "login", JNY_FIELD_ID, JNY_NUMBER_LOGIN },

    { "new", JNY_FIELD_FLAG, JNY_ROW_NEW_VISITOR },
    { "returned", JNY_FIELD_FLAG, JNY_ROW_COOKIE_RETURNED },
    { "cookie_sent", JNY_FIELD_FLAG, JNY_ROW_COOKIE_SENT },
    { "cookie_invalid", JNY_FIELD_FLAG, JNY_ROW_COOKIE_INVALID },
    { "speculative", JNY_FIELD_FLAG, JNY_ROW_SPECULATIVE },
    { "beacon", JNY_FIELD_FLAG, JNY_ROW_BEACON },
    { "early_data", JNY_FIELD_FLAG, JNY_ROW_EARLY_DATA },
    { "consent", JNY_FIELD_FLAG, JNY_ROW_CONSENT },
    { "gpc", JNY_FIELD_FLAG, JNY_ROW_GPC },
    { "internal", JNY_FIELD_FLAG, JNY_ROW_INTERNAL },
    { "same_host_referer", JNY_FIELD_FLAG, JNY_ROW_SAME_HOST_REFERER },

    { "bot", JNY_FIELD_BOT, 0 },
};

#undef JNY_X

const unsigned  jny_fields_count = sizeof(jny_fields) / sizeof(jny_fields[0]);

static const jny_field_t  jny_field_custom = { "x_", JNY_FIELD_CUSTOM, 0 };


const jny_field_t *
jny_field_find(const char *name, size_t len)
{
    if (len > 2 && memcmp(name, "x_", 2) == 0) {
        return &jny_field_custom;
    }

    for (unsigned i = 0; i < jny_fields_count; i++) {
        if (strlen(jny_fields[i].name) == len
            && memcmp(jny_fields[i].name, name, len) == 0)
        {
            return &jny_fields[i];
        }
    }

    return NULL;
}


const char *
jny_field_nearest(const char *name, size_t len)
{
    jny_nearest_t  near;

    jny_nearest_init(&near, name, len);

    for (unsigned i = 0; i < jny_fields_count; i++) {
        jny_nearest_try(&near, jny_fields[i].name);
    }

    return near.best;
}
