/* SPDX-License-Identifier: BSD-2-Clause */
#include "ladder_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "columns.h"
#include "memory.h"

enum {
	COLUMNS_LEAST = 80,
	OURS = 6,
	LANE = 30,  /* from one side's line to the other's, both included */
	BESIDE = 3, /* the other side's 0 */
	WORDS_LEAST = 24,
	LINES_MOST = 6, /* of one judgement, unless all is wanted */
};
#define NS_PER_SECOND UINT64_C(1000000000)

struct drawing {
	FILE *out;
	const struct ladder *l;
	const struct ladder_style *style;
	unsigned columns;
	unsigned seq_width, time_width;
	bool wall, conns;
};

static const char *color_of(enum ladder_tone tone)
{
	switch (tone) {
	case LADDER_GOOD:
		return "\033[32m";
	case LADDER_REMARK:
		return "\033[36m";
	case LADDER_WRONG:
		return "\033[33m";
	case LADDER_BAD:
		return "\033[1;31m";
	case LADDER_PLAIN:
		break;
	}
	return "";
}

static void put(const struct drawing *d, enum ladder_tone tone, const char *text)
{
	const char *color = d->style->color ? color_of(tone) : "";
	fprintf(d->out, "%s%s%s", color, text, *color ? "\033[0m" : "");
}

static unsigned digits(uint64_t n)
{
	return (unsigned)snprintf(NULL, 0, "%" PRIu64, n);
}

/* Milliseconds, to the nanosecond. */
static void put_ms(FILE *out, unsigned width, uint64_t ns)
{
	fprintf(out, "%*" PRIu64 ".%06" PRIu64, (int)width, ns / 1000000, ns % 1000000);
}

/* "21:17:45.000123" */
static void put_wall(FILE *out, uint64_t ns)
{
	const time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm tm;
	char text[16];
	strftime(text, sizeof(text), "%H:%M:%S", gmtime_r(&seconds, &tm));
	fprintf(out, "%s.%06" PRIu64, text, ns % NS_PER_SECOND / 1000);
}

/* ---- the columns in front ---- */

static unsigned front_width(const struct drawing *d)
{
	return d->seq_width + 2 + d->time_width + 7 + 2 + (d->wall ? 17 : 0) + (d->conns ? 6 : 0);
}

static unsigned room_behind(const struct drawing *d, unsigned used)
{
	return d->columns > used + 8 ? d->columns - used : 8;
}

static void put_front(const struct drawing *d, const struct ladder_row *row)
{
	fprintf(d->out, "%*" PRIu64 "  ", (int)d->seq_width, row->seq);
	put_ms(d->out, d->time_width, row->time);
	fputs("  ", d->out);
	if (d->wall) {
		put_wall(d->out, d->l->wall + row->time);
		fputs("  ", d->out);
	}
	if (d->conns && row->conn)
		fprintf(d->out, "c%-4u ", row->conn);
	else if (d->conns)
		fputs("      ", d->out);
}

static void put_blank(const struct drawing *d, unsigned width)
{
	fprintf(d->out, "%*s", (int)width, "");
}

static void put_ours(const struct drawing *d, const struct ladder_row *row)
{
	char text[24];
	if (row->ours < 0) {
		put_blank(d, OURS);
		return;
	}
	snprintf(text, sizeof(text), "%5ld ", row->ours);
	put(d, row->ours ? LADDER_PLAIN : LADDER_BAD, text);
}

/* ---- the ladder ---- */

/* The label, as much as has room; a ladder is as straight as its columns are wide. */
static void put_label(char *to, const char *label, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = (char)((unsigned char)label[i] < 0x80 ? label[i] : '?');
}

/* "|----- NOP-In ----->|", "|<---- NOP-Out -----|", "|----- NOP-In -----> x" */
static void arrow_text(const struct ladder_row *row, char lane[LANE + 1])
{
	const bool right = row->side == LADDER_OURS;
	const size_t room = LANE - 6, length = strlen(row->label),
		     shown = length < room ? length : room;
	const size_t at = (LANE - shown) / 2;

	memset(lane, '-', LANE);
	lane[LANE] = '\0';
	lane[at - 1] = lane[at + shown] = ' ';
	put_label(lane + at, row->label, shown);
	lane[0] = lane[LANE - 1] = '|';
	if (right)
		lane[LANE - 2] = '>';
	else
		lane[1] = '<';
	if (row->lost && right) {
		lane[LANE - 2] = ' ';
		lane[LANE - 3] = '>';
		lane[LANE - 1] = 'x';
	} else if (row->lost) {
		lane[0] = 'x';
		lane[1] = ' ';
		lane[2] = '<';
	}
}

