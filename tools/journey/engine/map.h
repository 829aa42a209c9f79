/*
 * map.h - the bytes of a file, mapped to be read.
 *
 * A file may become shorter while it is mapped (copytruncate), or its disk
 * fail: the kernel says so by SIGBUS to whoever touches a page that is gone.
 * Such pages become zeros here, and the map is marked as cut: a reader finds
 * damage, not death.  X.Org's os/busfault.c does so for its clients' memory.
 */

#ifndef JNY_MAP_H
#define JNY_MAP_H

#include <stddef.h>
#include <stdint.h>


typedef struct jny_map_s  jny_map_t;

/*
 * size bytes of fd, which may be closed afterwards; size > 0.  NULL with
 * errno.  Takes SIGBUS for the process; one that is for no map still ends it.
 */
jny_map_t *jny_map_new(int fd, size_t size);
void jny_map_free(jny_map_t *map);                 /* accepts NULL */

const uint8_t *jny_map_data(const jny_map_t *map);

/*
 * Bytes that are done with: but for some megabytes, the pages of a map do not
 * count as this process's memory any more; they come back when read again.
 * Bytes that no map has are left alone.  While no map is freed, any thread.
 */
void jny_map_done(const uint8_t *data, size_t len);

/* Whether some of what was read was not there any more.  Any thread. */
int jny_map_cut(const jny_map_t *map);             /* NULL: no */


#endif /* JNY_MAP_H */
