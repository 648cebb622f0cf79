/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive buffers of both sides through a log, and where there were none. */
#include "ladder_window.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/fabric.h"
#include "memory.h"

/* The books of one connection. */
struct side_by_side {
	bool up, over;
	long ours;	     /* -1: none was posted yet */
	uint64_t none_since; /* seq by which ours came to 0; 0: it is not */
	uint64_t taken;	     /* seq of the last message of ours that was taken */
	bool refused;	     /* one met no buffer */
	size_t oldest;	     /* posts of ours before it have their completion */
};

static bool is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

static struct ladder_row *row_of(struct ladder *l, uint64_t seq)
{
	/* Only the facts in front have no row. */
	const uint64_t first = l->count ? l->rows[0].seq : 0;
	return seq >= first && seq - first < l->count ? &l->rows[seq - first] : NULL;
}

static void add_window(struct ladder *l, const struct log *log, struct ladder_window w)
{
	w.from = log_at(log, w.from_seq - 1)->time;
	w.to = log_at(log, w.to_seq - 1)->time;
	l->windows = grow(l->windows, l->window_count, sizeof(*l->windows));
	l->windows[l->window_count++] = w;
}

/* ---- ours, which are counted ---- */

static void ours_back(struct ladder *l, const struct log *log, struct side_by_side *s,
		      const struct log_event *ev)
{
	if (s->none_since && s->up)
		add_window(l, log,
			   (struct ladder_window){.conn = ev->conn,
						  .side = LADDER_OURS,
						  .from_seq = s->none_since,
						  .to_seq = ev->seq,
						  .words = text_format("no receive buffer of ours "
								       "stood")});
	s->none_since = 0;
}

static void count_ours(struct ladder *l, const struct log *log, struct side_by_side *s,
		       const struct log_event *ev)
{
	if (ev->kind != LOG_POST_RECV && ev->kind != LOG_RECV)
		return;
	s->ours = ev->b;
	if (!s->ours && !s->none_since)
		s->none_since = ev->seq;
	else if (s->ours)
		ours_back(l, log, s, ev);
}

/* ---- theirs, told by what became of our messages ---- */

static bool is_send(const struct log_event *ev)
{
	return ev->kind == LOG_POST && !strncmp(ev->name, "send", 4);
}

static bool completes_send(const struct log_event *ev)
{
	return ev->kind == LOG_DONE && !strncmp(ev->name, "send", 4);
}

/* The oldest message of that id that is not completed yet; completions of one id keep its order. */
static const struct log_event *post_of(const struct log *log, const struct log_event *done,
				       bool *completed, struct side_by_side *s)
{
	for (size_t i = s->oldest; i + 1 < done->seq; i++) {
		const struct log_event *ev = log_at(log, i);
		const bool waits = is_send(ev) && ev->conn == done->conn && !completed[i];
		if (i == s->oldest && !waits) {
			s->oldest++;
			continue;
		}
		if (!waits || ev->id != done->id)
			continue;
		completed[i] = true;
		return ev;
	}
	return NULL;
}

static void refused(struct ladder *l, const struct log *log, struct side_by_side *s,
		    const struct log_event *post, const struct log_event *by)
{
	struct ladder_row *row = post ? row_of(l, post->seq) : NULL;
	const struct ladder_row *last = s->taken ? row_of(l, s->taken) : NULL;
	const uint64_t from = s->taken ? s->taken : post ? post->seq : by->seq;

	if (row) {
		row->lost = true;
		row->tone = LADDER_BAD;
	}
	if (s->refused)
		return;
	s->refused = true;
	char *took = last ? text_format("; the last one was taken by %s", last->label)
			  : must(strdup(""));
	add_window(l, log,
		   (struct ladder_window){
			   .conn = by->conn,
			   .side = LADDER_THEIRS,
			   .from_seq = from,
			   .to_seq = by->seq,
			   .words = text_format("no receive buffer stood when %s arrived%s",
						row ? row->label : "a message of ours", took)});
	free(took);
}

static void look_at_theirs(struct ladder *l, const struct log *log, struct side_by_side *s,
			   const struct log_event *ev, bool *completed)
{
	/* Over iWARP no completion tells; what does is how the connection ended. */
	if (ev->kind == LOG_CM && is(ev->name, "end") &&
	    is(ev->text, fab_end_name(FAB_END_NO_BUFFER)) && !s->refused)
		refused(l, log, s, NULL, ev);
	if (!completes_send(ev))
		return;
	const struct log_event *post = post_of(log, ev, completed, s);
	if (is(ev->status, fab_status_name(FAB_RNR_EXCEEDED))) {
		refused(l, log, s, post, ev);
	} else if (post && is(ev->status, fab_status_name(FAB_OK))) {
		struct ladder_row *row = row_of(l, post->seq);
		s->taken = post->seq;
		if (row)
			row->theirs = LADDER_SOME;
	} else if (post && !is(ev->status, "left")) {
		/* Flushed: whether it arrived is not known. */
		struct ladder_row *row = row_of(l, post->seq);
		if (row && row->tone == LADDER_PLAIN)
			row->tone = LADDER_REMARK;
		/* RC keeps their order: behind one that met no buffer nothing arrives. */
		if (row)
			row->lost = s->refused;
	}
}

static void go_on(struct ladder *l, const struct log *log, struct side_by_side *s,
		  const struct log_event *ev)
{
	if (ev->kind != LOG_CM)
		return;
	if (is(ev->name, "established"))
		s->up = true;
	if (!is(ev->name, "end") && !is(ev->name, "disconnected") && !is(ev->name, "free"))
		return;
	if (!s->over)
		ours_back(l, log, s, ev);
	s->over = true;
}

static void mark_rows(struct ladder *l)
{
	for (size_t i = 0; i < l->window_count; i++) {
		const struct ladder_window *w = &l->windows[i];
		for (uint64_t seq = w->from_seq + 1; seq <= w->to_seq; seq++) {
			struct ladder_row *row = row_of(l, seq);
			if (row && w->side == LADDER_THEIRS && (!row->conn || row->conn == w->conn))
				row->theirs = LADDER_NONE;
		}
	}
}

void ladder_find_windows(struct ladder *l, const struct log *log)
{
	const size_t n = log_count(log);
	struct side_by_side *all = must(calloc(l->conns + 1u, sizeof(*all)));
	bool *completed = must(calloc(n + 1, sizeof(*completed)));

	for (size_t i = 0; i <= l->conns; i++)
		all[i].ours = -1;
	for (size_t i = 0; i < n; i++) {
		const struct log_event *ev = log_at(log, i);
		struct side_by_side *s = &all[ev->conn];
		struct ladder_row *row = row_of(l, ev->seq);
		if (!ev->conn)
			continue;
		count_ours(l, log, s, ev);
		look_at_theirs(l, log, s, ev, completed);
		go_on(l, log, s, ev);
		if (row && !s->over)
			row->ours = s->ours;
	}
	mark_rows(l);
	free(completed);
	free(all);
}
