/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of a replay: the recorded ones, when all that stands before them has been done. */
#include "impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- timers: they fire where the log says so, and it has to say so ---- */

void replay_timer(struct fabric *f, uint64_t at, uint64_t id, struct fab_conn *c)
{
	struct replay_timer *t = malloc(sizeof(*t));

	if (!t)
		abort(); /* as the log does */
	*t = (struct replay_timer){
		.at = at < f->clock ? f->clock : at, .id = id, .conn = c, .next = rp(f)->timers};
	rp(f)->timers = t;
}

void replay_timer_cancel(struct fabric *f, uint64_t id, struct fab_conn *c)
{
	for (struct replay_timer **at = &rp(f)->timers; *at;) {
		struct replay_timer *t = *at;

		if (t->id == id && t->conn == c) {
			*at = t->next;
			free(t);
		} else {
			at = &t->next;
		}
	}
}

void replay_timers_drop(struct replay *r, const struct fab_conn *c)
{
	for (struct replay_timer **at = &r->timers; *at;) {
		struct replay_timer *t = *at;

		if (!c || t->conn == c) {
			*at = t->next;
			free(t);
		} else {
			at = &t->next;
		}
	}
}

/* The one that was set first of those with that id. */
static bool timer_fires(struct replay *r, uint64_t id, const struct fab_conn *c)
{
	struct replay_timer **first = NULL;

	for (struct replay_timer **at = &r->timers; *at; at = &(*at)->next)
		if ((*at)->id == id && (*at)->conn == c && (!first || (*at)->at <= (*first)->at))
			first = at;
	if (!first)
		return false;
	struct replay_timer *t = *first;
	*first = t->next;
	free(t);
	return true;
}

/* Whoever waits is told of a timer that is due before of anything else. */
static bool timer_missed(const struct replay *r)
{
	for (const struct replay_timer *t = r->timers; t; t = t->next)
		if (t->at < r->base.clock)
			return true;
	return false;
}

/* ---- from the log's words to events ---- */

static int event_named(const char *name)
{
	for (int k = FAB_CONNECT_REQUEST; k <= FAB_DEVICE_GONE; k++)
		if (strcmp(name, fab_event_name((enum fab_event_kind)k)) == 0)
			return k;
	return -1;
}

static int op_named(const char *name)
{
	for (int op = FAB_SEND; op <= FAB_INVALIDATE; op++)
		if (strcmp(name, fab_op_name((enum fab_op)op)) == 0)
			return op;
	return -1;
}

static int status_named(const char *name)
{
	for (int s = FAB_OK; s <= FAB_OTHER; s++)
		if (strcmp(name, fab_status_name((enum fab_status)s)) == 0)
			return s;
	return -1;
}

/* FAB_TIMEOUT: it is none. */
static enum fab_event_kind kind_of(const struct log_event *n)
{
	int k;

	if (n->device || !n->name)
		return FAB_TIMEOUT;
	switch (n->kind) {
	case LOG_RECV:
		return FAB_RECV;
	case LOG_DONE:
		return strcmp(n->name, "recv") == 0 ? FAB_RECV_FAILED : FAB_DONE;
	case LOG_TIMER:
		return FAB_TIMER;
	case LOG_SUT:
		return strcmp(n->name, "readable") == 0 ? FAB_FD : FAB_TIMEOUT;
	case LOG_CM:
		k = event_named(n->name);
		return k < 0 ? FAB_TIMEOUT : (enum fab_event_kind)k;
	default:
		return FAB_TIMEOUT;
	}
}

/*
 * On one queue pair work requests complete in the order in which they were posted. Over siw a Send
 * may pass the RDMA Reads before it; but what was not posted completes nowhere.
 */
static bool completes(const struct replay *r, struct replay_conn *c, const struct fab_event *ev)
{
	size_t i = c->first;

	if (ev->op == FAB_BIND || ev->op == FAB_INVALIDATE)
		return true;
	while (r->base.iwarp && i < c->count && c->posted[i] != ev->id)
		i++;
	if (i >= c->count || c->posted[i] != ev->id)
		return false;
	memmove(&c->posted[c->first + 1], &c->posted[c->first],
		(i - c->first) * sizeof(*c->posted));
	c->first++;
	return true;
}

