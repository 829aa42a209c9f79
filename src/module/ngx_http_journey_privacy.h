/*
 * ngx_http_journey_privacy.h - journey_privacy, journey_consent and
 * journey_gpc: what may be known of a visitor.
 *
 *                  cookie         campaign   value   login
 *     full         yes            yes        yes     yes
 *     consent      if consented   likewise   yes     likewise
 *     exempt       yes            no         no      no
 *     cookieless   no, a hash     yes        yes     no
 *
 * Sec-GPC: 1, where it is honoured, takes away cookie, hash and login, and is
 * no consent whatever journey_consent says.
 */

#ifndef NGX_HTTP_JOURNEY_PRIVACY_H
#define NGX_HTTP_JOURNEY_PRIVACY_H

#include "ngx_http_journey_ctx.h"


/* As rows name the modes, indexed by NGX_HTTP_JOURNEY_PRIVACY_... */
extern ngx_str_t        ngx_http_journey_privacy_names[];

/* The words of journey_gpc, for ngx_conf_set_enum_slot(). */
extern ngx_conf_enum_t  ngx_http_journey_gpc[];


/* The ngx_command_t's set; conf is the ngx_http_journey_loc_conf_t. */
char *ngx_http_journey_set_privacy(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * At merge, where "journey" is on: whether the mode is given and has what it
 * needs.  NGX_OK, or NGX_ERROR after an [emerg].
 */
ngx_int_t ngx_http_journey_privacy_check(ngx_conf_t *cf,
    ngx_http_journey_loc_conf_t *conf);

/*
 * Sets ctx's bits identified, tagged, paid and named, the flag CONSENT, and
 * in the mode cookieless the visitor.  The flag GPC must be there already.
 */
void ngx_http_journey_privacy_decide(ngx_http_request_t *r,
    ngx_http_journey_ctx_t *ctx);


#endif /* NGX_HTTP_JOURNEY_PRIVACY_H */
