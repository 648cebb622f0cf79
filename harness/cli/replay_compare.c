/* SPDX-License-Identifier: BSD-2-Clause */
/* A case's log of then and of now. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../report/events.h"
#include "../report/ladder_text.h"
#include "../report/memory.h"
#include "replay.h"

/*
 * The events that are compared, parted into streams. On the simulator all are one. Elsewhere the
 * script's steps and judgements are one, and of each connection what we sent, what it sent, and how
 * it began and ended: which of those comes first is a matter of microseconds.
 */
struct item {
	const struct log_event *ev;
	unsigned stream;
};

struct side {
	struct ladder ladder;
	struct item *at; /* stream by stream, each in its order */
	size_t count;
};

enum { STREAM_OURS = 1, STREAM_THEIRS, STREAM_CONNECTION, STREAMS };

static bool is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* What the run saw from outside, behind the case's own last word, is not repeated here. */
static bool is_last_word(const struct log_event *ev)
{
	return ev->kind == LOG_SUT && is(ev->name, "end");
}

/* What a device has to say while a connection comes about. */
static bool is_word_of_cm(const struct log_event *ev)
{
	static const char *const words[] = {"address-resolved", "route-resolved",
					    "established-again", "drain", "free"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(ev->name, words[i]))
			return true;
	return false;
}

/* When a device completes a request, and what we asked in between, is of each run. */
static bool is_step(const struct log_event *ev)
{
	switch (ev->kind) {
	case LOG_CM:
		return !is_word_of_cm(ev);
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

static unsigned stream_of(const struct log_event *ev)
{
	const unsigned part = ev->kind == LOG_POST			   ? STREAM_OURS
			      : ev->kind == LOG_RECV			   ? STREAM_THEIRS
			      : ev->kind == LOG_CM || ev->kind == LOG_DONE ? STREAM_CONNECTION
									   : 0;
	return part ? ev->conn * STREAMS + part : 0;
}

static int by_stream(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	return x->ev->seq < y->ev->seq ? -1 : 1;
}

static void take(struct side *s, const struct log *log, bool exact)
{
	bool facts = true;
	*s = (struct side){0};
	ladder_make(&s->ladder, log);
	for (size_t i = 0; i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		facts = facts && ev->kind == LOG_ANSWER && is(ev->status, "run");
		if (facts)
			continue;
		if (is_last_word(ev))
			break;
		if (!exact && !is_step(ev))
			continue;
		s->at = grow(s->at, s->count, sizeof(*s->at));
		s->at[s->count++] = (struct item){ev, exact ? 0 : stream_of(ev)};
	}
	if (s->count)
		qsort(s->at, s->count, sizeof(*s->at), by_stream);
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

/* Of one stream, where it is no longer the same. Either may be NULL: nothing more came. */
struct difference {
	const struct log_event *was, *now;
};

static uint64_t time_of(const struct difference *d)
{
	return d->was ? d->was->time : d->now ? d->now->time : UINT64_MAX;
}

/* One stream of both: how many are alike, and the first that are not. */
static size_t compare_stream(const struct side *was, size_t *i, const struct side *now, size_t *k,
			     bool exact, struct difference *first)
{
	const unsigned stream =
		*i < was->count && (*k == now->count || was->at[*i].stream <= now->at[*k].stream)
			? was->at[*i].stream
			: now->at[*k].stream;
	struct difference d = {0};
	bool differs = false;
	size_t alike_count = 0;

	while (!differs) {
		const bool more_was = *i < was->count && was->at[*i].stream == stream;
		const bool more_now = *k < now->count && now->at[*k].stream == stream;
		if (!more_was && !more_now)
			return alike_count;
		d.was = more_was ? was->at[*i].ev : NULL;
		d.now = more_now ? now->at[*k].ev : NULL;
		differs = !d.was || !d.now || !same(d.was, d.now, exact);
		*i += !differs;
		*k += !differs;
		alike_count += !differs;
	}
	if (time_of(&d) < time_of(first))
		*first = d;
	while (*i < was->count && was->at[*i].stream == stream)
		(*i)++;
	while (*k < now->count && now->at[*k].stream == stream)
		(*k)++;
	return alike_count;
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
	struct difference first = {0};
	const bool exact = p->facts.simulated;
	size_t i = 0, k = 0, count = 0;

	if (!log)
		return -1;
	take(&was, p->log, exact);
	take(&is_now, log, exact);
	while (i < was.count || k < is_now.count)
		count += compare_stream(&was, &i, &is_now, &k, exact, &first);
	put_verdicts(p, now, out);
	const bool all = !first.was && !first.now;
	const bool verdict = p->verdict < 0 || p->verdict == (int)now;
	if (all) {
		fprintf(out,
			exact ? "the same: %zu events, to the byte\n"
			      : "the same: %zu events of the same kinds, each side's in the same "
				"order\n",
			count);
	} else {
		fprintf(out, "%zu events alike; the first that is not:\n", count);
		ladder_print_event(out, "was", &was.ladder, first.was);
		ladder_print_event(out, "now", &is_now.ladder, first.now);
	}
	drop(&was);
	drop(&is_now);
	log_free(log);
	return all && verdict ? 0 : 1;
}
