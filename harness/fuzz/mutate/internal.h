/* SPDX-License-Identifier: BSD-2-Clause */
/* What a mutator is made of, for the files that are one. */
#ifndef FUZZ_MUTATE_INTERNAL_H
#define FUZZ_MUTATE_INTERNAL_H

#include "mutate.h"
#include "session.h"

struct mutator {
	enum mutate_shape shape;
	struct rng rng;
	mutate_bytes_fn bytes; /* may be NULL */
	struct session session;
	struct trim {
		uint8_t *now, *candidate; /* room for len bytes each */
		size_t now_len, candidate_len;
		size_t part; /* the next one to leave out */
	} trim;
};

#endif
