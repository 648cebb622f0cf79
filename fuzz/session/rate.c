/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions a second of the processor's time, grown, parsed, run against the honest model and judged
 * by all monitors, without sanitizers.
 *
 *   rate [SESSIONS [SEED [ROLE]]]
 *
 * One line a role, or of that one alone. The seed decides the sessions, so that two builds can be
 * compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/fuzz/session/hunt.h"
#include "../../harness/report/memory.h"
#include "pools.h"

/* Nothing ends the hunt. */
static bool known(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
	return true;
}

static void measure(enum peer_role sut, size_t sessions, uint64_t seed)
{
	const struct hunt h = {.pool = pool_of(sut),
			       .ledger = pools_ledger(),
			       .seed = seed,
			       .seconds = 1e9,
			       .sessions = sessions,
			       .known = known};
	struct quarry q;
	struct err e = {0};

	if (session_hunt(&h, &q, &e)) {
		fprintf(stderr, "rate: %s\n", e.what);
		exit(2);
	}
	printf("rate: %-9s %6.0f sessions/s a core (%zu in %.2f s, %zu kept)\n",
	       sut == PEER_TARGET ? "target" : "initiator", (double)q.sessions / q.seconds,
	       q.sessions, q.seconds, q.kept);
	quarry_free(&q);
}

int main(int argc, char **argv)
{
	const size_t sessions = argc > 1 ? strtoul(argv[1], NULL, 0) : 10000;
	const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

	keep_memory();
	if (argc < 4 || !strcmp(argv[3], "target"))
		measure(PEER_TARGET, sessions, seed);
	if (argc < 4 || !strcmp(argv[3], "initiator"))
		measure(PEER_INITIATOR, sessions, seed);
	return 0;
}
