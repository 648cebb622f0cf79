/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unexpected PDUs of a target against the initiator's MaxOutstandingUnexpectedPDUs, RFC 7145 8.1.2.
 * Each is outstanding until an ExpStatSN beyond its StatSN; a ping also until it is answered. What
 * the initiator sends counts from its sending on, so what crossed it is in the target's favour. No
 * fault of the initiator excuses more: the limit holds for what tells of errors, too.
 */
#include "../oracle/room.h"
#include "numbers.h"

#include <stdlib.h>

enum kind { ASYNC, REJECT, NOP_IN, PING, KINDS };

static const struct {
	const char *rule; /* how it is retired */
	const char *what;
} kinds[] = {
	[ASYNC] = {"I7145-8.1.2-5", "Async Messages"},
	[REJECT] = {"I7145-8.1.2-6", "Rejects"},
	[NOP_IN] = {"I7145-8.1.2-8", "NOP-Ins without Target Transfer Tag"},
};

struct unexpected {
	enum kind kind;
	uint32_t stat_sn, ttt;
	const struct log_event *ev;
};

struct credits {
	struct unexpected *out; /* outstanding */
	size_t count;
	uint32_t *texts; /* tags of Text Requests without an answer */
	size_t text_count;
	/* The initiator sent what may have had an ExpStatSN, or acknowledges what is yet to come.
	 */
	bool blind;
	bool known;
	uint32_t next; /* StatSN that the target uses next */
};

static void retire(struct credits *s, const struct pdu *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct unexpected *u = &s->out[i];
		const bool answered = u->kind == PING && p->type->opcode == OP_NOP_OUT &&
				      p->itt == TAG_NONE && p->ttt == u->ttt;
		if (!answered && serial_before(p->exp_stat_sn, u->stat_sn + 1))
			s->out[kept++] = *u;
	}
	s->count = kept;
}

/* ---- Rejects in place of an answer ---- */

/* Every Text Request has its own answer, those that go on with an exchange as well (RFC 7143 6.2):
 * they have one tag. */
static void owe_text(struct credits *s, uint32_t itt)
{
	s->texts = room_for_one(s->texts, s->text_count, sizeof(*s->texts));
	s->texts[s->text_count++] = itt;
}

/* Was it owed? */
static bool text_answered(struct credits *s, uint32_t itt)
{
	for (size_t i = s->text_count; i-- > 0;)
		if (s->texts[i] == itt) {
			s->texts[i] = s->texts[--s->text_count];
			return true;
		}
	return false;
}

/* 8.1.1.1: in place of the normal answer, sent before the task is active. Whether it is can only be
 * seen by the request that the Reject carries; where in doubt it is taken for that answer. */
static bool is_answer(struct credits *s, const struct dialogue *d, const struct pdu *p)
{
	struct rejected bad;
	if (!rejected_header(p, &bad))
		return false;
	return bad.opcode == OP_TEXT_REQUEST ? text_answered(s, bad.itt)
					     : dialogue_unanswered(d, bad.itt, bad.opcode);
}

/* ---- */

static bool classify(struct credits *s, const struct dialogue *d, const struct pdu *p,
		     enum kind *out)
{
	switch (p->type->opcode) {
	case OP_ASYNC:
		*out = ASYNC;
		return true;
	case OP_REJECT:
		*out = REJECT;
		return !is_answer(s, d, p);
	case OP_NOP_IN:
		*out = p->ttt == TAG_NONE ? NOP_IN : PING;
		return p->itt == TAG_NONE;
	default:
		return false;
	}
}

static size_t spend(struct credits *s, enum kind kind, const struct traffic *t)
{
	size_t same = 0;
	s->out = room_for_one(s->out, s->count, sizeof(*s->out));
	s->out[s->count++] = (struct unexpected){kind, t->pdu.stat_sn, t->pdu.ttt, t->ev};
	for (size_t i = 0; i < s->count; i++)
		same += s->out[i].kind == kind;
	return same;
}

static void judge(struct watch *w, const struct dialogue *d, const struct credits *s,
		  enum kind kind, size_t same, const struct traffic *t)
{
	const size_t limit = d->terms.initiator_moup;
	const bool holds = s->count <= limit;
	const char *title = t->pdu.type->title;
	watch_rule_always(w, FROM_TARGET, "I7145-8.1.2-1", holds, t->ev, s->out[0].ev,
			  "%zu unexpected PDUs are outstanding, and the initiator takes %zu",
			  s->count, limit);
	if (kind == ASYNC || kind == REJECT)
		watch_rule_always(
			w, FROM_TARGET, "I7145-8.1.2-2", holds, t->ev, s->out[0].ev,
			"the %s comes while %zu unexpected PDUs are outstanding, as many as the "
			"initiator takes",
			title, s->count - 1);
	if (kind == REJECT)
		watch_rule_always(
			w, FROM_TARGET, "I7145-8.1.2-3", holds, t->ev, s->out[0].ev,
			"a Reject comes while %zu unexpected PDUs are outstanding, as many as "
			"the initiator takes",
			s->count - 1);
	/* It would fit if those of its kind were retired by something else. */
	if (kind != PING)
		watch_rule_always(w, FROM_TARGET, kinds[kind].rule,
				  holds || s->count - (same - 1) > limit, t->ev, s->out[0].ev,
				  "%zu %s are outstanding: no ExpStatSN acknowledged them", same,
				  kinds[kind].what);
	if (s->count == limit)
		watch_rule(w, FROM_TARGET, "I7145-8.1.2-9", kind == PING, t->ev, s->out[0].ev,
			   "the last unexpected PDU that the initiator takes is a %s that asks for "
			   "no answer",
			   title);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct credits *s = state;
	enum kind kind;
	if (is_from(t, FROM_INITIATOR)) {
		s->blind |= s->known && serial_before(s->next, t->pdu.exp_stat_sn);
		retire(s, &t->pdu);
		if (t->pdu.type->opcode == OP_TEXT_REQUEST)
			owe_text(s, t->pdu.itt);
	} else if (t->from == FROM_INITIATOR && d->final_response &&
		   t->pdu.type != pdu_hello_type()) {
		s->blind = true;
	}
	if (is_from(t, FROM_TARGET) && t->pdu.type->opcode != OP_DATA_IN &&
	    t->pdu.type->opcode != OP_R2T &&
	    !(t->pdu.type->opcode == OP_NOP_IN && t->pdu.itt == TAG_NONE)) {
		s->known = true;
		s->next = t->pdu.stat_sn + 1;
	}
	if (is_from(t, FROM_TARGET) && t->pdu.type->opcode == OP_TEXT_RESPONSE)
		text_answered(s, t->pdu.itt);
	if (!is_from(t, FROM_TARGET) || !d->final_response || !classify(s, d, &t->pdu, &kind))
		return;
	const size_t same = spend(s, kind, t);
	if (d->terms.initiator_moup && !s->blind)
		judge(w, d, s, kind, same, t);
}

static void drop(void *state)
{
	struct credits *s = state;
	free(s->texts);
	free(s->out);
}

const struct monitor monitor_target_credits = {
	.name = "target-credits",
	.doc = "no more unexpected PDUs are outstanding than the initiator declared",
	.rules = "I7145-8.1.2-1 I7145-8.1.2-2 I7145-8.1.2-3 I7145-8.1.2-5 I7145-8.1.2-6 "
		 "I7145-8.1.2-8 I7145-8.1.2-9",
	.state_size = sizeof(struct credits),
	.message = message,
	.drop = drop,
};
