/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures made of an event log and read again, whole and with holes: what is in them comes back,
 * and what is missing is told.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../capture/capture.h"
#include "../oracle/watch.h"
#include "../report/pcap/pcap.h"
#include "../wire/cm_mad.h"
#include "../wire/roce.h"
#include "suites.h"

static struct log *story;
static uint64_t now, last_id;
static char *file;
static size_t file_len;
static struct capture *capture;
static struct log *retold;
static enum pcap_wire wire;

static const struct log_event *add(struct log_event ev)
{
	ev.time = now += 1000;
	ev.conn = ev.conn ? ev.conn : 1;
	return log_add(story, &ev);
}

static void cm(const char *name, const char *text)
{
	add((struct log_event){
		.kind = LOG_CM, .name = name, .text = text, .a = 16, .b = 8, .c = 7});
}

/* A message of that many bytes behind its headers. */
static struct bytes message(const char *type, uint32_t cmd_sn, size_t data_len)
{
	static uint8_t bytes[1 << 16], data[1 << 15];
	struct pdu p;
	pdu_init(&p, pdu_type_by_name(type));
	p.itt = cmd_sn;
	p.ttt = TAG_NONE;
	p.cmd_sn = p.stat_sn = cmd_sn;
	p.data = (struct bytes){data, data_len};
	return (struct bytes){bytes, pdu_encode(&p, bytes, sizeof(bytes), NULL)};
}

static void sent(struct bytes b, const char *status)
{
	add((struct log_event){
		.kind = LOG_POST, .name = "send", .id = ++last_id, .bytes = b, .b = 1});
	if (status)
		add((struct log_event){
			.kind = LOG_DONE, .name = "send", .id = last_id, .status = status});
}

static void heard(struct bytes b)
{
	add((struct log_event){.kind = LOG_RECV, .name = "recv", .bytes = b});
}

/* Each test begins so: we are the initiator, and logged in as far as anybody here looks. */
static void begin(void)
{
	wire = PCAP_ROCE;
	story = log_new(NULL, NULL);
	now = last_id = 0;
	cm("connect", "10.1.2.3 port 3260");
	cm("established", NULL);
}

static void end(void)
{
	log_free(retold);
	retold = NULL;
	capture_free(capture);
	capture = NULL;
	free(file);
	file = NULL;
	log_free(story);
}

static void make(void)
{
	struct pcap_counts counts;
	file = pcap_of_log(story, NULL, wire, &file_len, &counts);
	ck_assert_uint_gt(counts.frames, 0);
}

static void look(void)
{
	struct err e = {0};
	FILE *in = fmemopen(file, file_len, "rb");
	ck_assert_ptr_nonnull(in);
	capture = capture_read_stream(in, "x", &e);
	ck_assert_msg(capture != NULL, "%s", e.what);
}

/* The capture as a log of the initiator's or of the target's; until the next one. */
static const struct log *retell(bool initiator)
{
	log_free(retold);
	return retold = capture_log(capture, initiator);
}

static uint32_t get_le(const char *at)
{
	uint32_t v;
	memcpy(&v, at, sizeof(v));
	return v; /* as the file is; so are the machines that tests run on */
}

/* Where the block of that frame begins, frames from 1. */
static size_t block_of(size_t frame)
{
	for (size_t at = 0; at < file_len; at += get_le(file + at + 4))
		if (get_le(file + at) == 6 && !--frame)
			return at;
	ck_abort_msg("no such frame");
}

static size_t frame_count(void)
{
	size_t n = 0;
	for (size_t at = 0; at < file_len; at += get_le(file + at + 4))
		n += get_le(file + at) == 6;
	return n;
}

static void drop_frames(size_t first, size_t last)
{
	for (size_t i = last; i >= first; i--) {
		const size_t at = block_of(i), len = get_le(file + at + 4);
		memmove(file + at, file + at + len, file_len - at - len);
		file_len -= len;
	}
}

/* That frame once more, behind all others. */
static void repeat_frame(size_t frame)
{
	const size_t at = block_of(frame), len = get_le(file + at + 4);
	char *longer = realloc(file, file_len + len);
	ck_assert_ptr_nonnull(longer);
	file = longer;
	memcpy(file + file_len, file + at, len);
	file_len += len;
}

