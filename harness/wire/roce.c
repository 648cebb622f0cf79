/* SPDX-License-Identifier: BSD-2-Clause */
/* BTH and its extension headers, and the invariant CRC over a RoCEv2 packet (IBTA A17.3.3). */
#include "roce.h"

#include <string.h>

#include "crc.h"

enum { BTH = 12, DETH = 8, RETH = 16, AETH = 4, IMM = 4, IETH = 4, ICRC = 4, PKEY = 0xffff };
enum { UDP_AT_MAX = 40 + 60 };

enum header { H_DETH = 1, H_RETH = 2, H_AETH = 4, H_IMM = 8, H_IETH = 16 };

static const struct {
	uint8_t opcode;
	unsigned headers;
	struct roce_shape shape;
} shapes[] = {
#define X(op, headers, ...)                        \
	{                                          \
		op, headers,                       \
		{                                  \
			.known = true, __VA_ARGS__ \
		}                                  \
	}
	X(RC_SEND_FIRST, 0, .send = true, .first = true),
	X(RC_SEND_MIDDLE, 0, .send = true),
	X(RC_SEND_LAST, 0, .send = true, .last = true),
	X(RC_SEND_LAST_IMM, H_IMM, .send = true, .last = true, .imm = true),
	X(RC_SEND_ONLY, 0, .send = true, .first = true, .last = true),
	X(RC_SEND_ONLY_IMM, H_IMM, .send = true, .first = true, .last = true, .imm = true),
	X(RC_SEND_LAST_INV, H_IETH, .send = true, .last = true, .invalidate = true),
	X(RC_SEND_ONLY_INV, H_IETH, .send = true, .first = true, .last = true, .invalidate = true),
	X(RC_WRITE_FIRST, H_RETH, .write = true, .first = true),
	X(RC_WRITE_MIDDLE, 0, .write = true),
	X(RC_WRITE_LAST, 0, .write = true, .last = true),
	X(RC_WRITE_LAST_IMM, H_IMM, .write = true, .last = true, .imm = true),
	X(RC_WRITE_ONLY, H_RETH, .write = true, .first = true, .last = true),
	X(RC_WRITE_ONLY_IMM, H_RETH | H_IMM, .write = true, .first = true, .last = true,
	  .imm = true),
	X(RC_READ_REQUEST, H_RETH, .read_request = true, .first = true, .last = true),
	X(RC_READ_FIRST, H_AETH, .read_response = true, .first = true),
	X(RC_READ_MIDDLE, 0, .read_response = true),
	X(RC_READ_LAST, H_AETH, .read_response = true, .last = true),
	X(RC_READ_ONLY, H_AETH, .read_response = true, .first = true, .last = true),
	X(RC_ACK, H_AETH, .ack = true),
	X(UD_SEND_ONLY, H_DETH, .send = true, .first = true, .last = true),
#undef X
};

static size_t row_of(unsigned opcode)
{
	size_t i = 0;
	while (i < sizeof(shapes) / sizeof(*shapes) && shapes[i].opcode != opcode)
		i++;
	return i;
}

struct roce_shape roce_shape(unsigned opcode)
{
	const size_t i = row_of(opcode);
	return i < sizeof(shapes) / sizeof(*shapes) ? shapes[i].shape : (struct roce_shape){0};
}

static unsigned headers_of(unsigned opcode)
{
	const size_t i = row_of(opcode);
	return i < sizeof(shapes) / sizeof(*shapes) ? shapes[i].headers : 0;
}

unsigned roce_headers(unsigned opcode)
{
	const unsigned h = headers_of(opcode);

	if (!roce_shape(opcode).known)
		return 0;
	return BTH + (h & H_DETH ? DETH : 0u) + (h & H_RETH ? RETH : 0u) +
	       (h & H_AETH ? AETH : 0u) + (h & H_IMM ? IMM : 0u) + (h & H_IETH ? IETH : 0u);
}

/*
 * The ICRC covers an LRH of ones, the IP and UDP headers with what routers and the sender's stack
 * change taken for ones, the BTH with its reserved byte as ones, and all that follows. `ip` ends in
 * front of the ICRC.
 */
