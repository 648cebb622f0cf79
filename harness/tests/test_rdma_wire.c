/* SPDX-License-Identifier: BSD-2-Clause */
/* RoCEv2, the connection manager's MADs and iWARP: what is written is read as the same, and what is
 * wrong is refused. Checksums against published values. */
#include <check.h>
#include <string.h>

#include "../wire/cm_mad.h"
#include "../wire/crc.h"
#include "../wire/iwarp.h"
#include "../wire/roce.h"
#include "suites.h"

static const uint8_t text[] = "123456789";

static uint32_t crc(enum crc_kind kind, const void *at, size_t len)
{
	return crc_end(crc_add(kind, CRC_BEGIN, at, len));
}

/* The check values that catalogues of CRCs give, and RFC 3720 B.4's 32 zeros. */
START_TEST(checksums)
{
	static const uint8_t zeros[32];
	ck_assert_uint_eq(crc(CRC_32, text, 9), 0xcbf43926);
	ck_assert_uint_eq(crc(CRC_32C, text, 9), 0xe3069283);
	ck_assert_uint_eq(crc(CRC_32C, zeros, 32), 0x8a9136aa);
	const uint32_t half = crc_add(CRC_32, CRC_BEGIN, text, 4);
	ck_assert_uint_eq(crc_end(crc_add(CRC_32, half, text + 4, 5)), 0xcbf43926);
}
END_TEST

/* ---- RoCEv2 ---- */

static uint8_t frame[8192];

static size_t encode(const struct roce_packet *p)
{
	const struct net_address from = net_ipv4(0xc0000201), to = net_ipv4(0xc0000202);
	return roce_encode(p, &from, &to, 0xc001, frame, sizeof(frame));
}

static void decode(size_t len, struct roce_packet *p, enum roce_check *check)
{
	static struct net_packet net;
	struct err e = {0};
	ck_assert_int_eq(net_decode(&net, NET_ETHERNET, (struct bytes){frame, len}, &e), 0);
	ck_assert_uint_eq(net.to_port, ROCE_PORT);
	ck_assert_msg(!roce_decode(p, &net, check, &e), "%s", e.what);
}

/* All opcodes, loads of each length modulo four. */
START_TEST(roce_both_ways)
{
	for (unsigned opcode = 0; opcode < 256; opcode++)
		for (size_t load = 0; load < 9; load++) {
			const struct roce_packet p = {
				.opcode = (uint8_t)opcode,
				.solicited = opcode & 1,
				.ack_request = opcode & 2,
				.qp = 0x123456,
				.psn = 0xfedcba,
				.source_qp = 1,
				.qkey = CM_QKEY,
				.addr = 0x1122334455667788,
				.key = 0x99aabbcc,
				.len = 0xddeeff00,
				.syndrome = 0x62,
				.msn = 0x010203,
				.imm = 0x04050607,
				.invalidated_key = 0x08090a0b,
				.load = {text, load},
			};
			if (!roce_shape(opcode).known)
				continue;
			enum roce_check check;
			struct roce_packet got;
			decode(encode(&p), &got, &check);
			ck_assert_int_eq(check, ROCE_ICRC_GOOD);
			ck_assert_uint_eq(got.opcode, opcode);
			ck_assert_uint_eq(got.qp, p.qp);
			ck_assert_uint_eq(got.psn, p.psn);
			ck_assert_uint_eq(got.solicited, p.solicited);
			ck_assert_uint_eq(got.load_len, load);
			ck_assert_mem_eq(got.load.at, text, load);
			if (roce_shape(opcode).invalidate)
				ck_assert_uint_eq(got.invalidated_key, p.invalidated_key);
			if (roce_shape(opcode).imm)
				ck_assert_uint_eq(got.imm, p.imm);
			if (roce_shape(opcode).ack)
				ck_assert_uint_eq(got.syndrome, p.syndrome);
			if (roce_shape(opcode).read_request)
				ck_assert(got.addr == p.addr && got.key == p.key &&
					  got.len == p.len);
		}
}
END_TEST

/* Each bit of a packet counts, but for what routers change (A17.3.3): DSCP and ECN, time to live,
 * the IP checksum, UDP's checksum, and the byte of the BTH behind the partition key. */
START_TEST(icrc)
{
	static const size_t free_bytes[] = {14 + 1, 14 + 8, 14 + 10, 14 + 11, 40, 41, 42 + 4};
	const size_t len =
		encode(&(struct roce_packet){.opcode = RC_SEND_ONLY, .qp = 7, .load = {text, 9}});
	for (size_t at = 42; at < len; at++) {
		struct net_packet net;
		struct roce_packet got;
		enum roce_check check = ROCE_ICRC_GOOD;
		bool is_free = false;
		for (size_t i = 0; i < sizeof(free_bytes) / sizeof(*free_bytes); i++)
			is_free |= free_bytes[i] == at;
		frame[at] ^= 0x40;
		ck_assert_int_eq(net_decode(&net, NET_ETHERNET, (struct bytes){frame, len}, NULL),
				 0);
		const bool decoded = !roce_decode(&got, &net, &check, NULL);
		ck_assert_msg(!decoded || check == (is_free ? ROCE_ICRC_GOOD : ROCE_ICRC_BAD),
			      "byte %zu", at);
		frame[at] ^= 0x40;
	}
}
END_TEST

