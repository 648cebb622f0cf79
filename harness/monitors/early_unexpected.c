/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 7145 5.1.3: where iSERHelloRequired ended as No, a target holds unexpected PDUs back after
 * the final Login Response until it has heard from the initiator, or for a configurable time (about
 * a second). One that answers NotUnderstood is an old target, which has no such rule; neither has
 * one that was never told the key.
 */
#include <inttypes.h>
#include <string.h>

#include "../oracle/watch.h"

/* "Say, one second", less what clocks and queues take. */
#define QUIET_NS 900000000ull

static bool ended_as_no(const struct dialogue *d)
{
	const struct said_key *asked = dialogue_said(d, FROM_INITIATOR, "iSERHelloRequired");
	const struct said_key *answer = dialogue_said(d, FROM_TARGET, "iSERHelloRequired");

	if (!asked || (answer && !strcmp(answer->value, "NotUnderstood")))
		return false;
	return !strcmp(asked->value, "No") || (answer && !strcmp(answer->value, "No"));
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	bool *judged = state;
	const struct pdu *p = &t->pdu;

	if (!d->final_response || *judged || d->phase == DIALOGUE_OVER)
		return;
	/* Whoever speaks first settles it. */
	*judged = true;
	if (t->from != FROM_TARGET || !p->type || p->type->iser_opcode != ISER_CONTROL ||
	    (p->type->opcode != OP_NOP_IN && p->type->opcode != OP_ASYNC) ||
	    t->delivery == NOT_DELIVERED || !ended_as_no(d))
		return;
	const uint64_t after = t->ev->time - d->final_response->time;
	watch_rule(w, FROM_TARGET, "I7145-5.1.3-14", after >= QUIET_NS, t->ev, d->final_response,
		   "%s %" PRIu64 " us after the login, to an initiator that has said nothing",
		   p->type->title, after / 1000);
}

const struct monitor monitor_early_unexpected = {
	.name = "early-unexpected",
	.doc = "without Hello, a target is quiet after the login for a while",
	.rules = "I7145-5.1.3-14",
	.state_size = sizeof(bool),
	.message = message,
};
