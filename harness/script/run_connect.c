/* SPDX-License-Identifier: BSD-2-Clause */
/* Getting a connection, the honest login up to a point, and leaving in good order. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an answer may take, before scaling. A login command is a process that has to start. */
#define LOGIN_TIME    (10 * NS_PER_S)
#define COMMAND_TIME  (30 * NS_PER_S)
#define CLOSE_TIME    (5 * NS_PER_S)
#define CLOSE_IN_TIME (2 * NS_PER_S)
/* A logout command may have to wait for the SUT's own timeout of a login that broke. */
#define LOGOUT_TIME (10 * NS_PER_S)
/* A target that answered a logout closes the connection at once or, as some do, never. */
#define CLOSE_GRACE (300 * NS_PER_MS)

static bool we_initiate(const struct run *r)
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

/* ---- the SUT's commands ---- */

static void log_command(struct run *r, const char *name)
{
	log_add(r->env->log,
		&(struct log_event){.time = run_now(r), .kind = LOG_SUT, .name = name});
}

bool run_sut_login(struct run *r)
{
	struct sut_control *sut = &r->env->sut;
	struct err e = {0};
	if (!sut->login) {
		run_trouble(r, "there is no command that makes the initiator log in");
		return false;
	}
	log_command(r, "login command");
	r->login_begun = true;
	r->login_ended = false;
	if (sut->login(sut->ctx, r->env->listen_host, fab_listen_port(r->env->fab),
		       r->env->base.target_name, r->script->workload_io, &e)) {
		run_trouble(r, "the login command cannot be run: %.150s", e.what);
		return false;
	}
	if (sut->login_fd)
		fab_watch_fd(r->env->fab, sut->login_fd(sut->ctx));
	return true;
}

static bool command_running(struct run *r)
{
	struct sut_control *sut = &r->env->sut;
	const char *last;
	return sut->login_status && sut->login_status(sut->ctx, &last) < 0;
}

void run_sut_logout(struct run *r)
{
	struct sut_control *sut = &r->env->sut;
	struct err e = {0};
	if (!sut->logout || !r->login_begun)
		return;
	log_command(r, "logout command");
	r->login_ended = false;
	if (sut->logout(sut->ctx, &e)) {
		log_text(r->env->log, LOG_NOTE, run_now(r), "runner",
			 "the logout command cannot be run: %s", e.what);
		return;
	}
	if (sut->login_fd)
		fab_watch_fd(r->env->fab, sut->login_fd(sut->ctx));
}

/* Until the SUT's own command (logout) has ended; its session is in its way otherwise. */
static void await_command(struct run *r)
{
	uint64_t until = run_now(r) + run_scaled(r, LOGOUT_TIME);
	while (command_running(r) && run_now(r) < until) {
		/* The end of a process is no event of every fabric, so look now and then. */
		uint64_t step = run_now(r) + 20 * NS_PER_MS;
		run_step(r, step < until ? step : until);
		if (run_now(r) >= r->deadline)
			break;
	}
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
	if (ok && !we_initiate(r))
		ok = listen_once(r, c);
	int64_t rnr = fab_counter(r->env->fab, FAB_RNR_NAK_SENT);
	free(c);
	if (!ok) {
		if (l && l->peer)
			peer_free(l->peer);
		free(l);
		return false;
	}
	if (we_initiate(r))
		l->peer->isid = fresh_isid(r);
	l->rnr_before = rnr < 0 ? 0 : (uint64_t)rnr;
	r->link = l;
	r->marked = false;
	if (we_initiate(r)) {
		if (peer_connect(l->peer, &e)) {
			run_trouble(r, "cannot connect: %.200s", e.what);
			return false;
		}
		l->conn = l->peer->conn;
		return true;
	}
	r->waiting_for_sut = true;
	return run_sut_login(r);
}

