/* SPDX-License-Identifier: BSD-2-Clause */
/* Two simulated endpoints without handlers, and a connection between them: what the simulator's
 * tests begin with. */
#ifndef TESTS_SIM_PAIR_H
#define TESTS_SIM_PAIR_H

#include <check.h>
#include <string.h>

#include "../fabric/fabric.h"
#include "../fabric/log.h"
#include "../fabric/sim/sim.h"

enum { LATENCY = 2000 };

/* Two endpoints without handlers, and a connection between them. */
struct pair {
	struct sim *sim;
	struct log *log; /* of a */
	struct fabric *a, *b;
	struct fab_conn *ca, *cb;
	struct fab_params pa, pb;
};

static inline void pair_open(struct pair *p, const struct sim_options *o)
{
	struct sim_options defaults;
	struct err e;

	sim_options_default(&defaults);
	*p = (struct pair){.sim = sim_new(o ? o : &defaults), .log = log_new(NULL, NULL)};
	p->a = sim_endpoint(p->sim, "a", NULL, NULL, p->log);
	p->b = sim_endpoint(p->sim, "b", NULL, NULL, NULL);
	ck_assert_int_eq(fab_listen(p->b, NULL, 860, NULL, &e), 0);
	fab_params_default(&p->pa);
	fab_params_default(&p->pb);
}

static inline void pair_close(struct pair *p)
{
	sim_free(p->sim);
	log_free(p->log);
}

static inline struct fab_event next(struct fabric *f)
{
	struct fab_event ev;

	fab_wait(f, fab_now(f) + 1000 * NS_PER_S, &ev);
	return ev;
}

static inline struct fab_event expect(struct fabric *f, enum fab_event_kind kind)
{
	struct fab_event ev = next(f);

	ck_assert_msg(ev.kind == kind, "%s came, not %s", fab_event_name(ev.kind),
		      fab_event_name(kind));
	return ev;
}

static inline struct fab_event expect_done(struct fabric *f, uint64_t id, enum fab_status status)
{
	struct fab_event ev = expect(f, FAB_DONE);

	ck_assert_uint_eq(ev.id, id);
	ck_assert_str_eq(fab_status_name(ev.status), fab_status_name(status));
	return ev;
}

static inline void expect_quiet(struct fabric *f, uint64_t ns)
{
	struct fab_event ev;

	fab_wait(f, fab_now(f) + ns, &ev);
	ck_assert_msg(ev.kind == FAB_TIMEOUT, "%s came", fab_event_name(ev.kind));
}

static inline void pair_join(struct pair *p)
{
	struct err e;

	p->ca = fab_connect(p->a, "b", 860, &p->pa, &e);
	ck_assert_ptr_nonnull(p->ca);
	p->cb = expect(p->b, FAB_CONNECT_REQUEST).conn;
	ck_assert_int_eq(fab_accept(p->cb, &p->pb, &e), 0);
	expect(p->a, FAB_ESTABLISHED);
	expect(p->b, FAB_ESTABLISHED);
}

static inline void post_send(struct fab_conn *c, uint64_t id, const char *text)
{
	struct fab_wr wr = {.op = FAB_SEND, .id = id, .msg = {(const uint8_t *)text, strlen(text)}};
	struct err e;

	ck_assert_int_eq(fab_post(c, &wr, 1, &e), 0);
}

#endif