/* "* receives posted      |" */
static void mark_text(const struct ladder_row *row, char lane[LANE + 1])
{
	const bool right = row->side == LADDER_THEIRS;
	const size_t room = LANE - 4, length = strlen(row->label),
		     shown = length < room ? length : room;

	memset(lane, ' ', LANE);
	lane[LANE] = '\0';
	lane[0] = lane[LANE - 1] = '|';
	if (row->side != LADDER_NEITHER)
		lane[right ? LANE - 1 : 0] = '*';
	put_label(right ? lane + LANE - 2 - shown : lane + 2, row->label, shown);
}

static void put_words(const struct drawing *d, const struct ladder_row *row, unsigned used)
{
	const unsigned room = room_behind(d, used);
	if (d->style->whole)
		columns_wrap(d->out, row->words, room, used, 0, 0);
	else
		columns_cut(d->out, row->words, room);
}

/* Two sides, and what went between them or happened at one. */
static void put_rung(const struct drawing *d, const struct ladder_row *row)
{
	char lane[LANE + 1];
	put_front(d, row);
	put_ours(d, row);
	if (row->arrow)
		arrow_text(row, lane);
	else
		mark_text(row, lane);
	put(d, row->tone, lane);
	if (row->theirs == LADDER_NONE)
		put(d, LADDER_BAD, " 0");
	if (*row->words) {
		fputs(row->theirs == LADDER_NONE ? " " : "   ", d->out);
		put_words(d, row, front_width(d) + OURS + LANE + BESIDE);
	}
	fputc('\n', d->out);
}

/* What is about no side goes across. */
static void put_across(const struct drawing *d, const struct ladder_row *row)
{
	char head[96], label[41] = "";
	const char *mark = row->kind == LADDER_CHECK ? "==" : "--";
	const unsigned used = front_width(d) + OURS;
	put_front(d, row);
	put_blank(d, OURS);
	put_label(label, row->label, strnlen(row->label, sizeof(label) - 1));
	if (row->kind == LADDER_STEP)
		snprintf(head, sizeof(head), "line %u: ", row->line);
	else if (row->line)
		snprintf(head, sizeof(head), "%s %s, line %u: ", mark, label, row->line);
	else
		snprintf(head, sizeof(head), "%s %s: ", mark, label);
	put(d, row->tone, head);
	const unsigned room = room_behind(d, used);
	columns_wrap(d->out, row->words, room, used, (unsigned)strlen(head),
		     d->style->whole ? 0 : LINES_MOST);
	fputc('\n', d->out);
}

static void put_window(const struct drawing *d, const struct ladder_window *w)
{
	const unsigned used = front_width(d) + OURS;
	const bool ours = w->side == LADDER_OURS;
	const char *head = ours ? "0 <- " : "-> 0 ";
	put_blank(d, used);
	put(d, ours ? LADDER_WRONG : LADDER_BAD, head);
	char *text = text_format("%s (events %" PRIu64 " to %" PRIu64 ", %.3f us)", w->words,
				 w->from_seq, w->to_seq, (double)(w->to - w->from) / 1e3);
	const unsigned room = room_behind(d, used);
	columns_wrap(d->out, text, room, used, (unsigned)strlen(head), 0);
	fputc('\n', d->out);
	free(text);
}

static void put_row(const struct drawing *d, const struct ladder_row *row)
{
	if (row->kind >= LADDER_STEP && row->side == LADDER_NEITHER)
		put_across(d, row);
	else
		put_rung(d, row);
}

/* The windows that end from this event on and before the next one that is shown. */
static void put_windows(const struct drawing *d, const struct ladder_filter *f, uint64_t from,
			uint64_t before)
{
	for (size_t i = 0; i < d->l->window_count; i++) {
		const struct ladder_window *w = &d->l->windows[i];
		if (w->to_seq >= from && w->to_seq < before && (!f->conn || f->conn == w->conn))
			put_window(d, w);
	}
}

/* ---- head and foot ---- */

