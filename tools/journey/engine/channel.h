/*
 * channel.h - default channel groups, after Google Analytics 4 ("Default
 * channel group", support.google.com/analytics/answer/9756891, with its
 * "AI Assistant" group), so that figures can be laid beside GA4's.
 *
 * All texts are trimmed and case-folded by the caller.  Results are static.
 */

#ifndef JNY_CHANNEL_H
#define JNY_CHANNEL_H

#include "jny_types.h"


/*
 * The group of a campaign tuple: "direct", "organic search", "paid search",
 * "ai assistant", "email", "referral", ...; "other" when no rule applies.
 */
const char *jny_channel_of(jny_slice_t source, jny_slice_t medium,
                           jny_slice_t campaign);

/*
 * Source and medium of a visit that came from host without campaign tags.
 * 1: host belongs to a listed site, source is the site's name; 0: an ordinary
 * referral, source is the host without "www." and lies in host.
 */
int jny_channel_referrer(jny_slice_t host, jny_slice_t *source,
                         jny_slice_t *medium);

/*
 * Source and medium that a click id stands for, where tags are missing: 1, or
 * 0 for ids that unpaid links carry too (fbclid) and unknown ones.
 */
int jny_channel_click(jny_slice_t click, jny_slice_t *source,
                      jny_slice_t *medium);


#endif /* JNY_CHANNEL_H */
