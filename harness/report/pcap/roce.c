/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens on a connection as RoCEv2 frames: the connection manager's exchange on queue pair 1,
 * then a reliable connection's packets. */
#include <string.h>

#include "../../wire/cm_mad.h"
#include "../../wire/roce.h"
#include "internal.h"

/* Wireshark looks for iSER behind no other port unless it is told to, so that it stands for any. */
enum { ISER_PORT = 3260 };
enum { MTU = PCAP_DATA_MAX, MTU_CODE = 5, UDP_PORT = 0xc000, RNR_TIMER = 1, RETRIES = 7 };

static void begin(struct pcap_link *l)
{
	for (unsigned s = OURS; s <= THEIRS; s++) {
		l->half[s].qp = 0x10000 + 2 * l->number + s;
		l->half[s].next = (0x1000 * (l->number + 1) + 0x800000 * s) & PSN_MASK;
	}
}

static void put(struct pcap_maker *m, const struct pcap_link *l, enum side from,
		const struct roce_packet *p)
{
	uint8_t frame[NET_UDP_HEADERS + 64 + MTU];
	const size_t len =
		roce_encode(p, &l->half[from].address, &l->half[other(from)].address,
			    (uint16_t)(UDP_PORT + l->number % 0x3fff), frame, sizeof(frame));
	if (len)
		pcap_put(m, frame, len);
}

/* ---- the connection manager ---- */

static void mad(struct pcap_maker *m, struct pcap_link *l, enum side from, struct cm_mad *mad)
{
	uint8_t bytes[CM_MAD_SIZE];

	mad->transaction = l->number;
	mad->local_id = l->half[from].qp;
	if (mad->kind != CM_REQ)
		mad->remote_id = l->half[other(from)].qp;
	cm_mad_encode(mad, bytes);
	put(m, l, from,
	    &(struct roce_packet){.opcode = UD_SEND_ONLY,
				  .qp = CM_QP,
				  .psn = l->half[from].messages++,
				  .source_qp = CM_QP,
				  .qkey = CM_QKEY,
				  .load = {bytes, sizeof(bytes)}});
}

static struct cm_mad offer(const struct pcap_link *l, enum cm_mad_kind kind, enum side from,
			   const struct log_event *ev)
{
	return (struct cm_mad){
		.kind = kind,
		.qp = l->half[from].qp,
		.psn = l->half[other(from)].next,
		.responder_resources = (uint8_t)ev->a,
		.initiator_depth = (uint8_t)ev->b,
		.rnr_retry = (uint8_t)ev->c,
		.retry = RETRIES,
		.mtu = MTU_CODE,
		.port = ISER_PORT,
		.from_port = (uint16_t)(UDP_PORT + l->number % 0x3fff),
		.from = l->half[from].address,
		.to = l->half[other(from)].address,
		.reason = (uint16_t)ev->number,
		.private_data = ev->bytes,
	};
}

static void request_connection(struct pcap_maker *m, struct pcap_link *l,
			       const struct log_event *ev)
{
	struct cm_mad req = offer(l, CM_REQ, l->active, ev);
	mad(m, l, l->active, &req);
}

static void accept_connection(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	struct cm_mad rep = offer(l, CM_REP, other(l->active), ev);
	mad(m, l, other(l->active), &rep);
}

static void ready(struct pcap_maker *m, struct pcap_link *l)
{
	mad(m, l, l->active, &(struct cm_mad){.kind = CM_RTU});
}

static void reject(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	struct cm_mad rej = offer(l, CM_REJ, other(l->active), ev);
	mad(m, l, other(l->active), &rej);
}

static void bye(struct pcap_maker *m, struct pcap_link *l, enum side from, bool answered)
{
	const bool answer = l->half[other(from)].said_bye;

	mad(m, l, from,
	    &(struct cm_mad){.kind = answer ? CM_DREP : CM_DREQ, .qp = l->half[other(from)].qp});
	if (answered && !answer)
		mad(m, l, other(from), &(struct cm_mad){.kind = CM_DREP});
}

/* ---- the reliable connection ---- */

static const char no_data[] = "what is moved here is not in the log; zeros stand for it";

static bool is_send(const struct pcap_request *q)
{
	return q->op <= PCAP_SEND_IMM;
}

static size_t bytes_of(const struct pcap_request *q)
{
	return is_send(q) ? q->message.len : (size_t)q->len;
}

static uint32_t packets(size_t bytes)
{
	return bytes ? (uint32_t)((bytes + MTU - 1) / MTU) : 1;
}

