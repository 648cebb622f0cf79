/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mutant's way into full feature phase. Its first half looks at what has come meanwhile, its
 * second half opens the gate; one message that arrives and is looked at between them is in nobody's
 * hands. It is found again with the next completion of a Send; but not by who sees completions only
 * when what they led to has come as well, there and at the Login Request. Time alone never lets
 * that happen: it takes one order out of hundreds.
 */
#include "login.h"

bool login_edge(const struct peer *p)
{
	return p->login->edge != 0;
}

void login_edge_begin(struct peer *p)
{
	p->login->edge = 1;
	fab_timer(p->fab, fab_now(p->fab), TIMER_EDGE, p->conn);
}

static void put_aside(struct peer *p)
{
	struct login_state *l = p->login;

	l->edge_holds = l->edge_late && p->backlog_len == l->edge_kept + 1 &&
			fab_recv_posted(p->conn) + 1 == l->edge_posted;
	if (l->edge_holds)
		l->edge_held = p->backlog[--p->backlog_len];
}

void login_edge_done(struct peer *p)
{
	struct login_state *l = p->login;

	if (p->phase == PEER_LOGIN)
		l->edge_late = receives_taken(p) > 0;
	if (p->phase != PEER_FULL || !l->edge_holds)
		return;
	l->edge_holds = false;
	if (receives_taken(p))
		return;
	/* Its place is free: it was taken from there. */
	p->backlog[p->backlog_len++] = l->edge_held;
	peer_drain_backlog(p);
}

void login_edge_timer(struct peer *p)
{
	struct login_state *l = p->login;

	if (l->edge == 1) {
		l->edge = 2;
		l->edge_kept = p->backlog_len;
		l->edge_posted = fab_recv_posted(p->conn);
		fab_timer(p->fab, fab_now(p->fab), TIMER_EDGE, p->conn);
		return;
	}
	put_aside(p);
	l->edge = 0;
	peer_logged_in(p);
	peer_drain_backlog(p);
}
