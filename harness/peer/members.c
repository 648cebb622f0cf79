/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections of one session and what they share; RFC 7143 4.2.2.1, 4.2.5.1, 6.3.1. */
#include <stdlib.h>

#include "internal.h"

bool members_new(struct peer *p)
{
	struct peer_session *s = calloc(1, sizeof(*s));

	if (!s)
		return false;
	s->members = p;
	s->next_cid = (uint16_t)(p->cfg.cid + 1);
	s->cmd_sn = s->exp_cmd_sn = p->cfg.first_cmd_sn;
	s->max_cmd_sn = p->cfg.first_cmd_sn - 1;
	s->next_itt = 1;
	p->session = s;
	p->next_member = NULL;
	return true;
}

void members_leave(struct peer *p)
{
	struct peer_session *s = p->session;

	for (struct peer **at = &s->members; *at; at = &(*at)->next_member)
		if (*at == p) {
			*at = p->next_member;
			break;
		}
	if (!s->members)
		free(s);
	p->session = NULL;
}

void members_apart(struct peer *p)
{
	members_leave(p);
	if (!members_new(p))
		abort();
}

unsigned members_alive(const struct peer *p)
{
	unsigned n = 0;

	for (const struct peer *m = p->session->members; m; m = m->next_member)
		n += m->phase != PEER_CLOSED;
	return n;
}

/* A mutant's, of which each connection has a count of its own. */
static void count_apart(struct peer *p)
{
	const uint32_t cmd_sn = p->session->cmd_sn, itt = p->session->next_itt;

	members_apart(p);
	p->session->cmd_sn = cmd_sn;
	p->session->next_itt = itt + 0x10000;
}

struct peer *members_other(const struct peer *p)
{
	for (struct peer *m = p->session->members; m; m = m->next_member)
		if (m != p && m->phase == PEER_FULL)
			return m;
	return NULL;
}

/* Keys that the leading login alone speaks of hold for all connections, RFC 7143 13. */
static void inherit(struct peer *p, const struct peer *with)
{
	const uint32_t ird = p->terms.our_ird, ord = p->terms.our_ord;

	p->terms = with->terms;
	p->terms.our_ird = ird;
	p->terms.our_ord = ord;
}

void peer_join(struct peer *p, const struct peer *with)
{
	struct peer_session *s = with->session;

	members_leave(p);
	p->session = s;
	p->next_member = s->members;
	s->members = p;
	p->further = true;
	inherit(p, with);
	if (p->cfg.role == PEER_TARGET)
		return;
	p->isid = with->isid;
	p->tsih = with->tsih;
	p->cid = p->cfg.cid ? (uint16_t)p->cfg.cid : s->next_cid;
	if (p->cid >= s->next_cid)
		s->next_cid = (uint16_t)(p->cid + 1);
	if (peer_knob(p, KNOB_CMD_SN_OF_THE_CONNECTION))
		count_apart(p);
}
