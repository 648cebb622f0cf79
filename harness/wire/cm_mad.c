/* SPDX-License-Identifier: BSD-2-Clause */
/* REQ, REP, RTU, REJ, DREQ and DREP of the InfiniBand connection manager. */
#include "cm_mad.h"

#include <string.h>

enum {
	MAD_HEADER = 24,
	IP_PART = 36,
	CLASS_CM = 7,
	METHOD_SEND = 3,
	ACK_TIMEOUT = 14, /* 67 ms */
	CM_TIMEOUT = 20,  /* 4.3 s */
	CM_RETRIES = 15,
	PACKET_RATE = 2, /* 2.5 Gbit/s, the least that there is */
	HOP_LIMIT = 64,
};
#define SERVICE_TCP	 0x0000000001060000u /* annex A11: the lower 16 bits are the port */
#define SERVICE_TCP_MASK 0xffffffffffff0000u

static size_t private_size(enum cm_mad_kind kind)
{
	switch (kind) {
	case CM_REQ:
		return CM_REQ_OWN;
	case CM_REP:
		return CM_REP_PRIVATE;
	case CM_REJ:
		return CM_REJ_PRIVATE;
	default:
		return 0;
	}
}

/* ---- decoding ---- */

static void take_address(struct net_address *a, struct cursor *c)
{
	const uint8_t *at = cursor_take(c, 16);
	static const uint8_t zeros[12];

	if (!at)
		return;
	memcpy(a->at, at, 16);
	/* Annex A11 writes an IPv4 address behind twelve zeros. */
	if (!memcmp(at, zeros, sizeof(zeros)))
		*a = net_ipv4((uint32_t)at[12] << 24 | (uint32_t)at[13] << 16 |
			      (uint32_t)at[14] << 8 | at[15]);
}

static void request(struct cm_mad *m, struct cursor *c)
{
	m->local_id = (uint32_t)cursor_be(c, 4);
	cursor_take(c, 4);
	const uint64_t service = cursor_be(c, 8);
	m->by_port = (service & SERVICE_TCP_MASK) == SERVICE_TCP;
	m->port = (uint16_t)service;
	cursor_take(c, 8 + 4 + 4);
	m->qp = (uint32_t)cursor_be(c, 3);
	m->responder_resources = (uint8_t)cursor_be(c, 1);
	cursor_take(c, 3);
	m->initiator_depth = (uint8_t)cursor_be(c, 1);
	cursor_take(c, 4);
	m->psn = (uint32_t)cursor_be(c, 3);
	m->retry = cursor_be(c, 1) & 7;
	cursor_take(c, 2);
	const unsigned rnr = (unsigned)cursor_be(c, 1);
	m->mtu = (uint8_t)(rnr >> 4);
	m->rnr_retry = rnr & 7;
	cursor_take(c, 1 + 44 + 44);
	cursor_take(c, 2);
	m->from_port = (uint16_t)cursor_be(c, 2);
	take_address(&m->from, c);
	take_address(&m->to, c);
}

static void reply(struct cm_mad *m, struct cursor *c)
{
	cursor_take(c, 4);
	m->qp = (uint32_t)cursor_be(c, 3);
	cursor_take(c, 5);
	m->psn = (uint32_t)cursor_be(c, 3);
	cursor_take(c, 1);
	m->responder_resources = (uint8_t)cursor_be(c, 1);
	m->initiator_depth = (uint8_t)cursor_be(c, 1);
	cursor_take(c, 1);
	m->rnr_retry = (uint8_t)(cursor_be(c, 1) >> 5);
	cursor_take(c, 8);
}

int cm_mad_decode(struct cm_mad *m, struct bytes mad, struct err *e)
{
	struct cursor c = cursor_of(mad.at, mad.len);

	memset(m, 0, sizeof(*m));
	if (mad.len != CM_MAD_SIZE)
		return err_set(e, 0, "a MAD of %zu bytes", mad.len);
	cursor_take(&c, 1);
	const unsigned class = (unsigned)cursor_be(&c, 1);
	cursor_take(&c, 1);
	const unsigned method = (unsigned)cursor_be(&c, 1);
	if (class != CLASS_CM || method != METHOD_SEND)
		return err_set(e, 0, "a MAD of class 0x%02x, method 0x%02x", class, method);
	cursor_take(&c, 4);
	m->transaction = cursor_be(&c, 8);
	const unsigned kind = (unsigned)cursor_be(&c, 2);
	cursor_take(&c, 6);
	if (kind < CM_REQ || kind > CM_DREP)
		return err_set(e, 0, "connection manager's message 0x%04x", kind);
	m->kind = (enum cm_mad_kind)kind;
	if (kind == CM_REQ) {
		request(m, &c);
	} else {
		m->local_id = (uint32_t)cursor_be(&c, 4);
		m->remote_id = (uint32_t)cursor_be(&c, 4);
	}
	if (kind == CM_REP)
		reply(m, &c);
	if (kind == CM_DREQ)
		m->qp = (uint32_t)cursor_be(&c, 3);
	if (kind == CM_REJ) {
		cursor_take(&c, 2);
		m->reason = (uint16_t)cursor_be(&c, 2);
		cursor_take(&c, 72);
	}
	m->private_data.len = private_size(m->kind);
	m->private_data.at = cursor_take(&c, m->private_data.len);
	return 0;
}