/* A capture that keeps the beginnings of frames: what there is is told, what there was as well. */
START_TEST(roce_cut)
{
	static const uint8_t big[1000];
	const size_t len =
		encode(&(struct roce_packet){.opcode = RC_SEND_ONLY, .load = {big, sizeof(big)}});
	for (size_t keep = 0; keep < len; keep++) {
		struct net_packet net;
		struct roce_packet got;
		enum roce_check check;
		if (net_decode(&net, NET_ETHERNET, (struct bytes){frame, keep}, NULL)) {
			ck_assert_uint_lt(keep, 42);
			continue;
		}
		if (roce_decode(&got, &net, &check, NULL)) {
			ck_assert_uint_lt(keep, 54);
			continue;
		}
		ck_assert_int_eq(check, ROCE_ICRC_CUT);
		ck_assert_uint_eq(got.load_len, sizeof(big));
		ck_assert_uint_eq(got.load.len, keep - 54 < sizeof(big) ? keep - 54 : sizeof(big));
	}
}
END_TEST

/* ---- the network below ---- */

START_TEST(net_refuses)
{
	struct net_packet net;
	struct err e;
	const size_t len = encode(&(struct roce_packet){.opcode = RC_SEND_ONLY});
	const struct bytes all = {frame, len};
	ck_assert_int_eq(net_decode(&net, NET_RAW_IP, (struct bytes){frame + 14, len - 14}, &e), 0);
	frame[20] = 0x20; /* more fragments */
	ck_assert_int_eq(net_decode(&net, NET_ETHERNET, all, &e), -1);
	ck_assert_str_eq(e.what, "an IP fragment");
	frame[20] = 0x40;
	frame[14] = 0x4f; /* a header of 60 bytes in a packet of 44 */
	ck_assert_int_eq(net_decode(&net, NET_ETHERNET, all, &e), -1);
	frame[14] = 0x45;
	frame[38] = 0xff; /* UDP's length */
	ck_assert_int_eq(net_decode(&net, NET_ETHERNET, all, &e), -1);
	frame[38] = 0;
	frame[23] = 1; /* ICMP */
	ck_assert_int_eq(net_decode(&net, NET_ETHERNET, all, &e), 1);
	frame[12] = 0x88; /* no IP */
	ck_assert_int_eq(net_decode(&net, NET_ETHERNET, all, &e), 1);
}
END_TEST

/* ---- the connection manager ---- */

START_TEST(mads)
{
	static const enum cm_mad_kind kinds[] = {CM_REQ, CM_REP, CM_RTU, CM_REJ, CM_DREQ, CM_DREP};
	uint8_t bytes[CM_MAD_SIZE];
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct cm_mad m = {
			.kind = kinds[i],
			.transaction = 0x0102030405060708,
			.local_id = 0x11223344,
			.remote_id = 0x55667788,
			.qp = 0x99aabb,
			.psn = 0xccddee,
			.responder_resources = 16,
			.initiator_depth = 7,
			.rnr_retry = 5,
			.retry = 7,
			.mtu = 5,
			.port = 3260,
			.from_port = 4711,
			.from = net_ipv4(0xc0000201),
			.to = net_ipv4(0xc0000202),
			.reason = 28,
			.private_data = {text, 9},
		};
		struct cm_mad got;
		struct err e;
		cm_mad_encode(&m, bytes);
		ck_assert_int_eq(cm_mad_decode(&got, (struct bytes){bytes, sizeof(bytes)}, &e), 0);
		ck_assert_int_eq(got.kind, m.kind);
		ck_assert_uint_eq(got.local_id, m.local_id);
		ck_assert_uint_eq(got.transaction, m.transaction);
		if (m.kind != CM_REQ)
			ck_assert_uint_eq(got.remote_id, m.remote_id);
		if (m.kind == CM_REQ) {
			ck_assert(got.by_port && got.port == 3260 && got.from_port == 4711);
			ck_assert(net_same(&got.from, &m.from) && net_same(&got.to, &m.to));
			ck_assert_uint_eq(got.mtu, 5);
			ck_assert_uint_eq(got.retry, 7);
		}
		if (m.kind == CM_REQ || m.kind == CM_REP) {
			ck_assert(got.qp == m.qp && got.psn == m.psn);
			ck_assert(got.responder_resources == 16 && got.initiator_depth == 7 &&
				  got.rnr_retry == 5);
			ck_assert_mem_eq(got.private_data.at, text, 9);
		}
		if (m.kind == CM_REJ)
			ck_assert_uint_eq(got.reason, 28);
		ck_assert_int_eq(cm_mad_decode(&got, (struct bytes){bytes, 255}, &e), -1);
		bytes[1] = 3; /* of the subnet's management */
		ck_assert_int_eq(cm_mad_decode(&got, (struct bytes){bytes, sizeof(bytes)}, &e), -1);
	}
}
END_TEST

