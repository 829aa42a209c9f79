/*
 * tmpfile.h - a file without a name: whoever is killed leaves nothing of it.
 */

#ifndef JNY_TMPFILE_H
#define JNY_TMPFILE_H


/*
 * Opens one in this folder, for reading and writing, for its owner alone.  A
 * descriptor, or -1 with errno.
 */
int jny_tmpfile_open(const char *folder);


#endif /* JNY_TMPFILE_H */
