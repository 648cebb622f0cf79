/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are long and mostly alike, with gzip: zcat and Wireshark read them as they are. */
#ifndef CERTIFICATE_PACKED_H
#define CERTIFICATE_PACKED_H

#include "../wire/err.h"

/* Writes FROM as TO, compressed; the same bytes give the same file. -1 with *e. */
int packed_write(const char *from, const char *to, struct err *e);
/* The other way round, at most `limit` bytes of it. -1 with *e. */
int packed_expand(const char *from, const char *to, long long limit, struct err *e);

#endif
