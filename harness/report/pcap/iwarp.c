/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens on a connection as iWARP frames: TCP's handshake, MPA's request and reply, then a
 * DDP segment in each FPDU and an FPDU in each TCP segment. */
#include <string.h>

#include "../../wire/iwarp.h"
#include "internal.h"

enum {
	SEGMENT = 0x4000, /* of a message: what a Send has, it mostly has in one piece */
	FIRST_PORT = 49152,
};

static void begin(struct pcap_link *l)
{
	for (unsigned s = OURS; s <= THEIRS; s++)
		l->half[s].next = 0x10000 * (2 * l->number + s + 1);
}

/* Each side takes all that the other one has sent for acknowledged. */
static void segment(struct pcap_maker *m, struct pcap_link *l, enum side from, uint8_t flags,
		    const void *at, size_t len)
{
	uint8_t frame[NET_TCP_HEADERS + SEGMENT + 64];
	const uint16_t port = (uint16_t)(FIRST_PORT + l->number % 0x3fff);
	struct pcap_half *half = &l->half[from];
	const struct net_packet p = {
		.from = half->address,
		.to = l->half[other(from)].address,
		.from_port = from == l->active ? port : l->port,
		.to_port = from == l->active ? l->port : port,
		.protocol = NET_TCP,
		.seq = half->next,
		.ack = flags & NET_ACK ? l->half[other(from)].next : 0,
		.flags = flags,
		.load = {at, len},
	};
	const size_t size = net_encode(&p, 0, frame, sizeof(frame));

	half->next += (uint32_t)len + (flags & (NET_SYN | NET_FIN) ? 1 : 0);
	if (size)
		pcap_put(m, frame, size);
}

static void start(struct pcap_maker *m, struct pcap_link *l, enum side from, bool reply,
		  bool rejected, const struct log_event *ev)
{
	uint8_t bytes[MPA_START + MPA_PRIVATE_MAX];
	const struct mpa_start s = {
		.reply = reply,
		.crc = true,
		.rejected = rejected,
		.depths = true,
		.ird = (uint16_t)ev->a,
		.ord = (uint16_t)ev->b,
		.private_data = ev->bytes,
	};
	segment(m, l, from, NET_PSH | NET_ACK, bytes, mpa_start_encode(&s, bytes));
}

static void connect_tcp(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	segment(m, l, l->active, NET_SYN, NULL, 0);
	segment(m, l, other(l->active), NET_SYN | NET_ACK, NULL, 0);
	segment(m, l, l->active, NET_ACK, NULL, 0);
	start(m, l, l->active, false, false, ev);
}

static void accept_mpa(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	start(m, l, other(l->active), true, false, ev);
}

static void ready(struct pcap_maker *m, struct pcap_link *l)
{
	segment(m, l, l->active, NET_ACK, NULL, 0);
}

static void bye(struct pcap_maker *m, struct pcap_link *l, enum side from, bool answered)
{
	segment(m, l, from, NET_FIN | NET_ACK, NULL, 0);
	if (answered)
		segment(m, l, other(from), NET_FIN | NET_ACK, NULL, 0);
}

static void reject(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	start(m, l, other(l->active), true, true, ev);
	bye(m, l, other(l->active), true);
}

static void ddp(struct pcap_maker *m, struct pcap_link *l, enum side from,
		const struct ddp_segment *s)
{
	uint8_t fpdu[SEGMENT + DDP_HEADER_MAX + MPA_OVERHEAD + 3];

	segment(m, l, from, NET_PSH | NET_ACK, fpdu, ddp_encode(s, fpdu, sizeof(fpdu)));
}

