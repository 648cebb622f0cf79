/* SPDX-License-Identifier: BSD-2-Clause */
/* Two peers in one simulator, for tests: the initiator is driven by the test, the target by its
 * events. */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/log.h"
#include "../fabric/sim/sim.h"
#include "../peer/internal.h"

enum { PAIR_MSGS = 4096 };

struct pair {
	struct sim *sim;
	struct log *log;
	struct fabric *initiator_fab, *target_fab;
	struct peer_config initiator_cfg, target_cfg;
	struct peer *initiator, *target;
	struct pdu msgs[PAIR_MSGS]; /* what the initiator received since pair_forget(), decoded */
	uint64_t times[PAIR_MSGS];
	size_t count;
};

static inline void pair_target_event(void *ctx, const struct fab_event *ev)
{
	struct pair *p = ctx;
	peer_event(p->target, ev);
}

static inline struct pair *pair_new(uint64_t seed)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct sim_options o;

	ck_assert_ptr_nonnull(p);
	sim_options_default(&o);
	o.seed = seed;
	p->sim = sim_new(&o);
	p->log = log_new(NULL, NULL);
	p->initiator_fab = sim_endpoint(p->sim, "sim-initiator", NULL, NULL, p->log);
	p->target_fab = sim_endpoint(p->sim, "sim-target", pair_target_event, p, NULL);
	peer_config_default(&p->initiator_cfg, PEER_INITIATOR);
	peer_config_default(&p->target_cfg, PEER_TARGET);
	strcpy(p->initiator_cfg.host, "sim-target");
	strcpy(p->target_cfg.host, "sim-target");
	strcpy(p->initiator_cfg.target_name, p->target_cfg.target_name);
	return p;
}

static inline void pair_set(struct peer_config *c, const char *setting)
{
	struct err e = {0};
	ck_assert_msg(!peer_config_set(c, setting, &e), "%s: %s", setting, e.what);
}

static inline void pair_knob(struct pair *p, const char *knob)
{
	int k = knob_by_name(knob);
	ck_assert_msg(k >= 0, "no knob %s", knob);
	p->target_cfg.knob[k] = true;
}

/* One event, or false when `until` has passed. */
static inline bool pair_step(struct pair *p, uint64_t until)
{
	struct fab_event ev;

	fab_wait(p->initiator_fab, until, &ev);
	if (ev.kind == FAB_TIMEOUT)
		return false;
	if (ev.kind == FAB_RECV && p->count < PAIR_MSGS &&
	    !pdu_decode(&p->msgs[p->count], ev.msg.at, ev.msg.len, NULL))
		p->times[p->count++] = ev.time;
	peer_event(p->initiator, &ev);
	return true;
}

static inline void pair_run(struct pair *p, uint64_t ns)
{
	uint64_t until = fab_now(p->initiator_fab) + ns;
	while (pair_step(p, until))
		;
}

static inline void pair_connect(struct pair *p)
{
	struct err e = {0};

	p->target = peer_new(p->target_fab, &p->target_cfg);
	p->initiator = peer_new(p->initiator_fab, &p->initiator_cfg);
	ck_assert_ptr_nonnull(p->target);
	ck_assert_ptr_nonnull(p->initiator);
	ck_assert_msg(!fab_listen(p->target_fab, p->target_cfg.host, p->target_cfg.port,
				  &p->target_cfg.fab, &e),
		      "%s", e.what);
	ck_assert_msg(!peer_connect(p->initiator, &e), "%s", e.what);
}

/* Logs in and forgets what was received so far. */
static inline void pair_login(struct pair *p)
{
	pair_connect(p);
	uint64_t until = fab_now(p->initiator_fab) + NS_PER_S;
	while (p->initiator->phase != PEER_FULL && pair_step(p, until))
		;
	ck_assert_msg(p->initiator->phase == PEER_FULL && p->target->phase == PEER_FULL,
		      "phases %d and %d, violations: %s / %s", (int)p->initiator->phase,
		      (int)p->target->phase, p->initiator->violation.what,
		      p->target->violation.what);
	p->count = 0;
}

static inline const struct pdu *pair_find(const struct pair *p, const char *type, size_t nth)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->msgs[i].type->name, type) && !nth--)
			return &p->msgs[i];
	return NULL;
}

static inline size_t pair_count(const struct pair *p, const char *type)
{
	size_t n = 0;
	while (pair_find(p, type, n))
		n++;
	return n;
}

/* The honest initiator's next message of this type, to be changed and posted. */
static inline struct peer_msg pair_template(struct pair *p, const char *type)
{
	static uint8_t buf[TEXT_VALUE_LIMIT];
	struct peer_msg m = {.op = FAB_SEND};
	struct err e = {0};

	ck_assert_msg(
		!peer_template(p->initiator, pdu_type_by_name(type), &m.pdu, buf, sizeof(buf), &e),
		"%s", e.what);
	return m;
}

static inline void pair_post(struct pair *p, struct peer_msg *m, size_t n)
{
	struct err e = {0};
	ck_assert_msg(!peer_post(p->initiator, m, n, 1000, &e), "%s", e.what);
}

static inline void pair_clean(const struct pair *p)
{
	ck_assert_str_eq(p->initiator->violation.what, "");
	ck_assert_str_eq(p->target->violation.what, "");
}

static inline void pair_free(struct pair *p)
{
	peer_free(p->initiator);
	peer_free(p->target);
	sim_free(p->sim);
	log_free(p->log);
	free(p);
}

/* Turns a knob on; a name that does not exist fails the test. */
static inline void knob_at(struct peer_config *c, const char *name)
{
	int k = knob_by_name(name);
	ck_assert_msg(k >= 0, "no knob %s", name);
	c->knob[k] = true;
}

#endif
