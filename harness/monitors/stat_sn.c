/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * StatSN of a target: one more for each numbered response, from the first Login Response on (RFC
 * 7143 4.2.2.2, 11.4.9). A NOP-In without Initiator Task Tag shows the next number and does not use
 * it up (11.19.2).
 */
#include "numbers.h"

struct stat_sn {
	bool known;
	uint32_t next;
	uint32_t shown; /* NOP-Ins that showed `next` */
	const struct log_event *last,
		*last_nop; /* the response that made it so; the last of those */
};

static bool is_numbered(const struct pdu *p)
{
	return !(p->type->opcode == OP_NOP_IN && p->itt == TAG_NONE);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct stat_sn *s = state;
	const struct pdu *p = &t->pdu;
	(void)d;
	/* Data-In has a StatSN only with S=1, R2T shows the next one. Neither belongs on the wire.
	 */
	if (!is_from(t, FROM_TARGET) || is_failed_login(p) || p->type->opcode == OP_DATA_IN ||
	    p->type->opcode == OP_R2T)
		return;
	const char *rule = p->type->opcode == OP_SCSI_RESPONSE ? "I7143-11.4.9-1"
			   : is_numbered(p)		       ? "I7143-4.2.2.2-1"
							       : "I7143-11.19.2-1";
	/* Just as many too high as there were NOP-Ins: each of them was counted. */
	const uint32_t excess = p->stat_sn - s->next;
	const bool counted = s->known && excess && excess <= s->shown;
	if (counted)
		watch_rule(w, FROM_TARGET, "I7143-11.19.2-1", false, t->ev, s->last_nop,
			   "a NOP-In without Initiator Task Tag used up StatSN %u", s->next);
	else if (s->known)
		watch_rule(w, FROM_TARGET, rule, p->stat_sn == s->next, t->ev, s->last,
			   "the %s has StatSN %u where %u is next", p->type->title, p->stat_sn,
			   s->next);
	s->known = true;
	s->next = p->stat_sn + is_numbered(p);
	s->shown = is_numbered(p) ? 0 : s->shown + 1;
	if (is_numbered(p))
		s->last = t->ev;
	else
		s->last_nop = t->ev;
}

const struct monitor monitor_stat_sn = {
	.name = "stat-sn",
	.doc = "a target's StatSN goes up by one for each numbered response",
	.rules = "I7143-4.2.2.2-1 I7143-11.4.9-1 I7143-11.19.2-1",
	.state_size = sizeof(struct stat_sn),
	.message = message,
};
