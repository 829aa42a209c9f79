/*
 * ngx_http_journey_member.h - bytes of a log that are there already.  POSIX,
 * zlib and src/format only.
 */

#ifndef NGX_HTTP_JOURNEY_MEMBER_H
#define NGX_HTTP_JOURNEY_MEMBER_H

#include "jny_header.h"

#include <sys/types.h>


/* The bytes read, fewer than len only at the end of the file; -1: errno. */
ssize_t ngx_http_journey_member_read(int fd, uint64_t offset, uint8_t *buf,
    size_t len);

/*
 * Whether the member at offset, with header h, is what its writer made: CRC-32
 * and lengths are those of what it inflates to.  1; 0; -1 with errno when it
 * cannot be read, or memory is short.
 */
int ngx_http_journey_member_whole(int fd, uint64_t offset,
    const jny_header_t *h);


#endif /* NGX_HTTP_JOURNEY_MEMBER_H */
