/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of a replay: each is the recorded one, or the end of it. */
#include "impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *p)
{
	if (!p) {
		fputs("iserspec: out of memory in a replay\n", stderr);
		abort();
	}
	return p;
}

const struct log_event *replay_next(const struct replay *r)
{
	return r->strayed ? NULL : log_at(r->recorded, log_count(r->base.log));
}

bool replay_due(const struct replay *r, const struct log_event *ev)
{
	return ev->waits == fab_waits(&r->base);
}

void replay_stray(struct fabric *f, const char *fmt, ...)
{
	struct replay *r = rp(f);
	va_list args;

	if (r->strayed)
		return;
	r->strayed = true;
	r->stray_seq = log_count(f->log) + 1;
	va_start(args, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, args);
	va_end(args);
}

const char *replay_strayed(const struct fabric *f, uint64_t *seq)
{
	const struct replay *r = (const struct replay *)f;

	if (seq)
		*seq = r->stray_seq;
	return r->strayed ? r->why : NULL;
}

void replay_take_own(struct replay *r)
{
	const struct log_event *n;

	while ((n = replay_next(r)) && n->device && replay_due(r, n)) {
		struct replay_conn *c = replay_conn_find(r, n->conn);

		if (c && n->kind == LOG_POST_RECV)
			c->base.told.recv_posted = c->base.recv_posted = (unsigned)n->b;
		if (c && n->kind == LOG_CM && n->number > 0 && strcmp(n->name, "terminate") == 0)
			c->base.terminate = c->base.told.terminate = (enum fab_terminate)n->number;
		if (c && n->kind == LOG_CM && strcmp(n->name, "drain") == 0)
			c->drained = true;
		log_add(r->base.log, n);
	}
}

static bool is_name(const struct log_event *ev, const char *name)
{
	return ev->name && strcmp(ev->name, name) == 0;
}

static const char *name_of(const struct log_event *ev)
{
	return ev->name ? ev->name : "";
}

/* The call failed then: true with *e. */
static bool failed(struct replay *r, unsigned conn, const char *call, struct err *e)
{
	const struct log_event *n = replay_next(r);

	if (!n || n->kind != LOG_ANSWER || !n->status || strcmp(n->status, "failed") != 0 ||
	    !is_name(n, call) || n->conn != conn)
		return false;
	err_set(e, (int)n->a, "%s", n->text ? n->text : "");
	return true;
}

/*
 * The recorded event of a call; NULL with *e where the call failed then, or where it was never
 * made. `call` is what fab_failed() calls it.
 */
static const struct log_event *expect(struct fabric *f, const struct fab_conn *c, const char *call,
				      enum log_kind kind, const char *name, struct err *e)
{
	struct replay *r = rp(f);
	const struct log_event *n;
	const unsigned conn = c ? c->number : 0;

	replay_take_own(r);
	if (failed(r, conn, call, e))
		return NULL;
	n = replay_next(r);
	if (n && n->kind == kind && (!name || is_name(n, name)) && n->conn == conn)
		return n;
	if (n)
		replay_stray(f, "a call that was not made then: %s; recorded is %s %s", call,
			     log_kind_name(n->kind), name_of(n));
	else
		replay_stray(f, "a call behind the end of the log: %s", call);
	err_set(e, 0, "the replay has left its log");
	return NULL;
}

/* ---- connections ---- */

struct replay_conn *replay_conn_new(struct replay *r)
{
	struct replay_conn *c = need(calloc(1, sizeof(*c)));

	c->base.fabric = &r->base;
	c->base.number = ++r->base.conn_count;
	c->next = r->conns;
	r->conns = c;
	return c;
}

struct replay_conn *replay_conn_find(const struct replay *r, unsigned number)
{
	for (struct replay_conn *c = r->conns; c; c = c->next)
		if (c->base.number == number)
			return c;
	return NULL;
}

static void posted(struct fab_conn *fc, uint64_t id)
{
	struct replay_conn *c = (struct replay_conn *)fc;

	if (c->count == c->room) {
		c->room = c->room ? c->room * 2 : 64;
		c->posted = need(reallocarray(c->posted, c->room, sizeof(*c->posted)));
	}
	c->posted[c->count++] = id;
}

