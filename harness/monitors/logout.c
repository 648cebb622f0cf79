/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a session: after its Logout Request an initiator begins nothing new (RFC 7143 11.14),
 * the target answers with that tag and ends no task by a response afterwards (11.14, 11.15); and a
 * connection whose login failed is not spoken on (11.13.5).
 */
#include <string.h>

#include "../oracle/watch.h"

enum { OTHERS_MAX = 8 };

struct logout {
	uint32_t cid;			   /* of the login */
	const struct log_event *request;   /* a logout of this connection that is not answered */
	const struct log_event *delivered; /* our own: its completion */
	const struct log_event *asked;	   /* the last logout of this connection, answered or not */
	uint32_t itt;
	uint32_t others[OTHERS_MAX]; /* tags of logouts of something else that wait for an answer */
	size_t other_count;	     /* may be more */
	bool ends;		     /* which was announced (11.9.1) */
	bool broken;		     /* by an RDMA operation of the target's */
	bool no_reads; /* the initiator lets no RDMA Read in: no data of a write can be fetched */
	const struct log_event *answered, *refused;
};

enum { ASYNC_DROPS_CONNECTION = 2, ASYNC_DROPS_ALL };

static bool closes_this(const struct logout *s, const struct pdu *p)
{
	enum { CLOSE_SESSION, CLOSE_CONNECTION };
	return p->reason == CLOSE_SESSION || (p->reason == CLOSE_CONNECTION && p->cid == s->cid);
}

/* Answers to pings and data that was announced are no new requests. */
static bool is_new_request(const struct pdu *p)
{
	return p->type->opcode == OP_SCSI_COMMAND || p->type->opcode == OP_TASK_REQUEST ||
	       p->type->opcode == OP_TEXT_REQUEST || p->type->opcode == OP_LOGOUT_REQUEST ||
	       p->type->opcode == OP_SNACK || (p->type->opcode == OP_NOP_OUT && p->itt != TAG_NONE);
}

static void from_initiator(struct watch *w, struct logout *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	if (s->asked && is_new_request(p))
		watch_rule(w, FROM_INITIATOR, "I7143-11.14-1", false, t->ev, s->asked,
			   "%s after its Logout Request", p->type->title);
	if (p->type->opcode != OP_LOGOUT_REQUEST)
		return;
	if (!closes_this(s, p)) {
		if (s->other_count++ < OTHERS_MAX)
			s->others[s->other_count - 1] = p->itt;
		return;
	}
	if (!s->request)
		watch_rule(w, FROM_INITIATOR, "I7143-11.14-1", true, t->ev, NULL, "-");
	s->request = s->asked = t->ev;
	s->delivered = t->done;
	s->itt = p->itt;
}

static bool answers_other(const struct logout *s, uint32_t itt)
{
	for (size_t i = 0; i < s->other_count && i < OTHERS_MAX; i++)
		if (s->others[i] == itt)
			return true;
	return s->other_count > OTHERS_MAX;
}

static void from_target(struct watch *w, struct logout *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	if (s->answered && p->type->opcode == OP_SCSI_RESPONSE)
		watch_rule(w, FROM_TARGET, "I7143-11.14-2", false, t->ev, s->answered,
			   "a SCSI Response after the Logout Response");
	s->ends |= p->type->opcode == OP_ASYNC &&
		   (p->async_event == ASYNC_DROPS_CONNECTION || p->async_event == ASYNC_DROPS_ALL);
	if (p->type->opcode != OP_LOGOUT_RESPONSE)
		return;
	watch_rule(w, FROM_TARGET, "I7143-11.15.2-1", !p->data.len && !p->ahs.len, t->ev, NULL,
		   "a Logout Response with data");
	if (!s->request || (p->itt != s->itt && answers_other(s, p->itt)))
		return;
	watch_rule(w, FROM_TARGET, "I7143-11.15-2", p->itt == s->itt, t->ev, s->request,
		   "ITT 0x%x answers 0x%x", p->itt, s->itt);
	watch_rule(w, FROM_TARGET, "I7143-11.14-3", true, t->ev, NULL, "-");
	if (!p->response) {
		s->answered = t->ev;
		watch_rule(w, FROM_TARGET, "I7143-11.14-2", true, t->ev, NULL, "-");
	}
	s->request = NULL;
	if (p->response)
		s->asked = NULL; /* refused: the connection lives on */
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct logout *s = state;
	const struct pdu *p = &t->pdu;

	if (s->refused)
		/* A login alternates strictly, so nothing can have crossed the refusal. */
		watch_rule(w, t->from, "I7143-11.13.5-1", false, t->ev, s->refused,
			   "a message on a connection whose login has failed");
	if (p->type == pdu_hello_type() && !p->iser_ird)
		s->no_reads = true;
	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != t->from ||
	    t->delivery == NOT_DELIVERED)
		return;
	if (p->type->opcode == OP_LOGIN_REQUEST && d->phase == DIALOGUE_LOGIN)
		s->cid = p->cid;
	if (p->type->opcode == OP_LOGIN_RESPONSE && d->phase == DIALOGUE_LOGIN && p->status_class)
		s->refused = t->ev;
	if (!d->final_response)
		return;
	if (t->from == FROM_INITIATOR)
		from_initiator(w, s, t);
	else
		from_target(w, s, t);
}

