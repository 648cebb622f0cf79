/* SPDX-License-Identifier: BSD-2-Clause */
/* iWARP: MPA on TCP connections, and what DDP's segments make of requests and answers. */
#include "../wire/iwarp.h"

#include <stdlib.h>

#include "stream.h"

enum state {
	AT_START, /* MPA's request or reply comes next */
	IN_STEP,  /* an FPDU comes next */
	LOST,	  /* an FPDU may begin where a segment does: a CRC or its header tells */
};

struct tcp {
	struct net_address address[2];
	uint16_t port[2];
	struct stream stream[2];
	enum state state[2];
	bool asked_crc[2], assembling[2], said_bye[2];
	size_t act[2]; /* what is assembled */
	uint32_t syn;
	bool whole;	   /* its first segment is in the capture */
	bool other;	   /* it speaks something else */
	struct link *link; /* NULL: nothing of MPA has been seen */
};

struct iwarp {
	struct capture *capture;
	struct tcp **all, *last;
	size_t count;
};

struct iwarp *iwarp_new(struct capture *c)
{
	struct iwarp *w = capture_must(calloc(1, sizeof(*w)));
	w->capture = c;
	return w;
}

void iwarp_free(struct iwarp *w)
{
	for (size_t i = 0; i < w->count; i++) {
		stream_free(&w->all[i]->stream[INITIATOR]);
		stream_free(&w->all[i]->stream[TARGET]);
		free(w->all[i]);
	}
	free(w->all);
	free(w);
}

static struct link *begin_link(struct iwarp *w, struct tcp *t, enum capture_begin begin)
{
	struct link *l = link_new(w->capture, begin);
	struct capture_link *about = &l->about;

	about->iwarp = true;
	about->initiator = t->address[INITIATOR];
	about->target = t->address[TARGET];
	about->initiator_at = t->port[INITIATOR];
	about->target_at = t->port[TARGET];
	about->port = begin == CAPTURE_WHOLE ? t->port[TARGET] : 0;
	return l;
}

/* ---- MPA ---- */

/* 1: taken; 0: more is wanted; -1: it is no MPA. */
static int take_start(struct iwarp *w, struct tcp *t, enum side from,
		      const struct capture_packet *p)
{
	struct stream *s = &t->stream[from];
	struct mpa_start m;
	const struct bytes all = {s->at, s->len};
	const size_t size = mpa_start_size(all);

	if (s->len < MPA_START || (size && s->len < size))
		return 0;
	if (!size || mpa_start_decode(&m, all, NULL) || m.reply != (from == TARGET) || m.markers ||
	    (m.reply && !t->link))
		return -1;
	if (!m.reply)
		t->link = begin_link(w, t, CAPTURE_WHOLE);
	struct act *a = link_act(t->link,
				 !m.reply     ? ACT_CONNECT
				 : m.rejected ? ACT_REJECT
					      : ACT_ACCEPT,
				 from, p, m.private_data.at, m.private_data.len);
	a->depths[0] = m.ird;
	a->depths[1] = m.ord;
	if (m.reply && !m.rejected)
		link_act(t->link, ACT_READY, INITIATOR, p, NULL, 0);
	t->asked_crc[from] = m.crc;
	t->state[from] = IN_STEP;
	stream_drop(s, size);
	return 1;
}

/* ---- DDP ---- */

static struct act *assemble(struct tcp *t, enum side from, enum act_kind kind, bool first,
			    const struct capture_packet *p)
{
	if (first) {
		link_act(t->link, kind, from, t->stream[from].begun, NULL, 0);
		t->act[from] = t->link->act_count - 1;
	}
	t->assembling[from] = true;
	struct act *a = &t->link->acts[t->act[from]];
	a->last_frame = p->frame;
	a->last_time = p->time;
	return a;
}

