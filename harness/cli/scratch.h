/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder for the while of a command, below $TMPDIR or /tmp. */
#ifndef CLI_SCRATCH_H
#define CLI_SCRATCH_H

#include "../wire/err.h"

struct scratch {
	char *dir;
};

/* -1 with *e. */
int scratch_make(struct scratch *s, struct err *e);
/* With all that is in it. */
void scratch_remove(struct scratch *s);

#endif
