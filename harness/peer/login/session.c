/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which session a login is about: a new one, an old one whose place it takes, or a connection of
 * one that there is. RFC 7143 6.3.1, 6.3.4, 6.3.5. Sessions are those of the same node (p->older),
 * told apart by InitiatorName and ISID; each has one connection.
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

/* A second connection beside the first, when there may be but one. */
static int add_connection(struct peer *p)
{
	if (peer_knob(p, KNOB_EXISTING_TSIH_UNKNOWN))
		login_fail(p, SESSION_DOES_NOT_EXIST, "a TSIH that it says it does not know");
	else
		login_fail(p, TOO_MANY_CONNECTIONS, "that session has its one connection");
	return -1;
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
	if (o->cid != p->cid || peer_knob(p, KNOB_REFUSES_CONNECTION_REINSTATEMENT))
		return add_connection(p);
	/* 6.3.4: the session goes on, and its command numbers with it. */
	p->exp_cmd_sn = o->exp_cmd_sn;
	p->max_cmd_sn = p->exp_cmd_sn + p->cfg.window - 1;
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

uint16_t login_take_place(struct peer *p)
{
	struct peer *o = existing(p);
	const uint16_t tsih = (uint16_t)p->login->request.tsih;

	if (p->tsih)
		return p->tsih;
	if (o && !peer_knob(p, KNOB_REINSTATED_LIVES)) {
		/* Its tasks end without a word, 6.3.4 and 6.3.5; in a session that goes on the next
		 * command hears of it, 11.14.5. */
		if (tsih && o->terms.error_recovery_level < 2 && target_waiting_luns(o) &&
		    !peer_knob(p, KNOB_CLEARED_TASKS_UNTOLD))
			p->cleared_luns = target_waiting_luns(o);
		o->logged_out = true;
		peer_close(o);
	}
	const bool keeps = tsih && !peer_knob(p, KNOB_REINSTATED_TSIH_NEW);
	return p->tsih = keeps ? tsih : new_tsih(p);
}