static void send_segment(struct tcp *t, enum side from, const struct capture_packet *p,
			 const struct ddp_segment *d)
{
	if (!t->assembling[from] && d->offset)
		return; /* its beginning is not in the capture */
	struct act *a = assemble(t, from, ACT_MESSAGE, !t->assembling[from], p);
	act_append(a, d->load.at, d->load.len);
	if (!d->last)
		return;
	t->assembling[from] = false;
	a->complete = true;
	a->solicited = d->opcode == RDMAP_SEND_SE || d->opcode == RDMAP_SEND_SE_INV;
	a->invalidated = d->opcode == RDMAP_SEND_INV || d->opcode == RDMAP_SEND_SE_INV;
	a->key = a->invalidated ? d->key : 0;
}

static void write_segment(struct tcp *t, enum side from, const struct capture_packet *p,
			  const struct ddp_segment *d)
{
	const bool first = !t->assembling[from];
	struct act *a = assemble(t, from, ACT_WRITE, first, p);

	if (first) {
		a->key = d->key;
		a->addr = d->addr;
	}
	a->rdma_len += d->load.len;
	t->assembling[from] = !d->last;
	a->complete = d->last;
}

static void read_answered(struct tcp *t, enum side of, const struct capture_packet *p)
{
	struct link *l = t->link;
	size_t *i = &l->first_open[of];

	while (*i < l->act_count && (l->acts[*i].kind != ACT_READ || l->acts[*i].from != of))
		(*i)++;
	if (*i == l->act_count)
		return; /* its request is not in the capture */
	l->acts[*i].complete = true;
	act_ends(&l->acts[(*i)++], FATE_DONE, p);
}

static void segment(struct iwarp *w, struct tcp *t, enum side from, const struct capture_packet *p,
		    const struct ddp_segment *d)
{
	struct rdmap_terminate end;
	struct rdmap_read read;
	struct act *a;

	t->link->about.last_frame = p->frame;
	switch (d->opcode) {
	case RDMAP_WRITE:
		write_segment(t, from, p, d);
		break;
	case RDMAP_READ_REQUEST:
		if (rdmap_read_decode(&read, d->load)) {
			w->capture->counts.strange++;
			break;
		}
		a = link_act(t->link, ACT_READ, from, p, NULL, 0);
		a->key = read.source_key;
		a->addr = read.source_addr;
		a->rdma_len = read.len;
		break;
	case RDMAP_READ_RESPONSE:
		if (d->last)
			read_answered(t, other(from), p);
		break;
	case RDMAP_TERMINATE:
		if (rdmap_terminate_decode(&end, d->load)) {
			w->capture->counts.strange++;
			break;
		}
		a = link_act(t->link, ACT_TERMINATE, from, p, NULL, 0);
		a->reason = end.layer << 12 | end.type << 8 | end.code;
		break;
	default:
		send_segment(t, from, p, d);
		break;
	}
}

/* 1: taken; 0: more is wanted. */
static int take_fpdu(struct iwarp *w, struct tcp *t, enum side from, const struct capture_packet *p)
{
	struct stream *s = &t->stream[from];
	struct ddp_segment d;
	enum ddp_check check = DDP_CRC_BAD;
	size_t whole;
	const int status = ddp_decode(&d, (struct bytes){s->at, s->len}, &whole, &check, NULL);

	/* Without a CRC the header has to speak for itself. */
	if (t->state[from] == LOST &&
	    (status || check == DDP_CRC_BAD || (check == DDP_CRC_ZERO && d.reserved))) {
		s->len = 0;
		return 0;
	}
	if (status > 0)
		return 0;
	if (!t->link)
		t->link = begin_link(w, t, CAPTURE_JOINED);
	const bool checked = t->asked_crc[INITIATOR] || t->asked_crc[TARGET];
	if (checked && check != DDP_CRC_GOOD)
		w->capture->counts.damaged++;
	else if (status < 0)
		w->capture->counts.strange++;
	else
		segment(w, t, from, p, &d);
	t->state[from] = IN_STEP;
	stream_drop(s, whole);
	if (s->len)
		s->begun = p;
	return 1;
}

/* ---- TCP ---- */

static void grown(struct iwarp *w, struct tcp *t, enum side from, const struct capture_packet *p)
{
	int status = 1;

	while (status > 0 && t->stream[from].len)
		status = t->state[from] == AT_START ? take_start(w, t, from, p)
						    : take_fpdu(w, t, from, p);
	if (status < 0)
		t->other = true;
}