static void send_message(struct pcap_maker *m, struct pcap_link *l, enum side from,
			 const struct pcap_request *q)
{
	const bool invalidates = q->op == PCAP_SEND_INV;
	struct ddp_segment s = {
		.opcode = invalidates ? (q->solicited ? RDMAP_SEND_SE_INV : RDMAP_SEND_INV)
				      : (q->solicited ? RDMAP_SEND_SE : RDMAP_SEND),
		.key = invalidates ? q->key : 0,
		.queue = DDP_SENDS,
		.msn = ++l->half[from].messages,
	};
	for (size_t at = 0; !s.last; at += SEGMENT) {
		const size_t left = q->message.len - at;
		s.last = left <= SEGMENT;
		s.offset = (uint32_t)at;
		s.load = (struct bytes){left ? q->message.at + at : NULL, s.last ? left : SEGMENT};
		ddp(m, l, from, &s);
	}
}

/* An RDMA Write, or the data of an RDMA Read. */
static void place(struct pcap_maker *m, struct pcap_link *l, enum side from,
		  enum rdmap_opcode opcode, uint32_t key, uint64_t addr, uint64_t len)
{
	struct ddp_segment s = {.tagged = true, .opcode = (uint8_t)opcode, .key = key};

	for (uint64_t at = 0; !s.last; at += PCAP_DATA_MAX) {
		s.last = len - at <= PCAP_DATA_MAX;
		s.addr = addr + at;
		s.load = (struct bytes){pcap_no_data, s.last ? len - at : PCAP_DATA_MAX};
		ddp(m, l, from, &s);
		if (!at && len)
			pcap_remark(m, "what is moved here is not in the log; zeros stand for it");
	}
}

static void request(struct pcap_maker *m, struct pcap_link *l, enum side from,
		    struct pcap_request *q)
{
	uint8_t bytes[RDMAP_READ_SIZE];

	if (q->op == PCAP_READ) {
		/* Where the data goes no log tells. */
		rdmap_read_encode(&(struct rdmap_read){.len = (uint32_t)q->len,
						       .source_key = q->key,
						       .source_addr = q->addr},
				  bytes);
		ddp(m, l, from,
		    &(struct ddp_segment){.last = true,
					  .opcode = RDMAP_READ_REQUEST,
					  .queue = DDP_READS,
					  .msn = ++l->half[from].qp,
					  .load = {bytes, sizeof(bytes)}});
	} else if (q->op >= PCAP_WRITE) {
		place(m, l, from, RDMAP_WRITE, q->key, q->addr, q->len);
	} else {
		send_message(m, l, from, q);
	}
}

static void acknowledge(struct pcap_maker *m, struct pcap_link *l, enum side from,
			const struct pcap_request *q)
{
	(void)q;
	segment(m, l, from, NET_ACK, NULL, 0);
}

static void refuse(struct pcap_maker *m, struct pcap_link *l, enum side from,
		   const struct pcap_request *q, enum pcap_refusal why)
{
	static const struct rdmap_terminate reasons[] = {
		[REFUSED_NO_BUFFER] = {1, 2, 2}, /* RFC 5041 8.2: untagged, no buffer for the MSN */
		[REFUSED_INVALID] = {1, 2, 5},	 /* message too long for its buffer */
		[REFUSED_ACCESS] = {0, 1, 2},	 /* RFC 5040 4.8: remote protection, access */
		[REFUSED_OPERATION] = {0, 2, 0xff},
	};
	uint8_t bytes[RDMAP_TERMINATE_SIZE];

	(void)q;
	rdmap_terminate_encode(&reasons[why], bytes);
	ddp(m, l, from,
	    &(struct ddp_segment){.last = true,
				  .opcode = RDMAP_TERMINATE,
				  .queue = DDP_TERMINATES,
				  .msn = 1,
				  .load = {bytes, sizeof(bytes)}});
}

static void read_data(struct pcap_maker *m, struct pcap_link *l, enum side from,
		      const struct pcap_request *q)
{
	place(m, l, from, RDMAP_READ_RESPONSE, 0, 0, q->len);
}

const struct pcap_carrier pcap_iwarp = {
	.begin = begin,
	.connect = connect_tcp,
	.accept = accept_mpa,
	.ready = ready,
	.reject = reject,
	.bye = bye,
	.request = request,
	.acknowledge = acknowledge,
	.refuse = refuse,
	.read_data = read_data,
};
