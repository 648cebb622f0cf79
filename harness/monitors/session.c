/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Assisted mode and how a connection comes to it: only by RDMAExtensions=Yes of both, said on that
 * very connection (RFC 7145 3.3, 5.1, 6.3). What an initiator sends over iSER in full feature phase
 * says that it thinks itself in assisted mode; so does a command that a target serves. A further
 * connection of a session is what the leading one has come to (5.1).
 */
#include <string.h>

#include "../oracle/watch.h"

struct session {
	bool judged, served; /* the first message of full feature phase, by each side */
};

static bool said(const struct dialogue *d, enum pdu_sender from, const char *value)
{
	const struct said_key *k = dialogue_said(d, from, "RDMAExtensions");
	return k && !strcmp(k->value, value);
}

static void enters(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct said_key *offer = dialogue_said(d, FROM_INITIATOR, "RDMAExtensions");
	const struct said_key *answer = dialogue_said(d, FROM_TARGET, "RDMAExtensions");
	const char *name = t->pdu.type->title;

	if (dialogue_is_further(d)) {
		watch_rule(w, FROM_INITIATOR, "I7145-5.1-8", true, t->ev, NULL, "-");
		watch_rule(w, FROM_INITIATOR, "I7145-5.1-1", true, t->ev, NULL, "-");
		return;
	}
	if (watch_rule(w, FROM_INITIATOR, "I7145-3.3-1", offer != NULL, t->ev, d->final_response,
		       "%s over iSER, though the initiator never said RDMAExtensions", name) &&
	    watch_rule(w, FROM_INITIATOR, "I7145-6.3-1", said(d, FROM_INITIATOR, "Yes"), t->ev,
		       d->final_response,
		       "%s over iSER, though the initiator said RDMAExtensions=%s", name,
		       offer ? offer->value : ""))
		watch_rule(w, FROM_INITIATOR, "I7145-5.1-3", said(d, FROM_TARGET, "Yes"), t->ev,
			   d->final_response,
			   "%s over iSER, though the target's word on RDMAExtensions is %s", name,
			   answer ? answer->value : "none");
	/* RFC 7145 5.1: nowhere but in the operational stage. */
	if (offer)
		watch_rule(
			w, FROM_INITIATOR, "I7145-5.1-2", offer->csg == 1, t->ev, d->final_response,
			"%s over iSER, and RDMAExtensions was said in stage %u", name, offer->csg);
	watch_rule(w, FROM_INITIATOR, "I7145-5.1-1", true, t->ev, NULL, "-");
}

/*
 * What opens a connection with a command has logged in on another one, or nowhere; so has a target
 * that speaks before any Login Request.
 */
static void first(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const bool late =
		t->from == FROM_INITIATOR
			? t->pdu.type->opcode == OP_SCSI_COMMAND
			: !d->last_from_initiator && t->pdu.type->opcode != OP_LOGIN_RESPONSE;
	if (d->phase == DIALOGUE_LOGIN && late)
		watch_rule(w, t->from, "I7145-5.1-1", false, t->ev, d->established,
			   "a %s on a connection that has no login", t->pdu.type->title);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct session *s = state;
	const struct pdu *p = &t->pdu;

	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != t->from)
		return;
	if (t->from == FROM_INITIATOR ? !d->last_from_initiator : !d->last_from_target)
		first(w, d, t);
	if (d->phase != DIALOGUE_FULL || d->terms.discovery || t->delivery == NOT_DELIVERED ||
	    p->type->opcode == OP_LOGIN_REQUEST)
		return;
	if (t->from == FROM_INITIATOR && !s->judged) {
		s->judged = true;
		enters(w, d, t);
	}
	if (t->from == FROM_TARGET && !s->served) {
		s->served = true;
		watch_rule(w, FROM_TARGET, "I7145-5.1-1", true, t->ev, NULL, "-");
		if (dialogue_is_further(d))
			watch_rule(w, FROM_TARGET, "I7145-5.1-8", true, t->ev, NULL, "-");
	}
	if (t->from == FROM_TARGET && p->type->opcode == OP_SCSI_RESPONSE)
		watch_rule(
			w, FROM_TARGET, "I7145-3.3-2", d->terms.rdma_extensions, t->ev,
			d->final_response,
			"it served a command over iSER, and RDMAExtensions=Yes was not agreed on");
}

const struct monitor monitor_session = {
	.name = "session",
	.doc = "full feature phase over iSER follows RDMAExtensions=Yes of both sides",
	.rules = "I7145-3.3-1 I7145-3.3-2 I7145-5.1-1 I7145-5.1-2 I7145-5.1-3 I7145-5.1-8 "
		 "I7145-6.3-1",
	.state_size = sizeof(struct session),
	.message = message,
};
