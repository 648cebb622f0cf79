/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CmdSN of an initiator, RFC 7143 4.2.2.1: from the leading login on it goes up by one with each
 * request that is not immediate; immediate ones carry the current number and do not use it up.
 * Of the only connection of a session, or of all of them together: there messages overtake one
 * another, so that no more is asked than that no number is used twice. The number of a
 * request that was rejected is to be used again, to fill the gap (7.3). A message that cannot be
 * read may have been a request: its number counts, and the next one tells where the count stands.
 */
#include "numbers.h"

enum { GAPS = 64, MISSING = 256 };

struct cmd_sn {
	uint32_t gaps[GAPS]; /* CmdSNs that Rejects named */
	size_t gap_count;
	bool known, joined;
	bool unread; /* a message that may have used up `next` */
	uint32_t next;
	uint32_t missing[MISSING]; /* several connections: numbers below `next` that did not come */
	size_t missing_count;
	bool unsure;	     /* and others, too many to keep */
	uint32_t immediates; /* since `next` became so */
	const struct log_event *last, *last_immediate;
};

static void login(struct watch *w, struct cmd_sn *s, const struct traffic *t)
{
	if (t->pdu.tsih && !s->known)
		s->joined = true;
	/* 11.12.8: all of them carry that of the first. */
	if (s->known && !s->joined)
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.1-2", t->pdu.cmd_sn == s->next, t->ev,
			   s->last, "a Login Request has CmdSN %u, the one before it had %u",
			   t->pdu.cmd_sn, s->next);
	s->known = true;
	s->next = t->pdu.cmd_sn;
	s->last = t->ev;
}

static void note_reject(struct cmd_sn *s, const struct pdu *p)
{
	struct rejected bad;
	if (rejected_header(p, &bad))
		s->gaps[s->gap_count++ % GAPS] = bad.cmd_sn;
}

static bool fills_gap(const struct cmd_sn *s, const struct pdu *p)
{
	for (size_t i = 0; i < s->gap_count && i < GAPS; i++)
		if (s->gaps[i] == p->cmd_sn)
			return uses_cmd_sn(p) && serial_before(p->cmd_sn, s->next);
	return false;
}

static bool was_missing(struct cmd_sn *s, uint32_t cmd_sn)
{
	for (size_t i = 0; i < s->missing_count; i++)
		if (s->missing[i] == cmd_sn) {
			s->missing[i] = s->missing[--s->missing_count];
			return true;
		}
	return s->unsure;
}

/* One numbering for all connections of a session. */
static void together(struct watch *w, struct cmd_sn *s, const struct traffic *t)
{
	const uint32_t cmd_sn = t->pdu.cmd_sn;

	if (!uses_cmd_sn(&t->pdu))
		return;
	watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.1-16",
		   !serial_before(cmd_sn, s->next) || was_missing(s, cmd_sn), t->ev, s->last,
		   "the %s has CmdSN %u, which was used before in this session", t->pdu.type->title,
		   cmd_sn);
	while (serial_before(s->next, cmd_sn) && !s->unsure) {
		s->unsure = s->missing_count == MISSING;
		if (!s->unsure)
			s->missing[s->missing_count++] = s->next++;
	}
	if (!serial_before(cmd_sn, s->next))
		s->next = cmd_sn + 1;
	s->last = t->ev;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct cmd_sn *s = state;
	const struct pdu *p = &t->pdu;
	if (t->from == FROM_INITIATOR && !p->type)
		s->unread = true;
	if (is_from(t, FROM_TARGET) && p->type->opcode == OP_REJECT)
		note_reject(s, p);
	if (!is_from(t, FROM_INITIATOR))
		return;
	if (p->type->opcode == OP_LOGIN_REQUEST && t->phase == DIALOGUE_LOGIN)
		login(w, s, t);
	if (!s->known || s->joined || !is_request(p) || is_retry(d, p) || fills_gap(s, p))
		return;
	const bool counts = uses_cmd_sn(p);
	if (d->several) {
		together(w, s, t);
		return;
	}
	if (s->unread) {
		s->unread = false;
		s->immediates = 0;
		s->next = p->cmd_sn;
	}
	/* Just as many too high as there were immediate ones: each of them was counted. */
	const uint32_t excess = p->cmd_sn - s->next;
	if (s->immediates && excess <= s->immediates)
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.1-2", !excess, t->ev, s->last_immediate,
			   "an immediate request used up CmdSN %u", s->next);
	if (counts && (!s->immediates || !excess || excess > s->immediates))
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.1-3", !excess, t->ev, s->last,
			   "the %s has CmdSN %u where %u is next", p->type->title, p->cmd_sn,
			   s->next);
	if (!counts && (!s->immediates || !excess || excess > s->immediates))
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.1-1", !excess, t->ev, s->last,
			   "an immediate %s has CmdSN %u, the current one is %u", p->type->title,
			   p->cmd_sn, s->next);
	if (counts) {
		s->next = p->cmd_sn + 1;
		s->immediates = 0;
		s->last = t->ev;
	} else {
		if (s->immediates && excess <= s->immediates) {
			s->next = p->cmd_sn;
			s->immediates -= excess;
		}
		s->immediates++;
		s->last_immediate = t->ev;
	}
}

const struct monitor monitor_cmd_sn = {
	.name = "cmd-sn",
	.doc = "an initiator's CmdSN goes up by one for each request that is not immediate",
	.rules = "I7143-4.2.2.1-1 I7143-4.2.2.1-2 I7143-4.2.2.1-3 I7143-4.2.2.1-16",
	.session = true,
	.state_size = sizeof(struct cmd_sn),
	.message = message,
};
