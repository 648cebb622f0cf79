/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes to a whole session: its statements and their order, over the edges of its phases, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "../../script/variation.h"
#include "internal.h"

struct change {
	const struct session_pool *pool;
	struct session_text *t;
	struct rng *dice;
	enum peer_role sut;
};

/* The first line of any statement that stands for itself; count: of the place behind them all. */
static size_t any_unit(const struct change *c, bool behind)
{
	size_t n = 0, units = behind;

	for (size_t i = 0; i < c->t->count; i++)
		units += !c->t->at[i].indent;
	for (size_t k = rng_below(c->dice, units); n < c->t->count; n++)
		if (!c->t->at[n].indent && !k--)
			break;
	/* Where every line is indented, none stands for itself. */
	return n < c->t->count || behind ? n : 0;
}

/* ---- order ---- */

static bool drop_one(const struct change *c)
{
	if (c->t->count < 2)
		return false;
	/* Any line, with its block, or one that stands for itself. */
	const size_t at =
		rng_one_in(c->dice, 3) ? rng_below(c->dice, c->t->count) : any_unit(c, false);
	session_cut(c->t, at, session_unit(c->t, at));
	return true;
}

static bool copy_one(const struct change *c, bool away)
{
	const size_t from = any_unit(c, false), n = session_unit(c->t, from);
	struct session_text piece = {0};

	session_put_all(&piece, 0, c->t, from, n, 0);
	if (away)
		session_cut(c->t, from, n);
	const size_t to = any_unit(c, true);
	session_put_all(c->t, to, &piece, 0, n, 0);
	session_text_free(&piece);
	return true;
}

static bool swap_neighbours(const struct change *c)
{
	const size_t a = any_unit(c, false), n = session_unit(c->t, a), b = a + n;
	struct session_text piece = {0};

	if (b >= c->t->count)
		return false;
	const size_t m = session_unit(c->t, b);
	session_put_all(&piece, 0, c->t, b, m, 0);
	session_cut(c->t, b, m);
	session_put_all(c->t, a, &piece, 0, m, 0);
	session_text_free(&piece);
	return true;
}

/* ---- from elsewhere ---- */

/* Some neighbours of another case. */
static bool graft(const struct change *c)
{
	enum { PIECES = 4 };
	struct session_text other = {0};
	const size_t cases = session_pool_count(c->pool);

	if (!cases)
		return false;
	session_neutral(session_pool_text(c->pool, rng_below(c->dice, cases)), c->sut, &other,
			c->dice);
	const struct change of = {.t = &other, .dice = c->dice};
	size_t from = any_unit(&of, false), at = any_unit(c, true);
	for (size_t k = 1 + rng_below(c->dice, PIECES); k && from < other.count; k--) {
		const size_t n = session_unit(&other, from);
		session_put_all(c->t, at, &other, from, n, 0);
		from += n;
		at += n;
	}
	session_text_free(&other);
	return true;
}

/* What honest sides do, and some that leave. */
static bool insert_known(const struct change *c, bool lawful)
{
	static const char *const to_target[] = {
		"scsi test-unit-ready",
		"scsi inquiry",
		"scsi read lba=0 blocks=8",
		"scsi write lba=8 blocks=8 pattern=3",
		"scsi write lba=0 blocks=64 pattern=5",
		"scsi read lba=8 blocks=64",
		"scsi report-luns",
		"send nop-out I=1 ITT=fresh TTT=none data=pattern:5:100",
		"send nop-out I=0 ITT=fresh TTT=none",
		"send scsi-command command=read lba=0 blocks=8",
		"send scsi-command command=write lba=0 blocks=8",
		"send scsi-command command=inquiry * 4",
		"text SendTargets=All",
		"task-management function=1 itt=$cmd.ITT",
		"task-management function=5",
		"wait 1ms",
		"wait 300ms",
		"wait 3s",
		"new connection",
		"login",
		"logout",
		"forget",
		"honest",
	};
	static const char *const to_initiator[] = {
		"serve until idle 50ms within 5s",
		"serve for 200ms",
		"serve until scsi-command within 5s",
		"send nop-in TTT=fresh",
		"send nop-in TTT=none",
		"send nop-in TTT=fresh data=pattern:5:100",
		"send nop-in TTT=fresh * 3",
		"send async AsyncEvent=1 Parameter3=5",
		"sut login",
		"sut logout",
		"wait 1ms",
		"wait 300ms",
		"wait 3s",
		"new connection",
		"login",
		"forget",
		"honest",
	};
	static const char *const rude[] = {"vanish",
					   "disconnect",
					   "break",
					   "quiet",
					   "quiet nop-in",
					   "quiet nop-out",
					   "release",
					   "login until final",
					   "login until first",
					   "login until operational",
					   "login until connected",
					   "memory m length=4096 access=both",
					   "rdma-read addr=$m.addr key=$m.STag length=64",
					   "rdma-write addr=$m.addr key=$m.STag data=fill:1:64",
					   "hold text-request",
					   "post receives 4"};
	size_t at = any_unit(c, true);

	for (size_t n = 1 + rng_below(c->dice, 3); n; n--) {
		const bool leave = !lawful && rng_one_in(c->dice, 3);
		session_put(c->t, at, 0,
			    must(strdup(leave			? PICK(c->dice, rude)
					: c->sut == PEER_TARGET ? PICK(c->dice, to_target)
								: PICK(c->dice, to_initiator))));
		/* The numbers that it stands here with are no better than others. */
		if (rng_one_in(c->dice, 2))
			session_change_line(&c->t->at[at], c->sut, true, c->dice);
		at++;
	}
	return true;
}

