/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutator as AFL++ calls it (AFL_CUSTOM_MUTATOR_LIBRARY): a library in the fuzzer's own
 * process. AFL++ goes on with its own mutations beside it, and trims by parts instead of by blocks.
 * There is no post_process: a broken length is what is wanted, and any bytes are some input.
 */
#include <string.h>

#include "../../harness/fuzz/mutate/rng.h"
#include "shape.h"

enum {
	CROSS_ONE_IN = 8,
	CROSSED_IS_ENOUGH_ONE_IN = 2,
};

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t len, uint8_t **out, uint8_t *other,
		       size_t other_len, size_t max);
const char *afl_custom_describe(void *data, size_t max);
int32_t afl_custom_init_trim(void *data, uint8_t *buf, size_t len);
size_t afl_custom_trim(void *data, uint8_t **out);
int32_t afl_custom_post_trim(void *data, unsigned char success);

struct afl_mutator {
	struct mutator *mutator;
	struct rng rng; /* what is done, mutator or cross */
	uint8_t *room;
	size_t room_len;
	/* trimming: the candidate that is out, or NULL at the end */
	const uint8_t *candidate;
	size_t candidate_len;
	int32_t tries, most;
};

void *afl_custom_init(void *afl, unsigned seed)
{
	struct afl_mutator *a = calloc(1, sizeof(*a));

	(void)afl;
	if (!a)
		return NULL;
	a->mutator = new_mutator();
	a->rng = rng_of(seed);
	mutator_seed(a->mutator, rng_next(&a->rng));
	return a;
}

void afl_custom_deinit(void *data)
{
	struct afl_mutator *a = data;

	mutator_free(a->mutator);
	free(a->room);
	free(a);
}

static bool make_room(struct afl_mutator *a, size_t len)
{
	if (len <= a->room_len)
		return true;
	uint8_t *more = realloc(a->room, len);
	if (!more)
		return false;
	a->room = more;
	a->room_len = len;
	return true;
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t len, uint8_t **out, uint8_t *other,
		       size_t other_len, size_t max)
{
	struct afl_mutator *a = data;

	*out = buf;
	if (!max || !make_room(a, max))
		return len;
	*out = a->room;
	if (other && other_len && rng_one_in(&a->rng, CROSS_ONE_IN)) {
		len = mutator_cross(a->mutator, buf, len, other, other_len, a->room, max);
		if (rng_one_in(&a->rng, CROSSED_IS_ENOUGH_ONE_IN))
			return len;
	} else {
		len = len < max ? len : max;
		memcpy(a->room, buf, len);
	}
	return mutator_mutate(a->mutator, a->room, len, max);
}

/* A part of the name of each file that this mutator made. */
const char *afl_custom_describe(void *data, size_t max)
{
	(void)data;
	return max > sizeof("iser") ? "iser" : "";
}

static void next_candidate(struct afl_mutator *a)
{
	a->candidate = mutator_trim_next(a->mutator, &a->candidate_len);
}

/* AFL++ goes on while what post_trim returns is less than what this does. */
int32_t afl_custom_init_trim(void *data, uint8_t *buf, size_t len)
{
	struct afl_mutator *a = data;
	size_t most = mutator_trim_begin(a->mutator, buf, len);

	a->tries = 0;
	a->most = most > INT32_MAX ? INT32_MAX : (int32_t)most;
	next_candidate(a);
	return a->candidate ? a->most : 0;
}

size_t afl_custom_trim(void *data, uint8_t **out)
{
	struct afl_mutator *a = data;

	if (!make_room(a, a->candidate_len)) {
		*out = NULL;
		return 0;
	}
	memcpy(a->room, a->candidate, a->candidate_len);
	*out = a->room;
	return a->candidate_len;
}

int32_t afl_custom_post_trim(void *data, unsigned char success)
{
	struct afl_mutator *a = data;

	mutator_trim_judge(a->mutator, success);
	next_candidate(a);
	return a->candidate && a->tries < a->most ? ++a->tries : a->most;
}
