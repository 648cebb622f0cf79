/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a run is in the window whose orders matter, and which step an order takes next. */
#include "order.h"

#include <string.h>

#include "../fabric/sim/sim.h"

static const char *const window_names[] = {"login", "logout"};

/* How long a step may be put off: longer than a message and a look at it take, shorter than what an
 * implementation waits for by a clock. */
#define HORIZON (100 * NS_PER_US)

const char *order_window_name(enum order_window w)
{
	return window_names[w];
}

int order_word_parse(const char *word, enum order_window *w, struct order *o, struct err *e)
{
	const char *colon = strchr(word, ':');

	for (unsigned i = 0; colon && i < ORDER_WINDOWS; i++) {
		const size_t len = strlen(window_names[i]);
		if (len != (size_t)(colon - word) || strncmp(word, window_names[i], len) != 0)
			continue;
		*w = (enum order_window)i;
		return order_parse(o, colon + 1, strlen(colon + 1), e);
	}
	return err_set(e, 0, "'%s' is no order: login:... or logout:...", word);
}

/* What the model's side has answered, or has had answered, on this connection. */
static uint32_t answers(const struct peer *p)
{
	if (p->cfg.role == PEER_INITIATOR)
		return p->exp_stat_sn;
	return p->served.commands + p->served.pings + p->served.tmfs + p->served.texts;
}

static bool is_logout(const struct log_event *ev)
{
	struct pdu pdu;

	return (ev->kind == LOG_POST || ev->kind == LOG_RECV) && ev->bytes.len &&
	       !pdu_decode(&pdu, ev->bytes.at, ev->bytes.len, NULL) &&
	       pdu.type == pdu_type_by_opcode(OP_LOGOUT_REQUEST);
}

static void look(struct order_follower *f, const struct model_peer *mp)
{
	const struct peer *p = mp->peer;

	if (f->peer != mp->number) {
		f->peer = mp->number;
		f->full = f->logout = false;
	}
	for (; f->log_seen < log_count(f->log); f->log_seen++)
		f->logout |= is_logout(log_at(f->log, f->log_seen));
	/* An initiator that is the model tells its own logout before we hear it. */
	f->logout |= p->phase == PEER_LOGOUT;
	if (p->phase >= PEER_FULL && !f->full) {
		f->full = true;
		f->answers = answers(p);
	}
}

static bool in_window(void *ctx)
{
	struct order_follower *f = ctx;
	const struct model_peer *newest = f->model->peers;

	if (!newest)
		return false;
	look(f, newest);
	const struct peer *p = newest->peer;
	if (p->phase == PEER_CLOSED)
		return false;
	if (f->window == ORDER_LOGOUT)
		return f->logout;
	return f->full ? p->phase == PEER_FULL && answers(p) == f->answers : peer_asked_full(p);
}

static unsigned pick(void *ctx, unsigned n)
{
	return order_pick(&((struct order_follower *)ctx)->run, n);
}

struct sim_chooser order_chooser(struct order_follower *f)
{
	return (struct sim_chooser){
		.ctx = f, .open = in_window, .pick = pick, .horizon_ns = HORIZON};
}