static void gap(struct iwarp *w, struct tcp *t, enum side from, size_t missing)
{
	if (t->state[from] == AT_START) {
		t->other = true;
		return;
	}
	t->state[from] = LOST;
	t->assembling[INITIATOR] = t->assembling[TARGET] = false;
	if (t->link)
		t->link = link_behind(w->capture, t->link, missing);
}

static void bye(struct tcp *t, enum side from, const struct capture_packet *p)
{
	if (t->link && !t->said_bye[from])
		link_act(t->link, ACT_BYE, from, p, NULL, 0);
	t->said_bye[from] = true;
}

static struct tcp *tcp_new(struct iwarp *w, const struct net_packet *n, bool whole)
{
	struct tcp *t = capture_must(calloc(1, sizeof(*t)));

	w->all = capture_must(reallocarray(w->all, w->count + 1, sizeof(struct tcp *)));
	w->all[w->count++] = t;
	t->address[INITIATOR] = n->from;
	t->address[TARGET] = n->to;
	t->port[INITIATOR] = n->from_port;
	t->port[TARGET] = n->to_port;
	t->whole = whole;
	t->state[INITIATOR] = t->state[TARGET] = whole ? AT_START : LOST;
	return t;
}

static bool is_from(const struct tcp *t, enum side s, const struct net_packet *n)
{
	return t->port[s] == n->from_port && t->port[other(s)] == n->to_port &&
	       net_same(&t->address[s], &n->from) && net_same(&t->address[other(s)], &n->to);
}

static struct tcp *tcp_of(struct iwarp *w, const struct net_packet *n, enum side *from)
{
	for (size_t i = w->count + 1; i-- > 0;) {
		struct tcp *t = i == w->count ? w->last : w->all[i];
		for (unsigned s = INITIATOR; t && s <= TARGET; s++)
			if (is_from(t, (enum side)s, n)) {
				*from = (enum side)s;
				return t;
			}
	}
	return NULL;
}

void iwarp_take(struct iwarp *w, const struct capture_packet *p)
{
	const struct net_packet *n = &p->net;
	enum side from = INITIATOR;
	size_t missing = 0;
	struct tcp *t = tcp_of(w, n, &from);
	const bool syn = n->flags & NET_SYN, opens = syn && !(n->flags & NET_ACK);

	if (!t || (opens && (from != INITIATOR || !t->whole || t->syn != n->seq))) {
		t = tcp_new(w, n, opens);
		t->syn = n->seq;
		from = INITIATOR;
	}
	w->last = t;
	if (syn) {
		t->stream[from].open = true;
		t->stream[from].next = n->seq + 1;
	}
	if (n->load.len < n->load_len && !t->other)
		w->capture->counts.cut++;
	if (n->flags & NET_ACK && stream_skip(&t->stream[other(from)], n->ack, false, &missing)) {
		gap(w, t, other(from), missing);
		while (!t->other && stream_more(&t->stream[other(from)]))
			grown(w, t, other(from), p);
	}
	const enum stream_news news = t->other ? STREAM_NOTHING : stream_take(&t->stream[from], p);
	if (news == STREAM_AGAIN && t->link)
		t->link->about.again++;
	if (news == STREAM_MORE)
		do
			grown(w, t, from, p);
		while (!t->other && stream_more(&t->stream[from]));
	w->capture->counts.other += t->other;
	if (n->flags & (NET_FIN | NET_RST))
		bye(t, from, p);
}

void iwarp_end(struct iwarp *w)
{
	size_t missing = 0;

	for (size_t i = 0; i < w->count; i++)
		for (unsigned s = INITIATOR; s <= TARGET; s++) {
			struct tcp *t = w->all[i];
			struct stream *stream = &t->stream[s];
			while (!t->other && stream->held_count) {
				const struct capture_packet *p = stream->held[0].packet;
				stream_skip(stream, 0, true, &missing);
				gap(w, t, (enum side)s, missing);
				while (!t->other && stream_more(stream))
					grown(w, t, (enum side)s, p);
			}
		}
}