/* Any message that our side might say: as an honest one, or with a lie or two. */
static bool insert_send(const struct change *c)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	const enum pdu_sender ours = c->sut == PEER_TARGET ? FROM_INITIATOR : FROM_TARGET;
	const struct pdu_type *type;

	do
		type = &types[rng_below(c->dice, count)];
	while (type->sender != ours && !rng_one_in(c->dice, 8));
	const size_t at = any_unit(c, true);

	session_put(c->t, at, 0, text_format("send %s", type->name));
	for (size_t lies = rng_below(c->dice, 3); lies; lies--)
		session_change_line(&c->t->at[at], c->sut, false, c->dice);
	return true;
}

/* The midst of something; half of the time with a lie in what leads there. */
static bool insert_situation(const struct change *c)
{
	const size_t at = any_unit(c, true), before = c->t->count;

	session_situation(c->t, at, c->sut, c->dice);
	const size_t come = c->t->count - before;
	if (come && rng_one_in(c->dice, 2))
		session_change_line(&c->t->at[at + rng_below(c->dice, come)], c->sut, false,
				    c->dice);
	return come;
}

/* ---- phases ---- */

static size_t find_unit(const struct change *c, const char *word)
{
	size_t found[SESSION_LINES_MAX], n = 0;

	for (size_t i = 0; i < c->t->count && n < SESSION_LINES_MAX; i++)
		if (!c->t->at[i].indent && session_begins(c->t->at[i].text, word))
			found[n++] = i;
	return n ? found[rng_below(c->dice, n)] : SIZE_MAX;
}

/* What stands behind a login happens within it; or what is a login's own, with a lie or two. */
static bool into_login(const struct change *c)
{
	static const char *const points[] = {"connected", "first", "operational", "final", "next"};
	const size_t at = find_unit(c, "login");

	if (at == SIZE_MAX || session_begins(c->t->at[at].text, "login until"))
		return false;
	session_set(&c->t->at[at], text_format("login until %s%s", PICK(c->dice, points),
					       c->t->at[at].text + strlen("login")));
	size_t behind = at + 1;
	if (rng_one_in(c->dice, 2)) {
		session_put(c->t, behind, 0,
			    must(strdup(c->sut == PEER_TARGET ? "send login-request"
							      : "send login-response")));
		for (size_t lies = 1 + rng_below(c->dice, 2); lies; lies--)
			session_change_line(&c->t->at[behind], c->sut, false, c->dice);
		behind++;
	}
	for (size_t n = rng_below(c->dice, 3); n && behind < c->t->count; n--)
		behind += session_unit(c->t, behind);
	session_put(c->t, behind, 0, must(strdup(rng_one_in(c->dice, 2) ? "release" : "login")));
	return true;
}