/* The file with these frames in this order; 0 ends them. */
static void arrange(const size_t *frames)
{
	const size_t first = block_of(1);
	char *arranged = malloc(file_len * 3);
	size_t len = first;
	ck_assert_ptr_nonnull(arranged);
	memcpy(arranged, file, first);
	for (; *frames; frames++) {
		const size_t at = block_of(*frames), size = get_le(file + at + 4);
		ck_assert_uint_le(len + size, file_len * 3);
		memcpy(arranged + len, file + at, size);
		len += size;
	}
	free(file);
	file = arranged;
	file_len = len;
}

/* A frame's RoCE packet. */
static struct roce_packet packet_of(size_t frame)
{
	enum { FRAME_AT = 28, LEN_AT = 20 };
	const size_t at = block_of(frame);
	struct net_packet net;
	struct roce_packet p;
	enum roce_check check;
	const struct bytes bytes = {(const uint8_t *)file + at + FRAME_AT,
				    get_le(file + at + LEN_AT)};
	ck_assert_int_eq(net_decode(&net, NET_ETHERNET, bytes, NULL), 0);
	ck_assert_int_eq(roce_decode(&p, &net, &check, NULL), 0);
	return p;
}

static size_t count(const struct log *l, enum log_kind kind, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < log_count(l); i++)
		n += log_at(l, i)->kind == kind && !strcmp(log_at(l, i)->name, name);
	return n;
}

/* Messages, with their bytes, in the order of the story. */
static void same_messages(const struct log *l)
{
	size_t k = 0;
	for (size_t i = 0; i < log_count(story); i++) {
		const struct log_event *want = log_at(story, i);
		if (want->kind != LOG_POST && want->kind != LOG_RECV)
			continue;
		while (k < log_count(l) && log_at(l, k)->kind != want->kind)
			k++;
		ck_assert_uint_lt(k, log_count(l));
		const struct log_event *got = log_at(l, k++);
		ck_assert_str_eq(got->name, want->name);
		ck_assert_uint_eq(got->bytes.len, want->bytes.len);
		ck_assert_mem_eq(got->bytes.at, want->bytes.at, want->bytes.len);
		ck_assert_uint_eq(got->key, want->key);
		ck_assert_uint_eq(got->invalidated_key, want->invalidated_key);
	}
}

/* ---- whole ones ---- */

START_TEST(comes_back)
{
	wire = _i ? PCAP_IWARP : PCAP_ROCE;
	for (uint32_t i = 1; i < 8; i++) {
		sent(message("nop-out", i, i * 1371), "ok");
		heard(message("nop-in", i, i * 1371));
	}
	add((struct log_event){.kind = LOG_RECV,
			       .name = "recv",
			       .bytes = message("scsi-response", 9, 0),
			       .invalidated = true,
			       .invalidated_key = 0x77});
	add((struct log_event){.kind = LOG_MEMORY,
			       .name = "remote-read",
			       .status = "ok",
			       .key = 0x1234,
			       .addr = 0x100000000,
			       .len = 70000});
	add((struct log_event){.kind = LOG_MEMORY,
			       .name = "remote-write",
			       .status = "ok",
			       .key = 0x99,
			       .addr = 0x200000000,
			       .len = 5});
	add((struct log_event){.kind = LOG_MEMORY,
			       .name = "remote-read-end",
			       .status = "ok",
			       .key = 0x1234,
			       .addr = 0x100000000,
			       .len = 70000});
	cm("disconnected", NULL);
	make();
	look();
	ck_assert_uint_eq(capture_link_count(capture), 1);
	const struct capture_link *link = capture_link(capture, 0);
	ck_assert_int_eq(link->begin, CAPTURE_WHOLE);
	ck_assert_int_eq(link->iwarp, wire == PCAP_IWARP);
	ck_assert_uint_eq(link->port, 3260);
	ck_assert_uint_eq(link->messages[0], 7);
	ck_assert_uint_eq(link->messages[1], 8);
	ck_assert_uint_eq(link->rdma[1], 2);
	ck_assert_uint_eq(link->again + link->missing + link->rnr_naks, 0);
	const struct log *l = retell(true);
	same_messages(l);
	ck_assert_uint_eq(count(l, LOG_MEMORY, "remote-read"), 1);
	ck_assert_uint_eq(count(l, LOG_MEMORY, "remote-read-end"), 1);
	ck_assert_uint_eq(count(l, LOG_MEMORY, "remote-write"), 1);
	ck_assert_uint_eq(count(l, LOG_CM, "connect"), 1);
	ck_assert_uint_eq(count(l, LOG_CM, "established"), 1);
	ck_assert_uint_eq(count(l, LOG_CM, "disconnected"), 1);
	for (size_t i = 0; i < log_count(l); i++)
		if (log_at(l, i)->kind == LOG_MEMORY)
			ck_assert_uint_eq(log_at(l, i)->len,
					  strcmp(log_at(l, i)->name, "remote-write") ? 70000 : 5);
	/* The other role's log has it the other way round. */
	l = retell(false);
	ck_assert_uint_eq(count(l, LOG_RECV, "recv"), 7);
	ck_assert_uint_eq(count(l, LOG_CM, "connect-request"), 1);
	ck_assert_uint_eq(count(l, LOG_CM, "disconnect"), 1);
}
END_TEST

