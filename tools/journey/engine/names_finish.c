/*
 * names_finish.c - what follows from the names once the scan is over: the
 * channel of each referrer, ranks, tuples.
 *
 *     referrals (may add parts and tuples) -> rank kinds -> rank tuples
 *     -> rank referrals
 *
 * Ranking by string makes ids the same for any number of threads and any
 * order of files, so that analyses may use them to break ties.
 */

#include "engine/names.h"

#include <stdlib.h>
#include <string.h>

#include "engine/channel.h"
#include "engine/fold.h"
#include "engine/names_private.h"


static jny_slice_t
jny_names_without_port(jny_slice_t host)
{
    const uint8_t  *colon;

    colon = host.len > 0 ? memrchr(host.data, ':', host.len) : NULL;

    if (colon != NULL && host.data[host.len - 1] != ']') {
        host.len = (size_t) (colon - host.data);
    }

    return host;
}


static jny_slice_t
jny_names_without_www(jny_slice_t host)
{
    if (host.len > 4 && memcmp(host.data, "www.", 4) == 0) {
        host.data += 4;
        host.len -= 4;
    }

    return jny_names_without_port(host);
}


/*
 * Our own hosts, so that moving about on the site is no referral.  Provisional
 * referrer ids whose host is own become 1 in own.
 */
static int
jny_names_own(const jny_names_t *names, uint8_t *own)
{
    int                    rc;
    uint32_t               i, n, known, id;
    jny_bytes_t            b;
    jny_interner_t        *hosts;
    const jny_interner_t  *all, *referrers;

    all = names->kinds[JNY_NAME_HOST];
    referrers = names->kinds[JNY_NAME_REFERRER];

    hosts = jny_interner_new();
    if (hosts == NULL) {
        return JNY_ENOMEM;
    }

    rc = 0;
    n = jny_interner_count(all);

    for (i = 1; rc == 0 && i < n; i++) {
        b = jny_names_bytes(jny_names_without_www(jny_names_slice(all, i)));
        rc = jny_interner_add(hosts, &b, 1, &id);
    }

    known = jny_interner_count(hosts);
    n = jny_interner_count(referrers);

    for (i = 1; rc == 0 && i < n; i++) {
        b = jny_names_bytes(
            jny_names_without_www(jny_names_slice(referrers, i)));
        rc = jny_interner_add(hosts, &b, 1, &id);
        own[i] = id < known;
    }

    jny_interner_free(hosts);

    return rc == 0 ? JNY_OK : JNY_ENOMEM;
}


/*
 * The provisional tuple of a referrer.  A listed site is never our own: any
 * client can claim to be at google.com in its Host header.
 */
static int
jny_names_referral(jny_names_t *names, uint32_t referrer, int own,
                   uint32_t *tuple)
{
    int          listed;
    char         folded[JNY_MAX_TEXT];
    uint32_t     parts[JNY_TUPLE_PARTS];
    jny_bytes_t  texts[2];
    jny_slice_t  host, source, medium;

    memset(parts, 0, sizeof(parts));

    host = jny_names_slice(names->kinds[JNY_NAME_REFERRER], referrer);

    if (host.len > 0 && host.len <= sizeof(folded)) {
        jny_fold_lower(host, folded);
        host.data = (const uint8_t *) folded;
        host = jny_names_without_port(host);
        listed = jny_channel_referrer(host, &source, &medium);

        if (listed || !own) {
            texts[0] = jny_names_bytes(
                jny_aliases_get(names->aliases, 0, source));
            texts[1] = jny_names_bytes(
                jny_aliases_get(names->aliases, 1, medium));

            if (jny_interner_add(names->kinds[JNY_NAME_TUPLE_PART], texts, 2,
                                 parts)
                != 0)
            {
                return JNY_ENOMEM;
            }
        }
    }

    return jny_names_tuple_add(names, parts, tuple);
}


/* of_referrer, both sides still provisional. */
static int
jny_names_referrals(jny_names_t *names)
{
    int       rc;
    uint8_t  *own;
    uint32_t  i, n;

    n = jny_interner_count(names->kinds[JNY_NAME_REFERRER]);

    own = calloc(n, 1);
    names->of_referrer = calloc(n, sizeof(uint32_t));

    if (own == NULL || names->of_referrer == NULL) {
        free(own);
        return JNY_ENOMEM;
    }

    rc = jny_names_own(names, own);

    for (i = 0; rc == JNY_OK && i < n; i++) {
        rc = jny_names_referral(names, i, own[i], &names->of_referrer[i]);
    }

    free(own);

    return rc;
}


