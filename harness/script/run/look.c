/* SPDX-License-Identifier: BSD-2-Clause */
/* How the last chain went, what came instead of what was expected: in words and as proof. */
#include "run.h"

#include <stdio.h>
#include <string.h>

/* The completions that prove how a chain went: the last good one and the first bad one. */
size_t run_chain_proof(const struct run *r, uint64_t events[2])
{
	size_t n = 0;
	for (size_t i = 0; i < r->talk->chain_count; i++) {
		const struct sent *s = &r->talk->chain[i];
		bool last = i + 1 == r->talk->chain_count ||
			    r->talk->chain[i + 1].status != FAB_OK || !r->talk->chain[i + 1].done;
		if (!s->done || !s->seq)
			continue;
		if (s->status == FAB_OK && last)
			events[n++] = s->seq;
		if (s->status != FAB_OK) {
			events[n++] = s->seq;
			break;
		}
		if (n == 1 && last && i + 1 == r->talk->chain_count)
			break;
	}
	return n;
}

static const char *counted_text(const struct run *r, char *buf, size_t size)
{
	size_t least = run_delivered_least(r), most = run_delivered_most(r);
	const char *how = r->talk->chain_settled ? "the connection stands" : "the SUT answered";

	if (least == r->talk->chain_count)
		snprintf(buf, size, "all %zu messages found a receive buffer: %s", least, how);
	else if (run_chain_rnr(r))
		snprintf(buf, size,
			 "between %zu and %zu of %zu messages found a receive buffer, then one "
			 "met none (TERMINATE)",
			 least, most, r->talk->chain_count);
	else
		snprintf(buf, size, "%zu of %zu messages are known to have found a receive buffer",
			 least, r->talk->chain_count);
	return buf;
}

const char *run_chain_text(const struct run *r, char *buf, size_t size)
{
	size_t good = run_delivered_least(r), i = 0;
	if (!fab_proves_delivery(r->env->fab))
		return counted_text(r, buf, size);
	while (i < r->talk->chain_count && r->talk->chain[i].done &&
	       r->talk->chain[i].status == FAB_OK)
		i++;
	if (i == r->talk->chain_count)
		snprintf(buf, size, "all %zu messages found a receive buffer", i);
	else
		snprintf(buf, size, "%zu of %zu messages found a receive buffer, number %zu: %s",
			 good, r->talk->chain_count, i + 1,
			 r->talk->chain[i].done ? fab_status_name(r->talk->chain[i].status)
						: "not completed");
	return buf;
}

const char *run_describe(const struct message *m, char *buf, size_t size)
{
	pdu_describe(m->bytes.at, m->bytes.len, buf, size);
	const size_t len = strlen(buf);
	if (m->op != FAB_SEND && len < size)
		snprintf(buf + len, size - len, ", as %s:0x%08x", fab_op_name(m->op), m->key);
	return buf;
}

/*
 * What came instead: the newest message nobody asked for. What came before the expectation counts
 * only when it is of the type expected.
 */
const struct message *run_nearest(const struct run *r, const struct pdu_type *like)
{
	const struct link *l = r->talk->link;
	const struct message *best = NULL;
	for (size_t i = l ? l->message_count : 0; i-- > 0;) {
		const struct message *m = &l->messages[i];
		if (m->taken || (m->time < r->step_began && (!like || m->pdu.type != like)))
			continue;
		if (!best || (like && m->pdu.type == like && best->pdu.type != like))
			best = m;
	}
	return best;
}

const char *run_instead(struct run *r, const struct pdu_type *like, char *buf, size_t size)
{
	const struct message *best = run_nearest(r, like);
	char text[TEXT_MAX], state[2 * TEXT_MAX];
	if (best)
		snprintf(buf, size, "came: %s; %s", run_describe(best, text, sizeof(text)),
			 run_link_state(r, state, sizeof(state)));
	else
		snprintf(buf, size, "nothing came since; %s",
			 run_link_state(r, state, sizeof(state)));
	return buf;
}

bool run_closed(const struct run *r)
{
	return r->talk->link &&
	       (r->talk->link->over == OVER_BY_SUT || r->talk->link->over == OVER_BROKEN);
}

bool run_blind(const struct run *r)
{
	if (!r->talk->link)
		return false;
	switch (r->talk->link->over) {
	case OVER_LOST:
	case OVER_BY_US:
	case OVER_UNREACHABLE:
	case OVER_LOCAL:
		return true;
	default:
		return false;
	}
}

bool run_left_by_sut(const struct run *r)
{
	return r->talk->link &&
	       (r->talk->link->over == OVER_BY_SUT || r->talk->link->over == OVER_REJECTED);
}