static void put_head(const struct drawing *d)
{
	const struct ladder *l = d->l;
	if (*l->case_id)
		fprintf(d->out, "%s", l->case_id);
	if (l->seed_known)
		fprintf(d->out, ", seed %" PRIu64, l->seed);
	if (l->simulated)
		fputs(", on the simulator", d->out);
	if (l->wall) {
		const time_t seconds = (time_t)(l->wall / NS_PER_SECOND);
		struct tm tm;
		char day[32];
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", gmtime_r(&seconds, &tm));
		fprintf(d->out, ", began %s UTC by the clock where it ran", day);
	}
	if (*l->case_id || l->seed_known || l->simulated || l->wall)
		fputs("\n\n", d->out);
	fprintf(d->out, "%*s  %*s  %s%s%5s %-*s %s\n", (int)d->seq_width, "ev",
		(int)d->time_width + 7, "ms", d->wall ? "time of day      " : "",
		d->conns ? "conn  " : "", "recv", LANE - (int)strlen(ladder_theirs(l)) - 1,
		ladder_ours(l), ladder_theirs(l));
}

static void put_fold(const struct drawing *d, const struct ladder_stretch *s, const size_t *rows)
{
	const struct ladder_row *first = &d->l->rows[rows[s->first + s->rows]],
				*last = &d->l->rows[rows[s->first + s->rows * s->times - 1]];
	put_blank(d, front_width(d) + OURS);
	fprintf(d->out, "... %s %zu times more, events %" PRIu64 " to %" PRIu64 ", until ",
		s->rows == 1 ? "the same" : "these", s->times - 1, first->seq, last->seq);
	put_ms(d->out, 1, last->time);
	fputs(" ms\n", d->out);
}

static void put_stretch(const struct drawing *d, const struct ladder_filter *f,
			const struct ladder_stretch *s, const size_t *rows, size_t n)
{
	for (size_t i = s->first; i < s->first + s->rows; i++) {
		const struct ladder_row *row = &d->l->rows[rows[i]];
		put_row(d, row);
		put_windows(d, f, row->seq, i + 1 < n ? d->l->rows[rows[i + 1]].seq : UINT64_MAX);
	}
	if (s->times > 1)
		put_fold(d, s, rows);
}

void ladder_print(FILE *out, const struct ladder *l, const struct ladder_filter *f,
		  const struct ladder_style *style)
{
	size_t n, count;
	size_t *rows = ladder_select(l, f, &n);
	const struct ladder_row *last = l->count ? &l->rows[l->count - 1] : NULL;
	struct drawing d = {
		.out = out,
		.l = l,
		.style = style,
		.columns = style->columns < COLUMNS_LEAST ? COLUMNS_LEAST : style->columns,
		.seq_width = last ? digits(last->seq) + (last->seq < 10) : 2,
		.time_width = last ? digits(last->time / 1000000) : 1,
		.wall = l->wall,
		.conns = l->conns > 1,
	};

	if (front_width(&d) + OURS + LANE + BESIDE + WORDS_LEAST > d.columns)
		d.wall = false;
	put_head(&d);
	if (style->whole) {
		put_stretch(&d, f, &(struct ladder_stretch){.rows = n, .times = 1}, rows, n);
	} else {
		struct ladder_stretch *all = ladder_fold(l, rows, n, &count);
		for (size_t i = 0; i < count; i++)
			put_stretch(&d, f, &all[i], rows, n);
		free(all);
	}
	if (n < l->count)
		fprintf(out, "\n%zu of %zu events are not shown%s\n", l->count - n, l->count,
			f->all ? "" : " (--all)");
	free(rows);
}

void ladder_print_event(FILE *out, const char *which, const struct ladder *l,
			const struct log_event *ev)
{
	const struct ladder_row *row = NULL;
	if (!ev) {
		fprintf(out, "  %s  nothing more\n", which);
		return;
	}
	for (size_t k = 0; k < l->count && !row; k++)
		if (l->rows[k].seq == ev->seq)
			row = &l->rows[k];
	fprintf(out, "  %s  event %" PRIu64 ", ", which, ev->seq);
	put_ms(out, 0, ev->time);
	if (!row)
		fputs(" ms\n", out);
	else if (row->kind == LADDER_STEP)
		fprintf(out, " ms, line %u: %s\n", row->line, row->words);
	else
		fprintf(out, " ms, %s%s%s%s\n",
			row->side == LADDER_OURS     ? "we: "
			: row->side == LADDER_THEIRS ? "it: "
						     : "",
			row->label, *row->words ? " " : "", row->words);
}
