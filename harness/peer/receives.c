/* SPDX-License-Identifier: BSD-2-Clause */
/* How many receive buffers this peer owes, and posting them: RFC 7145 5.1.1, 5.1.2, 8.1. */
#include "internal.h"

enum {
	/* Buffers for one who promised to take any number of unexpected PDUs (RFC 7145 6.7); a
	   guess, as every finite one. */
	UNLIMITED = 64,
	/* The harness has some to spare, to see what should not come. */
	TOLERANCE = 64,
	POOL = 200,	   /* a mutant's, that loses them one by one */
	SLOW_NS = 2000000, /* longer than a chain takes to arrive */
};

static unsigned unexpected(const struct peer *p)
{
	return login_declares_moup(p) && p->cfg.moup ? p->cfg.moup : UNLIMITED;
}

static unsigned initiator_wants(struct peer *p)
{
	unsigned login_response = p->phase == PEER_LOGIN || p->phase == PEER_HELLO ? 1 : 0;
	if (p->phase == PEER_HELLO && peer_knob(p, KNOB_HELLO_REPLY_UNPROVISIONED))
		login_response = 0;
	if (!login_has_buffers(p))
		return login_response;

	unsigned spare = unexpected(p);
	if (peer_knob(p, KNOB_NEVER_POSTS_UNEXPECTED))
		spare = 0;
	if (peer_knob(p, KNOB_RECEIVES_SHORT_BY_ONE) && spare)
		spare--;
	if (peer_knob(p, KNOB_ONE_SPARE_RECEIVE) && p->phase == PEER_LOGIN)
		spare = 1;
	unsigned answers = initiator_answers_due(p);
	if (answers > 1 && peer_knob(p, KNOB_ANSWERS_UNPROVISIONED))
		answers = 1;
	return login_response + spare + answers;
}

static unsigned target_wants(struct peer *p)
{
	const struct peer_terms *t = &p->terms;

	if (!login_has_buffers(p))
		return p->cfg.knob[KNOB_SINGLE_LOGIN_RECEIVE] ? 1 : p->cfg.fab.recv_initial;

	/* A full window, each command with all Data-Outs that it may bring unasked (RFC
	 * 7145 8.1.1.2); immediate PDUs; the answer to a ping of ours. */
	unsigned data_outs = 0;
	if (!t->initial_r2t && t->target_rdsl)
		data_outs = (t->first_burst + t->target_rdsl - 1) / t->target_rdsl;
	if (data_outs && peer_knob(p, KNOB_NO_BUFFERS_FOR_DATA_OUT))
		data_outs = 0;
	if (peer_knob(p, KNOB_TARGET_FEW_RECEIVES))
		return p->cfg.window / 2;
	if (peer_knob(p, KNOB_NO_BUFFERS_FOR_IMMEDIATE))
		return p->cfg.window;
	unsigned ping_answers = peer_knob(p, KNOB_NO_BUFFER_FOR_PING_ANSWER) ? 0 : 2;
	unsigned hello = 0;
	if (p->terms.hello_due && peer_knob(p, KNOB_HELLO_TAKES_RECEIVE)) {
		hello = 1;
		ping_answers = 0; /* which would make up for it */
	}
	return p->cfg.window * (1 + data_outs) + unexpected(p) - hello + ping_answers;
}

static void post_missing(struct peer *p, unsigned more)
{
	struct err e = {0};
	unsigned wanted = p->cfg.role == PEER_INITIATOR ? initiator_wants(p) : target_wants(p);

	if (more && p->cfg.role == PEER_INITIATOR && initiator_answers_due(p) &&
	    peer_knob(p, KNOB_ANSWERS_UNPROVISIONED))
		more = 0;
	wanted += more;
	if (login_has_buffers(p))
		wanted += p->cfg.spare_receives;
	if (p->cfg.tolerant && login_has_buffers(p))
		wanted += TOLERANCE;
	if (unexpected(p) == UNLIMITED && peer_knob(p, KNOB_LEAK_RECEIVE_POOL))
		wanted += POOL;
	unsigned lost = login_lost_buffers(p);
	wanted -= lost < wanted ? lost : wanted;
	if (wanted > p->cfg.fab.recv_depth)
		wanted = p->cfg.fab.recv_depth;

	unsigned posted = fab_recv_posted(p->conn);
	if (wanted > posted && fab_post_recv(p->conn, wanted - posted, &e))
		peer_note(p, "cannot post %u receives: %s", wanted - posted, e.what);
	p->recv_standing = fab_recv_posted(p->conn);
}

/*
 * A mutant that lacks buffers takes its time to post new ones, as a real one does. The simulator's
 * handler would have one standing again before the next message of a chain arrives, and the lack
 * would not show.
 */
static bool is_slow(const struct peer *p)
{
	static const enum knob slow[] = {
		KNOB_LATE_RECEIVES,
		KNOB_ONE_SPARE_RECEIVE,
		KNOB_RECEIVES_SHORT_BY_ONE,
		KNOB_ROUNDS_EAT_RECEIVES,
		KNOB_NEVER_POSTS_UNEXPECTED,
		KNOB_LEAK_RECEIVE,
		KNOB_LEAK_RECEIVE_UNANSWERED,
		KNOB_LEAK_RECEIVE_POOL,
		KNOB_TARGET_FEW_RECEIVES,
		KNOB_NO_BUFFERS_FOR_IMMEDIATE,
		KNOB_TARGET_LEAK_RECEIVE,
		KNOB_TARGET_LEAK_UNANSWERED,
		KNOB_TARGET_LATE_RECEIVES_LOGIN,
		KNOB_ANSWERS_UNPROVISIONED,
		KNOB_NO_BUFFERS_FOR_DATA_OUT,
		KNOB_NO_BUFFER_FOR_PING_ANSWER,
		KNOB_HELLO_REPLY_UNPROVISIONED,
		KNOB_HELLO_TAKES_RECEIVE,
	};

	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++)
		if (p->cfg.knob[slow[i]])
			return true;
	return false;
}

unsigned receives_taken(const struct peer *p)
{
	const unsigned posted = fab_recv_posted(p->conn);

	return posted < p->recv_standing ? p->recv_standing - posted : 0;
}

void receives_timer(struct peer *p)
{
	p->repost_due = false;
	post_missing(p, 0);
}

void peer_post_receives(struct peer *p, unsigned more)
{
	if (!p->conn || p->phase == PEER_CLOSED || p->phase < PEER_LOGIN)
		return;
	if (p->manual_receives) {
		/* The login may take more rounds than the script foresaw. */
		if (p->phase == PEER_LOGIN && p->cfg.fab.recv_initial && !fab_recv_posted(p->conn))
			fab_post_recv(p->conn, 1, NULL);
		return;
	}
	if (p->phase == PEER_LOGIN || more || !is_slow(p)) {
		post_missing(p, more);
	} else if (!p->repost_due) {
		p->repost_due = true;
		fab_timer(p->fab, fab_now(p->fab) + SLOW_NS, TIMER_REPOST, p->conn);
	}
}
