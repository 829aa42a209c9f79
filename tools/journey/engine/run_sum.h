/*
 * run_sum.h - what a run says of its input: files, losses, the time covered.
 */

#ifndef JNY_RUN_SUM_H
#define JNY_RUN_SUM_H

#include "engine/scan.h"


/* Fills what the scan does not count; after it, for it finds damage. */
void jny_run_sum(jny_input_summary_t *s, const jny_scan_t *scan);


#endif /* JNY_RUN_SUM_H */
