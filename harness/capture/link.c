/* SPDX-License-Identifier: BSD-2-Clause */
/* What a capture holds: links, and what each side did on them. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void *capture_must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void link_free(struct link *l)
{
	for (size_t i = 0; i < l->act_count; i++)
		free(l->acts[i].at);
	free(l->acts);
	free(l);
}

void capture_free(struct capture *c)
{
	for (size_t i = 0; c && i < c->link_count; i++)
		link_free(c->links[i]);
	if (c)
		free(c->links);
	free(c);
}

struct link *link_new(struct capture *c, enum capture_begin begin)
{
	struct link *l = capture_must(calloc(1, sizeof(*l)));

	l->about.begin = begin;
	l->about.roles_known = begin == CAPTURE_WHOLE;
	c->links = capture_must(reallocarray(c->links, c->link_count + 1, sizeof(struct link *)));
	c->links[c->link_count++] = l;
	return l;
}

struct link *link_behind(struct capture *c, const struct link *before, size_t missing)
{
	struct link *l = link_new(c, CAPTURE_GAP);
	const struct capture_link *b = &before->about;

	l->about = (struct capture_link){
		.begin = CAPTURE_GAP,
		.iwarp = b->iwarp,
		.initiator = b->initiator,
		.target = b->target,
		.initiator_at = b->initiator_at,
		.target_at = b->target_at,
		.port = b->port,
		.missing = missing,
		.one_way = b->one_way,
		.roles_known = b->roles_known,
	};
	return l;
}

struct act *link_act(struct link *l, enum act_kind kind, enum side from,
		     const struct capture_packet *p, const uint8_t *at, size_t len)
{
	if (l->act_count == l->act_room) {
		l->act_room = l->act_room ? l->act_room * 2 : 16;
		l->acts = capture_must(reallocarray(l->acts, l->act_room, sizeof(*l->acts)));
	}
	struct act *a = &l->acts[l->act_count++];
	*a = (struct act){.kind = kind,
			  .from = from,
			  .frame = p->frame,
			  .last_frame = p->frame,
			  .time = p->time,
			  .last_time = p->time};
	act_append(a, at, len);
	if (!l->about.first_frame)
		l->about.first_frame = p->frame;
	l->about.last_frame = p->frame;
	return a;
}

void act_append(struct act *a, const uint8_t *at, size_t len)
{
	if (!at || !len)
		return;
	a->at = capture_must(realloc(a->at, a->len + len));
	memcpy(a->at + a->len, at, len);
	a->len += len;
}

void act_ends(struct act *a, enum act_fate fate, const struct capture_packet *p)
{
	a->fate = fate;
	a->fate_frame = p->frame;
	a->fate_time = p->time;
}

/* ---- when all is read ---- */

/* Who is the initiator, by the PDUs: in a capture that began in the middle nothing else tells. */
static void find_roles(struct link *l)
{
	struct capture_link *about = &l->about;
	struct pdu pdu;

	for (size_t i = 0; !about->roles_known && i < l->act_count; i++) {
		const struct act *a = &l->acts[i];
		if (a->kind != ACT_MESSAGE || pdu_decode(&pdu, a->at, a->len, NULL))
			continue;
		about->roles_known = true;
		l->turned = (pdu.type->sender == FROM_INITIATOR) != (a->from == INITIATOR);
	}
	if (!l->turned)
		return;
	const struct net_address address = about->initiator;
	const uint32_t at = about->initiator_at;
	about->initiator = about->target;
	about->initiator_at = about->target_at;
	about->target = address;
	about->target_at = at;
	for (size_t i = 0; i < l->act_count; i++)
		l->acts[i].from = other(l->acts[i].from);
}

static bool carries_iser(const struct link *l)
{
	enum { ISER_PORT = 3260 };
	size_t messages = 0;
	struct pdu pdu;

	for (size_t i = 0; i < l->act_count; i++) {
		if (l->acts[i].kind != ACT_MESSAGE)
			continue;
		messages++;
		if (!pdu_decode(&pdu, l->acts[i].at, l->acts[i].len, NULL))
			return true;
	}
	return l->about.port == ISER_PORT || (!messages && l->about.begin == CAPTURE_GAP);
}

static int by_first_frame(const void *a, const void *b)
{
	const struct link *x = *(struct link *const *)a, *y = *(struct link *const *)b;
	return (x->about.first_frame > y->about.first_frame) -
	       (x->about.first_frame < y->about.first_frame);
}

void capture_sort_out(struct capture *c);
void capture_sort_out(struct capture *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->link_count; i++) {
		struct link *l = c->links[i];
		if (!l->act_count || !carries_iser(l)) {
			c->counts.not_iser += l->act_count > 0;
			link_free(l);
			continue;
		}
		find_roles(l);
		for (size_t k = 0; k < l->act_count; k++) {
			const struct act *a = &l->acts[k];
			l->about.messages[a->from] += a->kind == ACT_MESSAGE && a->complete;
			l->about.rdma[a->from] += a->kind == ACT_WRITE || a->kind == ACT_READ;
		}
		c->links[kept++] = l;
	}
	c->link_count = kept;
	if (kept)
		qsort(c->links, kept, sizeof(struct link *), by_first_frame);
}

const struct capture_counts *capture_counts(const struct capture *c)
{
	return &c->counts;
}

size_t capture_link_count(const struct capture *c)
{
	return c->link_count;
}

const struct capture_link *capture_link(const struct capture *c, size_t i)
{
	return i < c->link_count ? &c->links[i]->about : NULL;
}