/* ---- encoding ---- */

/* A path: LIDs mean nothing over Ethernet, GIDs are the IP addresses. */
static void put_path(struct writer *w, const struct cm_mad *m)
{
	writer_be(w, 4, 0xffffffff);
	writer_put(w, m->from.at, 16);
	writer_put(w, m->to.at, 16);
	writer_be(w, 4, PACKET_RATE);
	writer_be(w, 1, 0);
	writer_be(w, 1, HOP_LIMIT);
	writer_be(w, 1, 0x08); /* the subnet is a local one */
	writer_be(w, 1, ACK_TIMEOUT << 3);
}

static void put_address(struct writer *w, const struct net_address *a)
{
	if (!net_is_ipv4(a)) {
		writer_put(w, a->at, 16);
		return;
	}
	writer_zero(w, 12);
	writer_put(w, a->at + 12, 4);
}

static void put_request(struct writer *w, const struct cm_mad *m)
{
	writer_be(w, 4, m->local_id);
	writer_zero(w, 4);
	writer_be(w, 8, SERVICE_TCP | m->port);
	writer_be(w, 8, m->qp); /* some identity of the adapter's */
	writer_zero(w, 4 + 4);
	writer_be(w, 3, m->qp);
	writer_be(w, 1, m->responder_resources);
	writer_zero(w, 3);
	writer_be(w, 1, m->initiator_depth);
	writer_zero(w, 3);
	writer_be(w, 1, CM_TIMEOUT << 3); /* reliable connection, no flow control */
	writer_be(w, 3, m->psn);
	writer_be(w, 1, CM_TIMEOUT << 3 | (m->retry & 7u));
	writer_be(w, 2, 0xffff);
	writer_be(w, 1, (unsigned)m->mtu << 4 | (m->rnr_retry & 7u));
	writer_be(w, 1, CM_RETRIES << 4);
	put_path(w, m);
	writer_zero(w, 44); /* no other path */
	writer_be(w, 1, 0);
	writer_be(w, 1, net_is_ipv4(&m->from) ? 0x40 : 0x60);
	writer_be(w, 2, m->from_port);
	put_address(w, &m->from);
	put_address(w, &m->to);
}

static void put_reply(struct writer *w, const struct cm_mad *m)
{
	writer_zero(w, 4);
	writer_be(w, 3, m->qp);
	writer_zero(w, 5);
	writer_be(w, 3, m->psn);
	writer_zero(w, 1);
	writer_be(w, 1, m->responder_resources);
	writer_be(w, 1, m->initiator_depth);
	writer_be(w, 1, ACK_TIMEOUT << 3);
	writer_be(w, 1, (m->rnr_retry & 7u) << 5);
	writer_be(w, 8, m->qp);
}

void cm_mad_encode(const struct cm_mad *m, uint8_t out[CM_MAD_SIZE])
{
	struct writer w = writer_of(out, CM_MAD_SIZE);
	const size_t room = private_size(m->kind),
		     len = m->private_data.len < room ? m->private_data.len : room;

	memset(out, 0, CM_MAD_SIZE);
	writer_be(&w, 4, 1u << 24 | CLASS_CM << 16 | 2u << 8 | METHOD_SEND);
	writer_zero(&w, 4);
	writer_be(&w, 8, m->transaction);
	writer_be(&w, 2, m->kind);
	writer_zero(&w, 6);
	if (m->kind == CM_REQ) {
		put_request(&w, m);
	} else {
		writer_be(&w, 4, m->local_id);
		writer_be(&w, 4, m->remote_id);
	}
	if (m->kind == CM_REP)
		put_reply(&w, m);
	if (m->kind == CM_DREQ)
		writer_be(&w, 3, m->qp);
	if (m->kind == CM_REJ) {
		writer_be(&w, 2, 0);
		writer_be(&w, 2, m->reason);
		writer_zero(&w, 72);
	}
	writer_put(&w, m->private_data.at, len);
}
