/*
 * funnel.h - the funnel as JSON members and as text.
 */

#ifndef JNY_RENDER_FUNNEL_H
#define JNY_RENDER_FUNNEL_H

#include "analysis/funnel.h"
#include "render/json.h"


/* What a result was made with, all borrowed. */
typedef struct {
    const jny_funnel_t       *funnel;
    const jny_funnel_conf_t  *conf;
    const char               *by;       /* the fields, commas between;
                                           NULL */
    const char               *compat;   /* --compat, or NULL */
    const jny_names_t        *names;
} jny_funnel_view_t;


/* What is counted: "visitors", "entries" or "sessions". */
const char *jny_funnel_unit(const jny_funnel_conf_t *conf);

/* Members of "definitions". */
void jny_funnel_json_define(jny_json_t *js, const jny_funnel_view_t *v);

/*
 * "steps", "exclusions", "largest_drop", "at_goal", "still_open", "goals",
 * "groups", "trend", "cohorts".
 */
void jny_funnel_json(jny_json_t *js, const jny_funnel_view_t *v);

/* Where most are lost, in one sentence. */
void jny_funnel_headline(jny_buf_t *out, const jny_funnel_view_t *v);

/* Tables of groups, of the trend and of cohorts, where they are. */
void jny_funnel_text_groups(jny_buf_t *out, const jny_funnel_view_t *v);

/* Headline and tables; then what the figures mean, as lines of the foot. */
void jny_funnel_text(jny_buf_t *out, const jny_funnel_view_t *v);
void jny_funnel_text_define(jny_buf_t *out, const jny_funnel_view_t *v);


#endif /* JNY_RENDER_FUNNEL_H */
