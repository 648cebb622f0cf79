/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a capture, as `iserspec audit` reads it: connections lie within the frames that
 * there are, and so does each event; reading twice gives the same; monitors cite events that there
 * are. As no mutation hits a checksum, the file is read once more with all of them made right.
 */
#include "../harness/capture/capture.h"
#include "../harness/oracle/watch.h"
#include "../harness/wire/crc.h"
#include "../harness/wire/roce.h"
#include "fuzz.h"

static struct capture *parse(uint8_t *data, size_t size)
{
	FILE *in = size ? fmemopen(data, size, "rb") : NULL;
	struct err e = {0};

	if (!in)
		return NULL;
	struct capture *c = capture_read_stream(in, "capture", &e);
	REQUIRE(c || e.what[0]);
	return c;
}

static void check_counts(const struct capture *c)
{
	const struct capture_counts *n = capture_counts(c);
	size_t first = 0;

	REQUIRE(n->other + n->unreadable <= n->frames);
	for (size_t i = 0; i < capture_link_count(c); i++) {
		const struct capture_link *l = capture_link(c, i);
		REQUIRE(l->first_frame >= 1 && l->first_frame >= first);
		REQUIRE(l->last_frame >= l->first_frame && l->last_frame <= n->frames);
		first = l->first_frame;
	}
}

static bool same_text(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

static void check_log(const struct capture *c, const struct capture *again, bool sut_is_target)
{
	struct log *l = capture_log(c, sut_is_target), *m = capture_log(again, sut_is_target);
	struct case_result r;

	REQUIRE(log_count(l) == log_count(m));
	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i), *fellow = log_at(m, i);
		REQUIRE(ev->conn >= 1 && ev->conn <= capture_link_count(c));
		REQUIRE(ev->line >= 1 && ev->line <= capture_counts(c)->frames);
		REQUIRE(!i || ev->line >= log_at(l, i - 1)->line);
		REQUIRE(ev->kind == fellow->kind && same_text(ev->name, fellow->name) &&
			same_text(ev->status, fellow->status) &&
			ev->bytes.len == fellow->bytes.len);
	}
	result_init(&r, "capture");
	watch_log(l, sut_is_target, NULL, NULL, &r);
	for (size_t i = 0; i < r.finding_count; i++)
		for (size_t k = 0; k < r.findings[i].event_count; k++)
			REQUIRE(r.findings[i].events[k] >= 1 &&
				r.findings[i].events[k] <= log_count(l));
	result_free(&r);
	log_free(m);
	log_free(l);
}

static void check(uint8_t *data, size_t size)
{
	struct capture *c = parse(data, size), *again = parse(data, size);

	REQUIRE(!c == !again);
	if (c) {
		check_counts(c);
		REQUIRE(capture_link_count(c) == capture_link_count(again));
		check_log(c, again, true);
		check_log(c, again, false);
	}
	capture_free(again);
	capture_free(c);
}

/* ---- checksums ---- */

static void put_le(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void seal(uint8_t *frame, size_t len)
{
	struct net_packet p;

	if (net_decode(&p, NET_ETHERNET, (struct bytes){frame, len}, NULL) ||
	    p.load.len < p.load_len || p.load_len < 16)
		return;
	uint8_t *load = frame + (p.load.at - frame);
	if (p.protocol == NET_UDP && p.load.at - p.ip.at <= 100) {
		put_le(load + p.load_len - 4, roce_icrc(&p));
		return;
	}
	const size_t padded = (((size_t)load[0] << 8 | load[1]) + 2 + 3) / 4 * 4;
	if (p.protocol == NET_TCP && padded + 4 <= p.load_len)
		put_le(load + padded, crc_end(crc_add(CRC_32C, CRC_BEGIN, load, padded)));
}

static uint32_t get_le(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Of each enhanced packet block of a pcapng file. */
static void seal_all(uint8_t *data, size_t size)
{
	enum { ENHANCED = 6, HEADER = 28 };

	for (size_t at = 0; size - at >= HEADER;) {
		const uint32_t block = get_le(data + at + 4), captured = get_le(data + at + 20);
		if (block < 12 || block > size - at)
			return;
		if (get_le(data + at) == ENHANCED && captured <= size - at - HEADER)
			seal(data + at + HEADER, captured);
		at += block;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	REQUIRE(copy);
	if (size)
		memcpy(copy, data, size);
	check(copy, size);
	seal_all(copy, size);
	check(copy, size);
	free(copy);
	return 0;
}
