/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds from what a run left behind: what really was on the wire, and what was written about it. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/report/events.h"
#include "../../harness/report/file.h"
#include "../../harness/report/pcap/pcap.h"
#include "../../harness/report/report.h"
#include "../../harness/wire/pdu.h"
#include "save.h"

enum { PIECE = 8 << 10, FILE_LIMIT = 256 << 20, CONNECTIONS = 64 };

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- event logs ---- */

/* What both sides say of keys on one connection, as the target `negotiate` reads it. */
struct talk {
	char *text;
	size_t len;
};

/* A NUL ends each pair; ours begin with '>'. */
static void talk_add(struct talk *t, struct bytes keys, bool ours)
{
	bool begins = true;
	t->text = need(realloc(t->text, t->len + 2 * keys.len + 1));
	for (size_t i = 0; i < keys.len; i++) {
		if (begins && ours)
			t->text[t->len++] = '>';
		t->text[t->len++] = (char)keys.at[i];
		begins = !keys.at[i];
	}
}

static bool has_keys(const struct pdu *p)
{
	return p->type->iser_opcode == ISER_CONTROL && p->data.len &&
	       (p->opcode == OP_LOGIN_REQUEST || p->opcode == OP_LOGIN_RESPONSE ||
		p->opcode == OP_TEXT_REQUEST || p->opcode == OP_TEXT_RESPONSE);
}

static void of_message(const struct log_event *ev, struct talk *talks)
{
	struct pdu p;
	seed_save("pdu", ev->bytes.at, ev->bytes.len);
	seed_save("describe", ev->bytes.at, ev->bytes.len);
	if (pdu_decode(&p, ev->bytes.at, ev->bytes.len, NULL))
		return;
	if (p.ahs.len)
		seed_save("ahs", p.ahs.at, p.ahs.len);
	if (!has_keys(&p))
		return;
	seed_save("text", p.data.at, p.data.len);
	if (ev->conn < CONNECTIONS)
		talk_add(&talks[ev->conn], p.data, ev->kind == LOG_POST);
}

/* Of a log, or of a piece of one that has the beginning of a connection. */
static void of_capture(const char *text, size_t log_len)
{
	enum { LONGEST = 16 << 10 };
	struct log *l = events_parse("piece", text, log_len, NULL);
	for (unsigned wire = PCAP_ROCE; l && wire <= PCAP_IWARP; wire++) {
		struct pcap_counts counts;
		size_t len;
		char *file = pcap_of_log(l, NULL, (enum pcap_wire)wire, &len, &counts);
		if (counts.frames && len <= LONGEST)
			seed_save("capture", file, len);
		free(file);
	}
	log_free(l);
}

static void save_log(const char *text, size_t len)
{
	of_capture(text, len);
	seed_save("log", text, len);
	seed_save("audit", text, len);
}

/* A log is longer than an input should be: it goes into pieces, each a log by itself. */
static void of_pieces(const struct log *l)
{
	char *text = need(malloc(2 * PIECE));
	size_t len = 0;
	uint64_t seq = 0;
	for (size_t i = 0; i < log_count(l); i++) {
		struct log_event ev = *log_at(l, i);
		ev.seq = seq + 1;
		char *line = event_to_line(&ev, NULL);
		if (len + strlen(line) > PIECE && len) {
			save_log(text, len);
			len = 0;
			seq = 0;
			ev.seq = 1;
			free(line);
			line = event_to_line(&ev, NULL);
		}
		if (strlen(line) <= PIECE) {
			memcpy(text + len, line, strlen(line));
			len += strlen(line);
			seq++;
		}
		free(line);
	}
	if (len)
		save_log(text, len);
	free(text);
}

static void of_log(const char *path)
{
	struct talk talks[CONNECTIONS] = {{0}};
	struct err e;
	struct log *l = events_read(path, &e);
	if (!l) {
		fprintf(stderr, "%s\n", e.what);
		exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);
		if ((ev->kind == LOG_RECV || ev->kind == LOG_POST) && ev->bytes.len)
			of_message(ev, talks);
		else if (ev->kind == LOG_CM && ev->bytes.len)
			seed_save("cm_data", ev->bytes.at, ev->bytes.len);
	}
	for (size_t i = 0; i < CONNECTIONS; i++) {
		if (talks[i].len)
			seed_save("negotiate", talks[i].text, talks[i].len);
		free(talks[i].text);
	}
	of_pieces(l);
	log_free(l);
}

static void of_logs(const char *dir)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/logs", dir);
	DIR *d = opendir(path);
	for (struct dirent *file; d && (file = readdir(d));) {
		if (!strstr(file->d_name, ".jsonl"))
			continue;
		snprintf(path, sizeof(path), "%s/logs/%s", dir, file->d_name);
		of_log(path);
	}
	if (d)
		closedir(d);
}

/* ---- the journal ---- */

/* The head, and from there on so many whole lines as make a piece. */
static void of_journal(const char *dir)
{
	char path[4096];
	size_t len = 0;
	snprintf(path, sizeof(path), "%s/journal.jsonl", dir);
	char *text = file_read(path, FILE_LIMIT, &len, NULL);
	if (!text)
		return;
	for (const char *at = text, *from = text; *at;) {
		const char *end = strchr(at, '\n');
		const char *next = end ? end + 1 : at + strlen(at);
		if (next - from > PIECE / 2) {
			seed_save("journal", from, (size_t)(next - from));
			from = next;
		}
		at = next;
	}
	free(text);
}

/* ---- the report ---- */

/* A report of one case, with one monitor and one rule of those that it has. */
static void of_report(const char *dir)
{
	char path[4096];
	struct report r, one;
	snprintf(path, sizeof(path), "%s/report.json", dir);
	if (!report_read_json(&r, path, NULL))
		for (size_t i = 0; i < r.count; i++) {
			one = r;
			one.cases = &r.cases[i];
			one.count = one.planned = 1;
			one.monitor_count = r.monitor_count ? 1 : 0;
			one.monitors = r.monitors + i % (r.monitor_count + !r.monitor_count);
			one.rule_count = r.rule_count ? 1 : 0;
			one.rules = r.rules + i % (r.rule_count + !r.rule_count);
			one.provenance = i ? NULL : r.provenance;
			char *text = report_to_json(&one);
			seed_save("report", text, strlen(text));
			free(text);
		}
	report_free(&r);
}

void seeds_of_run(const char *dir)
{
	of_logs(dir);
	of_journal(dir);
	of_report(dir);
}
