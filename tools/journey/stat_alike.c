/*
 * stat_alike.c - each value is reduced to a key; sorted by it, values that
 * look alike are neighbours.
 */

#include "stat_alike.h"

#include <stdlib.h>
#include <string.h>

#include "engine/channel.h"
#include "engine/fold.h"


/* A site's host and its short names are its name. */
static jny_slice_t
jny_tag_site(jny_slice_t s)
{
    const char   *name;
    jny_slice_t   site, medium;

    static const struct {
        const char  *brief;
        const char  *name;
    } names[] = {
        { "fb", "facebook" }, { "ig", "instagram" }, { "insta", "instagram" },
        { "li", "linkedin" }, { "ok", "odnoklassniki" }, { "tt", "tiktok" },
        { "tw", "twitter" }, { "vk", "vkontakte" }, { "wa", "whatsapp" },
        { "yt", "youtube" }
    };

    if (jny_channel_referrer(s, &site, &medium)) {
        s = site;
    }

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        name = names[i].brief;

        if (strlen(name) == s.len && memcmp(name, s.data, s.len) == 0) {
            s.data = (const uint8_t *) names[i].name;
            s.len = strlen(names[i].name);
            break;
        }
    }

    return s;
}


/* Without what separates words; out has room for s.len bytes. */
static size_t
jny_tag_bare(jny_slice_t s, char *out)
{
    size_t  n;

    n = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.len - i >= 3 && memcmp(s.data + i, "%20", 3) == 0) {
            i += 2;

        } else if (strchr("-_ +.", s.data[i]) == NULL || s.data[i] == '\0') {
            out[n++] = (char) s.data[i];
        }
    }

    return n;
}


/* The length of a site's name may be more than that of what stands for it. */
#define JNY_TAG_NAME  64


static char *
jny_tag_fill(jny_tag_t *tag, char *text)
{
    jny_slice_t  s;

    s = jny_fold_trim(tag->logged);
    jny_fold_lower(s, text);
    s.data = (const uint8_t *) text;
    tag->counted_as = s;
    text += s.len;

    if (tag->field == 0) {
        s = jny_tag_site(s);
    }

    tag->key.data = (const uint8_t *) text;
    tag->key.len = s.len <= tag->counted_as.len + JNY_TAG_NAME
                       ? jny_tag_bare(s, text) : 0;

    return text + tag->key.len;
}


static int
jny_tag_slices(jny_slice_t a, jny_slice_t b)
{
    int     order;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;
    order = n > 0 ? memcmp(a.data, b.data, n) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}


static int
jny_tag_by_key(const void *x, const void *y)
{
    int               order;
    const jny_tag_t  *a = x, *b = y;

    if (a->field != b->field) {
        return a->field < b->field ? -1 : 1;
    }

    order = jny_tag_slices(a->key, b->key);

    if (order == 0 && a->events != b->events) {
        order = a->events > b->events ? -1 : 1;
    }

    return order ? order : jny_tag_slices(a->logged, b->logged);
}


/* Those that are counted apart first: there is something to do. */
static int
jny_tag_by_use(const void *x, const void *y)
{
    const jny_tag_t  *a = x, *b = y;

    if (a->apart != b->apart) {
        return a->apart ? -1 : 1;
    }

    if (a->total != b->total) {
        return a->total > b->total ? -1 : 1;
    }

    return jny_tag_by_key(x, y);
}


int
jny_tag_alike(const jny_tag_t *a, const jny_tag_t *b)
{
    return a->field == b->field && jny_tag_slices(a->key, b->key) == 0;
}


/* Leaves those whose key has several; list is sorted by key. */
static void
jny_tag_keep(jny_tag_list_t *list)
{
    size_t      from, end, kept;
    unsigned    apart;
    uint64_t    total;
    jny_tag_t  *t;

    t = list->tags;
    kept = 0;

    for (from = 0; from < list->n; from = end) {
        total = 0;
        apart = 0;

        for (end = from; end < list->n && jny_tag_alike(&t[from], &t[end]);
             end++)
        {
            total += t[end].events;
            apart |= jny_tag_slices(t[from].counted_as, t[end].counted_as)
                     != 0;
        }

        for (size_t i = from; end - from > 1 && t[from].key.len > 0
             && i < end; i++)
        {
            t[i].total = total;
            t[i].apart = apart;
            t[kept++] = t[i];
        }
    }

    list->n = kept;
}


void
jny_tag_list_release(jny_tag_list_t *list)
{
    free(list->tags);
    free(list->text);
}


int
jny_tag_list_init(jny_tag_list_t *list, const jny_tags_t *tags,
    const jny_aliases_t *aliases)
{
    char                 *text;
    size_t                n, len;
    jny_tag_t            *tag;
    const jny_textset_t  *set;

    memset(list, 0, sizeof(*list));
    n = 0;
    len = 0;

    for (unsigned f = 0; f < JNY_TAG_FIELDS; f++) {
        set = &tags->values[f];

        for (uint32_t i = 1; i < jny_interner_count(set->interner); i++) {
            len += 2 * jny_textset_text(set, i).len + JNY_TAG_NAME;
            n++;
        }
    }

    list->tags = calloc(n + 1, sizeof(*list->tags));
    list->text = malloc(len + 1);

    if (list->tags == NULL || list->text == NULL) {
        return JNY_ENOMEM;
    }

    text = list->text;

    for (unsigned f = 0; f < JNY_TAG_FIELDS; f++) {
        set = &tags->values[f];

        for (uint32_t i = 1; i < jny_interner_count(set->interner); i++) {
            tag = &list->tags[list->n++];
            tag->field = f;
            tag->logged = jny_textset_text(set, i);
            tag->events = set->counts[i];
            text = jny_tag_fill(tag, text);
            tag->counted_as = jny_aliases_get(aliases, f, tag->counted_as);
        }
    }

    qsort(list->tags, list->n, sizeof(*list->tags), jny_tag_by_key);
    jny_tag_keep(list);
    qsort(list->tags, list->n, sizeof(*list->tags), jny_tag_by_use);

    return JNY_OK;
}
