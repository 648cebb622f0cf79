/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engines' entries share. FUZZ_SHAPE (the build says it) is the shape of the target's
 * inputs. */
#ifndef FUZZ_MUTATOR_SHAPE_H
#define FUZZ_MUTATOR_SHAPE_H

#include <stdio.h>
#include <stdlib.h>

#include "../../harness/fuzz/mutate/mutate.h"

static inline struct mutator *new_mutator(void)
{
	struct mutator *m = mutator_new(FUZZ_SHAPE);

	if (!m) {
		perror("mutator");
		exit(EXIT_FAILURE);
	}
	return m;
}

#endif