static void conn_free(struct fab_conn *fc)
{
	struct replay *r = rp(fc->fabric);
	struct replay_conn *c = (struct replay_conn *)fc, **at = &r->conns;

	replay_timers_drop(r, fc);
	while (c->regions) {
		struct replay_region *m = c->regions;

		c->regions = m->next;
		free(m);
	}
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	free(c->posted);
	free(c);
}

static int listen_at(struct fabric *f, const char *host, uint16_t port,
		     const struct fab_params *defaults, struct err *e)
{
	const struct log_event *n = expect(f, NULL, "listen", LOG_CM, "listen", e);
	const char *at = n && n->text ? strstr(n->text, " port ") : NULL;

	(void)host;
	(void)defaults;
	if (!n)
		return -1;
	rp(f)->port = port;
	if (!port && at)
		rp(f)->port = (uint16_t)strtoul(at + 6, NULL, 10);
	return 0;
}

static uint16_t listen_port(const struct fabric *f)
{
	return ((const struct replay *)f)->port;
}

static struct fab_conn *connect_to(struct fabric *f, const char *host, uint16_t port,
				   const struct fab_params *params, struct err *e)
{
	struct replay_conn *c;

	(void)host;
	(void)port;
	(void)params;
	if (failed(rp(f), 0, "connect", e))
		return NULL;
	/* What the device logs in the call may name the connection already. */
	c = replay_conn_new(rp(f));
	if (expect(f, &c->base, "connect", LOG_CM, "connect", e))
		return &c->base;
	conn_free(&c->base);
	return NULL;
}

static int accept_it(struct fab_conn *c, const struct fab_params *params, struct err *e)
{
	(void)params;
	return expect(c->fabric, c, "accept", LOG_CM, "accept", e) ? 0 : -1;
}

static int reject_it(struct fab_conn *c, const void *private_data, size_t len, struct err *e)
{
	(void)private_data;
	(void)len;
	return expect(c->fabric, c, "reject", LOG_CM, "reject", e) ? 0 : -1;
}

static int disconnect(struct fab_conn *c, struct err *e)
{
	return expect(c->fabric, c, "disconnect", LOG_CM, "disconnect", e) ? 0 : -1;
}

static void vanish(struct fab_conn *c)
{
	expect(c->fabric, c, "vanish", LOG_CM, "vanish", NULL);
	c->recv_posted = 0;
}

static int break_it(struct fab_conn *c, struct err *e)
{
	return expect(c->fabric, c, "break", LOG_CM, "break", e) ? 0 : -1;
}

/* ---- work and memory ---- */

static int post_recv(struct fab_conn *c, unsigned n, struct err *e)
{
	const struct log_event *ev;

	if (!n)
		return 0;
	ev = expect(c->fabric, c, "post-recv", LOG_POST_RECV, "recv", e);
	if (!ev)
		return -1;
	c->recv_posted = (unsigned)ev->b;
	return 0;
}

