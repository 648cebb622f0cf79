/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * StatSN of a target: one more for each numbered response, from the first Login Response on (RFC
 * 7143 4.2.2.2, 11.4.9). A NOP-In without Initiator Task Tag shows the next number and does not use
 * it up (11.19.2).
 */
#include "../oracle/watch.h"

struct stat_sn {
	bool known;
	uint32_t next;
	const struct log_event *last; /* the response that made it so */
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
	if (t->from != FROM_TARGET || !p->type || p->type->sender != FROM_TARGET ||
	    p->type->iser_opcode != ISER_CONTROL || t->delivery == NOT_DELIVERED)
		return;
	/* Data-In has a StatSN only with S=1, R2T shows the next one. Neither belongs on the wire.
	 */
	if (p->type->opcode == OP_DATA_IN || p->type->opcode == OP_R2T)
		return;
	const char *rule = p->type->opcode == OP_SCSI_RESPONSE ? "I7143-11.4.9-1"
			   : is_numbered(p)		       ? "I7143-4.2.2.2-1"
							       : "I7143-11.19.2-1";
	if (s->known)
		watch_rule(w, FROM_TARGET, rule, p->stat_sn == s->next, t->ev, s->last,
			   "the %s has StatSN %u where %u is next", p->type->title, p->stat_sn,
			   s->next);
	s->known = true;
	s->next = p->stat_sn + is_numbered(p);
	s->last = t->ev;
}

const struct monitor monitor_stat_sn = {
	.name = "stat-sn",
	.doc = "a target's StatSN goes up by one for each numbered response",
	.rules = "I7143-4.2.2.2-1 I7143-11.4.9-1 I7143-11.19.2-1",
	.state_size = sizeof(struct stat_sn),
	.message = message,
};
