/* SPDX-License-Identifier: BSD-2-Clause */
#include "pools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/cli/catalogue.h"
#include "../cases.h"

/* The engines have no place for a pointer of ours. */
static struct pools {
	struct catalogue cases;
	struct session_pool *of[2];
} pools;

static void load(void)
{
	struct err e = {0};

	if (catalogue_open(&pools.cases, cases_folder(), NULL, 0, &e)) {
		fprintf(stderr, "fuzz: no cases to grow sessions from: %s\n", e.what);
		exit(2);
	}
	pools.of[PEER_TARGET] = session_pool_new(PEER_TARGET);
	pools.of[PEER_INITIATOR] = session_pool_new(PEER_INITIATOR);
	for (size_t i = 0; i < pools.cases.count; i++)
		session_pool_add(pools.of[pools.cases.cases[i]->sut], pools.cases.cases[i]);
}

const struct session_pool *pool_of(enum peer_role sut)
{
	if (!pools.of[sut])
		load();
	return pools.of[sut];
}

const struct ledger *pools_ledger(void)
{
	pool_of(PEER_TARGET);
	return pools.cases.ledger;
}

enum peer_role role_of(const void *text, size_t len)
{
	static const char initiator[] = "\nsut      initiator\n";

	return memmem(text, len, initiator, sizeof(initiator) - 1) ? PEER_INITIATOR : PEER_TARGET;
}

static char *text_of(const uint8_t *text, size_t len)
{
	char *copy = strndup((const char *)text, len);

	if (!copy)
		abort();
	return copy;
}

static size_t give(struct script *s, uint8_t *out, size_t max)
{
	size_t len = strlen(s->text);

	len = len < max ? len : max;
	memcpy(out, s->text, len);
	script_free(s);
	return len;
}

size_t pools_mutate(const uint8_t *text, size_t len, uint8_t *out, size_t max, uint64_t seed)
{
	/* What is no session yet becomes one of either role. */
	const enum peer_role sut = len > 40 ? role_of(text, len) : (enum peer_role)(seed & 1);
	char *copy = text_of(text, len);
	struct script *changed = session_mutate(pool_of(sut), copy, seed);

	free(copy);
	return give(changed, out, max);
}

size_t pools_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out,
		   size_t max, uint64_t seed)
{
	const enum peer_role sut = role_of(a, a_len);

	if (role_of(b, b_len) != sut)
		return pools_mutate(a, a_len, out, max, seed);
	char *first = text_of(a, a_len), *second = text_of(b, b_len);
	struct script *crossed = session_cross(pool_of(sut), first, second, seed);
	free(first);
	free(second);
	return give(crossed, out, max);
}