void run_link_free(struct run *r)
{
	struct link *l = r->link;
	if (!l)
		return;
	run_guards(r);
	run_besides(r);
	r->link = NULL;
	r->waiting_for_sut = false;
	/* Completions that have not come by now never will, and the next send waits for them all.
	 */
	for (size_t i = 0; i < r->chain_count; i++) {
		if (!r->chain[i].done)
			r->chain[i].status = FAB_FLUSHED;
		r->chain[i].done = true;
	}
	/* A connection takes its regions with it: they go first. */
	run_memory_free(r);
	for (size_t i = 0; i < l->buffer_count; i++)
		guarded_free(&l->buffers[i]);
	free(l->buffers);
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
	while (r->waiting_for_sut && !run_ended(r) && run_step(r, until))
		continue;
	if (!r->waiting_for_sut)
		return false;
	/* A session that an earlier case could not end is in the way of a new one: clear it up,
	 * once. */
	if (status && !r->login_retried) {
		r->login_retried = true;
		r->waiting_for_sut =
			false; /* what it connects now is the old session's: turned away */
		run_sut_logout(r);
		await_command(r);
		r->waiting_for_sut = true;
		return run_ended(r) || !run_sut_login(r);
	}
	run_trouble(r, "the login command ended with status %d and never connected: %.150s", status,
		    last ? last : "");
	return true;
}

/* Until the CM exchange is over, one way or the other. False: trouble. */
static bool await_connection(struct run *r)
{
	struct link *l = r->link;
	uint64_t until = run_now(r) + run_scaled(r, we_initiate(r) ? LOGIN_TIME : COMMAND_TIME);
	while (!l->established && !l->over && !r->asking) {
		if (run_ended(r) || (r->waiting_for_sut && sut_gave_up(r)))
			return false;
		/* The end of a command is no event of every fabric, so look now and then. */
		uint64_t next = run_now(r) + 100 * NS_PER_MS;
		if (run_step(r, next < until ? next : until) || run_now(r) < until)
			continue;
		if (r->waiting_for_sut)
			run_trouble(r, "the initiator did not connect within %llu s",
				    COMMAND_TIME / NS_PER_S);
		else
			run_trouble(r, "the connection did not come about within %llu s",
				    LOGIN_TIME / NS_PER_S);
		return false;
	}
	if (l->over == OVER_UNREACHABLE || l->over == OVER_LOCAL) {
		run_trouble(r, "no connection: %.200s", l->over_how);
		return false;
	}
	return true;
}

static bool at_point(const struct run *r, enum peer_point point)
{
	const struct peer *p = r->link->peer;
	if (point == PEER_POINT_DONE)
		return p->phase == PEER_FULL;
	if (point == PEER_POINT_CONNECTED)
		return p->holding || p->reached >= PEER_POINT_CONNECTED;
	return p->holding && p->reached >= point;
}

/* How a login that never came to its point is judged. */
static enum flow login_failed(struct run *r, const struct statement *s)
{
	struct link *l = r->link;
	struct peer *p = l->peer;
	char state[600], status[160] = "", last[300] = "";
	if (p->login_status_class || p->login_status_detail)
		snprintf(status, sizeof(status), "login refused with status 0x%02x%02x; ",
			 p->login_status_class, p->login_status_detail);
	if (l->message_count) {
		const struct message *m = &l->messages[l->message_count - 1];
		char text[240];
		snprintf(last, sizeof(last), "; its last message: %s",
			 pdu_describe(m->bytes.at, m->bytes.len, text, sizeof(text)));
	}
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
	struct link *l = r->link;
	for (size_t i = 0; i < l->message_count; i++)
		l->messages[i].taken = true;
	if (l->message_count) {
		r->got = l->messages[l->message_count - 1];
		r->has_got = true;
	}
}

static enum flow go_to(struct run *r, const struct statement *s, enum peer_point point)
{
	struct link *l = r->link;
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
	struct link *l = r->link;
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
		peer_hold(r->link->peer, s->point);
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
	if (r->link)
		return FLOW_ON;
	struct statement login = {.verb = VERB_LOGIN, .point = PEER_POINT_DONE, .line = s->line};
	return run_login(r, &login);
}

enum flow run_release(struct run *r, const struct statement *s)
{
	struct link *l = r->link;
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
	if (r->link && run_connect_new(r) != FLOW_ON)
		return run_inconclusive(r, s->line);
	r->refuse = true;
	bool here = make_link(r, NULL) && await_connection(r) && r->asking;
	r->refuse = false;
	if (!here)
		return run_inconclusive(r, s->line);
	int rc = fab_reject(r->asking, s->private_data.at, s->private_data.len, &e);
	r->asking = NULL;
	r->link->conn = NULL;
	run_link_over(r, OVER_BY_US, "we rejected it");
	if (!rc)
		return FLOW_ON;
	run_trouble(r, "cannot reject: %.200s", e.what);
	return run_inconclusive(r, s->line);
}

/* ---- leaving ---- */

