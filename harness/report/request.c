/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the request to a response, for people who read a finding. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static const struct log_event *event(const struct log *l, uint64_t seq)
{
	return seq && seq <= log_count(l) ? log_at(l, seq - 1) : NULL;
}

static bool is_ours(const struct log_event *ev)
{
	return ev && ev->kind == LOG_POST && ev->bytes.len;
}

/* Where the statement was judged: its word in the log. */
static const struct log_event *judged(const struct finding *f, const struct log *l)
{
	for (uint64_t seq = log_count(l); f->line && seq; seq--) {
		const struct log_event *ev = event(l, seq);
		if (ev->kind == LOG_CHECK && ev->line == f->line)
			return ev;
	}
	return NULL;
}

/* What the finding is about: the last message of the SUT among its events. */
static const struct log_event *subject(const struct finding *f, const struct log *l)
{
	const struct log_event *last = NULL;
	for (size_t i = f->event_count; i-- > 0;) {
		const struct log_event *ev = event(l, f->events[i]);
		if (ev && ev->kind == LOG_RECV)
			return ev;
		last = last ? last : ev;
	}
	return last ? last : judged(f, l);
}

/* True: it has a tag that others can have, too. */
static bool tag_of(const struct log_event *ev, uint32_t *itt)
{
	struct pdu pdu;
	if (!ev->bytes.len || pdu_decode(&pdu, ev->bytes.at, ev->bytes.len, NULL))
		return false;
	*itt = pdu.itt;
	return pdu.type->iser_opcode == ISER_CONTROL && pdu.itt != TAG_NONE;
}

static const struct log_event *before(const struct log_event *about, const struct log *l)
{
	const struct log_event *last = NULL;
	uint32_t wanted = 0, itt;
	const bool tagged = about->kind == LOG_RECV && tag_of(about, &wanted);
	for (uint64_t seq = about->seq; seq-- > 1;) {
		const struct log_event *ev = event(l, seq);
		if (!is_ours(ev) || (about->conn && ev->conn != about->conn))
			continue;
		last = last ? last : ev;
		if (!tagged || (tag_of(ev, &itt) && itt == wanted))
			return ev;
	}
	return last;
}

void result_name_requests(struct case_result *r, const struct log *l)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		struct finding *f = &r->findings[i];
		const struct log_event *about = f->verdict == VERDICT_PASS ? NULL : subject(f, l);
		const struct log_event *ev = !about	      ? NULL
					     : is_ours(about) ? about
							      : before(about, l);
		char text[200]; /* the begin of a long one is enough to find it by */
		if (!ev || f->request)
			continue;
		f->request =
			must(strdup(pdu_describe(ev->bytes.at, ev->bytes.len, text, sizeof(text))));
		f->request_event = ev->seq;
	}
}
