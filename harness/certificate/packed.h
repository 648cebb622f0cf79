/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are long and mostly alike, with gzip: zcat and Wireshark read them as they are. */
#ifndef CERTIFICATE_PACKED_H
#define CERTIFICATE_PACKED_H

#include <stdbool.h>
#include <stddef.h>

#include "../wire/err.h"

/* Writes FROM as TO, compressed; the same bytes give the same file. -1 with *e. */
int packed_write(const char *from, const char *to, struct err *e);
/* The same of len bytes. */
int packed_put(const void *at, size_t len, const char *to, struct err *e);
/* The other way round, at most `limit` bytes of it. -1 with *e. */
int packed_expand(const char *from, const char *to, long long limit, struct err *e);
/* Is it that, whoever compressed it? *same is false of a file that is damaged, too. -1 with *e: it
 * cannot be read. */
int packed_is_of(const char *path, const void *at, size_t len, bool *same, struct err *e);

#endif