static void keep_close(struct run *r, enum close_kind c)
{
	/* The case's own end is what is reported; an earlier connection counts where it ended
	 * worse. */
	if (c > r->close)
		r->close = c;
}

static void serve_again(struct link *l)
{
	l->peer->quiet = false;
	l->peer->quiet_types = 0;
	if (l->peer->manual_receives && fab_conn_up(l->conn)) {
		l->peer->manual_receives = false;
		fab_post_recv(l->conn, 8, NULL);
	}
}

void run_await_close(struct run *r, uint64_t until)
{
	/* RFC 7145 5.2.2 has the target close; a case that looks at it waits longer. */
	uint64_t grace = run_now(r) + run_scaled(r, CLOSE_GRACE);
	if (grace < until)
		until = grace;
	while (!r->link->over && !run_ended(r) && run_step(r, until))
		continue;
}

static void honest_close(struct run *r)
{
	struct link *l = r->link;
	uint64_t begin = run_now(r), until = begin + run_scaled(r, CLOSE_TIME);
	serve_again(l);
	if (we_initiate(r))
		peer_logout(l->peer, NULL);
	else
		run_sut_logout(r);
	while (!l->over && !(we_initiate(r) && l->logout) && run_step(r, until))
		continue;
	run_await_close(r, until);
	if (!l->over)
		keep_close(r, l->logout ? CLOSE_LEFT_OPEN : CLOSE_UNANSWERED);
	else if (!l->logout)
		keep_close(r, l->over == OVER_BY_SUT ? CLOSE_ABRUPT : CLOSE_NONE);
	else
		keep_close(r, l->over_at - begin > run_scaled(r, CLOSE_IN_TIME) ? CLOSE_LATE
										: CLOSE_CLEAN);
}

/*
 * A login that the case only looked at is brought to its good end. An initiator whose connection
 * breaks there waits for a timeout of its own, tries again, and so disturbs the next case.
 */
static void finish_login(struct run *r)
{
	struct link *l = r->link;
	struct err e = {0};
	uint64_t until = run_now(r) + run_scaled(r, CLOSE_TIME);
	if (we_initiate(r) || l->over || !l->peer->holding || !fab_conn_up(l->conn))
		return;
	serve_again(l);
	peer_hold(l->peer, PEER_POINT_NONE);
	if (peer_release(l->peer, &e))
		return;
	while (l->peer->phase < PEER_FULL && !l->over && run_step(r, until))
		continue;
}

/* True: the SUT was asked to log out. */
static bool leave(struct run *r)
{
	struct link *l = r->link;
	if (!l)
		return false;
	r->waiting_for_sut = false;
	finish_login(r);
	bool standing = !l->over && l->peer->phase == PEER_FULL && l->conn;
	if (standing)
		honest_close(r);
	else if (l->over && l->logout)
		keep_close(r, CLOSE_CLEAN);
	else if (l->over == OVER_BY_SUT)
		keep_close(r, CLOSE_ABRUPT);
	else if (!l->over && l->logout && l->conn)
		keep_close(r, CLOSE_LEFT_OPEN);
	else if (!l->over && we_initiate(r) && l->peer->phase == PEER_LOGOUT)
		keep_close(r, CLOSE_UNANSWERED);
	if (!l->over && l->conn) {
		fab_disconnect(l->conn, NULL);
		run_link_over(r, OVER_BY_US, "we ended it");
	} else if (l->over == OVER_RNR && l->conn) {
		/* Our queue pair is dead, which the SUT cannot see. Unless it is told, its logout
		 * waits for an answer until it gives up. */
		fab_disconnect(l->conn, NULL);
	}
	return standing;
}

enum flow run_connect_new(struct run *r)
{
	bool asked = leave(r);
	if (!we_initiate(r) && r->login_begun) {
		if (!asked)
			run_sut_logout(r);
		await_command(r);
	}
	run_link_free(r);
	return run_ended(r) ? FLOW_STOP : FLOW_ON;
}

void run_end(struct run *r)
{
	/* Whatever ended the case, leaving has time of its own. */
	bool late = r->timed_out;
	r->deadline = run_now(r) + run_scaled(r, 2 * CLOSE_TIME + LOGOUT_TIME);
	r->timed_out = false;
	bool asked = leave(r);
	if (!we_initiate(r) && r->login_begun) {
		if (!asked)
			run_sut_logout(r);
		await_command(r);
		fab_watch_fd(r->env->fab, -1);
	}
	r->timed_out = late;
	run_link_free(r);
	run_chain_free(r);
}
