/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the monitors over an event log and turns what they say into findings. */
#include "watch.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../wire/ahs.h"
#include "monitors.h"
#include "room.h"
#include "whole_text.h"

#define X(name) extern const struct monitor monitor_##name;
MONITORS
#undef X

static const struct monitor *const all[] = {
#define X(name) &monitor_##name,
	MONITORS
#undef X
};

enum {
	MONITOR_COUNT = sizeof(all) / sizeof(all[0]),
	KINDS = LOG_ANSWER + 1,
	KNOWN = 512,
	REASON_MAX = 600,
};
_Static_assert(MONITOR_COUNT <= UINT8_MAX, "a monitor's place is a byte");

/* What one monitor found out about one rule, over all connections of the log. */
struct tally {
	const struct monitor *monitor;
	char *rule;
	size_t held, broken;
	uint64_t held_at; /* the first event by which it held */
	char *reason;	  /* of the first break */
	uint64_t events[2];
	size_t event_count;
};

struct connection {
	struct dialogue dialogue;
	void *states[MONITOR_COUNT];
	bool shares; /* states of its session are those of its leading connection */
	const struct log_event *failed; /* the first request that the other side did not take */
};

struct watch {
	const struct log *log;
	const struct ledger *ledger;
	const struct monitor *only, *now; /* now: whose callback runs */
	struct dialogue *dialogue;	  /* of the connection in hand */
	bool sut_is_target;
	bool own;				/* who wrote the log is judged, not whom it heard */
	bool breaks;				/* nobody asks what was kept */
	uint8_t on_event[KINDS][MONITOR_COUNT]; /* who asks for events of a kind */
	size_t event_counts[KINDS];
	uint8_t on_message[MONITOR_COUNT]; /* who asks for messages */
	size_t message_count;
	const struct log_event **done;	/* by seq of a LOG_POST: its completion */
	struct connection *connections; /* by number */
	size_t connection_count;
	struct tally *tallies;
	size_t tally_count;
	uint16_t known[KNOWN];	   /* where in it a rule was found last: tally_of() */
	struct stimulus *stimulus; /* NULL: nobody counts */
	struct whole_text text;	   /* that the message in hand ends */
};

const struct monitor *const *monitors(size_t *count)
{
	*count = MONITOR_COUNT;
	return all;
}

