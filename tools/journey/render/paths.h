/*
 * paths.h - paths and edges as JSON members and as text.
 */

#ifndef JNY_RENDER_PATHS_H
#define JNY_RENDER_PATHS_H

#include "analysis/paths.h"
#include "engine/run.h"
#include "render/json.h"


/* What a result was made with, all borrowed. */
typedef struct {
    const jny_paths_t       *paths;
    const jny_paths_conf_t  *conf;
    const jny_names_t       *names;
    const jny_selector_t    *starting;  /* NULL: not given */
    const jny_selector_t    *ending;
    const jny_selector_t    *around;
} jny_paths_view_t;


/* Members of "definitions". */
void jny_paths_json_define(jny_json_t *js, const jny_paths_view_t *v);

/* "totals", "paths", "other", "edges". */
void jny_paths_json(jny_json_t *js, const jny_paths_view_t *v);

/* Headline and tables; then what the figures mean, as lines of the foot. */
void jny_paths_text(jny_buf_t *out, const jny_paths_view_t *v);
void jny_paths_text_define(jny_buf_t *out, const jny_paths_view_t *v);


#endif /* JNY_RENDER_PATHS_H */
