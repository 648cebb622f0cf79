/* SPDX-License-Identifier: BSD-2-Clause */
/* Logout at the target: of the session, of this connection, of another one. RFC 7143 11.14, 11.15.
 */
#include "target.h"

enum { CLOSE_SESSION, CLOSE_CONNECTION, FOR_RECOVERY };
enum { CLOSED_WELL, CID_NOT_FOUND, NO_RECOVERY, CLEANUP_FAILED };

/* A mutant's: the data of a write is still being fetched, and nobody stops that. At the edge that
 * happens only when the Logout Request had come already as the last command was looked at. */
static bool survives(struct peer *p, const struct target_task *task)
{
	if (!task->reads)
		return false;
	return peer_knob(p, KNOB_TASK_SURVIVES_LOGOUT) ||
	       (p->target->more_had_come && peer_knob(p, KNOB_TASK_SURVIVES_LOGOUT_AT_EDGE));
}

static void end_tasks(struct peer *p)
{
	struct target_state *t = p->target;

	for (size_t i = 0; t && i < t->slots; i++)
		if (t->tasks[i]->used && !survives(p, t->tasks[i]))
			target_task_abort(p, t->tasks[i]);
}

/* Another connection of the session with that CID, though it may have broken; NULL: none. */
static struct peer *other(const struct peer *p, uint32_t cid)
{
	for (struct peer *m = p->session->members; m; m = m->next_member)
		if (m != p && m->tsih && !m->logged_out && m->cid == cid)
			return m;
	return NULL;
}

/* Nothing more is taken from it or said on it. */
static void end(struct peer *m)
{
	end_tasks(m);
	target_queue_leave(m);
	m->logged_out = true;
	if (m->target)
		m->target->closing = true;
	if (m->phase == PEER_FULL)
		m->phase = PEER_LOGOUT;
}

/* The session goes on, and its next command hears of the tasks that ended, 11.14.5. */
static void close_other(struct peer *m)
{
	if (!peer_knob(m, KNOB_CLEARED_TASKS_UNTOLD))
		m->session->cleared_luns |= target_waiting_luns(m);
	end(m);
	peer_close(m);
}

static void end_others(struct peer *p)
{
	for (struct peer *m = p->session->members; m; m = m->next_member)
		if (m != p && !m->logged_out && !peer_knob(p, KNOB_LOGOUT_LEAVES_OTHERS))
			end(m);
}

static bool is_of_session(struct peer *p, const struct pdu *request)
{
	return request->reason == CLOSE_SESSION ||
	       (members_several(p) && peer_knob(p, KNOB_LOGOUT_OF_ONE_ENDS_ALL));
}

static unsigned answer(struct peer *p, const struct pdu *request, struct peer **which)
{
	*which = NULL;
	if (is_of_session(p, request) || peer_knob(p, KNOB_LOGOUT_ANY_CID))
		return CLOSED_WELL;
	if (request->reason == FOR_RECOVERY)
		return NO_RECOVERY;
	if (request->cid == p->cid)
		return CLOSED_WELL;
	*which = other(p, request->cid);
	if (*which && peer_knob(p, KNOB_LOGOUT_OF_OTHER_CLOSES_THIS))
		*which = NULL;
	else if (!*which)
		return CID_NOT_FOUND;
	return CLOSED_WELL;
}

void target_logout(struct peer *p, const struct pdu *pdu)
{
	struct peer *which;
	struct pdu out;

	p->served.logouts++;
	if (peer_knob(p, KNOB_IGNORES_LOGOUT))
		return;
	/* RFC 7143 chapter 11: a reserved code value is a protocol error. */
	if (pdu->reason > FOR_RECOVERY && !peer_knob(p, KNOB_LOGOUT_RESERVED_SERVED)) {
		target_reject(p, pdu, REJECT_PROTOCOL_ERROR, !pdu->i);
		return;
	}
	if (peer_knob(p, KNOB_LOGOUT_DROPS)) {
		p->logged_out = true;
		peer_close(p);
		return;
	}
	target_new_pdu(p, OP_LOGOUT_RESPONSE, &out);
	out.itt = pdu->itt;
	out.response = answer(p, pdu, &which);
	/* One that is refused ends nothing. */
	if (which)
		close_other(which);
	else if (!out.response)
		end_tasks(p);
	if (!out.response && is_of_session(p, pdu))
		end_others(p);
	if (peer_knob(p, KNOB_LOGOUT_WRONG_ITT))
		out.itt ^= 0x10000;
	if (out.response || which || peer_knob(p, KNOB_SERVES_AFTER_LOGOUT)) {
		peer_send(p, &out);
		return;
	}
	if (peer_knob(p, KNOB_LOGOUT_FAILS))
		out.response = CLEANUP_FAILED;
	if (peer_knob(p, KNOB_LOGOUT_RESPONSE_WITH_DATA))
		out.data = (struct bytes){(const uint8_t *)"bye", 4};
	struct peer_msg m = {.pdu = out, .op = FAB_SEND};
	end(p);
	if (peer_post(p, &m, 1, TARGET_LOGOUT_ID, NULL))
		peer_close(p);
	else
		target_send_pong(p);
}

void target_logged_out(struct peer *p)
{
	/* RFC 7145 5.2.2: it is the target that closes, once the initiator has the response; of a
	 * session all its connections, RFC 7143 11.15. */
	if (peer_knob(p, KNOB_LOGOUT_WITHOUT_CLOSE))
		return;
	for (struct peer *m = p->session->members; m; m = m->next_member)
		if (m->logged_out)
			peer_close(m);
}