static bool fill_done(struct replay *r, struct replay_conn *c, const struct log_event *n,
		      struct fab_event *ev)
{
	const bool left = n->status && strcmp(n->status, "left") == 0;
	const int status = left ? FAB_OK : status_named(n->status ? n->status : "");
	const int op = ev->kind == FAB_DONE ? op_named(n->name) : FAB_SEND;

	if (status < 0 || op < 0)
		return false;
	r->base.iwarp |= left;
	ev->status = (enum fab_status)status;
	ev->op = (enum fab_op)op;
	ev->vendor_status = (int)n->a;
	if (ev->kind == FAB_DONE)
		return completes(r, c, ev);
	if (c->base.recv_posted)
		c->base.recv_posted--;
	return true;
}

/* A device lets what the peer sent before its DREQ come first, and says so (verbs/cm.c). */
static bool may_end(const struct replay *r, const struct replay_conn *c)
{
	return c->drained || !c->base.told.up || r->base.simulated || r->base.told.iwarp;
}

static bool fill(struct replay *r, const struct log_event *n, struct fab_event *ev)
{
	struct replay_conn *c = replay_conn_find(r, n->conn);

	if (ev->kind == FAB_CONNECT_REQUEST && !c)
		c = replay_conn_new(r);
	if (n->conn && (!c || c->base.number != n->conn))
		return false;
	ev->time = n->time;
	ev->conn = c ? &c->base : NULL;
	ev->name = n->text;
	ev->id = n->id;
	switch (ev->kind) {
	case FAB_RECV:
		if (!c)
			return false;
		c->base.recv_posted = (unsigned)n->b;
		ev->msg = n->bytes;
		ev->has_imm = n->has_imm;
		ev->solicited = n->c;
		ev->imm = n->imm;
		ev->invalidated = n->invalidated;
		ev->invalidated_key = n->invalidated_key;
		ev->kind_unknown = n->status != NULL;
		return true;
	case FAB_DONE:
	case FAB_RECV_FAILED:
		return c && fill_done(r, c, n, ev);
	case FAB_TIMER:
		return timer_fires(r, n->id, ev->conn);
	case FAB_FD:
	case FAB_TIMEOUT:
		return true;
	default:
		if (ev->kind == FAB_DISCONNECTED && c && !may_end(r, c))
			return false;
		ev->reason = (int)n->number;
		ev->private_data = n->bytes;
		ev->responder_resources = (uint8_t)n->a;
		ev->initiator_depth = (uint8_t)n->b;
		ev->rnr_retry = (uint8_t)n->c;
		return true;
	}
}

void replay_wait(struct fabric *f, uint64_t deadline, struct fab_event *ev)
{
	struct replay *r = rp(f);
	const struct log_event *n;

	replay_take_own(r);
	n = replay_next(r);
	*ev = (struct fab_event){.kind = n ? kind_of(n) : FAB_TIMEOUT, .time = deadline};
	if (!n) {
		replay_stray(f, "the log ends where the case goes on waiting");
		return;
	}
	if (ev->kind != FAB_TIMER && timer_missed(r)) {
		replay_stray(f, "a timer was due, and is not in the log");
		ev->kind = FAB_TIMEOUT;
		return;
	}
	if (ev->kind == FAB_TIMEOUT)
		return;
	if (replay_due(r, n)) {
		if (fill(r, n, ev))
			return;
		replay_stray(f, "an event that cannot come here: %s %s", log_kind_name(n->kind),
			     n->name);
	} else if (n->waits < fab_waits(f)) {
		replay_stray(f, "the case waits longer than it did: for %s %s",
			     log_kind_name(n->kind), n->name);
	}
	*ev = (struct fab_event){.kind = FAB_TIMEOUT, .time = deadline};
}
