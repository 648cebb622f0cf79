/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened on the links as the event log that one side would have written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/fabric.h"
#include "internal.h"

enum what { JOINED, HAPPENED, ENDED, FLUSHED };

/* What becomes an event, in the order of frames. */
struct item {
	size_t frame, order;
	uint64_t time;
	const struct act *act;
	size_t link;
	enum what what;
};

struct maker {
	const struct capture *capture;
	struct log *log;
	enum side sut;
	struct item *items;
	size_t count, room;
	uint64_t begin;
	size_t *reads_from; /* a link: all its acts before this one are no reads under way */
};

static void item_add(struct maker *m, size_t frame, uint64_t time, size_t link, const struct act *a,
		     enum what what)
{
	if (m->count == m->room) {
		m->room = m->room ? m->room * 2 : 256;
		m->items = capture_must(reallocarray(m->items, m->room, sizeof(*m->items)));
	}
	m->items[m->count] = (struct item){frame, m->count, time, a, link, what};
	m->count++;
}

static bool is_request(const struct act *a)
{
	return a->kind == ACT_MESSAGE || a->kind == ACT_WRITE || a->kind == ACT_READ;
}

static bool refused(const struct act *a)
{
	return a->fate != FATE_UNKNOWN && a->fate != FATE_DONE;
}

/* What they sent is an event when all of it is there, and one only if our side took it. */
static bool is_heard(const struct act *a)
{
	return a->kind != ACT_MESSAGE || (a->complete && !refused(a));
}

/* Behind a refusal neither queue pair takes anything: what was not acknowledged then never is. */
static bool is_lost(const struct act *a, const struct act *refusal)
{
	return a->kind == ACT_MESSAGE && a->fate == FATE_UNKNOWN && refusal &&
	       a->frame > refusal->frame;
}

static void collect(struct maker *m, size_t i)
{
	const struct link *l = m->capture->links[i];
	/* A request of ours that they refused, and of theirs that we did: behind it all fail. */
	const struct act *broken = NULL, *refusal = NULL;
	/* Theirs that arrived last: what was sent behind it arrived no sooner. */
	const struct act *latest = NULL;

	if (l->about.begin != CAPTURE_WHOLE)
		item_add(m, l->acts[0].frame, l->acts[0].time, i, NULL, JOINED);
	for (size_t k = 0; k < l->act_count; k++) {
		const struct act *a = &l->acts[k];
		const bool theirs = a->from == m->sut;
		if (theirs && is_request(a) && refused(a) && !refusal)
			refusal = a;
		if (theirs && (!is_heard(a) || is_lost(a, refusal) || is_lost(a, broken)))
			continue;
		if (!theirs && a->kind == ACT_MESSAGE && !a->complete)
			continue;
		if (theirs && a->kind == ACT_MESSAGE) {
			if (!latest || a->last_frame > latest->last_frame)
				latest = a;
			item_add(m, latest->last_frame, latest->last_time, i, a, HAPPENED);
		} else
			item_add(m, a->frame, a->time, i, a, HAPPENED);
		if (!is_request(a) || (theirs && a->kind == ACT_MESSAGE))
			continue;
		if (a->fate != FATE_UNKNOWN)
			item_add(m, a->fate_frame, a->fate_time, i, a, ENDED);
		else if (!theirs && l->about.iwarp && a->kind != ACT_READ)
			item_add(m, a->frame, a->time, i, a, ENDED);
		else if (!theirs && broken)
			item_add(m, a->frame > broken->fate_frame ? a->frame : broken->fate_frame,
				 broken->fate_time, i, a, FLUSHED);
		if (!theirs && refused(a) && !broken)
			broken = a;
	}
}

static int in_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* ---- events ---- */

static bool said_bye(const struct maker *m, const struct item *it, enum side who)
{
	const struct link *l = m->capture->links[it->link];
	for (const struct act *a = l->acts; a < it->act; a++)
		if (a->kind == ACT_BYE && a->from == who)
			return true;
	return false;
}