static const char *status_of_last(const struct log *l)
{
	const char *status = NULL;
	for (size_t i = 0; i < log_count(l); i++)
		if (log_at(l, i)->kind == LOG_DONE)
			status = log_at(l, i)->status;
	return status;
}

/* What refused a request of ours is on the wire, and is told again. */
START_TEST(refusals)
{
	static const char *const statuses[] = {"rnr-retry-exceeded", "remote-invalid",
					       "remote-access", "remote-operation"};
	sent(message("nop-out", 1, 0), "ok");
	sent(message("nop-out", 2, 0), statuses[_i]);
	make();
	look();
	const struct log *l = retell(true);
	ck_assert_uint_eq(count(l, LOG_DONE, "send"), 2);
	ck_assert_str_eq(status_of_last(l), statuses[_i]);
	ck_assert_uint_eq(capture_link(capture, 0)->rnr_naks, _i == 0);
}
END_TEST

/* Nobody takes what follows a refused request: who refused it has heard the first alone. */
START_TEST(behind_a_refusal)
{
	sent(message("nop-out", 1, 0), "ok");
	sent(message("nop-out", 2, 0), NULL);
	sent(message("nop-out", 3, 0), NULL);
	add((struct log_event){
		.kind = LOG_DONE, .name = "send", .id = 2, .status = "rnr-retry-exceeded"});
	add((struct log_event){.kind = LOG_DONE, .name = "send", .id = 3, .status = "flushed"});
	make();
	look();
	ck_assert_uint_eq(count(retell(true), LOG_POST, "send"), 3);
	ck_assert_uint_eq(count(retell(false), LOG_RECV, "recv"), 1);
}
END_TEST

/* And whose request was refused takes nothing any more either. */
START_TEST(behind_the_end)
{
	heard(message("nop-in", 1, 0)); /* frames 4 and 5 */
	sent(message("nop-out", 1, 0), "rnr-retry-exceeded");
	make();
	/* Their ping comes last, and nobody acknowledges it. */
	arrange((const size_t[]){1, 2, 3, 6, 7, 4, 0});
	look();
	ck_assert_uint_eq(capture_link(capture, 0)->messages[1], 1);
	ck_assert_uint_eq(count(retell(true), LOG_RECV, "recv"), 0);
}
END_TEST

/* No acknowledgement, no claim. */
START_TEST(not_acknowledged)
{
	sent(message("nop-out", 1, 0), NULL);
	make();
	look();
	const struct log *l = retell(true);
	ck_assert_uint_eq(count(l, LOG_POST, "send"), 1);
	ck_assert_uint_eq(count(l, LOG_DONE, "send"), 0);
}
END_TEST

