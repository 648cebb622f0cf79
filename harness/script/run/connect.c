/* SPDX-License-Identifier: BSD-2-Clause */
/* Getting a connection, and the honest login up to a point. */
#include "../../wire/login_status.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an answer may take, before scaling. A login command is a process that has to start. */
#define LOGIN_TIME   (10 * NS_PER_S)
#define COMMAND_TIME (30 * NS_PER_S)

bool run_we_initiate(const struct run *r)
{
	return r->env->base.role == PEER_INITIATOR;
}

/* ---- settings ---- */

static bool hex_bytes(const char *text, uint8_t *out, size_t size, size_t *len)
{
	size_t n = strlen(text) / 2;
	if (n > size)
		return false;
	for (size_t i = 0; i < n; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], '\0'}, *end;
		out[i] = (uint8_t)strtoul(pair, &end, 16);
		if (*end)
			return false;
	}
	*len = n;
	return true;
}

/* Settings of the connection itself. 1: it was one, -1: out of range. */
static int set_fab(struct peer_config *c, const char *name, const char *value)
{
	uint64_t n = 0;
	struct bytes b = {(const uint8_t *)value, strlen(value)};
	if (!strcmp(name, "private-data"))
		return hex_bytes(value, c->fab.private_data, sizeof(c->fab.private_data),
				 &c->fab.private_data_len)
			       ? 1
			       : -1;
	struct {
		const char *name;
		uint8_t *to;
		uint8_t max;
	} small[] = {{"rnr-retry", &c->fab.rnr_retry, 7},
		     {"responder-resources", &c->fab.responder_resources, 255},
		     {"initiator-depth", &c->fab.initiator_depth, 255},
		     {"advertised-rnr-retry", &c->fab.advertised_rnr_retry, 7}};
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		if (strcmp(small[i].name, name) != 0)
			continue;
		if (text_number(b, &n, NULL) || n > small[i].max)
			return -1;
		*small[i].to = (uint8_t)n;
		return 1;
	}
	if (strcmp(name, "receives") != 0)
		return 0;
	if (text_number(b, &n, NULL) || n > c->fab.recv_depth)
		return -1;
	c->fab.recv_initial = (uint32_t)n;
	return 1;
}

static bool apply(struct run *r, struct peer_config *c, const struct setting *s)
{
	char *value = run_fill(r, &s->value), *whole = NULL;
	struct err e = {0};
	int rc = set_fab(c, s->name, value);
	if (!rc) {
		if (asprintf(&whole, "%s=%s", s->name, value) < 0)
			abort();
		rc = peer_config_set(c, whole, &e) ? -1 : 1;
		free(whole);
	}
	if (rc < 0)
		run_trouble(r, "setting %s=%.100s: %s", s->name, value,
			    e.what[0] ? e.what : "value out of range");
	free(value);
	return rc > 0;
}

static bool has_setting(const struct setting_list *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->at[i].name, name))
			return true;
	return false;
}

/* ---- a new connection ---- */

static bool listen_once(struct run *r, const struct peer_config *c)
{
	struct err e = {0};
	if (r->listening)
		return true;
	if (fab_listen(r->env->fab, r->env->listen_host, r->env->listen_port, &c->fab, &e)) {
		run_trouble(r, "cannot listen: %.200s", e.what);
		return false;
	}
	r->listening = true;
	return true;
}

/*
 * An ISID of each connection's own (type 10b, random: RFC 7143 11.12.5). With one that was used
 * before, a target first ends the session it belonged to, and the case would judge that.
 */
