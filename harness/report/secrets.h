/* SPDX-License-Identifier: BSD-2-Clause */
/* The secrets of a run, so that everything written down can be cleaned of them. */
#ifndef REPORT_SECRETS_H
#define REPORT_SECRETS_H

#include <stddef.h>
#include <stdint.h>

#include "../wire/err.h"

struct secrets {
	char *at[4]; /* owned */
	size_t count;
};

/* An empty or NULL secret is none. At most four: CHAP both ways, from two sources. */
void secrets_add(struct secrets *s, const char *secret);
/* A file with a secret a line. -1 with *e. */
int secrets_read(struct secrets *s, const char *path, struct err *e);
/* Wipes and frees. */
void secrets_free(struct secrets *s);
/* Overwrites each secret in these bytes with '*', the length stays. s may be NULL. Returns how many
 * were found. */
size_t secrets_mask(const struct secrets *s, void *bytes, size_t len);
/* Escaped (escape.h) and masked copy, for texts that the run made or got. The caller frees. */
char *secrets_clean(const struct secrets *s, const char *text);

#endif