static uint8_t opcode_of(enum pcap_op op, bool first, bool last)
{
	static const struct {
		uint8_t first, middle, last, only;
	} opcodes[] = {
		[PCAP_SEND] = {RC_SEND_FIRST, RC_SEND_MIDDLE, RC_SEND_LAST, RC_SEND_ONLY},
		[PCAP_SEND_INV] = {RC_SEND_FIRST, RC_SEND_MIDDLE, RC_SEND_LAST_INV,
				   RC_SEND_ONLY_INV},
		[PCAP_SEND_IMM] = {RC_SEND_FIRST, RC_SEND_MIDDLE, RC_SEND_LAST_IMM,
				   RC_SEND_ONLY_IMM},
		[PCAP_WRITE] = {RC_WRITE_FIRST, RC_WRITE_MIDDLE, RC_WRITE_LAST, RC_WRITE_ONLY},
		[PCAP_WRITE_IMM] = {RC_WRITE_FIRST, RC_WRITE_MIDDLE, RC_WRITE_LAST_IMM,
				    RC_WRITE_ONLY_IMM},
	};
	return first ? (last ? opcodes[op].only : opcodes[op].first)
		     : (last ? opcodes[op].last : opcodes[op].middle);
}

static void request(struct pcap_maker *m, struct pcap_link *l, enum side from,
		    struct pcap_request *q)
{
	struct pcap_half *half = &l->half[from];
	const size_t all = bytes_of(q);
	const uint32_t count = packets(all);
	struct roce_packet p = {
		.qp = l->half[other(from)].qp,
		.key = q->key,
		.addr = q->addr,
		.len = (uint32_t)q->len,
		.imm = q->imm,
		.invalidated_key = q->key,
	};

	q->at = half->next;
	q->last = (half->next + count - 1) & PSN_MASK;
	half->next = (q->last + 1) & PSN_MASK;
	if (q->op == PCAP_READ) {
		p.opcode = RC_READ_REQUEST;
		p.psn = q->at;
		put(m, l, from, &p);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		const size_t begin_at = (size_t)i * MTU;
		p.load.len = all - begin_at < MTU ? all - begin_at : MTU;
		p.load.at = is_send(q) && all ? q->message.at + begin_at : pcap_no_data;
		p.opcode = opcode_of(q->op, !i, i + 1 == count);
		p.psn = (q->at + i) & PSN_MASK;
		p.ack_request = i + 1 == count;
		p.solicited = q->solicited && i + 1 == count;
		put(m, l, from, &p);
		if (!i && all && !is_send(q))
			pcap_remark(m, no_data);
	}
}

/* `from` answers a request of the other side. */
static void answer(struct pcap_maker *m, struct pcap_link *l, enum side from, uint32_t psn,
		   unsigned syndrome)
{
	put(m, l, from,
	    &(struct roce_packet){.opcode = RC_ACK,
				  .qp = l->half[other(from)].qp,
				  .psn = psn,
				  .syndrome = (uint8_t)syndrome,
				  .msn = l->half[from].done & PSN_MASK});
}

static void acknowledge(struct pcap_maker *m, struct pcap_link *l, enum side from,
			const struct pcap_request *q)
{
	l->half[from].done++;
	answer(m, l, from, q->last, AETH_ACK);
}

static void refuse(struct pcap_maker *m, struct pcap_link *l, enum side from,
		   const struct pcap_request *q, enum pcap_refusal why)
{
	static const unsigned syndromes[] = {
		[REFUSED_NO_BUFFER] = AETH_RNR_NAK | RNR_TIMER,
		[REFUSED_INVALID] = AETH_NAK | NAK_INVALID_REQUEST,
		[REFUSED_ACCESS] = AETH_NAK | NAK_REMOTE_ACCESS,
		[REFUSED_OPERATION] = AETH_NAK | NAK_REMOTE_OPERATION,
	};
	answer(m, l, from, q->at, syndromes[why]);
}

static void read_data(struct pcap_maker *m, struct pcap_link *l, enum side from,
		      const struct pcap_request *q)
{
	const uint32_t count = packets((size_t)q->len);

	l->half[from].done++;
	for (uint32_t i = 0; i < count; i++) {
		const size_t left = (size_t)q->len - (size_t)i * MTU;
		put(m, l, from,
		    &(struct roce_packet){
			    .opcode = count == 1       ? RC_READ_ONLY
				      : !i	       ? RC_READ_FIRST
				      : i + 1 == count ? RC_READ_LAST
						       : RC_READ_MIDDLE,
			    .qp = l->half[other(from)].qp,
			    .psn = (q->at + i) & PSN_MASK,
			    .syndrome = AETH_ACK,
			    .msn = l->half[from].done & PSN_MASK,
			    .load = {pcap_no_data, left < MTU ? left : MTU},
		    });
		if (!i && q->len)
			pcap_remark(m, no_data);
	}
}

const struct pcap_carrier pcap_roce = {
	.begin = begin,
	.connect = request_connection,
	.accept = accept_connection,
	.ready = ready,
	.reject = reject,
	.bye = bye,
	.request = request,
	.acknowledge = acknowledge,
	.refuse = refuse,
	.read_data = read_data,
};
