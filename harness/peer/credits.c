/* SPDX-License-Identifier: BSD-2-Clause */
/* Unexpected PDUs of an initiator and the target's MaxOutstandingUnexpectedPDUs, RFC 7145 8.1.1.3.
 */
#include "initiator/initiator.h"

#include <stdlib.h>
#include <string.h>

void credits_spend(struct peer *p, const struct pdu *pdu)
{
	struct initiator_state *s = initiator_state(p);

	if (!pdu->i && sequence_uses_cmd_sn(pdu)) {
		while (members_several(p) && s->immediates_bound < s->immediate_count)
			s->immediates[s->immediates_bound++] = pdu->cmd_sn;
		return;
	}
	/* The answer to a ping is expected though its I bit is set: RFC 7145 8.1.1.2. */
	if (!pdu->i || (pdu->type->opcode == OP_NOP_OUT && pdu->ttt != TAG_NONE))
		return;
	if (s->immediate_count == s->immediate_room) {
		size_t room = s->immediate_room ? 2 * s->immediate_room : 16;
		uint32_t *grown = realloc(s->immediates, room * sizeof(*grown));
		if (!grown)
			return;
		s->immediates = grown;
		s->immediate_room = room;
	}
	s->immediates[s->immediate_count++] = pdu->cmd_sn;
}

void credits_retire(struct peer *p)
{
	struct initiator_state *s = initiator_state(p);
	const bool several = members_several(p);
	size_t kept = 0, bound = 0;

	/* The next non-immediate PDU after one with CmdSN x has CmdSN x too, so ExpCmdSN > x
	 * acknowledges it; where the session has other connections, x may have gone over one of
	 * them, and says nothing about this one (RFC 7145 8.1.1.3). */
	for (size_t i = 0; i < s->immediate_count; i++) {
		const bool is_bound = i < s->immediates_bound;
		if (serial_before(s->immediates[i], p->session->exp_cmd_sn) &&
		    (is_bound || !several))
			continue;
		bound += is_bound;
		s->immediates[kept++] = s->immediates[i];
	}
	s->immediate_count = kept;
	s->immediates_bound = bound;
}

bool credits_left(struct peer *p)
{
	return !p->terms.their_moup || initiator_state(p)->immediate_count < p->terms.their_moup;
}
