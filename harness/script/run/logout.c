/* SPDX-License-Identifier: BSD-2-Clause */
/* The honest logout of a case: is it answered, and how. RFC 7143 11.14, 11.15. */
#include "run.h"

#include <stdio.h>
#include <string.h>

/* RFC 7143 11.15.1 */
static const char *response_text(unsigned response)
{
	static const char *const texts[] = {
		"closed successfully",
		"CID not found",
		"connection recovery is not supported",
		"cleanup failed",
	};
	return response < sizeof(texts) / sizeof(texts[0]) ? texts[response] : "reserved";
}

/* These rules are of the logout itself, whatever the case is about. */
static enum flow judge(struct run *r, const struct statement *s, enum verdict v, const char *rules,
		       uint64_t seq, const char *what)
{
	char own[100], state[600];
	snprintf(own, sizeof(own), "%s", rules);
	const struct judgement j = {.rules = own};
	run_glance(r, "a Logout Response with the ITT of the request and Response=0", what);
	return run_judge(r, v, s->line, &j, &seq, seq ? 1 : 0, "%s; %s", what,
			 run_link_state(r, state, sizeof(state)));
}

static enum flow judge_silence(struct run *r, const struct statement *s)
{
	const struct link *l = r->talk->link;
	/* Either side may end a connection without a logout (RFC 7145 5.2.3.1), yet to be asked
	 * for one and then leave is another matter. */
	if (l->over == OVER_BY_SUT)
		return judge(r, s, VERDICT_WARN, LOGOUT_UNANSWERED, l->over_seq,
			     "the Logout Request was answered by the end of the connection, "
			     "not by a Logout Response");
	return judge(r, s, VERDICT_WARN, LOGOUT_UNANSWERED, l->over_seq,
		     "the Logout Request was not answered");
}

static enum flow judge_answer(struct run *r, const struct statement *s,
			      const struct message *answer, uint32_t itt)
{
	const struct pdu *pdu = &answer->pdu;
	char text[200];
	if (pdu->itt != itt) {
		snprintf(text, sizeof(text),
			 "the Logout Response has ITT 0x%x, the request had 0x%x",
			 (unsigned)pdu->itt, (unsigned)itt);
		char due[16], had[16];
		snprintf(due, sizeof(due), "0x%x", (unsigned)itt);
		snprintf(had, sizeof(had), "0x%x", (unsigned)pdu->itt);
		run_glance_field(r, "ITT", due, had);
		return judge(r, s, VERDICT_WARN, LOGOUT_TAG, answer->seq, text);
	}
	if (pdu->data.len || pdu->ahs.len) {
		snprintf(text, sizeof(text), "the Logout Response has %zu bytes of data or AHS",
			 pdu->data.len + pdu->ahs.len);
		return judge(r, s, VERDICT_FAIL, LOGOUT_LENGTHS, answer->seq, text);
	}
	snprintf(text, sizeof(text), "Logout Response %u, %s", (unsigned)pdu->response,
		 response_text(pdu->response));
	return judge(r, s, pdu->response ? VERDICT_WARN : VERDICT_PASS, LOGOUT_RESPONSE,
		     answer->seq, text);
}

static const struct message *logout_response(const struct link *l, size_t from)
{
	const struct pdu_type *type = pdu_type_by_opcode(OP_LOGOUT_RESPONSE);
	for (size_t i = from; i < l->message_count; i++)
		if (l->messages[i].pdu.type == type)
			return &l->messages[i];
	return NULL;
}

enum flow run_logout(struct run *r, const struct statement *s)
{
	struct err e = {0};
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	struct link *l = r->talk->link;
	uint64_t until = run_until(r, s);
	if (!run_needs_full(r))
		return run_inconclusive(r, s->line);
	if (l->logout && !l->over) {
		run_trouble(r, "a logout was sent on this connection before");
		return run_inconclusive(r, s->line);
	}
	size_t before = l->message_count;
	uint32_t itt = l->peer->session->next_itt == TAG_NONE ? 1 : l->peer->session->next_itt;
	if (!l->over && peer_logout(l->peer, &e)) {
		run_step(r, run_now(r));
		if (!l->over) {
			run_trouble(r, "the Logout Request cannot be sent: %.150s", e.what);
			return run_inconclusive(r, s->line);
		}
	}
	while (!logout_response(l, before) && !l->over && !run_ended(r) && run_step(r, until))
		continue;
	const struct message *answer = logout_response(l, before);
	if (!answer && run_blind(r))
		run_trouble(r, "no Logout Response can come any more: %.200s", l->over_how);
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (!answer)
		return judge_silence(r, s);
	/* RFC 7145 5.2.2 has the target close now; a case that is about it says so itself. */
	struct message copy = *answer;
	run_await_close(r, until);
	return judge_answer(r, s, &copy, itt);
}
