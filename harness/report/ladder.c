/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of a ladder, one for each event of a log that can be shown. */
#include "ladder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/fabric.h"
#include "../oracle/verdict.h"
#include "escape.h"
#include "ladder_window.h"
#include "memory.h"
#include "words.h"

/* Text keys of a login, or the data of a ping: more than that nobody reads in a line. */
enum { WORDS_MAX = 2048 };

static bool is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

static void set_words(struct ladder_row *row, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void set_words(struct ladder_row *row, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	const int status = vasprintf(&text, fmt, args);
	va_end(args);
	must(status < 0 ? NULL : text);
	free(row->words);
	row->words = escape_text(text);
	free(text);
}

static void set_label(struct ladder_row *row, const char *label)
{
	free(row->label);
	row->label = escape_text(label);
}

static enum ladder_tone tone_of(const char *verdict)
{
	switch (verdict ? verdict_by_name(verdict) : -1) {
	case VERDICT_PASS:
		return LADDER_GOOD;
	case VERDICT_FAIL:
	case VERDICT_CRASH:
		return LADDER_BAD;
	case VERDICT_WARN:
	case VERDICT_INCONCLUSIVE:
		return LADDER_WRONG;
	case VERDICT_INFO:
	case VERDICT_NOT_APPLICABLE:
		return LADDER_REMARK;
	default: /* a value of a sweep: "broken" */
		return is(verdict, "broken") ? LADDER_WRONG : LADDER_PLAIN;
	}
}

/* ---- messages and RDMA ---- */

/* How it was sent, behind what it says. */
static void put_how(FILE *out, const struct log_event *ev)
{
	if (ev->invalidated)
		fprintf(out, ", invalidates STag 0x%" PRIx32, ev->invalidated_key);
	if (ev->has_imm)
		fprintf(out, ", with Immediate 0x%" PRIx32, ev->imm);
	if (ev->c)
		fputs(", solicited", out);
	if (ev->kind == LOG_POST && ev->b > 1)
		fprintf(out, " [%" PRId64 " of %" PRId64 " at once]", ev->a + 1, ev->b);
}

static void message(struct ladder_row *row, const struct log_event *ev)
{
	char text[WORDS_MAX], *how = NULL;
	size_t size;
	struct pdu pdu;
	const bool whole = !pdu_decode(&pdu, ev->bytes.at, ev->bytes.len, NULL);

	row->kind = LADDER_MESSAGE;
	row->arrow = true;
	row->side = ev->kind == LOG_POST ? LADDER_OURS : LADDER_THEIRS;
	pdu_describe(ev->bytes.at, ev->bytes.len, text, sizeof(text));
	const size_t title = whole ? strlen(pdu.type->title) : 0;
	const char *rest = text + (whole && !strncmp(text, pdu.type->title, title) ? title : 0);
	FILE *out = must(open_memstream(&how, &size));
	put_how(out, ev);
	fclose(out);
	set_label(row, whole ? pdu.type->title : "no PDU");
	set_words(row, "%s%s", rest + strspn(rest, " "), how);
	free(how);
	if (!whole)
		row->tone = row->side == LADDER_THEIRS ? LADDER_WRONG : LADDER_REMARK;
}

static void rdma(struct ladder_row *row, const struct log_event *ev, enum ladder_side side,
		 const char *label)
{
	row->kind = LADDER_RDMA;
	row->arrow = true;
	row->side = side;
	set_label(row, label);
	set_words(row, "%" PRIu64 " bytes at 0x%" PRIx64 ", STag 0x%" PRIx32, ev->len, ev->addr,
		  ev->key);
}

static void post(struct ladder_row *row, const struct log_event *ev)
{
	if (ev->bytes.len || !strncmp(ev->name, "send", 4)) {
		message(row, ev);
	} else if (!strncmp(ev->name, "write", 5)) {
		rdma(row, ev, LADDER_OURS, "RDMA Write");
	} else if (is(ev->name, "read")) {
		rdma(row, ev, LADDER_OURS, "RDMA Read");
	} else {
		row->kind = LADDER_MEMORY;
		row->side = LADDER_OURS;
		row->quiet = true;
		set_label(row, ev->name);
		set_words(row, "STag 0x%" PRIx32, ev->key);
	}
}

static void memory(struct ladder_row *row, const struct log_event *ev)
{
	row->kind = LADDER_MEMORY;
	row->side = LADDER_OURS;
	if (is(ev->name, "remote-write") || is(ev->name, "remote-read")) {
		rdma(row, ev, LADDER_THEIRS,
		     is(ev->name, "remote-write") ? "RDMA Write" : "RDMA Read");
		row->lost = !is(ev->status, "ok");
		row->tone = row->lost ? LADDER_BAD : LADDER_PLAIN;
		return;
	}
	set_label(row, is(ev->name, "look") ? "memory looked at" : ev->name);
	row->quiet = true;
	if (is(ev->name, "look") && ev->text) {
		row->quiet = false;
		row->tone = LADDER_BAD;
		set_words(row, "STag 0x%" PRIx32 ": the guard %s it was written to", ev->key,
			  ev->text);
	} else if (is(ev->name, "look") && ev->b > 0) {
		set_words(row, "STag 0x%" PRIx32 ": bytes %" PRId64 " to %" PRId64 " have changed",
			  ev->key, ev->a, ev->b - 1);
	} else {
		set_words(row, "STag 0x%" PRIx32 ", %" PRIu64 " bytes", ev->key, ev->len);
	}
}

/* ---- completions and buffers ---- */

static void done(struct ladder_row *row, const struct log_event *ev)
{
	row->kind = LADDER_DONE;
	row->side = LADDER_OURS;
	set_label(row, is(ev->status, "ok")	? "taken"
		       : is(ev->status, "left") ? "sent"
						: ev->status);
	row->quiet = is(ev->status, "ok") || is(ev->status, "left") || is(ev->status, "flushed");
	set_words(row, "%s of our %s", ev->text ? ev->text : "completion", ev->name);
	if (row->quiet)
		return;
	row->tone = LADDER_BAD;
	if (is(ev->status, fab_status_name(FAB_RNR_EXCEEDED))) {
		row->side = LADDER_THEIRS;
		row->arrow = true;
		set_label(row, "RNR NAK");
		set_words(row, "no receive buffer stood for our %s", ev->name);
	}
}

static void buffers(struct ladder_row *row, const struct log_event *ev)
{
	row->kind = LADDER_BUFFERS;
	row->side = LADDER_OURS;
	set_label(row, "receives posted");
	set_words(row, "%" PRId64 " more, %" PRId64 " stand", ev->a, ev->b);
	/* One posted again for each message taken is in the count beside the ladder. */
	row->quiet = ev->a == 1 && ev->b > 1;
}

/* ---- the connection ---- */

static const struct {
	const char *name, *label, *words;
	enum ladder_side side;
	bool arrow, quiet;
	enum ladder_tone tone;
} cm_rows[] = {
	{.name = "listen", .label = "listen", .side = LADDER_OURS, .quiet = true},
	{.name = "connect", .label = "connect", .side = LADDER_OURS, .arrow = true},
	{.name = "accept", .label = "accept", .side = LADDER_OURS, .arrow = true},
	{.name = "reject", .label = "reject", .side = LADDER_OURS, .arrow = true},
	{.name = "disconnect", .label = "disconnect", .side = LADDER_OURS, .arrow = true},
	{.name = "vanish",
	 .label = "vanish",
	 .words = "our queue pair is gone, and nobody was told",
	 .side = LADDER_OURS},
	{.name = "break",
	 .label = "break",
	 .words = "our queue pair goes to the error state",
	 .side = LADDER_OURS},
	{.name = "address-resolved",
	 .label = "address resolved",
	 .side = LADDER_OURS,
	 .quiet = true},
	{.name = "route-resolved", .label = "route resolved", .side = LADDER_OURS, .quiet = true},
	{.name = "free", .label = "free", .side = LADDER_OURS, .quiet = true},
	{.name = "connect-request", .label = "connect", .side = LADDER_THEIRS, .arrow = true},
	{.name = "established", .label = "established", .side = LADDER_THEIRS, .arrow = true},
	{.name = "rejected",
	 .label = "reject",
	 .side = LADDER_THEIRS,
	 .arrow = true,
	 .tone = LADDER_WRONG},
	{.name = "unreachable", .label = "unreachable", .side = LADDER_OURS, .tone = LADDER_BAD},
	{.name = "disconnected", .label = "disconnect", .side = LADDER_THEIRS, .arrow = true},
	{.name = "drain",
	 .label = "it closes",
	 .words = "what it sent before may still come",
	 .side = LADDER_THEIRS,
	 .quiet = true},
	{.name = "terminate",
	 .label = "TERMINATE",
	 .side = LADDER_THEIRS,
	 .arrow = true,
	 .tone = LADDER_BAD},
	{.name = "device-gone", .label = "device gone", .side = LADDER_OURS, .tone = LADDER_BAD},
};

static void ended(struct ladder_row *row, const struct log_event *ev)
{
	const bool orderly = is(ev->text, "ours") || is(ev->text, "closed");
	set_label(row, "connection over");
	set_words(row, "%s", words_of_end(ev->text));
	row->tone = orderly ? LADDER_PLAIN : LADDER_BAD;
	row->side = is(ev->text, "ours") || is(ev->text, "local") ? LADDER_OURS : LADDER_THEIRS;
}

static void connection(struct ladder_row *row, const struct log_event *ev)
{
	row->kind = LADDER_CONNECTION;
	row->side = LADDER_OURS;
	set_label(row, ev->name);
	if (is(ev->name, "end")) {
		ended(row, ev);
		return;
	}
	for (size_t i = 0; i < sizeof(cm_rows) / sizeof(cm_rows[0]); i++) {
		if (!is(ev->name, cm_rows[i].name))
			continue;
		row->side = cm_rows[i].side;
		row->arrow = cm_rows[i].arrow;
		row->quiet = cm_rows[i].quiet;
		row->tone = cm_rows[i].tone;
		set_label(row, cm_rows[i].label);
		set_words(row, "%s", cm_rows[i].words ? cm_rows[i].words : "");
	}
	/* What librdmacm calls the event says no more than its label does. */
	if (ev->text && *ev->text && strncmp(ev->text, "RDMA_CM_EVENT_", 14) != 0)
		set_words(row, "%s", ev->text);
	if (ev->a || ev->b)
		set_words(row,
			  "%s%sresponder_resources=%" PRId64 " initiator_depth=%" PRId64
			  " rnr_retry=%" PRId64,
			  row->words, *row->words ? ", " : "", ev->a, ev->b, ev->c);
}

/* ---- all else ---- */

static void check(struct ladder_row *row, const struct log_event *ev)
{
	row->kind = LADDER_CHECK;
	row->tone = tone_of(ev->name);
	set_label(row, ev->name);
	set_words(row, "%s%s%s%s", ev->text ? ev->text : "", ev->rules && *ev->rules ? " [" : "",
		  ev->rules ? ev->rules : "", ev->rules && *ev->rules ? "]" : "");
}

static void sut(struct ladder_row *row, const struct log_event *ev)
{
	row->side = LADDER_THEIRS;
	set_label(row, ev->name);
	set_words(row, "%s%s%s", ev->status ? ev->status : "", ev->status && ev->text ? ": " : "",
		  ev->text ? ev->text : "");
	row->tone = tone_of(ev->status);
	row->quiet = is(ev->name, "readable") || is(ev->name, "closed") || is(ev->name, "end");
	if (is(ev->name, "command ended"))
		set_words(row, "exit status %" PRId64 "%s%s", ev->a,
			  ev->text && *ev->text ? ": " : "", ev->text ? ev->text : "");
}

static void answer(struct ladder_row *row, const struct log_event *ev)
{
	const bool failed = is(ev->status, "failed");
	const bool lacked = is(ev->name, "rnr-nak-sent") && ev->a > 0;
	row->quiet = !failed && !lacked;
	row->side = LADDER_OURS;
	set_label(row, ev->name);
	set_words(row, "%s%s%" PRId64 "%s%s", failed ? "failed" : "", failed ? ", errno " : "",
		  ev->a, ev->text && *ev->text ? ": " : "", ev->text ? ev->text : "");
	if (failed)
		row->tone = LADDER_WRONG;
	if (!lacked)
		return;
	row->tone = LADDER_WRONG;
	row->kind = LADDER_DONE;
	row->arrow = true;
	set_label(row, "RNR NAK");
	set_words(row, "%" PRId64 " so far: a message of its own met no buffer of ours", ev->a);
}

static void other(struct ladder_row *row, const struct log_event *ev)
{
	const char *text = ev->text ? ev->text : "";
	set_label(row, ev->name ? ev->name : "");
	set_words(row, "%s", text);
	switch (ev->kind) {
	case LOG_STEP:
		row->kind = LADDER_STEP;
		set_label(row, "");
		break;
	case LOG_MEASURE:
		row->kind = LADDER_MEASURE;
		set_words(row, "%.6g%s%s", ev->number, *text ? " " : "", text);
		break;
	case LOG_TIMER:
		row->quiet = true;
		break;
	case LOG_KNOB:
		row->tone = LADDER_REMARK;
		row->side = LADDER_THEIRS;
		break;
	default:
		break;
	}
}

static void fill(struct ladder_row *row, const struct log_event *ev)
{
	switch (ev->kind) {
	case LOG_CM:
		connection(row, ev);
		break;
	case LOG_POST:
		post(row, ev);
		break;
	case LOG_POST_RECV:
		buffers(row, ev);
		break;
	case LOG_DONE:
		done(row, ev);
		break;
	case LOG_RECV:
		message(row, ev);
		break;
	case LOG_MEMORY:
		memory(row, ev);
		break;
	case LOG_CHECK:
		check(row, ev);
		break;
	case LOG_SUT:
		sut(row, ev);
		break;
	case LOG_ANSWER:
		answer(row, ev);
		break;
	case LOG_TIMER:
	case LOG_KNOB:
	case LOG_STEP:
	case LOG_MEASURE:
	case LOG_NOTE:
		other(row, ev);
		break;
	}
}

/* What the case was run with stands above the ladder. */
static bool take_fact(struct ladder *l, const struct log_event *ev)
{
	if (l->count || ev->kind != LOG_ANSWER || !is(ev->status, "run"))
		return false;
	if (is(ev->name, "case") || is(ev->name, "tool")) {
		char **to = is(ev->name, "case") ? &l->case_id : &l->tool;
		free(*to);
		*to = escape_text(ev->text);
	} else if (is(ev->name, "target-under-test")) {
		l->role_known = true;
		l->target = ev->a;
	} else if (is(ev->name, "simulated")) {
		l->simulated = ev->a;
	} else if (is(ev->name, "seed")) {
		l->seed_known = true;
		l->seed = (uint64_t)ev->a;
	} else if (is(ev->name, "wall-clock")) {
		l->wall = (uint64_t)ev->a;
	}
	return true;
}

/* The case's verdict says again what decided it. */
static void shorten_verdict(struct ladder *l, struct ladder_row *row, const struct log_event *ev)
{
	if (ev->kind != LOG_CHECK || ev->line || ev->rules || !ev->text)
		return;
	char *text = escape_text(ev->text);
	for (const struct ladder_row *was = l->rows; was < row; was++) {
		if (was->kind != LADDER_CHECK || !was->line ||
		    strncmp(was->words, text, strlen(text)) != 0)
			continue;
		set_words(row, "the case, by line %u", was->line);
		break;
	}
	free(text);
}

void ladder_make(struct ladder *l, const struct log *log)
{
	*l = (struct ladder){.case_id = must(strdup("")), .tool = must(strdup(""))};
	for (size_t i = 0; i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		if (take_fact(l, ev))
			continue;
		l->rows = grow(l->rows, l->count, sizeof(*l->rows));
		struct ladder_row *row = &l->rows[l->count++];
		*row = (struct ladder_row){.kind = LADDER_NOTE,
					   .time = ev->time,
					   .seq = ev->seq,
					   .conn = ev->conn,
					   .line = ev->line,
					   .label = must(strdup("")),
					   .words = must(strdup("")),
					   .ours = -1};
		fill(row, ev);
		shorten_verdict(l, row, ev);
		l->conns = ev->conn > l->conns ? ev->conn : l->conns;
	}
	ladder_find_windows(l, log);
}

void ladder_free(struct ladder *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->rows[i].label);
		free(l->rows[i].words);
	}
	for (size_t i = 0; i < l->window_count; i++)
		free(l->windows[i].words);
	free(l->rows);
	free(l->windows);
	free(l->case_id);
	free(l->tool);
	*l = (struct ladder){0};
}

const char *ladder_ours(const struct ladder *l)
{
	return !l->role_known ? "who wrote the log"
	       : l->target    ? "iserspec (initiator)"
			      : "iserspec (target)";
}

const char *ladder_theirs(const struct ladder *l)
{
	return !l->role_known ? "the other side" : l->target ? "target" : "initiator";
}
