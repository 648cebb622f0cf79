/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which session a login is about: a new one, an old one whose place it takes, or a connection of
 * one that there is. RFC 7143 6.3.1, 6.3.4, 6.3.5. Sessions are those of the same node (p->older),
 * told apart by InitiatorName and ISID; each has as many connections as MaxConnections came to.
 */
#include <string.h>

#include "login.h"

static bool is_discovery(const struct peer *p)
{
	const char *type = peer_heard(p, "SessionType");
	return type && !strcmp(type, "Discovery");
}

/* A Discovery session is with no target, so no other session with one is in its way. */
static bool same_initiator(const struct peer *p, const struct peer *o)
{
	const char *name = peer_heard(p, "InitiatorName"), *other = peer_heard(o, "InitiatorName");
	return name && other && is_discovery(p) == is_discovery(o) &&
	       (p->isid == o->isid || p->cfg.knob[KNOB_NAME_WITHOUT_ISID]) &&
	       (!strcmp(name, other) || p->cfg.knob[KNOB_ISID_WITHOUT_NAME]);
}

/* The session with our ISID that nobody has logged out of, or NULL. That its connection is broken
 * does not end it. */
static struct peer *existing(const struct peer *p)
{
	for (struct peer *o = p->older; o; o = o->older)
		if (o->tsih && !o->logged_out && same_initiator(p, o))
			return o;
	return NULL;
}

static bool stands(const struct peer *p)
{
	return !p->logged_out && (p->tsih || p->phase != PEER_CLOSED);
}

/* The connection of o's session that has the CID of this login, or NULL. */
static struct peer *with_cid(const struct peer *p, const struct peer *o)
{
	for (struct peer *m = o->session->members; m; m = m->next_member)
		if (m != p && stands(m) && m->tsih && m->cid == p->cid)
			return m;
	return NULL;
}

static unsigned connections(const struct peer *p, const struct peer *o)
{
	unsigned n = 0;

	for (const struct peer *m = o->session->members; m; m = m->next_member)
		n += m != p && stands(m);
	return n;
}

bool login_is_further(const struct peer *p)
{
	const uint16_t tsih = (uint16_t)p->login->request.tsih;

	if (p->cfg.tolerant || !tsih)
		return p->further;
	const struct peer *o = existing(p);
	return o && o->tsih == tsih && !with_cid(p, o);
}

static int refuse(struct peer *p)
{
	if (peer_knob(p, KNOB_EXISTING_TSIH_UNKNOWN))
		login_fail(p, SESSION_DOES_NOT_EXIST, "a TSIH that it says it does not know");
	else
		login_fail(p, TOO_MANY_CONNECTIONS, "that session has all its connections");
	return -1;
}

/* RFC 7143 6.3.4: the session goes on, and its command numbers with it. */
static void resume(struct peer *p, const struct peer *o)
{
	peer_join(p, o);
	const uint32_t max = p->session->exp_cmd_sn + p->cfg.window - 1;
	if (serial_before(p->session->max_cmd_sn, max))
		p->session->max_cmd_sn = max;
}

/* A further connection, 4.2.2.1: one numbering for all of them. */
static int add(struct peer *p, const struct peer *o)
{
	if (connections(p, o) >= o->terms.max_connections &&
	    !peer_knob(p, KNOB_ANY_NUMBER_OF_CONNECTIONS))
		return refuse(p);
	if (o->terms.max_connections > 1 && peer_knob(p, KNOB_FURTHER_CONNECTION_REFUSED))
		return refuse(p);
	peer_join(p, o);
	if (peer_knob(p, KNOB_FURTHER_CONNECTION_COUNTS_APART)) {
		const uint32_t cmd_sn = (uint32_t)p->login->request.cmd_sn;
		members_apart(p);
		p->session->exp_cmd_sn = cmd_sn;
		p->session->max_cmd_sn = cmd_sn + p->cfg.window - 1;
	}
	return 0;
}

int login_join(struct peer *p)
{
	const uint16_t tsih = (uint16_t)p->login->request.tsih;
	const struct peer *o = existing(p);

	if (!tsih) {
		if (!o || !peer_knob(p, KNOB_REFUSES_REINSTATEMENT))
			return 0;
		login_fail(p, TOO_MANY_CONNECTIONS, "that session exists");
		return -1;
	}
	/* Which sessions there are on other connections of a script, the script knows. */
	if (p->cfg.tolerant)
		return 0;
	if (!o || o->tsih != tsih)
		return peer_knob(p, KNOB_TAKES_UNKNOWN_TSIH)
			       ? 0
			       : login_refuse(p, SESSION_DOES_NOT_EXIST, "RFC 7143 6.3.1",
					      "no session with this TSIH");
	const struct peer *same = with_cid(p, o);
	if (!same)
		return add(p, o);
	if (peer_knob(p, KNOB_REFUSES_CONNECTION_REINSTATEMENT))
		return refuse(p);
	resume(p, same);
	return 0;
}

/* RFC 7145 3.3, 10.1.3.1: no iSER without the resources for it. */
int login_allocate(struct peer *p)
{
	if (!p->cfg.connections || neighbours_in_full(p) < p->cfg.connections)
		return 0;
	if (peer_knob(p, KNOB_CROWD_LEFT_WAITING))
		p->login->ended = true;
	else if (peer_knob(p, KNOB_CROWD_REFUSED_OTHERWISE))
		login_fail(p, SERVICE_UNAVAILABLE, "no resources for one more connection");
	else
		login_fail(p, OUT_OF_RESOURCES, "no resources for one more connection");
	return -1;
}

/* One that no session of that initiator has had since we know of it: a late word about an old
 * session must not be taken for one about its successor. */
static uint16_t new_tsih(const struct peer *p)
{
	uint16_t highest = 0;

	for (const struct peer *o = p->older; o; o = o->older)
		if (o->tsih > highest && same_initiator(p, o))
			highest = o->tsih;
	return highest == UINT16_MAX ? 1 : (uint16_t)(highest + 1);
}

/* Its tasks end without a word, 6.3.4 and 6.3.5; in a session that goes on the next command hears
 * of it, 11.14.5. */
static void end_replaced(struct peer *p, struct peer *o)
{
	if (p->login->request.tsih && o->terms.error_recovery_level < 2 && target_waiting_luns(o) &&
	    !peer_knob(p, KNOB_CLEARED_TASKS_UNTOLD))
		p->session->cleared_luns |= target_waiting_luns(o);
	o->logged_out = true;
	peer_close(o);
}

uint16_t login_take_place(struct peer *p)
{
	const uint16_t tsih = (uint16_t)p->login->request.tsih;

	if (p->tsih)
		return p->tsih;
	for (struct peer *o = p->older; o; o = o->older) {
		const bool other = tsih && o->tsih == tsih && o->cid != p->cid;
		if (o->tsih && !o->logged_out && same_initiator(p, o) && !other &&
		    !peer_knob(p, KNOB_REINSTATED_LIVES))
			end_replaced(p, o);
	}
	const bool keeps = tsih && !peer_knob(p, KNOB_REINSTATED_TSIH_NEW);
	return p->tsih = keeps ? tsih : new_tsih(p);
}