static int
jny_names_rank_kind(jny_names_t *names, jny_name_e kind)
{
    uint32_t         n;
    jny_interner_t  *in;

    in = names->kinds[kind];
    n = jny_interner_count(in);

    names->rank[kind] = malloc((size_t) n * sizeof(uint32_t));

    if (names->rank[kind] == NULL
        || jny_interner_rank(in, names->rank[kind]) != 0
        || jny_interner_reorder(in, names->rank[kind]) != 0)
    {
        return JNY_ENOMEM;
    }

    return JNY_OK;
}


typedef struct {
    uint32_t  parts[JNY_TUPLE_PARTS];   /* final */
    uint32_t  id;                       /* provisional */
} jny_names_key_t;


static int
jny_names_key_order(const void *a, const void *b)
{
    unsigned                i;
    const jny_names_key_t  *x = a, *y = b;

    for (i = 0; i < JNY_TUPLE_PARTS; i++) {
        if (x->parts[i] != y->parts[i]) {
            return x->parts[i] < y->parts[i] ? -1 : 1;
        }
    }

    return 0;
}


static void
jny_names_tuple_fill(jny_names_t *names, const jny_names_key_t *key,
                     jny_tuple_t *t)
{
    const jny_interner_t  *parts;

    parts = names->kinds[JNY_NAME_TUPLE_PART];

    t->source = key->parts[0];
    t->medium = key->parts[1];
    t->campaign = key->parts[2];
    t->term = key->parts[3];
    t->content = key->parts[4];
    t->channel = jny_channel_of(jny_names_slice(parts, t->source),
                                jny_names_slice(parts, t->medium),
                                jny_names_slice(parts, t->campaign));
}


static int
jny_names_rank_tuples(jny_names_t *names)
{
    uint32_t          i, k, n;
    jny_bytes_t       b;
    jny_names_key_t  *keys;

    n = jny_interner_count(names->tuple_keys);
    names->ntuples = n;

    keys = malloc((size_t) n * sizeof(*keys));
    names->tuples = calloc(n, sizeof(*names->tuples));
    names->tuple_rank = calloc(n, sizeof(*names->tuple_rank));

    if (keys == NULL || names->tuples == NULL || names->tuple_rank == NULL) {
        free(keys);
        return JNY_ENOMEM;
    }

    for (i = 1; i < n; i++) {
        b = jny_interner_get(names->tuple_keys, i);
        memcpy(keys[i].parts, b.data, sizeof(keys[i].parts));
        keys[i].id = i;

        for (k = 0; k < JNY_TUPLE_PARTS; k++) {
            keys[i].parts[k] =
                names->rank[JNY_NAME_TUPLE_PART][keys[i].parts[k]];
        }
    }

    if (n > 1) {
        qsort(keys + 1, n - 1, sizeof(*keys), jny_names_key_order);
    }

    names->tuples[0].channel = "direct";

    for (i = 1; i < n; i++) {
        names->tuple_rank[keys[i].id] = i;
        jny_names_tuple_fill(names, &keys[i], &names->tuples[i]);
    }

    free(keys);

    return JNY_OK;
}


/* of_referrer from provisional to final ids on both sides. */
static int
jny_names_rank_referrals(jny_names_t *names)
{
    uint32_t         i, n, *final;
    const uint32_t  *rank;

    rank = names->rank[JNY_NAME_REFERRER];
    n = jny_interner_count(names->kinds[JNY_NAME_REFERRER]);

    final = malloc((size_t) n * sizeof(*final));
    if (final == NULL) {
        return JNY_ENOMEM;
    }

    for (i = 0; i < n; i++) {
        final[rank[i]] = names->tuple_rank[names->of_referrer[i]];
    }

    free(names->of_referrer);
    names->of_referrer = final;

    return JNY_OK;
}


int
jny_names_finish(jny_names_t *names)
{
    int       rc;
    unsigned  k;

    rc = jny_names_referrals(names);

    for (k = 0; rc == JNY_OK && k < JNY_NAME_COUNT; k++) {
        rc = jny_names_rank_kind(names, (jny_name_e) k);
    }

    if (rc == JNY_OK) {
        rc = jny_names_rank_tuples(names);
    }

    if (rc == JNY_OK) {
        rc = jny_names_rank_referrals(names);
    }

    return rc;
}
