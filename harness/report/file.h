/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are there whole or not at all. */
#ifndef REPORT_FILE_H
#define REPORT_FILE_H

#include <stddef.h>

#include "../wire/err.h"

/* Puts len bytes at path by way of a temporary file beside it, synced and renamed: a reader, or the
 * next boot, sees the old content or the new. -1 with *e naming the path; the temporary file is
 * gone then. */
int file_replace(const char *path, const void *data, size_t len, struct err *e);
/* All bytes to a descriptor, interrupted or in pieces. -1 with errno. */
int write_all(int fd, const void *data, size_t len);
/* The whole file as a NUL-terminated string, at most `limit` bytes; *len may be NULL. NULL with *e.
 * The caller frees. */
char *file_read(const char *path, size_t limit, size_t *len, struct err *e);
/* mkdir -p. */
int folder_make(const char *path, struct err *e);

#endif
