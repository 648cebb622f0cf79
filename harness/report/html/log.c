/* SPDX-License-Identifier: BSD-2-Clause */
/* One event log as the page has it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../escape.h"
#include "../events.h"
#include "../json.h"
#include "../ladder.h"
#include "../memory.h"
#include "internal.h"

/* Of each message so many bytes are in the page; nobody reads more hex, and the log has them. */
enum { BYTES_SHOWN = 4096 };

static json_t *row_to_json(const struct ladder_row *row)
{
	const int flags = row->arrow | row->lost << 1 | row->quiet << 2;
	json_t *a = must(json_array());
	json_array_append_new(a, json_number(row->seq));
	json_array_append_new(a, json_number(row->time));
	json_array_append_new(a, json_number(row->conn));
	json_array_append_new(a, json_number(row->kind));
	json_array_append_new(a, json_number(row->side));
	json_array_append_new(a, json_number(row->tone));
	json_array_append_new(a, json_number((uint64_t)flags));
	json_array_append_new(a, json_number(row->line));
	json_array_append_new(a, json_text(row->label));
	json_array_append_new(a, json_text(row->words));
	json_array_append_new(a, must(json_integer(row->ours)));
	json_array_append_new(a, json_number(row->theirs));
	return a;
}

static json_t *windows_to_json(const struct ladder *l)
{
	json_t *all = must(json_array());
	for (size_t i = 0; i < l->window_count; i++) {
		const struct ladder_window *w = &l->windows[i];
		json_t *o = must(json_object());
		json_object_set_new(o, "conn", json_number(w->conn));
		json_object_set_new(o, "side", json_number(w->side));
		json_object_set_new(o, "from_seq", json_number(w->from_seq));
		json_object_set_new(o, "to_seq", json_number(w->to_seq));
		json_object_set_new(o, "from", json_number(w->from));
		json_object_set_new(o, "to", json_number(w->to));
		json_object_set_new(o, "words", json_text(w->words));
		json_array_append_new(all, o);
	}
	return all;
}

/* [first row of the list, rows, times]: what repeats among the rows that are not quiet. */
static json_t *fold_to_json(const struct ladder *l)
{
	size_t n, count;
	size_t *rows = ladder_select(l, &(struct ladder_filter){0}, &n);
	struct ladder_stretch *folds = ladder_fold(l, rows, n, &count);
	json_t *shown = must(json_array()), *stretches = must(json_array()),
	       *o = must(json_object());
	for (size_t i = 0; i < n; i++)
		json_array_append_new(shown, json_number(rows[i]));
	for (size_t i = 0; i < count; i++) {
		json_t *one = must(json_array());
		json_array_append_new(one, json_number(folds[i].first));
		json_array_append_new(one, json_number(folds[i].rows));
		json_array_append_new(one, json_number(folds[i].times));
		json_array_append_new(stretches, one);
	}
	json_object_set_new(o, "rows", shown);
	json_object_set_new(o, "stretches", stretches);
	free(folds);
	free(rows);
	return o;
}

static json_t *ladder_to_json(const struct log *log)
{
	struct ladder l;
	ladder_make(&l, log);
	json_t *o = must(json_object()), *rows = must(json_array());
	for (size_t i = 0; i < l.count; i++)
		json_array_append_new(rows, row_to_json(&l.rows[i]));
	json_object_set_new(o, "ours", json_text(ladder_ours(&l)));
	json_object_set_new(o, "theirs", json_text(ladder_theirs(&l)));
	json_object_set_new(o, "simulated", json_boolean(l.simulated));
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "windows", windows_to_json(&l));
	json_object_set_new(o, "shown", fold_to_json(&l));
	ladder_free(&l);
	return o;
}

static json_t *hex(struct bytes b)
{
	static const char digits[] = "0123456789abcdef";
	const size_t n = b.len < BYTES_SHOWN ? b.len : BYTES_SHOWN;
	char *text = must(malloc(2 * n + 1));
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[b.at[i] >> 4];
		text[2 * i + 1] = digits[b.at[i] & 15];
	}
	text[2 * n] = '\0';
	json_t *s = must(json_string(text));
	free(text);
	return s;
}

