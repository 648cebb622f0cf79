/* SPDX-License-Identifier: BSD-2-Clause */
/* Getting a connection, and the honest login up to a point. */
#include "../../wire/login_status.h"
#include "run.h"

#include <stdio.h>

/* What an answer may take, before scaling. A login command is a process that has to start. */
#define LOGIN_TIME   (10 * NS_PER_S)
#define COMMAND_TIME (30 * NS_PER_S)

bool run_we_initiate(const struct run *r)
{
	return r->env->base.role == PEER_INITIATOR;
}

/* The initiator's command came to its end and it never connected: that is no verdict about it. */
static bool sut_gave_up(struct run *r)
{
	const bool alone = !run_others_live(r);
	struct sut_control *sut = &r->env->sut;
	const char *last = "";
	int status = sut->login_status ? sut->login_status(sut->ctx, &last) : -1;
	if (status < 0)
		return false;
	/* Its connection request may still be on the way to us. */
	uint64_t until = run_now(r) + run_scaled(r, status ? 0 : NS_PER_S);
	while (r->talk->waiting_for_sut && !run_ended(r) && run_step(r, until))
		continue;
	if (!r->talk->waiting_for_sut)
		return false;
	/* A session that an earlier case could not end is in the way of a new one: clear it up,
	 * once. */
	if (status && status != ACT_NOT_SUPPORTED && alone && !r->login_retried) {
		r->login_retried = true;
		r->talk->waiting_for_sut =
			false; /* what it connects now is the old session's: turned away */
		run_sut_logout(r);
		run_await_command(r);
		r->talk->waiting_for_sut = true;
		return run_ended(r) || !run_sut_login(r);
	}
	if (status == ACT_NOT_SUPPORTED) {
		run_unsupported(r, "not supported: %.200s", last && *last ? last : "such a login");
		return true;
	}
	run_trouble(r, "the login command ended with status %d and never connected: %.150s", status,
		    last ? last : "");
	if (alone)
		result_setup(r->result, r->trouble);
	return true;
}

/* Until the CM exchange is over, one way or the other. False: trouble. */
static bool await_connection(struct run *r)
{
	struct link *l = r->talk->link;
	const uint64_t login_time = r->env->sut.login_time;
	const uint64_t command = login_time ? login_time : run_scaled(r, COMMAND_TIME);
	uint64_t until = run_now(r) + (run_we_initiate(r) ? run_scaled(r, LOGIN_TIME) : command);
	while (!l->established && !l->over && !r->talk->asking) {
		if (run_ended(r) || (r->talk->waiting_for_sut && sut_gave_up(r)))
			return false;
		/* The end of a command is no event of every fabric, so look now and then. */
		uint64_t next = run_now(r) + 100 * NS_PER_MS;
		if (run_step(r, next < until ? next : until) || run_now(r) < until)
			continue;
		if (r->talk->waiting_for_sut)
			run_trouble(r, "the initiator did not connect within %llu s",
				    (login_time ? login_time : COMMAND_TIME) / NS_PER_S);
		else
			run_trouble(r, "the connection did not come about within %llu s",
				    LOGIN_TIME / NS_PER_S);
		result_setup(r->result, r->trouble);
		return false;
	}
	if (l->over == OVER_UNREACHABLE || l->over == OVER_LOCAL) {
		run_trouble(r, "no connection: %.200s", l->over_how);
		if (l->over == OVER_UNREACHABLE)
			result_setup(r->result, l->over_how);
		return false;
	}
	if (l->over == OVER_REJECTED)
		result_setup(r->result, l->over_how);
	return true;
}

static bool at_point(const struct run *r, enum peer_point point)
{
	const struct peer *p = r->talk->link->peer;
	if (point == PEER_POINT_DONE)
		return p->phase == PEER_FULL;
	if (point == PEER_POINT_CONNECTED)
		return p->holding || p->reached >= PEER_POINT_CONNECTED;
	return p->holding && p->reached >= point;
}

