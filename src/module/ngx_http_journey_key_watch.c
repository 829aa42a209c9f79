/*
 * ngx_http_journey_key_watch.c - rotation of keys while nginx runs.
 *
 * Workers look at the file each for itself, so for about a second some know a
 * new key and some do not.  A cookie signed with it too early would be no
 * good to a worker that is late, and its visitor would be a new one.  So a new
 * key verifies at once, but the former one, as long as it stands in the file,
 * goes on signing for some seconds.
 *
 * A single process may have got another configuration since the last look;
 * therefore nothing here points into one.
 */

#include "ngx_http_journey_key_watch.h"
#include "ngx_http_journey_module.h"


#define NGX_HTTP_JOURNEY_KEY_LOOK  1000   /* ms */
#define NGX_HTTP_JOURNEY_KEY_DELAY 3      /* s until a new key signs */
#define NGX_HTTP_JOURNEY_KEY_RACY  2      /* s: written again in the same
                                             second, a file looks the same */
#define NGX_HTTP_JOURNEY_KEY_PAUSE 60     /* s between messages */


typedef struct {
    ngx_event_t                    event;
    ngx_http_journey_main_conf_t  *conf;      /* compared, not followed */
    ngx_http_journey_keys_t        next;      /* n 0: nothing waits */
    time_t                         due;       /* when next is to sign */
    ngx_http_journey_key_stamp_t   seen;      /* at the last look */
    time_t                         said;
} ngx_http_journey_key_watch_t;


static void ngx_http_journey_key_watch_timer(ngx_event_t *ev);
static void ngx_http_journey_key_watch_look(
    ngx_http_journey_main_conf_t *jmcf);
static ngx_uint_t ngx_http_journey_key_watch_same(
    ngx_http_journey_key_stamp_t *a, ngx_http_journey_key_stamp_t *b);
static void ngx_http_journey_key_watch_adopt(
    ngx_http_journey_main_conf_t *jmcf, ngx_http_journey_keyring_t *ring);
static void ngx_http_journey_key_watch_say(
    ngx_http_journey_main_conf_t *jmcf, ngx_err_t err, ngx_str_t *text);
static void ngx_http_journey_key_watch_schedule(void);


static ngx_http_journey_key_watch_t  ngx_http_journey_key_watch;


void
ngx_http_journey_key_watch_init_process(void)
{
    ngx_event_t  *ev;

    ev = &ngx_http_journey_key_watch.event;

    ev->handler = ngx_http_journey_key_watch_timer;
    ev->data = ev;
    ev->cancelable = 1;

    ngx_http_journey_key_watch_schedule();
}


static void
ngx_http_journey_key_watch_schedule(void)
{
    ngx_http_journey_key_watch.event.log = ngx_cycle->log;

    ngx_add_timer(&ngx_http_journey_key_watch.event,
                  NGX_HTTP_JOURNEY_KEY_LOOK);
}


static void
ngx_http_journey_key_watch_timer(ngx_event_t *ev)
{
    ngx_http_journey_main_conf_t  *jmcf;
    ngx_http_journey_key_watch_t  *watch;

    watch = &ngx_http_journey_key_watch;

    jmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_journey_module);

    if (jmcf != watch->conf) {
        watch->conf = jmcf;
        watch->next.n = 0;
    }

    if (watch->next.n && ngx_time() >= watch->due) {
        jmcf->keys.cookie = watch->next;
        watch->next.n = 0;
    }

    if (jmcf && jmcf->key_file.data) {
        ngx_http_journey_key_watch_look(jmcf);
    }

    ngx_http_journey_key_watch_schedule();
}


