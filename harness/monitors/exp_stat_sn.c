/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ExpStatSN of an initiator, RFC 7143 4.2.2.2: nothing is acknowledged that was never sent, and
 * what came is acknowledged some time. It may lag behind, for messages cross and no text says how
 * soon. The answer to a ping follows from the ping, though, hence from all that came before it: two
 * in a row that leave out the same response are one too many.
 */
#include "numbers.h"

enum { PINGS = 64 };

struct exp_stat_sn {
	bool known;
	uint32_t next; /* StatSN that the target uses next */
	struct {
		uint32_t ttt, next; /* as it was when the ping left */
		const struct log_event *ev;
	} pings[PINGS];
	size_t ping_count;
	bool lagged; /* the last answer left something out, */
	uint32_t at; /* and this was its ExpStatSN */
};

static void from_target(struct exp_stat_sn *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	if (is_failed_login(p) || p->type->opcode == OP_DATA_IN || p->type->opcode == OP_R2T)
		return;
	const bool unasked = p->type->opcode == OP_NOP_IN && p->itt == TAG_NONE;
	if (!unasked) {
		s->next = p->stat_sn + 1;
		s->known = true;
	} else if (p->ttt != TAG_NONE && s->known) {
		const size_t at = s->ping_count++ % PINGS;
		s->pings[at].ttt = p->ttt;
		s->pings[at].next = s->next;
		s->pings[at].ev = t->ev;
	}
}

static void answer(struct watch *w, struct exp_stat_sn *s, const struct traffic *t)
{
	const size_t n = s->ping_count < PINGS ? s->ping_count : PINGS;
	for (size_t i = 0; i < n; i++) {
		if (s->pings[i].ttt != t->pdu.ttt)
			continue;
		const uint32_t due = s->pings[i].next, exp = t->pdu.exp_stat_sn;
		const bool lags = serial_before(exp, due);
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.2-1",
			   !lags || !s->lagged || exp != s->at, t->ev, s->pings[i].ev,
			   "a second answer to a ping in a row has ExpStatSN %u, and StatSN %u had "
			   "come before both pings",
			   exp, exp);
		s->lagged = lags;
		s->at = exp;
		return;
	}
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct exp_stat_sn *s = state;
	(void)d;
	if (is_from(t, FROM_TARGET))
		from_target(s, t);
	/* That of a first Login Request belongs to an older connection, 11.12.9. */
	if (!s->known || !is_from(t, FROM_INITIATOR))
		return;
	watch_rule(
		w, FROM_INITIATOR, "I7143-4.2.2.2-1", !serial_before(s->next, t->pdu.exp_stat_sn),
		t->ev, NULL,
		"the %s acknowledges StatSN up to %u, and %u is the next that the target will use",
		t->pdu.type->title, t->pdu.exp_stat_sn - 1, s->next);
	if (t->pdu.type->opcode == OP_NOP_OUT && t->pdu.ttt != TAG_NONE)
		answer(w, s, t);
}

const struct monitor monitor_exp_stat_sn = {
	.name = "exp-stat-sn",
	.doc = "an initiator's ExpStatSN acknowledges what came, and nothing else",
	.rules = "I7143-4.2.2.2-1",
	.state_size = sizeof(struct exp_stat_sn),
	.message = message,
};
