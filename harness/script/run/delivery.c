/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many messages of the last chain found a receive buffer. Over RC the completions say it, to
 * the message. Over iWARP they say nothing (fab_proves_delivery), so that there are two numbers,
 * and a condition is decided where both give the same answer. At least: a message that the SUT
 * answered came there, and what left before it, since the order is kept; all did when the
 * connection stands long after. At most: one less than all when the peer's RNIC told of a missing
 * buffer.
 */
#include "run.h"

#include <string.h>

static bool counted(const struct run *r)
{
	return !fab_proves_delivery(r->env->fab);
}

bool run_chain_done(const struct run *r)
{
	for (size_t i = 0; i < r->talk->chain_count; i++)
		if (!r->talk->chain[i].done)
			return false;
	return true;
}

static size_t acknowledged(const struct run *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->talk->chain_count; i++)
		n += r->talk->chain[i].done && r->talk->chain[i].status == FAB_OK;
	return n;
}

size_t run_delivered_least(const struct run *r)
{
	if (!counted(r))
		return acknowledged(r);
	return r->talk->chain_settled ? r->talk->chain_count : r->talk->chain_answered;
}

size_t run_delivered_most(const struct run *r)
{
	if (!counted(r))
		return acknowledged(r);
	if (!r->talk->chain_left)
		return 0;
	return run_chain_rnr(r) ? r->talk->chain_count - 1 : r->talk->chain_count;
}

bool run_chain_rnr(const struct run *r)
{
	if (counted(r))
		return r->talk->chain_refused && run_delivered_least(r) < r->talk->chain_count;
	for (size_t i = 0; i < r->talk->chain_count; i++)
		if (r->talk->chain[i].done && r->talk->chain[i].status == FAB_RNR_EXCEEDED)
			return true;
	return false;
}

bool run_chain_unclear(const struct run *r)
{
	return counted(r) && r->talk->chain_left && r->talk->link && r->talk->link->over &&
	       !run_chain_rnr(r) && run_delivered_least(r) < r->talk->chain_count;
}

/* Messages with a tag of their own, and what has the same tag comes because of them. */
static bool answers(const struct run *r, const struct pdu *answer, const struct pdu *sent)
{
	if (!sent->type || sent->type->iser_opcode != ISER_CONTROL)
		return false;
	if (r->env->base.role == PEER_INITIATOR)
		return sent->itt != TAG_NONE && answer->itt == sent->itt;
	return sent->type->opcode == OP_NOP_IN && answer->type->opcode == OP_NOP_OUT &&
	       sent->ttt != TAG_NONE && answer->ttt == sent->ttt;
}

void run_chain_answer(struct run *r, const struct pdu *pdu)
{
	if (!counted(r) || pdu->type->iser_opcode != ISER_CONTROL)
		return;
	for (size_t i = r->talk->chain_count; r->talk->chain_left && i > r->talk->chain_answered;
	     i--)
		if (answers(r, pdu, &r->talk->chain[i - 1].pdu))
			r->talk->chain_answered = i;
}

/* Did our honest side send anything behind the chain? Then that may have met no buffer. */
static bool sent_since(const struct run *r)
{
	const struct log *l = r->env->log;
	const unsigned conn = fab_conn_number(r->talk->link->conn);
	for (size_t i = l ? log_count(l) : 0; i-- > 0;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind == LOG_POST && ev->conn == conn && !strncmp(ev->name, "send", 4))
			return ev->id < r->talk->chain_id ||
			       ev->id - r->talk->chain_id >= r->talk->chain_count;
	}
	return true;
}

void run_chain_over(struct run *r)
{
	const struct link *l = r->talk->link;
	if (counted(r) && l->conn && r->talk->chain_left && !r->talk->chain_settled &&
	    fab_conn_terminate(l->conn) == FAB_TERM_NO_BUFFER && !sent_since(r))
		r->talk->chain_refused = true;
}

void run_chain_settle(struct run *r)
{
	if (counted(r) && r->talk->chain_left && r->talk->link && !r->talk->link->over)
		r->talk->chain_settled = true;
}

const char *run_undecided(struct run *r, const struct condition_list *l)
{
	if (r->untold || !counted(r))
		return r->untold;
	bool least = run_conditions(r, l);
	r->most = true;
	bool most = run_conditions(r, l);
	r->most = false;
	if (least == most)
		return NULL;
	return "iWARP has no RNR NAK: a missing receive buffer ends the connection, and how many "
	       "messages came before it cannot be counted";
}

enum flow run_cannot(struct run *r, unsigned line, const char *what)
{
	return run_judge(r, VERDICT_NOT_APPLICABLE, line, NULL, NULL, 0, "%s", what);
}