static void
ngx_http_journey_key_watch_look(ngx_http_journey_main_conf_t *jmcf)
{
    ngx_err_t                      err;
    ngx_str_t                      text;
    ngx_uint_t                     same, settled;
    ngx_file_info_t                fi;
    ngx_http_journey_keyring_t     ring;
    ngx_http_journey_key_stamp_t   stamp;
    ngx_http_journey_key_error_t   error;

    if (ngx_file_info(jmcf->key_file.data, &fi) == NGX_FILE_ERROR) {
        err = ngx_errno;

        /* a folder that workers may not enter: there is the reload */

        if (err != NGX_EACCES) {
            ngx_str_set(&text, ngx_file_info_n " failed");
            ngx_http_journey_key_watch_say(jmcf, err, &text);
        }

        return;
    }

    ngx_http_journey_key_stamp(&fi, &stamp);

    same = ngx_http_journey_key_watch_same(&stamp, &jmcf->key_stamp);

    /* what changes from one look to the next may be half written */

    settled = ngx_http_journey_key_watch_same(&stamp,
                                             &ngx_http_journey_key_watch.seen);
    ngx_http_journey_key_watch.seen = stamp;

    if (!same && !settled) {
        return;
    }

    if (same && ngx_time() - stamp.changed > NGX_HTTP_JOURNEY_KEY_RACY) {
        return;
    }

    if (ngx_http_journey_key_read(&jmcf->key_file, &ring, &stamp, &error)
        != NGX_OK)
    {

        /* a file that only the master may read is no news */

        if (!same) {
            text.data = error.text;
            text.len = error.len;
            ngx_http_journey_key_watch_say(jmcf, error.err, &text);
        }

    } else if (jmcf->keys.login_known && !ring.login_known) {
        ngx_str_set(&text, "its line \"login\" is gone");
        ngx_http_journey_key_watch_say(jmcf, 0, &text);

    } else {
        jmcf->key_stamp = stamp;
        ngx_http_journey_key_watch_adopt(jmcf, &ring);
    }

    ngx_explicit_memzero(&ring, sizeof(ring));
}


static ngx_uint_t
ngx_http_journey_key_watch_same(ngx_http_journey_key_stamp_t *a,
    ngx_http_journey_key_stamp_t *b)
{
    return a->device == b->device && a->file == b->file && a->size == b->size
           && a->modified == b->modified && a->changed == b->changed;
}


static void
ngx_http_journey_key_watch_adopt(ngx_http_journey_main_conf_t *jmcf,
    ngx_http_journey_keyring_t *ring)
{
    unsigned                       i;
    ngx_http_journey_key_t         signer;
    ngx_http_journey_keys_t       *keys, *expected;
    ngx_http_journey_key_watch_t  *watch;

    watch = &ngx_http_journey_key_watch;
    keys = &jmcf->keys.cookie;
    expected = watch->next.n ? &watch->next : keys;

    jmcf->keys.login_known = ring->login_known;
    ngx_memcpy(jmcf->keys.login, ring->login, sizeof(ring->login));

    if (ngx_memcmp(expected, &ring->cookie, sizeof(ngx_http_journey_keys_t))
        == 0)
    {
        return;
    }

    watch->next.n = 0;
    signer = keys->key[0];
    *keys = ring->cookie;

    for (i = 1; i < keys->n; i++) {

        if (ngx_memcmp(&keys->key[i], &signer, sizeof(signer)) == 0) {
            watch->next = *keys;
            watch->due = ngx_time() + NGX_HTTP_JOURNEY_KEY_DELAY;

            keys->key[i] = keys->key[0];
            keys->key[0] = signer;
            break;
        }
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "journey_key \"%V\" has changed: %ud keys",
                  &jmcf->key_file, keys->n);
}


static void
ngx_http_journey_key_watch_say(ngx_http_journey_main_conf_t *jmcf,
    ngx_err_t err, ngx_str_t *text)
{
    ngx_http_journey_key_watch_t  *watch;

    watch = &ngx_http_journey_key_watch;

    if (watch->said
        && ngx_time() - watch->said < NGX_HTTP_JOURNEY_KEY_PAUSE)
    {
        return;
    }

    watch->said = ngx_time();

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, err,
                  "journey_key \"%V\" has changed, but the keys from before "
                  "stay in use: %V", &jmcf->key_file, text);
}
