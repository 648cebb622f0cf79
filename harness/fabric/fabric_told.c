/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log as the whole truth: the clock that goes only where the log has its time, and answers that
 * go into the log where its events do not imply them. A replay (replay/replay.h) needs no more.
 */
#include "impl.h"

#include <string.h>

uint64_t fab_sample(struct fabric *f)
{
	uint64_t now = f->ops->now(f);

	if (!f->stepped)
		return now;
	if (f->clock < now)
		f->clock = now;
	return f->clock;
}

unsigned fab_waits(const struct fabric *f)
{
	return f->log && f->waits_at == log_count(f->log) ? f->waits : 0;
}

static void in_vain(struct fabric *f)
{
	if (!f->log)
		return;
	f->waits = fab_waits(f) + 1;
	f->waits_at = log_count(f->log);
}

void fab_waited(struct fabric *f, uint64_t deadline, struct fab_event *ev)
{
	if (ev->kind == FAB_TIMEOUT)
		in_vain(f);
	if (!f->stepped)
		return;
	/* However late we woke up: the next wait is for what came since, at its own time. */
	if (ev->kind == FAB_TIMEOUT)
		ev->time = deadline;
	if (f->clock < ev->time)
		f->clock = ev->time;
	if (ev->kind == FAB_TIMEOUT)
		ev->time = f->clock;
}

void fab_told_event(struct fab_conn *c, const struct fab_event *ev)
{
	switch (ev->kind) {
	case FAB_ESTABLISHED:
		c->told.up = true;
		/* How a connection may end hangs on it, so it is told where one begins. */
		fab_proves_delivery(c->fabric);
		return;
	case FAB_REJECTED:
	case FAB_UNREACHABLE:
	case FAB_DISCONNECTED:
	case FAB_DEVICE_GONE:
		c->told.up = false;
		return;
	case FAB_RECV:
		c->told.recv_posted = c->recv_posted;
		return;
	case FAB_RECV_FAILED:
		c->told.up = false;
		if (c->told.recv_posted)
			c->told.recv_posted--;
		return;
	case FAB_DONE:
		c->told.up = c->told.up && ev->status == FAB_OK;
		return;
	case FAB_TIMEOUT:
	case FAB_CONNECT_REQUEST:
	case FAB_TIMER:
	case FAB_FD:
		return;
	}
}

void fab_answer(struct fabric *f, const struct fab_conn *c, struct fab_answer *a)
{
	const struct log_event *stored;

	if (!f->log)
		return;
	if (f->ops->answer)
		f->ops->answer(f, c, a);
	stored = log_add(f->log, &(struct log_event){.kind = LOG_ANSWER,
						     .waits = fab_waits(f),
						     .time = fab_sample(f),
						     .conn = c ? c->number : 0,
						     .name = a->name,
						     .a = a->value,
						     .b = a->more,
						     .text = a->text,
						     .bytes = {a->at, a->len}});
	a->text = stored->text;
}

void fab_answer_unless(struct fabric *f, const struct fab_conn *c, struct fab_answer *a,
		       int64_t known)
{
	if (!f->log)
		return;
	const bool news = f->ops->expects ? f->ops->expects(f, c, a->name) : a->value != known;

	if (news) {
		fab_answer(f, c, a);
		return;
	}
	a->value = known;
	a->text = NULL;
	if (a->polled)
		in_vain(f);
}

int64_t fab_answer_number(struct fabric *f, const struct fab_conn *c, const char *name,
			  int64_t value, int64_t known)
{
	struct fab_answer a = {.name = name, .value = value};

	fab_answer_unless(f, c, &a, known);
	return a.value;
}

int fab_failed(struct fabric *f, const struct fab_conn *c, const char *call, const struct err *why,
	       struct err *e)
{
	if (e)
		*e = *why;
	if (f->log)
		log_add(f->log, &(struct log_event){.kind = LOG_ANSWER,
						    .waits = fab_waits(f),
						    .time = fab_sample(f),
						    .conn = c ? c->number : 0,
						    .name = call,
						    .status = "failed",
						    .a = why->errnum,
						    .text = why->what});
	return -1;
}

void fab_look(struct fabric *f, struct log_event *ev)
{
	if (f->ops->look)
		f->ops->look(f, ev);
	log_add(f->log, ev);
}

/* ---- what is asked of a device or connection ---- */

bool fab_proves_delivery(struct fabric *f)
{
	if (!f->log)
		return !f->iwarp;
	f->told.iwarp = fab_answer_number(f, NULL, "iwarp", f->iwarp, f->told.iwarp);
	return !f->told.iwarp;
}

bool fab_has_immediate(struct fabric *f)
{
	return fab_proves_delivery(f);
}

bool fab_has_windows(struct fabric *f)
{
	if (!f->log)
		return f->ops->has_windows(f);
	f->told.no_windows = fab_answer_number(f, NULL, "no-windows", !f->ops->has_windows(f),
					       f->told.no_windows);
	return !f->told.no_windows;
}

int64_t fab_counter(struct fabric *f, enum fab_counter which)
{
	static const char *const names[] = {
		[FAB_RNR_NAK_SENT] = "rnr-nak-sent",
		[FAB_RNR_NAK_RECEIVED] = "rnr-nak-received",
	};

	struct fab_answer a = {
		.name = names[which], .value = f->ops->counter(f, which), .polled = true};

	fab_answer_unless(f, NULL, &a, f->told.counter[which]);
	if (f->log)
		f->told.counter[which] = a.value;
	return a.value;
}

unsigned fab_recv_posted(struct fab_conn *c)
{
	if (!c->fabric->log)
		return c->recv_posted;
	return c->told.recv_posted = (unsigned)fab_answer_number(
		       c->fabric, c, "recv-posted", c->recv_posted, c->told.recv_posted);
}

bool fab_conn_up(struct fab_conn *c)
{
	if (!c->fabric->log)
		return c->up;
	return c->told.up = fab_answer_number(c->fabric, c, "up", c->up, c->told.up);
}

enum fab_terminate fab_conn_terminate(struct fab_conn *c)
{
	if (!c->fabric->log)
		return c->terminate;
	return c->told.terminate = (enum fab_terminate)fab_answer_number(
		       c->fabric, c, "terminate", c->terminate, c->told.terminate);
}
