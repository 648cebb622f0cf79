/* SPDX-License-Identifier: BSD-2-Clause */
/* Other connections of the node: what mutants let them do to this one, and how many an honest one
 * has resources for. */
#include <string.h>

#include "internal.h"

unsigned neighbours_in_login(const struct peer *p)
{
	unsigned n = 0;

	for (const struct peer *o = p->older; o; o = o->older)
		n += o->established && o->phase <= PEER_LOGIN;
	return n;
}

unsigned neighbours_in_full(const struct peer *p)
{
	unsigned n = 0;

	for (const struct peer *o = p->older; o; o = o->older)
		n += o->established && o->phase > PEER_LOGIN && o->phase < PEER_CLOSED;
	return n;
}

void neighbours_count(struct peer *p, const struct pdu *pdu)
{
	const bool status = p->cfg.role == PEER_TARGET && sequence_uses_stat_sn(pdu) &&
			    p->phase == PEER_FULL && p->older &&
			    peer_knob(p, KNOB_STAT_SN_OF_THE_NODE);
	const bool command = p->cfg.role == PEER_INITIATOR && sequence_uses_cmd_sn(pdu) &&
			     p->phase == PEER_FULL && p->older &&
			     peer_knob(p, KNOB_CMD_SN_OF_THE_NODE);

	for (struct peer *o = p->older; o; o = o->older) {
		o->stat_sn += status;
		o->session->cmd_sn += command;
	}
}

struct bytes neighbours_offer(struct peer *p, const char *key, struct bytes offer)
{
	for (const struct peer *o = p->older; o; o = o->older) {
		const char *value = o->phase <= PEER_LOGIN ? peer_heard(o, key) : NULL;
		if (value && peer_knob(p, KNOB_KEYS_OF_ANOTHER))
			return (struct bytes){(const uint8_t *)value, strlen(value)};
	}
	return offer;
}

void neighbours_end(struct peer *p)
{
	if (p->cfg.role != PEER_TARGET || !p->older || !p->tsih ||
	    !peer_knob(p, KNOB_FIRST_END_ENDS_ALL))
		return;
	for (struct peer *o = p->older; o; o = o->older)
		peer_close(o);
}

bool neighbours_flood(const struct peer *p)
{
	enum { FLOOD = 100 };

	for (const struct peer *o = p->older; o; o = o->older)
		if (o->served.pings > FLOOD)
			return p->cfg.knob[KNOB_FLOOD_DEAFENS_NODE];
	return false;
}