/* ---- iWARP ---- */

START_TEST(mpa_frames)
{
	uint8_t bytes[MPA_START + MPA_PRIVATE_MAX];
	for (unsigned i = 0; i < 16; i++) {
		const struct mpa_start m = {.reply = i & 1,
					    .crc = i & 2,
					    .rejected = i & 4,
					    .depths = i & 8,
					    .ird = i & 8 ? 16 : 0,
					    .ord = i & 8 ? 5 : 0,
					    .private_data = {text, 9}};
		struct mpa_start got;
		const size_t len = mpa_start_encode(&m, bytes);
		ck_assert_uint_eq(len, (i & 8 ? 24u : 20u) + 9);
		ck_assert_uint_eq(mpa_start_size((struct bytes){bytes, 20}), len);
		ck_assert_int_eq(mpa_start_decode(&got, (struct bytes){bytes, len}, NULL), 0);
		ck_assert(got.reply == m.reply && got.crc == m.crc && got.rejected == m.rejected);
		ck_assert(got.depths == m.depths && got.ird == m.ird && got.ord == m.ord);
		ck_assert_uint_eq(got.private_data.len, 9);
		ck_assert_int_eq(mpa_start_decode(&got, (struct bytes){bytes, len - 1}, NULL), -1);
	}
	ck_assert_uint_eq(
		mpa_start_size((struct bytes){(const uint8_t *)"MPA ID Rep Frama....", 20}), 0);
}
END_TEST

START_TEST(ddp_both_ways)
{
	uint8_t bytes[128];
	for (unsigned opcode = RDMAP_WRITE; opcode <= RDMAP_TERMINATE; opcode++)
		for (size_t load = 0; load < 9; load++) {
			const bool tagged = opcode == RDMAP_WRITE || opcode == RDMAP_READ_RESPONSE;
			const struct ddp_segment s = {
				.tagged = tagged,
				.last = load & 1,
				.opcode = (uint8_t)opcode,
				.key = 0x11223344,
				.addr = tagged ? 0x5566778899aabbcc : 0,
				.queue = opcode == RDMAP_READ_REQUEST ? DDP_READS
					 : opcode == RDMAP_TERMINATE  ? DDP_TERMINATES
								      : DDP_SENDS,
				.msn = 5,
				.load = {text, load},
			};
			struct ddp_segment got;
			enum ddp_check check;
			size_t whole;
			const size_t len = ddp_encode(&s, bytes, sizeof(bytes));
			ck_assert_uint_eq(len % 4, 0);
			for (size_t part = 0; part < len; part++)
				ck_assert_int_eq(ddp_decode(&got, (struct bytes){bytes, part},
							    &whole, &check, NULL),
						 1);
			ck_assert_int_eq(
				ddp_decode(&got, (struct bytes){bytes, len}, &whole, &check, NULL),
				0);
			ck_assert_uint_eq(whole, len);
			ck_assert_int_eq(check, DDP_CRC_GOOD);
			ck_assert(got.tagged == tagged && got.opcode == opcode &&
				  got.last == s.last && got.key == s.key);
			ck_assert(tagged ? got.addr == s.addr : got.msn == 5);
			ck_assert_uint_eq(got.load.len, load);
			bytes[len - 1] ^= 1;
			ddp_decode(&got, (struct bytes){bytes, len}, &whole, &check, NULL);
			ck_assert_int_eq(check, DDP_CRC_BAD);
		}
}
END_TEST

START_TEST(ddp_refuses)
{
	uint8_t bytes[64];
	struct ddp_segment got;
	enum ddp_check check;
	size_t whole;
	const struct ddp_segment s = {.opcode = RDMAP_SEND, .last = true, .load = {text, 9}};
	const size_t len = ddp_encode(&s, bytes, sizeof(bytes));
	const struct {
		size_t at;
		uint8_t value;
	} wrong[] = {{2, 0x42}, {3, 0x83}, {3, 0x48}, {3, 0x41}, {11, 1}, {1, 3}};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const uint8_t was = bytes[wrong[i].at];
		bytes[wrong[i].at] = wrong[i].value;
		ck_assert_msg(ddp_decode(&got, (struct bytes){bytes, len}, &whole, &check, NULL) ==
				      -1,
			      "wrong %zu", i);
		bytes[wrong[i].at] = was;
	}
}
END_TEST

Suite *rdma_wire_suite(void)
{
	Suite *s = suite_create("rdma_wire");
	TCase *t = tcase_create("wire");
	tcase_add_test(t, checksums);
	tcase_add_test(t, roce_both_ways);
	tcase_add_test(t, icrc);
	tcase_add_test(t, roce_cut);
	tcase_add_test(t, net_refuses);
	tcase_add_test(t, mads);
	tcase_add_test(t, mpa_frames);
	tcase_add_test(t, ddp_both_ways);
	tcase_add_test(t, ddp_refuses);
	suite_add_tcase(s, t);
	return s;
}