static void put_cm(struct maker *m, const struct item *it, struct log_event ev, const char *name)
{
	const struct capture_link *about = &m->capture->links[it->link]->about;
	char host[64], text[96];

	ev.kind = LOG_CM;
	ev.name = name;
	snprintf(text, sizeof(text), "%s port %u", net_text(&about->target, host, sizeof(host)),
		 about->port);
	if (!strncmp(name, "connect", 7))
		ev.text = text;
	ev.bytes = (struct bytes){it->act->at, it->act->len};
	ev.a = it->act->depths[0];
	ev.b = it->act->depths[1];
	ev.c = it->act->depths[2];
	ev.number = it->act->reason;
	log_add(m->log, &ev);
}

static void put_terminate(struct maker *m, const struct act *a, struct log_event ev)
{
	char text[64];
	const unsigned layer = a->reason >> 12, type = a->reason >> 8 & 15, code = a->reason & 255;

	snprintf(text, sizeof(text), "TERMINATE, layer %u, type %u, code %u", layer, type, code);
	ev.kind = LOG_CM;
	ev.name = "terminate";
	ev.text = text;
	/* RFC 5041 8.2: no buffer for the message's number. */
	ev.number = layer == 1 && type == 2 && code == 2 ? FAB_TERM_NO_BUFFER
		    : type == 1				 ? FAB_TERM_ACCESS
							 : FAB_TERM_OTHER;
	log_add(m->log, &ev);
}

static const char *op_name(const struct act *a)
{
	switch (a->kind) {
	case ACT_WRITE:
		return a->has_imm ? "write-imm" : "write";
	case ACT_READ:
		return "read";
	default:
		return a->invalidated ? "send-inv" : a->has_imm ? "send-imm" : "send";
	}
}

static uint64_t id_of(const struct maker *m, const struct item *it)
{
	return (uint64_t)(it->act - m->capture->links[it->link]->acts) + 1;
}

static void put_request(struct maker *m, const struct item *it, struct log_event *ev)
{
	const struct act *a = it->act;

	ev->kind = LOG_POST;
	ev->name = op_name(a);
	ev->id = id_of(m, it);
	ev->b = 1;
	ev->c = a->solicited;
	ev->bytes = (struct bytes){a->at, a->len};
	ev->invalidated = a->invalidated;
	ev->invalidated_key = a->invalidated ? a->key : 0;
	ev->has_imm = a->has_imm;
	ev->imm = a->imm;
	ev->key = a->invalidated ? 0 : a->key;
	ev->addr = a->addr;
	ev->len = a->rdma_len;
	log_add(m->log, ev);
}

static void put_completion(struct maker *m, const struct item *it, struct log_event *ev)
{
	static const enum fab_status statuses[] = {
		[FATE_UNKNOWN] = FAB_FLUSHED,	   [FATE_DONE] = FAB_OK,
		[FATE_RNR] = FAB_RNR_EXCEEDED,	   [FATE_INVALID] = FAB_REMOTE_INVALID,
		[FATE_ACCESS] = FAB_REMOTE_ACCESS, [FATE_OPERATION] = FAB_REMOTE_OP,
	};
	const struct act *a = it->act;
	const bool left = it->what == ENDED && a->fate == FATE_UNKNOWN;

	ev->id = id_of(m, it);
	ev->kind = LOG_DONE;
	ev->name = op_name(a);
	ev->status = left ? "left" : fab_status_name(statuses[a->fate]);
	log_add(m->log, ev);
}

static bool is_under_way(const struct maker *m, const struct act *a, size_t frame)
{
	return a->kind == ACT_READ && a->from == m->sut &&
	       (a->fate == FATE_UNKNOWN || a->fate_frame > frame);
}

/* Reads of theirs that are under way with this one, itself included; of_key: those of its STag. */
static int64_t under_way(struct maker *m, const struct item *it, bool of_key)
{
	const struct act *acts = m->capture->links[it->link]->acts;
	size_t *from = &m->reads_from[it->link];
	int64_t n = 1;

	while (&acts[*from] < it->act && !is_under_way(m, &acts[*from], it->frame))
		(*from)++;
	for (const struct act *a = &acts[*from]; a < it->act; a++)
		n += is_under_way(m, a, it->frame) && (!of_key || a->key == it->act->key);
	return n;
}

