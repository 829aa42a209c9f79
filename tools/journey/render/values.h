/*
 * values.h - what a model makes of logged values, as documents say it.
 */

#ifndef JNY_VALUES_H
#define JNY_VALUES_H

#include "engine/run.h"
#include "render/json.h"


/* "aliases", "currency" and "exchange_rates", where a model has them. */
void jny_values_json(jny_json_t *js, const jny_plan_t *plan);

/* The same as lines of the foot. */
void jny_values_foot(jny_buf_t *out, const jny_plan_t *plan);


#endif /* JNY_VALUES_H */