static uint64_t fresh_isid(struct run *r)
{
	uint32_t hash = 2166136261u ^ (uint32_t)r->env->base.seed;
	for (const char *c = r->script->id; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return 0x800000000000u | (uint64_t)(hash & 0xffffff) << 16 | (++r->connections & 0xffff);
}

static bool make_link(struct run *r, const struct setting_list *settings)
{
	struct peer_config *c = malloc(sizeof(*c));
	struct link *l = calloc(1, sizeof(*l));
	struct err e = {0};
	bool ok = c && l;
	if (!ok)
		run_trouble(r, "out of memory");
	if (ok)
		*c = r->env->base;
	for (size_t i = 0; ok && settings && i < settings->count; i++)
		ok = apply(r, c, &settings->at[i]);
	if (ok) {
		l->peer = peer_new(r->env->fab, c);
		ok = l->peer != NULL;
		if (!ok)
			run_trouble(r, "out of memory");
	}
	if (ok && settings && has_setting(settings, "receives"))
		l->peer->manual_receives = true;
	if (ok && !run_we_initiate(r))
		ok = listen_once(r, c);
	int64_t rnr = fab_counter(r->env->fab, FAB_RNR_NAK_SENT);
	free(c);
	if (!ok) {
		if (l && l->peer)
			peer_free(l->peer);
		free(l);
		return false;
	}
	if (run_we_initiate(r) && !l->peer->cfg.isid)
		l->peer->isid = fresh_isid(r);
	l->rnr_before = rnr < 0 ? 0 : (uint64_t)rnr;
	r->talk->link = l;
	r->marked = false;
	if (run_we_initiate(r)) {
		if (peer_connect(l->peer, &e)) {
			run_trouble(r, "cannot connect: %.200s", e.what);
			return false;
		}
		l->conn = l->peer->conn;
		return true;
	}
	r->talk->waiting_for_sut = true;
	return run_sut_login(r);
}

void run_link_free(struct run *r)
{
	struct link *l = r->talk->link;
	if (!l)
		return;
	run_look_at_memory(r);
	run_besides(r);
	r->talk->link = NULL;
	r->talk->waiting_for_sut = false;
	/* Completions that have not come by now never will, and the next send waits for them all.
	 */
	for (size_t i = 0; i < r->talk->chain_count; i++) {
		if (!r->talk->chain[i].done)
			r->talk->chain[i].status = FAB_FLUSHED;
		r->talk->chain[i].done = true;
	}
	/* A connection takes its regions with it: they go first. */
	run_memory_free(r);
	for (size_t i = 0; i < l->buffer_count; i++)
		guarded_free(&l->buffers[i]);
	free(l->buffers);
	free(l->advertised);
	peer_free(l->peer);
	free(l->messages);
	free(l);
}

/* The initiator's command came to its end and it never connected: that is no verdict about it. */
static bool sut_gave_up(struct run *r)
{
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
	if (status && !r->login_retried) {
		r->login_retried = true;
		r->talk->waiting_for_sut =
			false; /* what it connects now is the old session's: turned away */
		run_sut_logout(r);
		run_await_command(r);
		r->talk->waiting_for_sut = true;
		return run_ended(r) || !run_sut_login(r);
	}
	run_trouble(r, "the login command ended with status %d and never connected: %.150s", status,
		    last ? last : "");
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

static bool in_login(const struct link *l)
{
	return l && !l->over && l->peer->phase < PEER_FULL;
}

enum flow run_login(struct run *r, const struct statement *s)
{
	struct link *l = r->talk->link;
	struct err e = {0};
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
		if (!make_link(r, s->verb == VERB_LOGIN || s->verb == VERB_CONNECT ? &s->settings
										   : &none))
			return run_inconclusive(r, s->line);
		peer_hold(r->talk->link->peer, s->point);
		return go_to(r, s, s->point);
	}
	for (size_t i = 0; i < s->settings.count; i++)
		if (!apply(r, &l->peer->cfg, &s->settings.at[i]))
			return run_inconclusive(r, s->line);
	peer_hold(l->peer, s->point);
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
	peer_hold(l->peer, PEER_POINT_NONE);
	if (peer_release(l->peer, &e)) {
		run_trouble(r, "cannot send the held message: %.150s", e.what);
		return run_inconclusive(r, s->line);
	}
	return go_to(r, s, PEER_POINT_DONE);
}

enum flow run_reject(struct run *r, const struct statement *s)
{
	struct err e = {0};
	if (r->talk->link && run_connect_new(r) != FLOW_ON)
		return run_inconclusive(r, s->line);
	r->talk->refuse = true;
	bool here = make_link(r, NULL) && await_connection(r) && r->talk->asking;
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
