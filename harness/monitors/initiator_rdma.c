/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An initiator employs neither RDMA Write nor RDMA Read (RFC 7145 1.5.3, 1.5.4). The log of a
 * simulation has each of its operations. A device tells none, and not which of the two broke our
 * queue pair; but no STag of ours is ever told to an initiator, so that any would have: where the
 * connection ends otherwise there was none.
 */
#include <string.h>

#include "../oracle/watch.h"

static const char writes[] = "I7145-1.5.3-1", reads[] = "I7145-1.5.4-1";

struct initiator_rdma {
	bool commands; /* it was where it might have moved data */
	bool refused;  /* an operation of its own, or nobody knows what, broke our queue pair */
	bool over, told;
};

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct initiator_rdma *s = state;
	(void)w;
	s->commands |= t->from == FROM_INITIATOR && d->phase == DIALOGUE_FULL;
}

static void event(struct watch *w, const struct dialogue *d, void *state,
		  const struct log_event *ev)
{
	struct initiator_rdma *s = state;
	(void)d;
	if (ev->kind == LOG_CM && ev->name)
		s->over |= !strcmp(ev->name, "disconnected") || !strcmp(ev->name, "disconnect") ||
			   !strcmp(ev->name, "vanish") || !strcmp(ev->name, "break");
	if (ev->kind == LOG_DONE && ev->status && !word_is(ev->status, "ok"))
		s->refused |= !s->over;
	if (d->sut_is_target || ev->kind != LOG_MEMORY || !ev->name)
		return;
	const bool write = !strcmp(ev->name, "remote-write"),
		   read = !strcmp(ev->name, "remote-read");
	if (!write && !read)
		return;
	s->told = true;
	watch_rule_always(w, FROM_INITIATOR, write ? writes : reads, false, ev, NULL,
			  "an RDMA %s of the initiator's, of %llu bytes by STag 0x%x",
			  write ? "Write" : "Read", (unsigned long long)ev->len, ev->key);
}

static void end(struct watch *w, const struct dialogue *d, void *state,
		const struct log_event *last)
{
	const struct initiator_rdma *s = state;
	if (d->sut_is_target || !s->commands || s->refused || s->told)
		return;
	watch_rule_always(w, FROM_INITIATOR, writes, true, last, NULL, "-");
	watch_rule_always(w, FROM_INITIATOR, reads, true, last, NULL, "-");
}

const struct monitor monitor_initiator_rdma = {
	.name = "initiator-rdma",
	.doc = "an initiator employs neither RDMA Write nor RDMA Read",
	.rules = "I7145-1.5.3-1 I7145-1.5.4-1",
	.state_size = sizeof(struct initiator_rdma),
	.message = message,
	.events = WATCH(LOG_CM) | WATCH(LOG_DONE) | WATCH(LOG_MEMORY),
	.event = event,
	.end = end,
};
