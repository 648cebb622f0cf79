/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutants that end the connection over bits and fields which a receiver has to ignore, or over data
 * that it has to take. */
#include "internal.h"

/* What they die of. */
struct touchy {
	enum knob write_stag, read_stag, reserved_iser, reserved_bhs;
};

static const struct touchy of_role[] = {
	[PEER_INITIATOR] = {KNOB_DIES_ON_UNFLAGGED_WRITE_STAG, KNOB_DIES_ON_UNFLAGGED_READ_STAG,
			    KNOB_INITIATOR_DIES_ON_RESERVED_BITS,
			    KNOB_INITIATOR_DIES_ON_RESERVED_BHS},
	[PEER_TARGET] = {KNOB_TARGET_DIES_ON_UNFLAGGED_WRITE_STAG,
			 KNOB_TARGET_DIES_ON_UNFLAGGED_READ_STAG, KNOB_DIES_ON_RESERVED_BITS,
			 KNOB_DIES_ON_RESERVED_BHS},
};

bool peer_dies_of(struct peer *p, const struct pdu *pdu, struct bytes msg)
{
	const struct touchy *of = &of_role[p->cfg.role];
	size_t first = 0;

	if (p->cfg.role == PEER_INITIATOR && p->phase == PEER_FULL && pdu->data.len > 128 &&
	    peer_knob(p, KNOB_DIES_ON_LONG_DATA))
		return true;
	if (!pdu->wsv && (pdu->write_stag || pdu->write_base_offset) &&
	    peer_knob(p, of->write_stag))
		return true;
	if (!pdu->rsv && (pdu->read_stag || pdu->read_base_offset) && peer_knob(p, of->read_stag))
		return true;
	if (!pdu_reserved_set(pdu->type, msg.at, msg.len, &first))
		return false;
	return peer_knob(p, first < ISER_HEADER_SIZE ? of->reserved_iser : of->reserved_bhs);
}
