/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many RDMA Reads a target has under way, and how long they are: never more than iSER-ORD (RFC
 * 7145 7.3.6, 8.2), which is Hello's and the CM message's smaller one; never more for one command
 * than MaxOutstandingR2T, none longer than MaxBurstLength (RFC 7143 11.8). The simulator tells of
 * them (LOG_MEMORY "remote-read"), and so does a capture; of a device's own log this monitor has
 * nothing to judge.
 */
#include <string.h>

#include "../oracle/watch.h"

struct read_depth {
	bool connected, hello;
	int64_t cm, ird, ord;
	const struct log_event *said; /* what made the limit */
};

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct read_depth *s = state;
	(void)w;
	(void)d;
	if (!t->pdu.type || t->delivery == NOT_DELIVERED)
		return;
	if (t->pdu.type == pdu_hello_type()) {
		s->ird = t->pdu.iser_ird;
		s->ord = INT64_MAX;
	} else if (t->pdu.type == pdu_hello_reply_type() && !t->pdu.rej) {
		s->hello = true;
		s->ord = t->pdu.iser_ord;
		s->said = t->ev;
	}
}

static int64_t limit_of(const struct read_depth *s)
{
	int64_t limit = s->cm;
	if (s->hello && s->ird < limit)
		limit = s->ird;
	return s->hello && s->ord < limit ? s->ord : limit;
}

/* Commands under way that name the STag for their data. */
static unsigned commands_of(const struct dialogue *d, uint32_t stag)
{
	unsigned n = 0;
	for (size_t i = 0; i < d->task_count; i++) {
		const struct dialogue_task *t = &d->tasks[i];
		n += t->pdu.wsv && t->pdu.write_stag == stag && !t->answered && !t->aborted_by;
	}
	return n;
}

static void event(struct watch *w, const struct dialogue *d, void *state,
		  const struct log_event *ev)
{
	struct read_depth *s = state;
	if (!d->sut_is_target || !ev->name)
		return;
	if (ev->kind == LOG_CM && !strcmp(ev->name, "connect")) {
		s->connected = true;
		s->cm = ev->a; /* responder_resources: what we serve at once */
		s->said = ev;
	}
	if (ev->kind != LOG_MEMORY || strcmp(ev->name, "remote-read") != 0 || !s->connected)
		return;
	const int64_t limit = limit_of(s);
	static const char many[] = "%lld RDMA Reads are under way where %lld may be";
	watch_rule(w, FROM_TARGET, "I7145-7.3.6-8", ev->a <= limit, ev, s->said, many,
		   (long long)ev->a, (long long)limit);
	watch_rule(w, FROM_TARGET, s->hello ? "I7145-8.2-2" : "I7145-8.2-4", ev->a <= limit, ev,
		   s->said, many, (long long)ev->a, (long long)limit);
	if (!ev->len)
		return; /* RFC 7145 7.3.5: an RDMA Read of nothing asks for an acknowledgement */
	watch_rule(w, FROM_TARGET, "I7143-11.8.4-1", ev->len <= d->terms.max_burst, ev, NULL,
		   "an RDMA Read of %llu bytes, MaxBurstLength is %u", (unsigned long long)ev->len,
		   d->terms.max_burst);
	/* Which of several commands a read is for, their memory being the same, nobody can tell. */
	const int64_t most = (int64_t)commands_of(d, ev->key) * d->terms.max_outstanding_r2t;
	if (!most)
		return;
	watch_rule(w, FROM_TARGET, "I7143-11.8-2", ev->b <= most, ev, NULL,
		   "%lld RDMA Reads are under way for one STag, MaxOutstandingR2T and the commands "
		   "that name it make %lld",
		   (long long)ev->b, (long long)most);
}

const struct monitor monitor_read_depth = {
	.name = "read-depth",
	.doc = "RDMA Reads of a target: how many at once, and how long",
	.rules = "I7145-7.3.6-8 I7145-8.2-2 I7145-8.2-4 I7143-11.8.4-1 I7143-11.8-2",
	.state_size = sizeof(struct read_depth),
	.message = message,
	.events = WATCH(LOG_CM) | WATCH(LOG_MEMORY),
	.event = event,
};
