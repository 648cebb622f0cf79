/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the figures of RFC 7143 chapter 11 print as a value is sent as that value: F=1 in requests
 * and responses that have no more to follow, I=1 in a Login Request, ITT 0xffffffff in Reject and
 * Asynchronous Message. The figures are all that says so, and no sentence with a MUST.
 */
#include "../oracle/watch.h"

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	(void)d;
	(void)state;
	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != t->from)
		return;
	for (size_t i = 0; i < p->type->field_count; i++) {
		const struct pdu_field *f = &p->type->fields[i];
		if (!f->initial)
			continue;
		const uint64_t is = pdu_get(p, f);
		watch_rule_always(w, t->from, "I7143-11-4", is == f->initial, t->ev, NULL,
				  "%s with %s=0x%llx, where its figure has 0x%x", p->type->title,
				  f->name, (unsigned long long)is, f->initial);
	}
}

const struct monitor monitor_fixed = {
	.name = "fixed",
	.doc = "fields for which a PDU's figure prints a value have that value",
	.rules = "I7143-11-4",
	.alone = true,
	.message = message,
};