const struct monitor *monitor_by_name(const char *name)
{
	for (size_t i = 0; i < MONITOR_COUNT; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

/* ---- judging ---- */

static struct tally *find_tally(struct watch *w, const char *rule)
{
	for (size_t i = 0; i < w->tally_count; i++)
		if (w->tallies[i].monitor == w->now && !strcmp(w->tallies[i].rule, rule))
			return &w->tallies[i];
	/* What it may cite is what the ledger counts as checked. */
	assert(rules_cite(w->now->rules, rule));
	w->tallies = room_for_one(w->tallies, w->tally_count, sizeof(*w->tallies));
	struct tally *t = &w->tallies[w->tally_count++];
	*t = (struct tally){.monitor = w->now, .rule = need(strdup(rule))};
	return t;
}

/* A rule is named by a literal mostly, the same each time. */
static struct tally *tally_of(struct watch *w, const char *rule)
{
	const uintptr_t mix = (uintptr_t)rule ^ (uintptr_t)w->now >> 3;
	uint16_t *known = &w->known[(mix ^ mix >> 8) % KNOWN];
	struct tally *t = *known < w->tally_count ? &w->tallies[*known] : NULL;

	if (t && t->monitor == w->now && !strcmp(t->rule, rule))
		return t;
	t = find_tally(w, rule);
	*known = (uint16_t)(t - w->tallies);
	return t;
}

static void keep_break(struct tally *t, const struct log_event *ev, const struct log_event *cause,
		       const char *fmt, va_list args)
{
	char text[REASON_MAX];
	if (t->broken++)
		return;
	vsnprintf(text, sizeof(text), fmt, args);
	t->reason = need(strdup(text));
	if (cause && cause != ev)
		t->events[t->event_count++] = cause->seq;
	if (ev)
		t->events[t->event_count++] = ev->seq;
}

/* On a further connection a lie may have been told on another one. */
static bool is_excused(const struct watch *w, const struct dialogue *d)
{
	const struct dialogue *other;

	if (d->lied_at || !d->several)
		return d->lied_at;
	for (size_t at = 0; (other = watch_sibling(w, d, &at));)
		if (other->lied_at)
			return true;
	return false;
}

static bool is_ours(const struct watch *w, enum pdu_sender who)
{
	return ((who == FROM_TARGET) != w->sut_is_target) != w->own;
}

/* Who judges a rule of the other side's: NULL where it is excused. */
static struct tally *judge(struct watch *w, const char *rule, bool always,
			   const struct log_event *ev)
{
	if (!always && is_excused(w, w->dialogue))
		return NULL;
	if (w->stimulus)
		stimulus_add(w->stimulus, w->now->name, rule,
			     stimulus_situation(ev, w->dialogue->phase));
	return tally_of(w, rule);
}

void watch_kept(struct watch *w, enum pdu_sender who, const char *rule, bool always,
		const struct log_event *ev)
{
	struct tally *t = is_ours(w, who) ? NULL : judge(w, rule, always, ev);

	if (t && !t->held++)
		t->held_at = ev ? ev->seq : 0;
}

void watch_broken(struct watch *w, enum pdu_sender who, const char *rule, bool always,
		  const struct log_event *ev, const struct log_event *cause, const char *fmt, ...)
{
	struct dialogue *d = w->dialogue;
	va_list args;

	if (is_ours(w, who)) {
		if (!d->lied_at)
			d->lied_at = ev ? ev->seq : 1;
		return;
	}
	struct tally *t = judge(w, rule, always, ev);
	if (!t)
		return;
	va_start(args, fmt);
	keep_break(t, ev, cause, fmt, args);
	va_end(args);
}

const struct log *watch_events(const struct watch *w)
{
	return w->log;
}

/* ---- reading the log ---- */

static bool is_send(const struct log_event *ev)
{
	return ev->kind == LOG_POST && ev->name && !strncmp(ev->name, "send", 4);
}

/* Binds and local invalidations complete without a LOG_POST of theirs. */
static bool completes_a_post(const struct log_event *ev)
{
	return ev->kind == LOG_DONE && ev->name && strcmp(ev->name, "recv") != 0 &&
	       strcmp(ev->name, "bind") != 0 && strcmp(ev->name, "invalidate") != 0;
}

static struct connection *connection_of(struct watch *w, unsigned number)
{
	if (number >= w->connection_count) {
		w->connections =
			need(reallocarray(w->connections, number + 1, sizeof(*w->connections)));
		for (size_t i = w->connection_count; i <= number; i++) {
			struct connection *c = &w->connections[i];
			*c = (struct connection){0};
			dialogue_init(&c->dialogue, (unsigned)i, w->sut_is_target);
			/* Number 0 is no connection. */
			for (size_t m = 0; m < MONITOR_COUNT; m++)
				c->states[m] = i && all[m]->state_size
						       ? need(calloc(1, all[m]->state_size))
						       : NULL;
		}
		w->connection_count = number + 1;
	}
	return &w->connections[number];
}

/* Completions carry the id of their work request, and come in the order of those that share it. */
static void find_completions(struct watch *w)
{
	const size_t n = log_count(w->log);
	size_t open = 0; /* no post before this one waits for its completion */

	w->done = need(calloc(n + 1, sizeof(struct log_event *)));
	for (size_t i = 0; i < n; i++) {
		const struct log_event *done = log_at(w->log, i);
		if (!completes_a_post(done))
			continue;
		struct connection *c = connection_of(w, done->conn);
		if (!c->failed && log_failed(done))
			c->failed = done;
		while (open < i && (log_at(w->log, open)->kind != LOG_POST ||
				    w->done[log_at(w->log, open)->seq]))
			open++;
		for (size_t k = open; k < i; k++) {
			const struct log_event *post = log_at(w->log, k);
			if (post->kind == LOG_POST && post->conn == done->conn &&
			    post->id == done->id && !w->done[post->seq]) {
				w->done[post->seq] = done;
				break;
			}
		}
	}
}

/*
 * What is flushed by the end of a connection may have arrived, and its acknowledgement not. Behind
 * a request that the other side did not take, nothing arrives (RC keeps their order).
 */
static enum delivery delivery_of(const struct connection *c, const struct log_event *done)
{
	if (!done)
		return DELIVERY_UNKNOWN;
	if (done->status && word_is(done->status, "ok"))
		return DELIVERED;
	/* Over iWARP nothing acknowledges what left. */
	if (done->status && word_is(done->status, "left"))
		return DELIVERY_UNKNOWN;
	if (done->status && word_is(done->status, "flushed") && !c->dialogue.closed &&
	    !(c->failed && c->failed->seq < done->seq))
		return DELIVERY_UNKNOWN;
	return NOT_DELIVERED;
}

/* ---- sessions of several connections ---- */

static bool login_of(const struct log_event *ev, struct pdu *out)
{
	return ev && !pdu_decode(out, ev->bytes.at, ev->bytes.len, NULL);
}

static void drop_state(struct connection *c, size_t m)
{
	if (all[m]->drop && c->states[m])
		all[m]->drop(c->states[m]);
	free(c->states[m]);
	c->states[m] = NULL;
}

const struct dialogue *watch_sibling(const struct watch *w, const struct dialogue *d, size_t *at)
{
	while (d->several && ++*at < w->connection_count) {
		const struct dialogue *o = &w->connections[*at].dialogue;
		if (o != d && o->several && o->leading == d->leading)
			return o;
	}
	return NULL;
}

/* The newest connection before this one of the session that its login named; *again: it has the
 * same CID, and no other was ever in the session. */
static const struct dialogue *named_by(const struct watch *w, const struct connection *c,
				       bool *again)
{
	struct pdu now, then, tsih;

	if (!login_of(c->dialogue.final_request, &now) || !now.tsih)
		return NULL;
	for (size_t i = w->connection_count; i-- > 1;) {
		const struct dialogue *d = &w->connections[i].dialogue;
		if (d != &c->dialogue && login_of(d->final_request, &then) &&
		    login_of(d->final_response, &tsih) && then.isid == now.isid &&
		    tsih.tsih == now.tsih) {
			*again = then.cid == now.cid && !d->several;
			return d;
		}
	}
	return NULL;
}

static void join_session(struct watch *w, struct connection *c)
{
	bool again;
	const struct dialogue *named = named_by(w, c, &again);

	if (!named)
		return;
	if (again) {
		dialogue_resume(&c->dialogue, named);
		return;
	}
	struct connection *leading = &w->connections[named->leading];
	dialogue_join(&c->dialogue, &leading->dialogue);
	c->shares = true;
	for (size_t m = 0; m < MONITOR_COUNT; m++)
		if (all[m]->session) {
			drop_state(c, m);
			c->states[m] = leading->states[m];
		}
}

static bool next_monitor(struct watch *w, const struct connection *c, size_t *m)
{
	for (; *m < MONITOR_COUNT; (*m)++)
		if ((!w->only || w->only == all[*m]) && (!c->dialogue.joined || all[*m]->alone)) {
			w->now = all[*m];
			return true;
		}
	return false;
}

static void message(struct watch *w, struct connection *c, const struct log_event *ev)
{
	const bool received = ev->kind == LOG_RECV;
	struct traffic t = {
		.ev = ev,
		.by_sut = received,
		.from = received == w->sut_is_target ? FROM_TARGET : FROM_INITIATOR,
		.phase = c->dialogue.phase,
		.delivery = DELIVERED,
	};
	if (pdu_decode(&t.pdu, ev->bytes.at, ev->bytes.len, &t.why))
		t.pdu.type = NULL;
	if (c->dialogue.joined)
		t.phase = t.pdu.type && t.pdu.type->iser_opcode == ISER_CONTROL &&
					  t.pdu.type->opcode != OP_LOGIN_REQUEST &&
					  t.pdu.type->opcode != OP_LOGIN_RESPONSE
				  ? DIALOGUE_FULL
				  : DIALOGUE_LOGIN;
	if (!received) {
		t.done = w->done[ev->seq];
		t.delivery = delivery_of(c, t.done);
	}
	/* What no side, or only the other one, may say: no monitor's rule speaks of each such
	 * thing, and what the SUT makes of it is our doing all the same. Nor does an initiator
	 * invalidate (RFC 7145 1.5.2): an STag that is none ends the target's queue pair. AHS of a
	 * length that none of its type has (RFC 7143 11.2.2) is a format error. */
	const bool ours = received == w->own;
	const bool foreign = !t.pdu.type || t.pdu.type->sender != t.from ||
			     (t.from == FROM_INITIATOR && ev->invalidated) ||
			     !ahs_is_sound(t.pdu.ahs);
	if (ours && t.delivery != NOT_DELIVERED && !c->dialogue.lied_at && foreign)
		c->dialogue.lied_at = ev->seq;
	if (whole_text_read(&w->text, &c->dialogue, &t))
		t.text = &w->text;
	for (size_t i = 0; i < w->message_count; i++) {
		const size_t m = w->on_message[i];
		if (c->dialogue.joined && !all[m]->alone)
			continue;
		w->now = all[m];
		all[m]->message(w, &c->dialogue, c->states[m], &t);
	}
	const bool login = !c->dialogue.final_response;
	dialogue_message(&c->dialogue, &t);
	if (login && c->dialogue.final_response)
		join_session(w, c);
}

static void event(struct watch *w, struct connection *c, const struct log_event *ev)
{
	for (size_t i = 0; i < w->event_counts[ev->kind]; i++) {
		const size_t m = w->on_event[ev->kind][i];
		if (c->dialogue.joined && !all[m]->alone)
			continue;
		w->now = all[m];
		all[m]->event(w, &c->dialogue, c->states[m], ev);
	}
	dialogue_event(&c->dialogue, ev);
}

static void end(struct watch *w, struct connection *c)
{
	const size_t n = log_count(w->log);
	for (size_t m = 0; n && next_monitor(w, c, &m); m++)
		if (all[m]->end)
			all[m]->end(w, &c->dialogue, c->states[m], log_at(w->log, n - 1));
}

static void free_connections(struct watch *w)
{
	for (size_t i = 0; i < w->connection_count; i++) {
		struct connection *c = &w->connections[i];
		for (size_t m = 0; m < MONITOR_COUNT; m++) {
			if (!(c->shares && all[m]->session))
				drop_state(c, m);
		}
		dialogue_free(&c->dialogue);
	}
	free(w->connections);
}

/* ---- other connections ---- */

/* The names in the log by which one initiator knows itself again. */
static bool same_initiator(const struct dialogue *a, const struct dialogue *b)
{
	const struct said_key *x = dialogue_said(a, FROM_INITIATOR, "InitiatorName");
	const struct said_key *y = dialogue_said(b, FROM_INITIATOR, "InitiatorName");
	return x && y && !strcmp(x->value, y->value);
}

bool watch_replaced(const struct watch *w, const struct dialogue *d)
{
	struct pdu old, tsih, now;

	if (!login_of(d->final_request, &old) || !login_of(d->final_response, &tsih))
		return false;
	for (size_t i = 1; i < w->connection_count; i++) {
		const struct dialogue *other = &w->connections[i].dialogue;
		if (other == d || !login_of(other->final_request, &now) ||
		    other->final_request->seq < d->final_response->seq || now.isid != old.isid ||
		    !same_initiator(d, other))
			continue;
		if (!now.tsih || (now.tsih == tsih.tsih && now.cid == old.cid))
			return true;
	}
	return false;
}

/* ---- findings ---- */

static void tell_breaks(const struct watch *w, struct case_result *r)
{
	for (size_t i = 0; i < w->tally_count; i++) {
		const struct tally *t = &w->tallies[i];
		char reason[REASON_MAX + 64];
		if (!t->broken)
			continue;
		const struct rule *rule = w->ledger ? ledger_find(w->ledger, t->rule) : NULL;
		const enum verdict v = rule ? grade_verdict(rule_grade(rule)) : VERDICT_FAIL;
		if (t->broken > 1)
			snprintf(reason, sizeof(reason), "%s (and %zu more like it)", t->reason,
				 t->broken - 1);
		else
			snprintf(reason, sizeof(reason), "%s", t->reason);
		result_add_monitor(r, t->monitor->name, v, t->rule, reason, t->events,
				   t->event_count);
	}
}

/* The next rule from tally *i on that the monitor saw kept. */
static const struct tally *next_kept(const struct watch *w, const struct monitor *m, size_t *i)
{
	while (*i < w->tally_count) {
		const struct tally *t = &w->tallies[(*i)++];
		if (t->monitor == m && !t->broken)
			return t;
	}
	return NULL;
}

/* What the monitor saw kept: a pass for as many rules as a finding has room for events, each rule
 * with the first event by which it held. */
static void tell_passes(const struct watch *w, const struct monitor *m, struct case_result *r)
{
	const struct tally *t;
	size_t i = 0;
	do {
		uint64_t events[8];
		char *rules = NULL, reason[64];
		size_t size = 0, looks = 0, n = 0;
		FILE *out = need(open_memstream(&rules, &size));
		while (n < 8 && (t = next_kept(w, m, &i))) {
			fprintf(out, "%s%s", n ? " " : "", t->rule);
			looks += t->held;
			events[n++] = t->held_at;
		}
		fclose(out);
		snprintf(reason, sizeof(reason), "held %zu time%s", looks, looks == 1 ? "" : "s");
		if (n)
			result_add_monitor(r, m->name, VERDICT_PASS, rules, reason, events, n);
		free(rules);
	} while (t);
}

/* Most kinds of events are some monitors' alone. */
static void who_asks(struct watch *w)
{
	for (size_t m = 0; m < MONITOR_COUNT; m++) {
		assert(!all[m]->event == !all[m]->events);
		if (w->only && w->only != all[m])
			continue;
		if (all[m]->message)
			w->on_message[w->message_count++] = (uint8_t)m;
		for (unsigned k = 0; k < KINDS; k++)
			if (all[m]->events & WATCH(k))
				w->on_event[k][w->event_counts[k]++] = (uint8_t)m;
	}
}

static void look(struct watch w, struct case_result *r)
{
	const struct log *l = w.log;

	who_asks(&w);
	find_completions(&w);
	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);
		if (!ev->conn)
			continue;
		struct connection *c = connection_of(&w, ev->conn);
		w.dialogue = &c->dialogue;
		if (ev->kind == LOG_RECV || is_send(ev))
			message(&w, c, ev);
		else
			event(&w, c, ev);
	}
	for (size_t i = 1; i < w.connection_count; i++) {
		w.dialogue = &w.connections[i].dialogue;
		end(&w, &w.connections[i]);
	}
	tell_breaks(&w, r);
	for (size_t m = 0; m < MONITOR_COUNT && !w.breaks; m++)
		tell_passes(&w, all[m], r);

	for (size_t i = 0; i < w.tally_count; i++) {
		free(w.tallies[i].rule);
		free(w.tallies[i].reason);
	}
	free(w.tallies);
	free(w.done);
	whole_text_free(&w.text);
	free_connections(&w);
}

void watch_log(const struct log *l, bool sut_is_target, const struct ledger *ledger,
	       const struct monitor *only, struct case_result *r)
{
	look(
		(struct watch){
			.log = l, .ledger = ledger, .only = only, .sut_is_target = sut_is_target},
		r);
}

void watch_breaks(const struct log *l, bool sut_is_target, const struct ledger *ledger,
		  struct case_result *r)
{
	look(
		(struct watch){
			.log = l, .ledger = ledger, .sut_is_target = sut_is_target, .breaks = true},
		r);
}

void watch_own_log(const struct log *l, bool writer_is_target, const struct ledger *ledger,
		   const struct monitor *only, struct case_result *r)
{
	look((struct watch){.log = l,
			    .ledger = ledger,
			    .only = only,
			    .sut_is_target = !writer_is_target,
			    .own = true},
	     r);
}

void watch_stimulus(const struct log *l, bool sut_is_target, const struct monitor *only,
		    struct stimulus *s)
{
	struct case_result r;
	result_init(&r, "");
	look((struct watch){.log = l, .only = only, .sut_is_target = sut_is_target, .stimulus = s},
	     &r);
	result_free(&r);
}
