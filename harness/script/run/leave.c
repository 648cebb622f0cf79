/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving a connection in good order, and the end of a case. */
#include "run.h"

/* What leaving may take, before scaling. */
#define CLOSE_TIME    (5 * NS_PER_S)
#define CLOSE_IN_TIME (2 * NS_PER_S)
/* A target that answered a logout closes the connection at once or, as some do, never. */
#define CLOSE_GRACE (300 * NS_PER_MS)

static void keep_close(struct run *r, enum close_kind c)
{
	/* The case's own end is what is reported; an earlier connection counts where it ended
	 * worse. */
	if (c > r->close)
		r->close = c;
}

static void serve_again(struct link *l)
{
	peer_honest(l->peer);
	if (l->peer->manual_receives && fab_conn_up(l->conn)) {
		l->peer->manual_receives = false;
		fab_post_recv(l->conn, 8, NULL);
	}
}

void run_await_close(struct run *r, uint64_t until)
{
	/* RFC 7145 5.2.2 has the target close; a case that looks at it waits longer. */
	uint64_t grace = run_now(r) + run_scaled(r, CLOSE_GRACE);
	if (grace < until)
		until = grace;
	while (!r->talk->link->over && !run_ended(r) && run_step(r, until))
		continue;
}

static void honest_close(struct run *r)
{
	struct link *l = r->talk->link;
	uint64_t begin = run_now(r), until = begin + run_scaled(r, CLOSE_TIME);
	serve_again(l);
	if (run_we_initiate(r))
		/* The answers to what the case sent last may have to open the window first. */
		while (!l->over && l->peer->phase == PEER_FULL && peer_logout(l->peer, NULL) &&
		       run_step(r, until))
			continue;
	else if (!r->asked_out)
		run_sut_logout(r);
	r->asked_out = true;
	while (!l->over && !(run_we_initiate(r) && l->logout) && run_step(r, until))
		continue;
	run_await_close(r, until);
	if (!l->over)
		keep_close(r, l->logout ? CLOSE_LEFT_OPEN : CLOSE_UNANSWERED);
	else if (!l->logout)
		keep_close(r, run_closed(r) ? CLOSE_ABRUPT : CLOSE_NONE);
	else
		keep_close(r, l->over_at - begin > run_scaled(r, CLOSE_IN_TIME) ? CLOSE_LATE
										: CLOSE_CLEAN);
}

/*
 * A login that the case only looked at is brought to its good end. An initiator whose connection
 * breaks there waits for a timeout of its own, tries again, and so disturbs the next case; there
 * are targets that let nobody else log in until a login that was given up has timed out.
 */
static void finish_login(struct run *r)
{
	struct link *l = r->talk->link;
	struct err e = {0};
	uint64_t until = run_now(r) + run_scaled(r, CLOSE_TIME);
	if (l->over || !l->peer->holding || !fab_conn_up(l->conn))
		return;
	/* Our own login that was held at its very end sends nothing more; but only what came since
	 * tells the window that a logout needs. */
	if (run_we_initiate(r) && l->peer->phase != PEER_FULL && !l->peer->held.pdu.type)
		return;
	serve_again(l);
	peer_hold(l->peer, PEER_POINT_NONE);
	if (peer_release(l->peer, &e))
		return;
	while (l->peer->phase < PEER_FULL && !l->over && run_step(r, until))
		continue;
}

/* True: the SUT was asked to log out. */
static bool leave(struct run *r)
{
	struct link *l = r->talk->link;
	if (!l)
		return false;
	r->talk->waiting_for_sut = false;
	finish_login(r);
	bool standing = !l->over && l->peer->phase == PEER_FULL && l->conn;
	if (standing)
		honest_close(r);
	else if (l->over && (l->logout || l->peer->logged_out))
		keep_close(r, CLOSE_CLEAN);
	else if (run_closed(r))
		keep_close(r, CLOSE_ABRUPT);
	else if (!l->over && l->logout && l->conn)
		keep_close(r, CLOSE_LEFT_OPEN);
	else if (!l->over && run_we_initiate(r) && l->peer->phase == PEER_LOGOUT)
		keep_close(r, CLOSE_UNANSWERED);
	if (!l->over && l->conn) {
		fab_disconnect(l->conn, NULL);
		run_link_over(r, OVER_BY_US, "we ended it");
	} else if (l->over != OVER_BY_SUT && l->over != OVER_BY_US && l->conn) {
		/* Our queue pair is dead, which the SUT cannot see. Unless it is told, its logout
		 * waits for an answer until it gives up. */
		fab_disconnect(l->conn, NULL);
	}
	return standing;
}

/* The SUT logs out of all its sessions, by one command. */
static void await_logout(struct run *r, bool asked)
{
	if (run_we_initiate(r) || !r->login_begun)
		return;
	if (!asked)
		run_sut_logout(r);
	run_await_command(r);
}

enum flow run_connect_new(struct run *r)
{
	r->asked_out = false;
	await_logout(r, leave(r));
	run_link_free(r);
	return run_ended(r) ? FLOW_STOP : FLOW_ON;
}

void run_leave_ended(struct run *r)
{
	leave(r);
	run_link_free(r);
}

/* Room for the messages that bring one connection to a good end. */
static unsigned live(const struct run *r)
{
	unsigned n = 0;
	for (size_t i = 0; i < r->talk_count; i++)
		n += r->talks[i].link && !r->talks[i].link->over;
	return n;
}

enum flow run_leave_all(struct run *r)
{
	bool asked = false;
	r->asked_out = false;
	for (size_t i = 0; i < r->talk_count; i++) {
		r->talk = &r->talks[i];
		/* An SUT that is asked to log out must not be in the middle of another login. */
		if (r->talk->link)
			finish_login(r);
	}
	for (size_t i = 0; i < r->talk_count; i++) {
		r->talk = &r->talks[i];
		asked |= leave(r);
	}
	await_logout(r, asked);
	for (size_t i = 0; i < r->talk_count; i++) {
		r->talk = &r->talks[i];
		run_link_free(r);
	}
	r->talk = r->talks;
	return run_ended(r) ? FLOW_STOP : FLOW_ON;
}

void run_end(struct run *r)
{
	/* Whatever ended the case, leaving has time of its own. */
	bool late = r->timed_out;
	const unsigned connections = live(r) ? live(r) : 1;
	r->deadline = run_now(r) + run_scaled(r, connections * 2 * CLOSE_TIME + LOGOUT_TIME);
	r->timed_out = false;
	run_leave_all(r);
	if (!run_we_initiate(r) && r->login_begun)
		fab_watch_fd(r->env->fab, -1);
	run_restore(r);
	r->timed_out = late;
	for (size_t i = 0; i < r->talk_count; i++) {
		r->talk = &r->talks[i];
		run_chain_free(r);
	}
	r->talk = r->talks;
}