static int post(struct fab_conn *c, const struct fab_wr *wr, size_t n, struct err *e)
{
	if (!n)
		return 0;
	if (!expect(c->fabric, c, "post", LOG_POST, NULL, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		posted(c, wr[i].id);
	return 0;
}

static struct fab_region *register_it(struct fab_conn *c, void *at, size_t len, unsigned access,
				      bool window, struct err *e)
{
	const struct log_event *n = expect(c->fabric, c, "register", LOG_MEMORY, "register", e);
	struct replay_conn *rc = (struct replay_conn *)c;
	struct replay_region *region;

	if (!n)
		return NULL;
	region = need(malloc(sizeof(*region)));
	region->next = rc->regions;
	rc->regions = region;
	region->base = (struct fab_region){
		.at = at,
		.len = len,
		.access = access,
		.addr = n->addr,
		.key = n->key,
		.window = window,
		.valid = true,
		.conn = c,
	};
	return &region->base;
}

static int invalidate(struct fab_region *region, struct err *e)
{
	struct fab_conn *c = region->conn;

	return expect(c->fabric, c, "invalidate", LOG_MEMORY, "invalidate", e) ? 0 : -1;
}

static void unregister(struct fab_region *region)
{
	struct replay_region **at = &((struct replay_conn *)region->conn)->regions;

	while (&(*at)->base != region)
		at = &(*at)->next;
	*at = (*at)->next;
	free(region);
}

/* ---- answers ---- */

static bool expects(struct fabric *f, const struct fab_conn *c, const char *name)
{
	const struct replay *r = rp(f);
	const struct log_event *n = replay_next(r);

	return n && n->kind == LOG_ANSWER && !n->status && is_name(n, name) && replay_due(r, n) &&
	       n->conn == (c ? c->number : 0);
}

static void answer(struct fabric *f, const struct fab_conn *c, struct fab_answer *a)
{
	const struct log_event *n = replay_next(rp(f));

	if (!expects(f, c, a->name)) {
		replay_stray(f, "a question that was not asked then: %s", a->name);
		return;
	}
	if (a->at ? n->bytes.len != a->len : n->bytes.len != 0) {
		replay_stray(f, "the answer to %s has %zu bytes, not %zu", a->name, n->bytes.len,
			     a->len);
		return;
	}
	a->value = n->a;
	a->more = n->b;
	a->text = n->text;
	if (a->at && a->len)
		memcpy(a->at, n->bytes.at, a->len);
}

/* The other side wrote into memory of the run, not into this one. */
static void look(struct fabric *f, struct log_event *ev)
{
	const struct log_event *n = replay_next(rp(f));

	if (!n || n->kind != LOG_MEMORY || !is_name(n, "look") || n->key != ev->key)
		return;	    /* the comparison of both logs tells */
	ev->addr = n->addr; /* of our own source or sink, no other event has it */
	ev->id = n->id;
	ev->text = n->text;
	ev->a = n->a;
	ev->b = n->b;
	ev->c = n->c;
}

/* ---- the rest ---- */

static void close_it(struct fabric *f)
{
	struct replay *r = rp(f);

	for (struct replay_conn *c = r->conns, *next; c; c = next) {
		next = c->next;
		conn_free(&c->base);
	}
	replay_timers_drop(r, NULL);
	free(r);
}

/* Only what is about to be logged asks: it has the time that it had. */
static uint64_t now(struct fabric *f)
{
	const struct log_event *n = replay_next(rp(f));

	return n ? n->time : f->clock;
}

static bool has_windows(struct fabric *f)
{
	(void)f;
	return true;
}

static void watch_fd(struct fabric *f, int fd)
{
	(void)f;
	(void)fd;
}

static int64_t counter(struct fabric *f, enum fab_counter which)
{
	return f->told.counter[which];
}

static const char *word(struct fabric *f)
{
	(void)f;
	return "replay";
}

static const struct fabric_ops replay_ops = {
	.close = close_it,
	.now = now,
	.has_windows = has_windows,
	.listen = listen_at,
	.listen_port = listen_port,
	.connect = connect_to,
	.accept = accept_it,
	.reject = reject_it,
	.post_recv = post_recv,
	.post = post,
	.register_memory = register_it,
	.invalidate = invalidate,
	.unregister = unregister,
	.disconnect = disconnect,
	.vanish = vanish,
	.break_ = break_it,
	.conn_free = conn_free,
	.timer = replay_timer,
	.timer_cancel = replay_timer_cancel,
	.watch_fd = watch_fd,
	.wait = replay_wait,
	.counter = counter,
	.description = word,
	.kind = word,
	.expects = expects,
	.answer = answer,
	.look = look,
};

struct fabric *replay_open(const struct log *recorded, struct log *log, bool simulated)
{
	struct replay *r = need(calloc(1, sizeof(*r)));

	r->base.ops = &replay_ops;
	r->base.log = log;
	r->base.simulated = simulated;
	r->base.stepped = true;
	r->recorded = recorded;
	return &r->base;
}
