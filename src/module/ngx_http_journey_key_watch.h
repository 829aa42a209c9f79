/*
 * ngx_http_journey_key_watch.h - a changed key file, without a reload.
 */

#ifndef NGX_HTTP_JOURNEY_KEY_WATCH_H
#define NGX_HTTP_JOURNEY_KEY_WATCH_H


/*
 * Per process, where there is a journey_key: looks after its file once a
 * second and puts what it says into the main conf's keys.  A file that is not
 * good changes nothing and is said in the error log, at most once a minute.
 */
void ngx_http_journey_key_watch_init_process(void);


#endif /* NGX_HTTP_JOURNEY_KEY_WATCH_H */
