/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session (harness/fuzz/session/session.h) against the honest model, all monitors on: nothing is
 * said against it, it serves afterwards as before, and the same session gives the same events
 * again.
 */
#include "../harness/fuzz/session/world.h"
#include "../harness/report/memory.h"
#include "fuzz.h"
#include "session/pools.h"

enum { SEED = 1, AGAIN_ONE_IN = 16 };

static uint64_t hash(uint64_t h, const void *at, size_t len)
{
	const uint8_t *b = at;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	return h;
}

static uint64_t digest(const struct log *l)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);
		h = hash(h, &ev->time, sizeof(ev->time));
		h = hash(h, &ev->key, sizeof(ev->key));
		h = hash(h, ev->bytes.at, ev->bytes.len);
	}
	return h;
}

/* A world of each role, for all inputs: to make one costs more than a session. */
static struct session_world *world_of(enum peer_role sut)
{
	static struct session_world *worlds[2];
	struct err e = {0};

	if (!worlds[sut]) {
		keep_memory();
		worlds[sut] = session_world_new(sut, pools_ledger(), NULL, &e);
	}
	return worlds[sut];
}

static void tell(const char *signature, const struct session_outcome *o)
{
	fprintf(stderr, "fuzz: the honest model: %s\n", signature);
	for (size_t i = 0; i < o->result.finding_count; i++)
		fprintf(stderr, "    %s: %s\n", o->result.findings[i].rules,
			o->result.findings[i].reason);
	if (!o->alive)
		fprintf(stderr, "    the honest session behind it: %s\n", o->dead);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const enum peer_role sut = role_of(data, size);
	struct session_world *w = world_of(sut);
	struct script_errors e;
	struct session_outcome o;

	struct script *s = session_parse(sut, (const char *)data, size, NULL, &e);
	if (!s)
		return -1;
	session_run_model(w, s, SEED, &o);
	char *signature = session_signature(&o);
	if (*signature)
		tell(signature, &o);
	REQUIRE(!*signature);
	free(signature);
	const uint64_t first = digest(o.log);
	session_outcome_free(&o);
	if (first % AGAIN_ONE_IN == 0) {
		session_run_model(w, s, SEED, &o);
		REQUIRE(digest(o.log) == first);
		session_outcome_free(&o);
	}
	script_free(s);
	return 0;
}