/* Over iWARP nothing acknowledges what left. */
START_TEST(left)
{
	wire = PCAP_IWARP;
	sent(message("nop-out", 1, 0), "left");
	make();
	look();
	ck_assert_str_eq(status_of_last(retell(true)), "left");
}
END_TEST

/* ---- captures that lack something ---- */

static void some_pings(uint32_t n)
{
	for (uint32_t i = 1; i <= n; i++) {
		sent(message("nop-out", i, 0), "ok");
		heard(message("nop-in", i, 0));
	}
}

/* Begins behind the connection request: roles by the PDUs, and what has to know more is silent. */
START_TEST(joined)
{
	wire = _i ? PCAP_IWARP : PCAP_ROCE;
	some_pings(6);
	make();
	drop_frames(1, _i ? 8 : 6);
	look();
	ck_assert_uint_eq(capture_link_count(capture), 1);
	const struct capture_link *link = capture_link(capture, 0);
	char text[64];
	ck_assert_int_eq(link->begin, CAPTURE_JOINED);
	ck_assert(link->roles_known && !link->one_way);
	ck_assert_str_eq(net_text(&link->initiator, text, sizeof(text)), "192.0.2.1");
	ck_assert_str_eq(net_text(&link->target, text, sizeof(text)), "10.1.2.3");
	ck_assert_uint_ge(link->messages[0] + link->messages[1], 10);
	const struct log *l = retell(true);
	ck_assert_str_eq(log_at(l, 0)->name, "joined");
	struct case_result r;
	result_init(&r, "x");
	watch_log(l, true, NULL, NULL, &r);
	for (size_t i = 0; i < r.finding_count; i++)
		ck_assert_msg(monitor_by_name(r.findings[i].monitor)->alone, "%s",
			      r.findings[i].monitor);
	ck_assert_uint_gt(r.finding_count, 0);
	result_free(&r);
}
END_TEST

/* One request is missing in the middle: what follows it is another connection, that began there. */
START_TEST(hole)
{
	some_pings(6);
	make();
	drop_frames(8, 8); /* a ping of ours or an answer, with nothing of its acknowledgement */
	look();
	ck_assert_uint_eq(capture_link_count(capture), 2);
	ck_assert_int_eq(capture_link(capture, 0)->begin, CAPTURE_WHOLE);
	ck_assert_int_eq(capture_link(capture, 1)->begin, CAPTURE_GAP);
	ck_assert_uint_eq(capture_link(capture, 1)->missing, 1);
	size_t messages = 0;
	for (size_t i = 0; i < 2; i++)
		messages += capture_link(capture, i)->messages[0] +
			    capture_link(capture, i)->messages[1];
	ck_assert_uint_eq(messages, 11);
}
END_TEST

/* TCP acknowledges what the capture does not have. */
START_TEST(hole_in_tcp)
{
	wire = PCAP_IWARP;
	some_pings(6);
	make();
	drop_frames(11, 11);
	look();
	ck_assert_uint_eq(capture_link_count(capture), 2);
	ck_assert_int_eq(capture_link(capture, 1)->begin, CAPTURE_GAP);
	ck_assert_uint_gt(capture_link(capture, 1)->missing, 0);
}
END_TEST

/* Three pings in a row behind a first one. */
static void a_row(void)
{
	sent(message("nop-out", 1, 0), "ok"); /* frames 4 and 5 */
	for (uint32_t i = 2; i <= 4; i++)     /* 6 to 8 */
		sent(message("nop-out", i, 0), NULL);
	for (uint64_t id = 2; id <= 4; id++) /* 9 to 11 */
		add((struct log_event){.kind = LOG_DONE, .name = "send", .id = id, .status = "ok"});
	make();
}

/* A packet was lost in front of the capture: nobody takes what follows it, and all comes again. */
START_TEST(lost_on_the_way)
{
	a_row();
	arrange((const size_t[]){1, 2, 3, 4, 5, 7, 8, 6, 7, 8, 9, 10, 11, 0});
	look();
	ck_assert_uint_eq(capture_link_count(capture), 1);
	const struct capture_link *link = capture_link(capture, 0);
	ck_assert_uint_eq(link->messages[0], 4);
	ck_assert_uint_eq(link->early, 2);
	ck_assert_uint_eq(link->again + link->missing, 0);
	const struct log *l = retell(true);
	same_messages(l);
	ck_assert_uint_eq(count(l, LOG_DONE, "send"), 4);
}
END_TEST