/* How a login that never came to its point is judged. */
static enum flow login_failed(struct run *r, const struct statement *s)
{
	struct link *l = r->talk->link;
	struct peer *p = l->peer;
	char state[600], refusal[160] = "", status[170] = "", last[300] = "";
	if (p->login_status_class || p->login_status_detail) {
		snprintf(refusal, sizeof(refusal), "login refused with status 0x%02x%02x, %s",
			 p->login_status_class, p->login_status_detail,
			 login_status_text(p->login_status_class, p->login_status_detail));
		snprintf(status, sizeof(status), "%s; ", refusal);
	}
	/* RFC 7143 11.13.5: class 2, the initiator is not entitled to this session. */
	if (p->login_status_class == 2)
		result_setup(r->result, refusal);
	if (l->message_count) {
		const struct message *m = &l->messages[l->message_count - 1];
		char text[240];
		snprintf(last, sizeof(last), "; its last message: %s",
			 pdu_describe(m->bytes.at, m->bytes.len, text, sizeof(text)));
	}
	/* Class 3: the target sees no error in the request and cannot serve it now (11.13.5). */
	if (p->login_status_class == 3) {
		run_trouble(r, "%s", refusal);
		return run_inconclusive(r, s->line);
	}
	/* Over a refusal it is for us to end the connection; else our end is no word of the SUT's.
	 */
	if (run_blind(r) && !*refusal)
		return run_nothing_seen(r, s->line);
	/* A sweep looks for what breaks behind the login; a login that fails is no value of it. */
	bool sweeping = r->in_sweep;
	r->in_sweep = false;
	l->violation_told = true;
	run_glance(r, s->said,
		   *refusal ? refusal
		   : *last  ? last + strlen("; its last message: ")
			    : "nothing");
	enum flow flow =
		run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, &l->over_seq,
			  l->over_seq ? 1 : 0, "the login did not succeed: %s%s%s%s%s%s", status,
			  run_link_state(r, state, sizeof(state)), last,
			  p->violation.what[0] ? "; seen before: " : "", p->violation.what,
			  l->over ? "" : "; nothing more came in time");
	return sweeping ? FLOW_STOP : flow;
}

/* The login's own messages are no longer waited for; the last one can be looked at. */
static void empty_queue(struct run *r)
{
	struct link *l = r->talk->link;
	for (size_t i = 0; i < l->message_count; i++)
		l->messages[i].taken = true;
	if (l->message_count) {
		r->talk->got = l->messages[l->message_count - 1];
		r->talk->has_got = true;
	}
}

static void hold_at(struct peer *p, const struct statement *s)
{
	if (s->point == PEER_POINT_KEY)
		peer_hold_key(p, s->point_key);
	else
		peer_hold(p, s->point);
}

static enum flow go_to(struct run *r, const struct statement *s, enum peer_point point)
{
	struct link *l = r->talk->link;
	if (!await_connection(r))
		return run_inconclusive(r, s->line);
	uint64_t until = run_now(r) + run_scaled(r, LOGIN_TIME);
	while (!at_point(r, point) && !l->over) {
		if (run_step(r, until))
			continue;
		break;
	}
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (!at_point(r, point))
		return login_failed(r, s);
	empty_queue(r);
	return FLOW_ON;
}

/* A connection of ours; or the SUT is told to make one. */
static bool begin(struct run *r, const struct setting_list *settings)
{
	return run_link_make(r, settings) && (run_we_initiate(r) || run_sut_login(r));
}

static bool in_login(const struct link *l)
{
	return l && !l->over && l->peer->phase < PEER_FULL;
}

