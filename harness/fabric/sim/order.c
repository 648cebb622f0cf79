/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody else decides what happens next among steps that are independent of each other. What
 * keeps its order: messages of one direction of a connection, and events that one endpoint's
 * handler sees. A handler is interrupted where it calls the device, by what the device does
 * meanwhile: messages arrive.
 */
#include "impl.h"

enum { MOST = 16 }; /* independent steps at once; more than two endpoints can have */

static bool sooner(const struct sim_item *a, const struct sim_item *b)
{
	return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

/* The next step of each lane that is due at `limit`, the one that time alone would choose first. */
static size_t candidates(const struct sim_clock *k, uint64_t limit, struct sim_item *out[MOST])
{
	size_t n = 0;

	for (size_t i = 1; i <= k->count; i++) {
		struct sim_item *it = k->heap[i];
		size_t at = 0;

		if (!it->lane || it->due > limit)
			continue;
		while (at < n && out[at]->lane != it->lane)
			at++;
		if (at == MOST || (at < n && sooner(out[at], it)))
			continue;
		out[at] = it;
		n += at == n;
	}
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && sooner(out[j], out[j - 1]); j--) {
			struct sim_item *t = out[j];

			out[j] = out[j - 1];
			out[j - 1] = t;
		}
	return n;
}

static const struct sim_qp *reached(const struct sim_item *it)
{
	return it->step == SIM_STEP_HANDLER ? NULL : it->lane;
}

static bool has_handler(const struct sim_qp *qp)
{
	return SIM_CONTAINER(qp, const struct sim_conn, qp)->ep->handler != NULL;
}

/*
 * It commutes with every step that can be taken before it, so that one order stands for all: it
 * goes at once. An acknowledgement touches nothing but what was sent, unless that lets more leave.
 * A message to who has no handler meets nobody but its lane's next one; yet memory that the other
 * side reads is in the log of both.
 */
static bool commutes(const struct sim_item *it)
{
	const struct sim_qp *to = reached(it);

	if (!to)
		return false;
	if (it->step == SIM_STEP_ACK)
		return !to->unsent;
	return it->step == SIM_STEP_ARRIVES && !has_handler(to) &&
	       !(to->peer && to->peer->reads_out);
}

static bool in_window(const struct sim *s)
{
	return s->chooser.pick && s->chooser.open(s->chooser.ctx);
}

static struct sim_item *choose(const struct sim *s, struct sim_item *const *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (commutes(out[i]))
			return out[i];
	return out[n > 1 ? s->chooser.pick(s->chooser.ctx, (unsigned)n) : 0];
}

bool sim_order_step(struct sim *s, uint64_t limit)
{
	struct sim_clock *k = &s->clock;
	struct sim_item *out[MOST], *first = k->count ? k->heap[1] : NULL;
	uint64_t until;

	if (!first || first->due > limit || !first->lane || !in_window(s))
		return sim_clock_step(k, limit);
	/* Counted from the one that is due: none is put off for longer than that. */
	until = first->due + s->chooser.horizon_ns;
	sim_clock_run(k, choose(s, out, candidates(k, until < limit ? until : limit, out)));
	return true;
}

/* What a handler can notice: what arrives for who has one. The other side waits for its end. */
static size_t noticeable(struct sim_item **out, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (reached(out[i]) && has_handler(reached(out[i])))
			out[kept++] = out[i];
	return kept;
}

void sim_order_interrupt(struct sim *s)
{
	struct sim_clock *k = &s->clock;
	struct sim_item *out[MOST];

	if (!s->in_handler || !in_window(s))
		return;
	for (;;) {
		size_t n = noticeable(out, candidates(k, k->now + s->chooser.horizon_ns, out));
		unsigned picked = 1;

		if (n && !commutes(out[0]))
			picked = s->chooser.pick(s->chooser.ctx, (unsigned)n + 1);
		if (!n || !picked)
			return;
		sim_clock_run(k, out[picked - 1]);
	}
}

void sim_choose(struct sim *s, const struct sim_chooser *c)
{
	s->chooser = *c;
}
