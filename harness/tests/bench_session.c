/* SPDX-License-Identifier: BSD-2-Clause */
/* The floor under a case: bare connect, login, logout with a real target, by the honest peer alone.
 * usage: bench_session HOST PORT IQN COUNT; prints the median in milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../peer/peer.h"

enum { MAX_COUNT = 1000 };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Feeds the peer until it is in `phase`, for 20 s at most. */
static bool until_phase(struct peer *p, enum peer_phase phase)
{
	uint64_t deadline = fab_now(p->fab) + 20 * NS_PER_S;
	struct fab_event ev;

	while (p->phase < phase) {
		fab_wait(p->fab, deadline, &ev);
		if (ev.kind == FAB_TIMEOUT)
			return false;
		peer_event(p, &ev);
	}
	return p->phase == phase;
}

/* One session with a fabric of its own, as a case has one. Milliseconds, or a negative number. */
static double session(const struct peer_config *cfg, unsigned n)
{
	struct err e = {0};
	char text[512];
	struct log *log = log_new(NULL, NULL);
	struct fabric *fab = verbs_open(log, &e);
	double ms = -1;

	if (!fab)
		goto no_fabric;
	uint64_t began = fab_now(fab);
	struct peer *p = peer_new(fab, cfg);
	if (!p)
		goto no_peer;
	p->isid += n;
	if (peer_connect(p, &e) || !until_phase(p, PEER_FULL) || peer_logout(p, &e) ||
	    !until_phase(p, PEER_CLOSED))
		fprintf(stderr, "bench_session: %s\n",
			e.what[0] ? err_text(&e, text, sizeof text)
				  : "the session did not come to its end");
	else
		ms = (double)(fab_now(fab) - began) / (double)NS_PER_MS;
	peer_free(p);
no_peer:
	fab_close(fab);
no_fabric:
	if (e.what[0] && ms < 0)
		fprintf(stderr, "bench_session: %s\n", err_text(&e, text, sizeof text));
	log_free(log);
	return ms;
}

int main(int argc, char **argv)
{
	static struct peer_config cfg;
	static double ms[MAX_COUNT];
	int count = argc == 5 ? (int)strtol(argv[4], NULL, 10) : 0;

	if (count < 1 || count > MAX_COUNT) {
		fprintf(stderr, "usage: bench_session HOST PORT IQN COUNT\n");
		return 2;
	}
	peer_config_default(&cfg, PEER_INITIATOR);
	cfg.tolerant = true;
	snprintf(cfg.host, sizeof cfg.host, "%s", argv[1]);
	cfg.port = (uint16_t)strtol(argv[2], NULL, 10);
	snprintf(cfg.target_name, sizeof cfg.target_name, "%s", argv[3]);
	for (int i = 0; i < count; i++) {
		ms[i] = session(&cfg, (unsigned)i);
		if (ms[i] < 0)
			return 1;
	}
	qsort(ms, (size_t)count, sizeof *ms, by_value);
	printf("%.1f\n", ms[count / 2]);
	return 0;
}
