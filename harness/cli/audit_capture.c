/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec audit FILE.pcapng: what the capture holds and lacks, and what the monitors find in it.
 */
#include "audit_capture.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../capture/capture.h"
#include "../report/events.h"
#include "../report/report.h"

bool is_capture(const char *path)
{
	static const uint8_t magics[][4] = {
		{0x0a, 0x0d, 0x0d, 0x0a}, {0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1},
		{0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1},
	};
	uint8_t begin[4] = {0};
	FILE *in = fopen(path, "rbe");

	if (!in)
		return false;
	const bool four = fread(begin, 1, sizeof(begin), in) == sizeof(begin);
	fclose(in);
	for (size_t i = 0; four && i < sizeof(magics) / sizeof(*magics); i++)
		if (!memcmp(begin, magics[i], sizeof(begin)))
			return true;
	return false;
}

/* ---- what there is, and what is not ---- */

static void put_link(size_t number, const struct capture_link *l)
{
	char initiator[64], target[64];
	const char *at = l->iwarp ? "port" : "queue pair";

	printf("    connection %zu: %s, initiator %s %s %u, target %s %s %u", number,
	       l->iwarp ? "iWARP" : "RoCEv2", net_text(&l->initiator, initiator, sizeof(initiator)),
	       at, l->initiator_at, net_text(&l->target, target, sizeof(target)), at, l->target_at);
	printf(", frames %zu to %zu: %zu and %zu messages, %zu and %zu RDMA operations\n",
	       l->first_frame, l->last_frame, l->messages[0], l->messages[1], l->rdma[0],
	       l->rdma[1]);
	if (l->begin == CAPTURE_JOINED)
		puts("        its beginning is not in the capture");
	if (l->begin == CAPTURE_GAP && l->missing)
		printf("        goes on behind a gap: %zu %s are missing\n", l->missing,
		       l->iwarp ? "bytes" : "packets");
	else if (l->begin == CAPTURE_GAP)
		puts("        goes on behind a message that the capture cut");
	if (l->one_way)
		puts("        one direction: which packets answer it cannot be told");
	if (!l->roles_known)
		puts("        which side is the initiator cannot be told: not judged");
	if (l->again)
		printf("        %zu packets came again, and count once\n", l->again);
	if (l->early)
		printf("        %zu packets came behind a lost one, so that nobody took them\n",
		       l->early);
	if (l->rnr_naks)
		printf("        %zu RNR NAKs\n", l->rnr_naks);
}

static void put_count(size_t n, const char *what)
{
	if (n)
		printf("    %zu %s\n", n, what);
}

static void put_silent(const struct capture *c)
{
	size_t count, joined = 0;
	const struct monitor *const *all = monitors(&count);

	for (size_t i = 0; i < capture_link_count(c); i++)
		joined += capture_link(c, i)->begin != CAPTURE_WHOLE;
	if (joined) {
		printf("    on the %zu that did not begin here these monitors alone judge:",
		       joined);
		for (size_t i = 0; i < count; i++)
			if (all[i]->alone)
				printf(" %s", all[i]->name);
		putchar('\n');
	}
	if (capture_link_count(c))
		puts("    no capture shows what memory held or what stood registered: placement is "
		     "silent, and target-stags about refused operations");
}

static void put_contents(const struct capture *c)
{
	const struct capture_counts *n = capture_counts(c);

	printf("    %zu frames, %zu connections of iSER\n", n->frames, capture_link_count(c));
	for (size_t i = 0; i < capture_link_count(c); i++)
		put_link(i + 1, capture_link(c, i));
	put_count(n->not_iser, "other RDMA connections");
	put_count(n->other, "frames of something else");
	put_count(n->unreadable,
		  "frames that cannot be read: headers cut or wrong, or IP fragments");
	put_count(n->damaged, "packets with a wrong CRC, as if they had not come");
	put_count(n->cut, "packets that the capture cut in the middle");
	put_count(n->strange, "packets of no connection that is known, or of no known kind");
	put_silent(c);
}

/* ---- findings ---- */

static void put_finding(const struct log *l, const struct finding *f)
{
	printf("    %-5s %s: %s\n          rules %s", verdict_name(f->verdict), f->monitor,
	       f->reason, f->rules);
	for (size_t i = 0; i < f->event_count; i++) {
		const struct log_event *ev = log_at(l, (size_t)f->events[i] - 1);
		if (ev)
			printf("%s%u", i ? ", " : "; frames ", ev->line);
	}
	putchar('\n');
}

static int keep_log(const char *path, const struct log *l, struct err *e)
{
	struct event_writer *w = event_writer_open(path, NULL, 0, e);

	if (!w)
		return -1;
	for (size_t i = 0; i < log_count(l); i++)
		event_writer_sink(w, log_at(l, i));
	return event_writer_close(w, e);
}

static int judge(struct capture_audit *a, const struct capture *c, const char *path, bool target,
		 struct err *e)
{
	struct log *l = capture_log(c, target);
	const int status = a->log ? keep_log(a->log, l, e) : 0;
	struct case_result r;
	bool named = false;

	result_init(&r, path);
	watch_log(l, target, a->ledger, a->only, &r);
	result_clean(&r, NULL);
	for (size_t i = 0; i < r.finding_count; i++) {
		const struct finding *f = &r.findings[i];
		a->counts[f->verdict]++;
		if (f->verdict == VERDICT_PASS && !a->verbose)
			continue;
		if (!named)
			printf("  the %s\n", target ? "target" : "initiator");
		named = true;
		put_finding(l, f);
	}
	result_free(&r);
	log_free(l);
	return status;
}

int audit_capture(struct capture_audit *a, const char *path, struct err *e)
{
	struct capture *c = capture_read(path, e);

	if (!c)
		return -1;
	printf("%s\n", path);
	put_contents(c);
	int status = a->initiator ? judge(a, c, path, false, e) : 0;
	if (a->target && !status)
		status = judge(a, c, path, true, e);
	a->connections += capture_link_count(c);
	capture_free(c);
	return status;
}