/* What comes again while its acknowledgement is under way, and in another order, arrived when it
 * first did. */
START_TEST(again_in_another_order)
{
	heard(message("nop-in", 1, 0)); /* frames 4 and 5 */
	heard(message("nop-in", 2, 0)); /* 6 and 7 */
	sent(message("nop-out", 3, 0), "ok");
	make();
	arrange((const size_t[]){1, 2, 3, 4, 6, 8, 6, 4, 5, 7, 9, 0});
	look();
	ck_assert_uint_eq(capture_link(capture, 0)->again, 2);
	same_messages(retell(true));
}
END_TEST

/* The same packet was lost by the capture alone: its receiver acknowledges it. */
START_TEST(lost_by_the_capture)
{
	a_row();
	arrange((const size_t[]){1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 0});
	look();
	ck_assert_uint_eq(capture_link_count(capture), 2);
	ck_assert_uint_eq(capture_link(capture, 0)->messages[0], 1);
	ck_assert_uint_eq(capture_link(capture, 1)->missing, 1);
	ck_assert_uint_eq(capture_link(capture, 1)->messages[0], 2);
	ck_assert_uint_eq(capture_link(capture, 1)->early, 0);
}
END_TEST

/* IBTA specification 1, 12.7.31: who asks for a connection says with which number the other side
 * begins, and so does who accepts it. rdma_rxe and its peers do. */
START_TEST(first_numbers)
{
	struct cm_mad request, reply;
	sent(message("nop-out", 1, 0), "ok");
	heard(message("nop-in", 1, 0));
	make();
	ck_assert_int_eq(cm_mad_decode(&request, packet_of(1).load, NULL), 0);
	ck_assert_int_eq(cm_mad_decode(&reply, packet_of(2).load, NULL), 0);
	ck_assert_uint_ne(request.psn, reply.psn);
	ck_assert_uint_eq(packet_of(4).psn, reply.psn);
	ck_assert_uint_eq(packet_of(4).qp, reply.qp);
	ck_assert_uint_eq(packet_of(6).psn, request.psn);
	ck_assert_uint_eq(packet_of(6).qp, request.qp);
}
END_TEST

/* What comes again counts once. */
START_TEST(again)
{
	wire = _i ? PCAP_IWARP : PCAP_ROCE;
	some_pings(3);
	make();
	const size_t n = frame_count();
	for (size_t i = 4; i <= n; i++)
		repeat_frame(i);
	look();
	ck_assert_uint_eq(capture_link_count(capture), 1);
	const struct capture_link *link = capture_link(capture, 0);
	ck_assert_uint_eq(link->messages[0], 3);
	ck_assert_uint_eq(link->messages[1], 3);
	ck_assert_uint_ge(link->again, 6);
	ck_assert_uint_eq(link->missing, 0);
}
END_TEST

/* A packet with a wrong checksum is none. */
START_TEST(damaged)
{
	enum { FRAME_AT = 28, IN_BHS = 14 + 20 + 8 + 12 + 40 };
	some_pings(2);
	make();
	file[block_of(4) + FRAME_AT + IN_BHS] ^= 1;
	look();
	ck_assert_uint_eq(capture_counts(capture)->damaged, 1);
	ck_assert_uint_eq(capture_link(capture, 0)->messages[0] +
				  (capture_link_count(capture) > 1
					   ? capture_link(capture, 1)->messages[0]
					   : 0),
			  1);
}
END_TEST