static void put_memory(struct maker *m, const struct item *it, struct log_event *ev)
{
	const struct act *a = it->act;
	const bool read = a->kind == ACT_READ;

	if (it->what != HAPPENED && (!read || a->fate != FATE_DONE)) {
		if (!refused(a))
			return;
		/* What our side refuses ends its queue pair. */
		ev->kind = LOG_DONE;
		ev->name = "recv";
		ev->status = fab_status_name(FAB_FLUSHED);
		log_add(m->log, ev);
		return;
	}
	ev->kind = LOG_MEMORY;
	ev->name = it->what != HAPPENED ? "remote-read-end" : read ? "remote-read" : "remote-write";
	ev->status = fab_status_name(refused(a) ? FAB_REMOTE_ACCESS : FAB_OK);
	ev->key = a->key;
	ev->addr = a->addr;
	ev->len = a->rdma_len;
	if (read && it->what == HAPPENED) {
		ev->a = under_way(m, it, false);
		ev->b = under_way(m, it, true);
	}
	ev->device = true;
	log_add(m->log, ev);
}

static void put_message(struct maker *m, const struct act *a, struct log_event *ev)
{
	ev->kind = LOG_RECV;
	ev->name = "recv";
	ev->bytes = (struct bytes){a->at, a->len};
	ev->c = a->solicited;
	ev->invalidated = a->invalidated;
	ev->invalidated_key = a->invalidated ? a->key : 0;
	ev->has_imm = a->has_imm;
	ev->imm = a->imm;
	log_add(m->log, ev);
}

static void put_joined(struct maker *m, const struct capture_link *about, struct log_event *ev)
{
	ev->kind = LOG_CM;
	ev->name = "joined";
	ev->text = about->begin == CAPTURE_GAP ? "behind messages that the capture does not have"
					       : "the capture begins behind the connection request";
	log_add(m->log, ev);
}

static void put(struct maker *m, const struct item *it)
{
	const struct act *a = it->act;
	const bool theirs = a && a->from == m->sut;
	struct log_event ev = {
		.time = it->time - m->begin,
		.conn = (unsigned)(it->link + 1),
		.line = (unsigned)it->frame,
	};

	if (!a) {
		put_joined(m, &m->capture->links[it->link]->about, &ev);
		return;
	}
	switch (a->kind) {
	case ACT_CONNECT:
		put_cm(m, it, ev, theirs ? "connect-request" : "connect");
		break;
	case ACT_ACCEPT:
		put_cm(m, it, ev, theirs ? "established" : "accept");
		break;
	case ACT_READY:
		if (theirs)
			put_cm(m, it, ev, "established");
		break;
	case ACT_REJECT:
		put_cm(m, it, ev, theirs ? "rejected" : "reject");
		break;
	case ACT_BYE:
		if (theirs)
			put_cm(m, it, ev, "disconnected");
		else if (!said_bye(m, it, m->sut))
			put_cm(m, it, ev, "disconnect");
		break;
	case ACT_TERMINATE:
		if (theirs)
			put_terminate(m, a, ev);
		break;
	default:
		if (theirs && a->kind == ACT_MESSAGE)
			put_message(m, a, &ev);
		else if (theirs)
			put_memory(m, it, &ev);
		else if (it->what == HAPPENED)
			put_request(m, it, &ev);
		else
			put_completion(m, it, &ev);
		break;
	}
}

struct log *capture_log(const struct capture *c, bool sut_is_target)
{
	struct maker m = {.capture = c,
			  .log = log_new(NULL, NULL),
			  .sut = sut_is_target ? TARGET : INITIATOR};

	m.reads_from = capture_must(calloc(c->link_count + 1, sizeof(*m.reads_from)));
	for (size_t i = 0; i < c->link_count; i++)
		collect(&m, i);
	if (m.count)
		qsort(m.items, m.count, sizeof(*m.items), in_order);
	m.begin = m.count ? m.items[0].time : 0;
	for (size_t i = 0; i < m.count; i++)
		if (m.items[i].time < m.begin)
			m.begin = m.items[i].time;
	for (size_t i = 0; i < m.count; i++)
		put(&m, &m.items[i]);
	free(m.items);
	free(m.reads_from);
	return m.log;
}