enum flow run_login(struct run *r, const struct statement *s)
{
	struct link *l = r->talk->link;
	struct err e = {0};
	/* A point goes on with the session of the one before. */
	if (r->point.in && l && !l->over && !in_login(l) && s->verb == VERB_LOGIN)
		return FLOW_ON;
	if (l && !l->over && !in_login(l)) {
		run_trouble(r,
			    "there is a connection in full feature phase; new connection ends it");
		return run_inconclusive(r, s->line);
	}
	if (!in_login(l)) {
		if (l && run_connect_new(r) != FLOW_ON)
			return run_inconclusive(r, s->line);
		/* The peer stops before it sends the message of that point. */
		struct setting_list none = {0};
		if (!begin(r,
			   s->verb == VERB_LOGIN || s->verb == VERB_CONNECT ? &s->settings : &none))
			return run_inconclusive(r, s->line);
		hold_at(r->talk->link->peer, s);
		return go_to(r, s, s->point);
	}
	for (size_t i = 0; i < s->settings.count; i++)
		if (!run_apply(r, &l->peer->cfg, &s->settings.at[i]))
			return run_inconclusive(r, s->line);
	hold_at(l->peer, s);
	if (l->peer->holding && l->peer->reached < s->point && peer_release(l->peer, &e)) {
		run_trouble(r, "cannot send the held message: %.150s", e.what);
		return run_inconclusive(r, s->line);
	}
	return go_to(r, s, s->point);
}

enum flow run_need_link(struct run *r, const struct statement *s)
{
	if (r->talk->link)
		return FLOW_ON;
	struct statement login = {.verb = VERB_LOGIN,
				  .point = PEER_POINT_DONE,
				  .line = s->line,
				  .judgement = {.step = true}};
	return run_login(r, &login);
}

enum flow run_release(struct run *r, const struct statement *s)
{
	struct link *l = r->talk->link;
	struct err e = {0};
	if (!l || l->over || !l->peer->holding) {
		run_trouble(r, "nothing is held that could be released");
		return run_inconclusive(r, s->line);
	}
	const bool in_full = l->peer->phase == PEER_FULL;
	peer_hold(l->peer, PEER_POINT_NONE);
	if (in_full)
		run_acted(r);
	if (peer_release(l->peer, &e)) {
		run_trouble(r, "cannot send the held message: %.150s", e.what);
		return run_inconclusive(r, s->line);
	}
	return in_full ? FLOW_ON : go_to(r, s, PEER_POINT_DONE);
}

enum flow run_reject(struct run *r, const struct statement *s)
{
	struct err e = {0};
	if (r->talk->link && run_connect_new(r) != FLOW_ON)
		return run_inconclusive(r, s->line);
	r->talk->refuse = true;
	bool here = begin(r, NULL) && await_connection(r) && r->talk->asking;
	r->talk->refuse = false;
	if (!here)
		return run_inconclusive(r, s->line);
	int rc = fab_reject(r->talk->asking, s->private_data.at, s->private_data.len, &e);
	r->talk->asking = NULL;
	r->talk->link->conn = NULL;
	run_link_over(r, OVER_BY_US, "we rejected it");
	if (!rc)
		return FLOW_ON;
	run_trouble(r, "cannot reject: %.200s", e.what);
	return run_inconclusive(r, s->line);
}

/* No connection came by itself: that is judged, or it is no case for this SUT. */
static enum flow none_came(struct run *r, const struct statement *s)
{
	const bool needs = s->judgement.step && s->judgement.reason.count;
	run_link_free(r);
	return run_judge(r, needs ? VERDICT_NOT_APPLICABLE : run_verdict(r, &s->judgement), s->line,
			 &s->judgement, NULL, 0, "%s",
			 needs ? "" : "the initiator opened no connection by itself");
}

enum flow run_accept(struct run *r, const struct statement *s)
{
	uint64_t time;
	if (r->talk->link && !r->talk->link->over) {
		run_trouble(r, "there is a connection already");
		return run_inconclusive(r, s->line);
	}
	run_leave_ended(r);
	if (!run_number(r, &s->time, &time) || !run_link_make(r, &s->settings))
		return run_inconclusive(r, s->line);
	const struct link *l = r->talk->link;
	const uint64_t until = run_now(r) + run_scaled(r, time);
	peer_hold(l->peer, s->point);
	while (!l->established && !l->over && !run_ended(r) && run_step(r, until))
		continue;
	r->talk->waiting_for_sut = false;
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (!l->conn)
		return none_came(r, s);
	enum flow flow = go_to(r, s, s->point);
	if (flow != FLOW_ON)
		return flow;
	return run_judge(r, VERDICT_PASS, s->line, &s->judgement, NULL, 0,
			 "the initiator opened a connection by itself");
}