/* {type, bytes, len, first reserved byte that is set, or why it is no message} */
static json_t *message_to_json(const struct log_event *ev)
{
	struct pdu pdu;
	struct err e;
	size_t first = 0;
	json_t *o = must(json_object());
	json_object_set_new(o, "len", json_number(ev->bytes.len));
	json_object_set_new(o, "hex", hex(ev->bytes));
	if (pdu_decode(&pdu, ev->bytes.at, ev->bytes.len, &e)) {
		char text[sizeof(e.what) + 128];
		json_object_set_new(o, "broken", json_text(err_text(&e, text, sizeof(text))));
		return o;
	}
	json_object_set_new(o, "type", json_text(pdu.type->name));
	const unsigned reserved = pdu_reserved_set(pdu.type, ev->bytes.at, ev->bytes.len, &first);
	if (reserved) {
		json_object_set_new(o, "reserved", json_number(reserved));
		json_object_set_new(o, "reserved_at", json_number(first));
	}
	return o;
}

static json_t *messages_to_json(const struct log *log)
{
	json_t *o = must(json_object());
	for (size_t i = 0; i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		char seq[24];
		if (!ev->bytes.len || (ev->kind != LOG_POST && ev->kind != LOG_RECV))
			continue;
		snprintf(seq, sizeof(seq), "%llu", (unsigned long long)ev->seq);
		json_object_set_new(o, seq, message_to_json(ev));
	}
	return o;
}

static void add_value(json_t *measured, const struct log_event *ev)
{
	char *name = escape_text(ev->name);
	json_t *values = json_object_get(measured, name);
	if (!values) {
		values = must(json_array());
		json_object_set_new(measured, name, values);
	}
	json_t *value = json_real(ev->number); /* NULL of what JSON has no number for */
	json_array_append_new(values, value ? value : json_null());
	free(name);
}

static json_t *measured_of(const struct log *log)
{
	json_t *measured = must(json_object());
	for (size_t i = 0; i < log_count(log); i++)
		if (log_at(log, i)->kind == LOG_MEASURE)
			add_value(measured, log_at(log, i));
	return measured;
}

static json_t *facts_of(const struct log *log)
{
	json_t *facts = must(json_object());
	json_object_set_new(facts, "measured", measured_of(log));
	for (size_t i = 0; i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		if (ev->kind == LOG_ANSWER && ev->status && !strcmp(ev->status, "run") &&
		    !strcmp(ev->name, "digest"))
			json_object_set_new(facts, "digest", json_text(ev->text));
	}
	return facts;
}

/* A sentence, when the page is to do without this log. */
static char *left_out(const char *path)
{
	struct stat st;
	if (stat(path, &st))
		return text_format("its log cannot be read: %s", strerror(errno));
	if (st.st_size <= HTML_LOG_MAX)
		return NULL;
	return text_format("its log has %lld MiB, which is too much for a page",
			   (long long)st.st_size >> 20);
}

char *html_log(const char *path, json_t *kept, json_t **facts, char **why)
{
	struct err e;
	*facts = NULL;
	*why = left_out(path);
	struct log *log = *why ? NULL : events_read(path, &e);
	if (!log) {
		*why = *why ? *why : text_format("its log cannot be read: %s", e.what);
		return NULL;
	}
	json_t *o = must(json_object());
	json_object_set_new(o, "ladder", ladder_to_json(log));
	json_object_set_new(o, "events", json_number(log_count(log)));
	json_object_set_new(o, "messages", messages_to_json(log));
	json_object_set(o, "kept", kept);
	*facts = facts_of(log);
	log_free(log);
	char *text = must(json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12)));
	json_decref(o);
	char *packed = html_pack(text, strlen(text));
	free(text);
	return packed;
}

json_t *html_measured(const char *path)
{
	struct err ignored;
	char *why = left_out(path);
	struct log *log = why ? NULL : events_read(path, &ignored);
	json_t *measured = log ? measured_of(log) : NULL;
	free(why);
	log_free(log);
	return measured;
}
