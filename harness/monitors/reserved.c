/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bits that mean nothing are sent as zero: the reserved ones of the iSER header and the STag fields
 * whose flag is 0 (RFC 7145 9.2), those of the BHS (RFC 7143 chapter 11), and the LUN of a NOP-In
 * that asks for nothing. Nothing that the other side does excuses a bit.
 */
#include <string.h>

#include "../oracle/watch.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE };

/* The headers alone, without the part that is not asked about. */
static unsigned set_in(const struct pdu *p, const uint8_t *msg, bool iser, size_t *first)
{
	uint8_t part[HEADERS] = {0};
	const size_t from = iser ? 0 : ISER_HEADER_SIZE;
	const size_t len = iser ? ISER_HEADER_SIZE : BHS_SIZE;

	memcpy(part + from, msg + from, len);
	return pdu_reserved_set(p->type, part, sizeof(part), first);
}

/*
 * RFC 7145 7.3.2 wants the STag of Send with Invalidate in the header of a SCSI Response, where
 * figure 10 and 9.2 want zeros: either is right there.
 */
static bool may_name_a_stag(const struct pdu *p)
{
	return p->type->opcode == OP_SCSI_RESPONSE;
}

static void unflagged(struct watch *w, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const char *title = p->type->title;

	if (!p->wsv && !may_name_a_stag(p)) {
		watch_rule_always(w, t->from, "I7145-9.2-6", !p->write_stag, t->ev, NULL,
				  "%s with WSV=0 and Write STag 0x%x", title, p->write_stag);
		watch_rule_always(w, t->from, "I7145-9.2-7", !p->write_base_offset, t->ev, NULL,
				  "%s with WSV=0 and Write Base Offset 0x%llx", title,
				  (unsigned long long)p->write_base_offset);
	}
	if (!p->rsv && !may_name_a_stag(p)) {
		watch_rule_always(w, t->from, "I7145-9.2-8", !p->read_stag, t->ev, NULL,
				  "%s with RSV=0 and Read STag 0x%x", title, p->read_stag);
		watch_rule_always(w, t->from, "I7145-9.2-9", !p->read_base_offset, t->ev, NULL,
				  "%s with RSV=0 and Read Base Offset 0x%llx", title,
				  (unsigned long long)p->read_base_offset);
	}
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	size_t first = 0;
	(void)d;
	(void)state;

	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != t->from ||
	    t->ev->bytes.len < HEADERS)
		return;
	/* 7.3.9: the iSER layer has no part in the login. What its PDUs carry in front, the text
	 * does not say. */
	if (p->type->opcode != OP_LOGIN_REQUEST && p->type->opcode != OP_LOGIN_RESPONSE) {
		const unsigned iser = set_in(p, t->ev->bytes.at, true, &first);
		watch_rule_always(w, t->from, "I7145-9.2-10", !iser, t->ev, NULL,
				  "%s with %u reserved bits set in its iSER header, the first in "
				  "byte %zu",
				  p->type->title, iser, first);
		unflagged(w, t);
	}
	/* "LUN or Reserved": RFC 7143 11.19.3 gives it a meaning beside a valid TTT alone. */
	if (p->type->opcode == OP_NOP_IN)
		watch_rule_always(w, t->from, "I7143-11-1", p->ttt != TAG_NONE || !p->lun, t->ev,
				  NULL, "NOP-In without a Target Transfer Tag and LUN 0x%llx",
				  (unsigned long long)p->lun);
	const unsigned bhs = set_in(p, t->ev->bytes.at, false, &first);
	watch_rule_always(w, t->from, "I7143-11-1", !bhs, t->ev, NULL,
			  "%s with %u reserved bits set in its BHS, the first in byte %zu",
			  p->type->title, bhs, first - ISER_HEADER_SIZE);
}

const struct monitor monitor_reserved = {
	.name = "reserved",
	.doc = "reserved bits are 0, and so are STags and Base Offsets whose flag is 0",
	.rules = "I7145-9.2-6 I7145-9.2-7 I7145-9.2-8 I7145-9.2-9 I7145-9.2-10 I7143-11-1",
	.alone = true,
	.message = message,
};