static bool is_sibling(const struct watch *w, const struct dialogue *d, unsigned conn)
{
	size_t at = 0;

	for (const struct dialogue *o; (o = watch_sibling(w, d, &at));)
		if (o->conn == conn)
			return true;
	return false;
}

/* What was asked over another connection ends this one: a TARGET COLD RESET ends them all (11.5.1),
 * a logout the session or this CID of it (11.14.1). */
static bool ended_elsewhere(const struct watch *w, const struct dialogue *d, const struct logout *s,
			    const struct log_event *end)
{
	const struct log *l = watch_events(w);
	struct pdu p;

	for (size_t i = 0; i < log_count(l) && log_at(l, i) != end; i++) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind != LOG_POST || pdu_decode(&p, ev->bytes.at, ev->bytes.len, NULL) ||
		    p.type->iser_opcode != ISER_CONTROL)
			continue;
		if (p.type->opcode == OP_TASK_REQUEST && p.function == TARGET_COLD_RESET)
			return true;
		if (p.type->opcode == OP_LOGOUT_REQUEST && closes_this(s, &p) &&
		    is_sibling(w, d, ev->conn))
			return true;
	}
	return false;
}

/* A write that the initiator itself makes impossible: RFC 7145 7.3.6, 8.2. */
static bool waits_for_a_read(const struct logout *s, const struct dialogue *d)
{
	for (size_t i = 0; s->no_reads && i < d->task_count; i++)
		if (d->tasks[i].pdu.wsv && !d->tasks[i].answered)
			return true;
	return false;
}

static void event(struct watch *w, const struct dialogue *d, void *state,
		  const struct log_event *ev)
{
	struct logout *s = state;

	/* By its own depth, or by the target's, of which both know from the beginning. */
	if (ev->kind == LOG_CM && ev->name &&
	    ((!strcmp(ev->name, "connect") && !ev->a) ||
	     (!strcmp(ev->name, "established") && d->sut_is_target && ev->a && !ev->b)))
		s->no_reads = true;
	/* An RDMA operation of its own that our side refuses takes its queue pair with it, and the
	 * answer: why it was refused other monitors tell. */
	if (ev->kind == LOG_CM && ev->name && !strcmp(ev->name, "end") && ev->text)
		s->broken = !strcmp(ev->text, "operation") || !strcmp(ev->text, "access");
	/* The target ends a connection whose logout it has got and not answered. Where another
	 * login has taken its place the logout has come too late: that one has ended the session,
	 * and with it what could be logged out. */
	if (ev->kind != LOG_CM || !ev->name || strcmp(ev->name, "disconnected") != 0 ||
	    !d->sut_is_target || d->closed || !s->request || !s->delivered ||
	    s->delivered->seq > ev->seq || watch_replaced(w, d) || s->ends || s->broken ||
	    ended_elsewhere(w, d, s, ev) || waits_for_a_read(s, d))
		return;
	watch_rule(w, FROM_TARGET, "I7143-11.14-3", false, ev, s->request,
		   "the connection ends without a Logout Response");
}

const struct monitor monitor_logout = {
	.name = "logout",
	.doc = "nothing new after a logout, which is answered; nothing at all after a failed login",
	.rules = "I7143-11.14-1 I7143-11.14-2 I7143-11.14-3 I7143-11.15-2 I7143-11.15.2-1 "
		 "I7143-11.13.5-1",
	.state_size = sizeof(struct logout),
	.message = message,
	.events = WATCH(LOG_CM),
	.event = event,
};
