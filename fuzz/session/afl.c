/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator of sessions as AFL++ calls it (AFL_CUSTOM_MUTATOR_LIBRARY, AFL_CUSTOM_MUTATOR_ONLY:
 * hardly any change of bytes leaves a script that parses). */
#include <stdlib.h>

#include "../../harness/fuzz/mutate/rng.h"
#include "pools.h"

enum { CROSS_ONE_IN = 8 };

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t len, uint8_t **out, uint8_t *other,
		       size_t other_len, size_t max);

struct afl_sessions {
	struct rng rng;
	uint8_t room[SESSION_BYTES_MAX];
};

void *afl_custom_init(void *afl, unsigned seed)
{
	struct afl_sessions *s = calloc(1, sizeof(*s));

	(void)afl;
	if (s)
		s->rng = rng_of(seed);
	return s;
}

void afl_custom_deinit(void *data)
{
	free(data);
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t len, uint8_t **out, uint8_t *other,
		       size_t other_len, size_t max)
{
	struct afl_sessions *s = data;

	max = max < sizeof(s->room) ? max : sizeof(s->room);
	*out = s->room;
	if (other && other_len && rng_one_in(&s->rng, CROSS_ONE_IN))
		return pools_cross(buf, len, other, other_len, s->room, max, rng_next(&s->rng));
	return pools_mutate(buf, len, s->room, max, rng_next(&s->rng));
}
