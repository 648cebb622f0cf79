/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds what a log tells of a finding, for people who read it. */
#include "glance.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "words.h"

/* The begin of a long message is enough to know it by. */
enum { MESSAGE_MAX = 400 };

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

static char *described(const struct log_event *ev)
{
	char text[MESSAGE_MAX];
	return must(strdup(pdu_describe(ev->bytes.at, ev->bytes.len, text, sizeof(text))));
}

/* ---- the field ---- */

/* Is this word of the reason a field of the message, and the number behind it the field's? */
static bool names_field(const struct pdu *pdu, const char *word, size_t len, const char *rest)
{
	char name[40];
	if (len < 2 || len >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	const struct pdu_field *f = pdu_field_by_name(pdu->type, name);
	rest += strspn(rest, " =");
	if (!f || strcmp(f->name, name) != 0 || f->bytes > sizeof(uint64_t) ||
	    !isdigit((unsigned char)*rest))
		return false;
	return strtoull(rest, NULL, 0) == pdu_get(pdu, f);
}

/* " where 8 is next": 8. */
static char *due_behind(const char *rest)
{
	static const char where[] = " where ";
	if (strncmp(rest, where, sizeof(where) - 1) != 0)
		return NULL;
	rest += sizeof(where) - 1;
	const size_t digits = isdigit((unsigned char)*rest) ? strspn(rest, "0123456789abcdefx") : 0;
	return digits && !strncmp(rest + digits, " is", 3) ? must(strndup(rest, digits)) : NULL;
}

/* What monitors say of a message names the field and its value; else nothing is known of it. */
static void find_field(struct finding *f, const struct log_event *response)
{
	struct pdu pdu;
	if (f->glance.field || !f->monitor ||
	    pdu_decode(&pdu, response->bytes.at, response->bytes.len, NULL))
		return;
	for (const char *at = f->reason; *at;) {
		const size_t len = strspn(
			at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		if (len && names_field(&pdu, at, len, at + len)) {
			const char *value = at + len + strspn(at + len, " =");
			const size_t digits = strspn(value, "0123456789abcdefxABCDEF");
			f->glance.field = must(strndup(at, len));
			f->glance.had = must(strndup(value, digits));
			f->glance.due = due_behind(value + digits);
			return;
		}
		at += len ? len : 1;
	}
}

/* ---- the end ---- */

static bool is_cm(const struct log_event *ev, unsigned conn, const char *name)
{
	return ev->kind == LOG_CM && ev->conn == conn && ev->name && !strcmp(ev->name, name);
}

/* Monitors judge when all is over: an end that is not their proof is none of their business. */
static bool is_told(const struct finding *f, uint64_t seq)
{
	bool proof = !f->monitor;
	for (size_t i = 0; i < f->event_count; i++)
		proof |= f->events[i] == seq;
	return proof;
}

static void find_end(struct finding *f, unsigned conn, const struct log *l)
{
	const struct log_event *up = NULL;
	for (size_t i = 0; conn && !f->glance.end && i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);
		if (is_cm(ev, conn, "established"))
			up = ev;
		if (!is_cm(ev, conn, "end") || !is_told(f, ev->seq))
			continue;
		f->glance.end_event = ev->seq;
		f->glance.end = up ? text_format("%s, %.3f ms after it was connected",
						 words_of_end(ev->text),
						 (double)(ev->time - up->time) / 1e6)
				   : must(strdup(words_of_end(ev->text)));
	}
}

/* The monitor's word in the log. */
static uint64_t judged_by(const struct finding *f, const struct log *l)
{
	char *text = text_format("monitor %s: %s", f->monitor, f->reason);
	uint64_t seq = 0;
	for (size_t i = log_count(l); i-- > 0 && !seq;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind == LOG_CHECK && ev->text && !strcmp(ev->text, text))
			seq = ev->seq;
	}
	free(text);
	return seq;
}

void glance_find(struct case_result *r, const struct log *l)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		struct finding *f = &r->findings[i];
		const struct log_event *about = f->verdict == VERDICT_PASS ? NULL : subject(f, l);
		const struct log_event *asked = event(l, f->request_event);
		const struct log_event *ev = !about	      ? NULL
					     : is_ours(asked) ? asked
					     : is_ours(about) ? about
							      : before(about, l);
		if (ev && !f->request) {
			f->request = described(ev);
			f->request_event = ev->seq;
		}
		const struct log_event *told = event(l, f->glance.response_event);
		const struct log_event *came = told ? told : about;
		if (about && came->kind == LOG_RECV && !f->glance.response) {
			f->glance.response = described(came);
			f->glance.response_event = came->seq;
			find_field(f, came);
		}
		if (f->monitor && !f->glance.judged_event)
			f->glance.judged_event = judged_by(f, l);
		if (about)
			find_end(f, about->conn ? about->conn : ev ? ev->conn : 0, l);
	}
}