/* A statement of somewhere else goes right behind what ends a phase, or in front of it. */
static bool to_the_edge(const struct change *c)
{
	static const char *const edges[] = {
		"login",	  "logout",    "sut logout", "release", "send logout-request",
		"new connection", "disconnect"};
	struct session_text piece = {0};
	const size_t from = any_unit(c, false), n = session_unit(c->t, from);

	session_put_all(&piece, 0, c->t, from, n, 0);
	if (rng_one_in(c->dice, 2))
		session_cut(c->t, from, n);
	const size_t edge = find_unit(c, PICK(c->dice, edges));
	const bool found = edge != SIZE_MAX;
	size_t to = found ? edge : c->t->count;
	if (found && rng_one_in(c->dice, 2))
		to += session_unit(c->t, edge);
	session_put_all(c->t, to, &piece, 0, n, 0);
	session_text_free(&piece);
	return found;
}

/* ---- blocks ---- */

/* Under a head: several sends in one chain, a few rounds, another connection. */
static bool wrap(const struct change *c)
{
	static const char *const heads[] = {"chain", "chain", "repeat 2", "repeat 3",
					    "on B",  "on B",  "on C*2"};
	const char *head = PICK(c->dice, heads);
	const bool chain = session_begins(head, "chain");
	const size_t at = chain ? find_unit(c, "send") : any_unit(c, false);
	size_t end = at;

	if (at >= c->t->count)
		return false;
	for (size_t n = 1 + rng_below(c->dice, 4); n && end < c->t->count; n--) {
		if (chain && !session_begins(c->t->at[end].text, "send"))
			break;
		end += session_unit(c->t, end);
	}
	for (size_t i = at; i < end; i++)
		c->t->at[i].indent += 4;
	session_put(c->t, at, 0, must(strdup(head)));
	return true;
}

static bool unwrap(const struct change *c)
{
	const size_t at = any_unit(c, false);
	const size_t n = at < c->t->count ? session_unit(c->t, at) : 0;

	if (n < 2 || session_begins(c->t->at[at].text, "expect"))
		return false;
	const unsigned by = c->t->at[at + 1].indent;
	for (size_t i = at + 1; i < at + n; i++)
		c->t->at[i].indent -= by;
	session_cut(c->t, at, 1);
	return true;
}

/* ---- */

static bool change_model(const struct change *c)
{
	char setting[80];

	variation_one(c->sut, rng_next(c->dice), setting, sizeof(setting));
	char *old = c->t->model;
	const bool more = old && rng_one_in(c->dice, 2);
	c->t->model = more ? text_format("%s %s", old, setting) : must(strdup(setting));
	free(old);
	return true;
}

static bool change_any_line(const struct change *c, bool lawful)
{
	enum { LOOKS = 4 };
	struct session_line *l;

	/* Most lines are what a wait may end by, and say little. */
	for (unsigned i = 0; i < LOOKS; i++) {
		l = &c->t->at[rng_below(c->dice, c->t->count)];
		if (!strstr(l->text, "=>"))
			break;
	}
	return session_change_line(l, c->sut, lawful, c->dice);
}

/* What an honest side might do as well: for what shows only where nothing excuses the SUT. */
static bool change_lawfully(const struct change *c)
{
	switch (rng_below(c->dice, 10)) {
	case 0:
		return change_model(c);
	case 1:
		return copy_one(c, false);
	case 2:
		return drop_one(c);
	case 3:
	case 4:
		return insert_known(c, true);
	case 5:
		return graft(c);
	default:
		return change_any_line(c, true);
	}
}

static bool change_rudely(const struct change *c)
{
	switch (rng_below(c->dice, 21)) {
	case 0:
		return drop_one(c);
	case 1:
		return copy_one(c, false);
	case 2:
		return copy_one(c, true);
	case 3:
		return swap_neighbours(c);
	case 4:
		return graft(c);
	case 5:
		return insert_known(c, false);
	case 6:
	case 18:
		return insert_send(c);
	case 19:
	case 20:
		return insert_situation(c);
	case 7:
		return into_login(c);
	case 8:
		return to_the_edge(c);
	case 9:
		return wrap(c);
	case 10:
		return unwrap(c);
	default:
		return change_any_line(c, false);
	}
}

bool session_change(const struct session_pool *p, struct session_text *t, struct rng *dice)
{
	enum { TRIES = 6 };
	const struct change c = {.pool = p, .t = t, .dice = dice, .sut = session_pool_role(p)};
	bool changed = false;

	for (unsigned i = 0; i < TRIES && !changed; i++) {
		if (!t->count)
			changed = insert_known(&c, true);
		else
			changed = rng_one_in(dice, 2) ? change_lawfully(&c) : change_rudely(&c);
	}
	return changed;
}