static uint32_t icrc(struct bytes ip, size_t udp_at)
{
	uint8_t head[UDP_AT_MAX + 8 + BTH];
	const size_t len = udp_at + 8 + BTH;
	const bool v4 = ip.at[0] >> 4 == 4;

	memcpy(head, ip.at, len);
	if (v4) {
		head[1] = 0xff;		    /* type of service */
		head[8] = 0xff;		    /* time to live */
		head[10] = head[11] = 0xff; /* checksum */
	} else {
		head[0] |= 0x0f; /* traffic class and flow label */
		head[1] = head[2] = head[3] = 0xff;
		head[7] = 0xff; /* hop limit */
	}
	head[udp_at + 6] = head[udp_at + 7] = 0xff; /* checksum */
	head[udp_at + 8 + 4] = 0xff;
	uint32_t crc = crc_add(CRC_32, CRC_BEGIN, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	crc = crc_add(CRC_32, crc, head, len);
	return crc_end(crc_add(CRC_32, crc, ip.at + len, ip.len - len));
}

uint32_t roce_icrc(const struct net_packet *net)
{
	const size_t udp_at = (size_t)(net->load.at - net->ip.at) - 8;
	const uint8_t *there = net->load.at + net->load_len - ICRC;

	return icrc((struct bytes){net->ip.at, (size_t)(there - net->ip.at)}, udp_at);
}

static enum roce_check check_icrc(const struct net_packet *net)
{
	const size_t udp_at = (size_t)(net->load.at - net->ip.at) - 8;

	/* More IPv6 extensions than anybody sends: as if it could not be told. */
	if (net->load.len < net->load_len || udp_at > UDP_AT_MAX)
		return ROCE_ICRC_CUT;
	const uint8_t *there = net->load.at + net->load_len - ICRC;
	const uint32_t said = (uint32_t)there[0] | (uint32_t)there[1] << 8 |
			      (uint32_t)there[2] << 16 | (uint32_t)there[3] << 24;
	return roce_icrc(net) == said ? ROCE_ICRC_GOOD : ROCE_ICRC_BAD;
}

int roce_decode(struct roce_packet *p, const struct net_packet *net, enum roce_check *check,
		struct err *e)
{
	struct cursor c = cursor_of(net->load.at, net->load.len);

	memset(p, 0, sizeof(*p));
	p->opcode = (uint8_t)cursor_be(&c, 1);
	const unsigned flags = (unsigned)cursor_be(&c, 1), h = headers_of(p->opcode);
	cursor_take(&c, 3);
	p->qp = (uint32_t)cursor_be(&c, 3);
	const unsigned ack = (unsigned)cursor_be(&c, 1);
	p->psn = (uint32_t)cursor_be(&c, 3);
	if (c.failed)
		return err_set(e, 0, "BTH cut");
	p->solicited = flags & 0x80;
	p->pad = flags >> 4 & 3;
	p->ack_request = ack & 0x80;
	if (!roce_shape(p->opcode).known)
		return err_set(e, 0, "BTH opcode 0x%02x", p->opcode);
	if (h & H_DETH) {
		p->qkey = (uint32_t)cursor_be(&c, 4);
		p->source_qp = (uint32_t)cursor_be(&c, 4) & 0xffffff;
	}
	if (h & H_RETH) {
		p->addr = cursor_be(&c, 8);
		p->key = (uint32_t)cursor_be(&c, 4);
		p->len = (uint32_t)cursor_be(&c, 4);
	}
	if (h & H_AETH) {
		p->syndrome = (uint8_t)cursor_be(&c, 1);
		p->msn = (uint32_t)cursor_be(&c, 3);
	}
	if (h & H_IMM)
		p->imm = (uint32_t)cursor_be(&c, 4);
	if (h & H_IETH)
		p->invalidated_key = (uint32_t)cursor_be(&c, 4);
	if (c.failed)
		return err_set(e, 0, "header behind the BTH cut");
	const size_t around = roce_headers(p->opcode) + p->pad + ICRC;
	if (net->load_len < around)
		return err_set(e, 0, "%zu bytes, but headers, pad and ICRC take %zu", net->load_len,
			       around);
	p->load_len = net->load_len - around;
	const size_t left = cursor_left(&c);
	p->load = (struct bytes){c.at, left < p->load_len ? left : p->load_len};
	*check = check_icrc(net);
	return 0;
}

size_t roce_encode(const struct roce_packet *p, const struct net_address *from,
		   const struct net_address *to, uint16_t from_port, uint8_t *buf, size_t size)
{
	enum { ROOM = 64 + 4096 + 4 };
	uint8_t load[ROOM];
	struct writer w = writer_of(load, sizeof(load));
	const unsigned h = headers_of(p->opcode);
	const unsigned pad = (4 - p->load.len % 4) % 4;

	writer_be(&w, 1, p->opcode);
	writer_be(&w, 1, (p->solicited ? 0x80u : 0) | pad << 4);
	writer_be(&w, 2, PKEY);
	writer_be(&w, 1, 0);
	writer_be(&w, 3, p->qp);
	writer_be(&w, 1, p->ack_request ? 0x80 : 0);
	writer_be(&w, 3, p->psn);
	if (h & H_DETH) {
		writer_be(&w, 4, p->qkey);
		writer_be(&w, 4, p->source_qp);
	}
	if (h & H_RETH) {
		writer_be(&w, 8, p->addr);
		writer_be(&w, 4, p->key);
		writer_be(&w, 4, p->len);
	}
	if (h & H_AETH) {
		writer_be(&w, 1, p->syndrome);
		writer_be(&w, 3, p->msn);
	}
	if (h & H_IMM)
		writer_be(&w, 4, p->imm);
	if (h & H_IETH)
		writer_be(&w, 4, p->invalidated_key);
	writer_put(&w, p->load.at, p->load.len);
	writer_zero(&w, pad);
	const struct net_packet net = {
		.from = *from,
		.to = *to,
		.from_port = from_port,
		.to_port = ROCE_PORT,
		.protocol = NET_UDP,
		.load = {load, writer_len(&w)},
	};
	const size_t len = w.failed ? 0 : net_encode(&net, ICRC, buf, size);
	if (!len || size - len < ICRC)
		return 0;
	const uint32_t crc = icrc((struct bytes){buf + NET_IP_AT, len - NET_IP_AT}, 20);
	for (unsigned i = 0; i < ICRC; i++)
		buf[len + i] = (uint8_t)(crc >> 8 * i);
	return len + ICRC;
}
