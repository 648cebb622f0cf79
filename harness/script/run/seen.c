/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the SUT did beside the messages that it sent, as far as our side can see it: how a message
 * came, what became of memory, RDMA operations. What only some devices tell is not taken for
 * nothing where they do not.
 */
#include "run.h"

#include <string.h>

static struct value number(uint64_t n)
{
	return (struct value){.kind = VALUE_NUMBER, .number = n};
}

static struct value text(const char *s)
{
	return (struct value){.kind = VALUE_TEXT, .text = {(const uint8_t *)s, strlen(s)}};
}

static struct value untold(struct run *r, const char *why)
{
	r->untold = why;
	return (struct value){0};
}

/* ---- how a message came ---- */

static const char no_kind[] = "this device does not tell how a message came: by a plain Send or "
			      "with Invalidate";
static const char no_event[] = "no device tells whether a message came with Solicited Event";

struct value run_got_how(struct run *r, enum got_how part)
{
	const struct message *m = &r->talk->got;
	if (!r->talk->has_got)
		return (struct value){0};
	if (part == GOT_SOLICITED)
		return fab_is_simulated(r->env->fab) ? number(m->solicited) : untold(r, no_event);
	if (m->kind_unknown)
		return untold(r, no_kind);
	if (part == GOT_AS)
		return text(fab_op_name(m->op));
	if (m->op != (part == GOT_INVALIDATED ? FAB_SEND_INV : FAB_SEND_IMM))
		return (struct value){0};
	return number(m->key);
}

bool run_came_as(struct run *r, const struct field_test *t, const struct message *m)
{
	bool is = t->solicited ? m->solicited : m->op == t->how;
	uint64_t key;
	if (t->solicited ? !fab_is_simulated(r->env->fab) : m->kind_unknown) {
		untold(r, t->solicited ? no_event : no_kind);
		return false;
	}
	if (is && t->value.count)
		is = run_number(r, &t->value, &key) && m->key == (uint32_t)key;
	return is == (t->op == CMP_EQ);
}

/* ---- RDMA operations ---- */

static const char no_operations[] = "only the simulator tells the RDMA operations of the other "
				    "side";

/* Those with that key since it was made. */
static uint64_t operations(const struct run *r, uint32_t key, const char *name)
{
	const struct log *l = r->env->log;
	uint64_t n = 0;
	for (size_t i = log_count(l); i-- > 0;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind != LOG_MEMORY || ev->key != key)
			continue;
		if (!strcmp(ev->name, "register"))
			break;
		n += !strcmp(ev->name, name);
	}
	return n;
}

struct value run_sut_reads(struct run *r)
{
	const struct link *l = r->talk->link;
	const struct log *log = r->env->log;
	uint64_t begun = 0, ended = 0;
	if (!fab_is_simulated(r->env->fab))
		return untold(r, no_operations);
	for (size_t i = 0; l && l->conn && i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		if (ev->kind != LOG_MEMORY || ev->conn != fab_conn_number(l->conn))
			continue;
		begun += !strcmp(ev->name, "remote-read") && !strcmp(ev->status, "ok");
		ended += !strcmp(ev->name, "remote-read-end");
	}
	return number(begun - ended);
}

/* ---- memory ---- */

/* Of memory that nobody may reach, the log says it here alone. */
static struct value address(struct run *r, const struct guarded *m)
{
	if (!m->region)
		return (struct value){0};
	const bool logged = m->region->access != FAB_LOCAL_ONLY;
	return number((uint64_t)fab_answer_number(r->env->fab, NULL, "address", (int64_t)m->addr,
						  logged ? (int64_t)m->addr : 0));
}

static struct value place(struct run *r, const char *name, int64_t at)
{
	at = fab_answer_number(r->env->fab, NULL, name, at, -1);
	if (at < 0)
		return (struct value){0};
	return number((uint64_t)at);
}

static struct value guards(struct run *r, const struct guarded *m)
{
	static const char *const names[] = {"intact", "before", "after", "both"};
	return text(names[fab_answer_number(r->env->fab, NULL, "guards", guarded_fallen(m), 0) &
			  (GUARD_BEFORE | GUARD_AFTER)]);
}

struct value run_memory_value(struct run *r, enum live what, struct guarded *m)
{
	if (!m->at)
		return (struct value){0};
	switch (what) {
	case LIVE_MEMORY_DATA:
		guarded_tell(m, r->env->fab);
		return (struct value){.kind = VALUE_TEXT, .text = {m->at, m->len}};
	case LIVE_MEMORY_STAG:
		return number(m->key);
	case LIVE_MEMORY_ADDR:
		return address(r, m);
	case LIVE_MEMORY_CHANGED:
		return number((uint64_t)fab_answer_number(r->env->fab, NULL, "changed",
							  guarded_changed(m).count, 0));
	case LIVE_MEMORY_FIRST:
		return place(r, "first-changed", guarded_changed(m).first);
	case LIVE_MEMORY_LAST:
		return place(r, "last-changed", guarded_changed(m).last);
	case LIVE_MEMORY_GUARDS:
		return guards(r, m);
	case LIVE_MEMORY_READS:
	case LIVE_MEMORY_WRITES:
		if (!fab_is_simulated(r->env->fab))
			return untold(r, no_operations);
		return number(operations(
			r, m->key, what == LIVE_MEMORY_READS ? "remote-read" : "remote-write"));
	default:
		return (struct value){0};
	}
}
