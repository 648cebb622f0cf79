/* SPDX-License-Identifier: BSD-2-Clause */
/* A case's log of then and of now. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../report/events.h"
#include "../report/ladder.h"
#include "../report/memory.h"
#include "replay.h"

/* The events that are compared, and each as the text by which it is. */
struct side {
	const struct log *log;
	struct ladder ladder;
	const struct log_event **at;
	size_t count;
};

static bool is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* What the run saw from outside, behind the case's own last word, is not repeated here. */
static bool is_last_word(const struct log_event *ev)
{
	return ev->kind == LOG_SUT && is(ev->name, "end");
}

/* When a device completes a request, and what we asked in between, is of each run. */
static bool is_step(const struct log_event *ev)
{
	switch (ev->kind) {
	case LOG_CM:
	case LOG_RECV:
	case LOG_STEP:
	case LOG_CHECK:
	case LOG_MEASURE:
	case LOG_KNOB:
		return true;
	case LOG_POST:
		return ev->bytes.len;
	case LOG_DONE:
		return log_failed(ev);
	default:
		return false;
	}
}

static void take(struct side *s, const struct log *log, bool exact)
{
	bool facts = true;
	*s = (struct side){.log = log};
	ladder_make(&s->ladder, log);
	for (size_t i = 0; i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		facts &= ev->kind == LOG_ANSWER && is(ev->status, "run");
		if (facts)
			continue;
		if (is_last_word(ev))
			break;
		if (!exact && !is_step(ev))
			continue;
		s->at = grow(s->at, s->count, sizeof(struct log_event *));
		s->at[s->count++] = ev;
	}
}

static void drop(struct side *s)
{
	ladder_free(&s->ladder);
	free(s->at);
}

/* The line of the log, whatever number it has. */
static char *line_of(const struct log_event *ev)
{
	struct log_event one = *ev;
	one.seq = 0;
	return event_to_line(&one, NULL);
}

static const char *type_of(const struct log_event *ev)
{
	struct pdu pdu;
	if (!ev->bytes.len || (ev->kind != LOG_POST && ev->kind != LOG_RECV))
		return "";
	return pdu_decode(&pdu, ev->bytes.at, ev->bytes.len, NULL) ? "no PDU" : pdu.type->name;
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Of the same kind: who did what, not with which values. The end of a connection is told in text.
 */
static bool alike(const struct log_event *a, const struct log_event *b)
{
	return a->kind == b->kind && a->conn == b->conn && a->line == b->line &&
	       same_text(a->name, b->name) && same_text(a->status, b->status) &&
	       same_text(a->rules, b->rules) && !strcmp(type_of(a), type_of(b)) &&
	       (a->kind != LOG_CM || !is(a->name, "end") || same_text(a->text, b->text));
}

static bool same(const struct log_event *a, const struct log_event *b, bool exact)
{
	if (!exact)
		return alike(a, b);
	char *was = line_of(a), *now = line_of(b);
	const bool equal = !strcmp(was, now);
	free(was);
	free(now);
	return equal;
}

/* "  was  event 31, 0.040264 ms, it: NOP-In ITT=0x2 ..." */
static void put_event(FILE *out, const char *when, const struct side *s, size_t i)
{
	if (i >= s->count) {
		fprintf(out, "  %s  nothing more\n", when);
		return;
	}
	const struct log_event *ev = s->at[i];
	const struct ladder_row *row = NULL;
	for (size_t k = 0; k < s->ladder.count && !row; k++)
		if (s->ladder.rows[k].seq == ev->seq)
			row = &s->ladder.rows[k];
	fprintf(out, "  %s  event %" PRIu64 ", %" PRIu64 ".%06" PRIu64 " ms", when, ev->seq,
		ev->time / 1000000, ev->time % 1000000);
	if (!row)
		fputc('\n', out);
	else if (row->kind == LADDER_STEP)
		fprintf(out, ", line %u: %s\n", row->line, row->words);
	else
		fprintf(out, ", %s%s %s\n",
			row->side == LADDER_OURS     ? "we: "
			: row->side == LADDER_THEIRS ? "it: "
						     : "",
			row->label, row->words);
}

static void put_verdicts(const struct replay *p, enum verdict now, FILE *out)
{
	if (p->verdict < 0)
		fprintf(out, "%s: %s now; the log of then was not closed\n", p->script->id,
			verdict_name(now));
	else if (p->verdict == (int)now)
		fprintf(out, "%s: %s, as then\n", p->script->id, verdict_name(now));
	else
		fprintf(out, "%s: %s now, was %s\n", p->script->id, verdict_name(now),
			verdict_name((enum verdict)p->verdict));
}

int replay_compare(const struct replay *p, const char *new_log, enum verdict now, FILE *out,
		   struct err *e)
{
	struct log *log = events_read(new_log, e);
	struct side was, is_now;
	const bool exact = p->facts.simulated;
	size_t i = 0;

	if (!log)
		return -1;
	take(&was, p->log, exact);
	take(&is_now, log, exact);
	while (i < was.count && i < is_now.count && same(was.at[i], is_now.at[i], exact))
		i++;
	put_verdicts(p, now, out);
	const bool all = i == was.count && i == is_now.count;
	const bool verdict = p->verdict < 0 || p->verdict == (int)now;
	if (all) {
		fprintf(out,
			exact ? "the same: %zu events, to the byte\n"
			      : "the same: %zu events, one after the other of the same kind\n",
			i);
	} else {
		fprintf(out, "%zu events alike, then\n", i);
		put_event(out, "was", &was, i);
		put_event(out, "now", &is_now, i);
	}
	drop(&was);
	drop(&is_now);
	log_free(log);
	return all && verdict ? 0 : 1;
}