/* Several connections at once, each by itself. */
START_TEST(several)
{
	wire = _i ? PCAP_IWARP : PCAP_ROCE;
	for (unsigned conn = 2; conn <= 5; conn++) {
		add((struct log_event){.kind = LOG_CM,
				       .conn = conn,
				       .name = "connect",
				       .text = "10.1.2.3 port 3260"});
		add((struct log_event){.kind = LOG_CM, .conn = conn, .name = "established"});
	}
	for (uint32_t i = 1; i <= 20; i++)
		add((struct log_event){.kind = LOG_RECV,
				       .conn = 1 + i % 5,
				       .name = "recv",
				       .bytes = message("nop-in", i, 0)});
	make();
	look();
	ck_assert_uint_eq(capture_link_count(capture), 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(capture_link(capture, i)->messages[1], 4);
}
END_TEST

/* ---- what is no capture ---- */

START_TEST(refused)
{
	static const char *const texts[] = {"", "x", "\x0a\x0d\x0d\x0a", "{\"seq\":1}\n"};
	for (size_t i = 1; i < sizeof(texts) / sizeof(*texts); i++) {
		char copy[32];
		struct err e = {0};
		const size_t len = strlen(texts[i]);
		memcpy(copy, texts[i], len);
		ck_assert_ptr_null(capture_read_stream(fmemopen(copy, len, "rb"), "name", &e));
		ck_assert_msg(!strncmp(e.what, "name: ", 6), "%s", e.what);
	}
	struct err e = {0};
	ck_assert_ptr_null(capture_read("/nonexistent/x.pcapng", &e));
	ck_assert_int_eq(e.errnum, 2);
}
END_TEST

/* ---- comments ---- */

static bool holds(const char *needle)
{
	return memmem(file, file_len, needle, strlen(needle)) != NULL;
}

START_TEST(comments)
{
	struct case_result r;
	struct pcap_counts counts;
	some_pings(2);
	result_init(&r, "x");
	result_add(&r, VERDICT_FAIL, 17, "I7145-9.1-1", "wrong \x1b[31m", (uint64_t[]){3}, 1);
	result_add_monitor(&r, "frame", VERDICT_PASS, "I7145-9.1-2", "kept", (uint64_t[]){3}, 1);
	file = pcap_of_log(story, &r, wire, &file_len, &counts);
	ck_assert(holds("event 3, line 17, fail: wrong \\x1b[31m; rules I7145-9.1-1"));
	ck_assert(!holds("kept"));
	ck_assert(holds("Made by iserspec of an event log, not recorded"));
	result_free(&r);
}
END_TEST

/* A line of a log is short, whatever length it tells: nobody's memory is filled by it. */
START_TEST(zeros_without_end)
{
	struct pcap_counts counts;
	some_pings(2);
	for (int i = 0; i < 3; i++)
		add((struct log_event){.kind = LOG_MEMORY,
				       .name = i ? "remote-write" : "remote-read",
				       .status = "ok",
				       .key = 0x99,
				       .addr = 0x200000000,
				       .len = i ? 0x80000000u : 70000});
	file = pcap_of_log(story, NULL, wire, &file_len, &counts);
	ck_assert_uint_eq(counts.large, 2);
	ck_assert_uint_lt(file_len, 1 << 20);
	ck_assert(
		holds("2 RDMA operations (zeros for their data would come to more than 256 MiB)."));
}
END_TEST

Suite *capture_suite(void)
{
	Suite *s = suite_create("capture");
	TCase *t = tcase_create("capture");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, comes_back, 0, 2);
	tcase_add_loop_test(t, refusals, 0, 4);
	tcase_add_test(t, behind_a_refusal);
	tcase_add_test(t, behind_the_end);
	tcase_add_test(t, not_acknowledged);
	tcase_add_test(t, left);
	tcase_add_loop_test(t, joined, 0, 2);
	tcase_add_test(t, hole);
	tcase_add_test(t, hole_in_tcp);
	tcase_add_test(t, lost_on_the_way);
	tcase_add_test(t, lost_by_the_capture);
	tcase_add_test(t, again_in_another_order);
	tcase_add_test(t, first_numbers);
	tcase_add_loop_test(t, again, 0, 2);
	tcase_add_test(t, damaged);
	tcase_add_loop_test(t, several, 0, 2);
	tcase_add_test(t, refused);
	tcase_add_test(t, comments);
	tcase_add_test(t, zeros_without_end);
	suite_add_tcase(s, t);
	return s;
}
