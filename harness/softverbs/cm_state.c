/* SPDX-License-Identifier: BSD-2-Clause */
/* Between two connection managers: what an id says, and how long it waits. */
#include <errno.h>
#include <string.h>

#include "cm.h"

/* How long a peer is waited for that does not answer: Linux' 16 tries of 4.3 s. */
#define PATIENCE (68 * NS_PER_S)
/* A queue pair's numbers are not used again while something may be under way: here that is soon. */
#define TIMEWAIT (100 * NS_PER_MS)

/* ---- saying ---- */

struct cm_body *cm_body_new(struct sim_payload **p)
{
	*p = sim_payload_new(NULL, sizeof(struct cm_body));
	memset((*p)->at, 0, sizeof(struct cm_body));
	return (struct cm_body *)(void *)(*p)->at;
}

bool id_say(const struct sv_id *id, enum sv_frame_type type, struct sim_payload *body)
{
	struct sv_frame f = {.type = (uint8_t)type, .from = id->handle, .to = id->peer_id};
	const bool there = sv_send(id->peer_node, &f, body);

	sim_payload_unref(body);
	return there;
}

void id_say_rej(const struct sv_id *id, uint16_t reason, const void *data, size_t len)
{
	struct sim_payload *p;
	struct cm_body *b = cm_body_new(&p);

	b->reason = reason;
	if (len)
		memcpy(b->private_data, data, len);
	id_say(id, SV_FRAME_REJ, p);
}

/* ---- time ---- */

static void late(struct sim_item *it)
{
	struct sv_id *id = SV_CONTAINER(it, struct sv_id, timer);

	switch (id->state) {
	case ID_TIMEWAIT:
		id->state = ID_DOWN;
		event_tell(id, RDMA_CM_EVENT_TIMEWAIT_EXIT, 0);
		break;
	case ID_DREQ_SENT:
		id->state = ID_DOWN;
		event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		break;
	case ID_REQ_SENT:
	case ID_REP_SENT:
		id_leave(id);
		event_tell(id, RDMA_CM_EVENT_UNREACHABLE, -ETIMEDOUT);
		break;
	default:
		break;
	}
}

static void await_until(struct sv_id *id, uint64_t ns)
{
	struct sim_clock *k = &sv_here()->clock;

	id->timer.run = late;
	sim_clock_at(k, &id->timer, k->now + ns);
}

void id_await_peer(struct sv_id *id)
{
	await_until(id, PATIENCE);
}

void id_go_on(struct sv_id *id, enum id_state state)
{
	sim_clock_cancel(&sv_here()->clock, &id->timer);
	id->state = state;
}

void id_request_end(struct sv_id *id)
{
	struct sv_link *l = id->request;

	id->request = NULL;
	/* Who was asked leaves it to who asked, which is to read the answer first. */
	if (l && !l->incoming)
		sv_link_drop(l);
}

void id_timewait(struct sv_id *id)
{
	id_go_on(id, ID_TIMEWAIT);
	await_until(id, TIMEWAIT);
}

void id_down(struct sv_id *id)
{
	id_go_on(id, ID_DOWN);
	id_request_end(id);
}

void id_leave(struct sv_id *id)
{
	switch (id->state) {
	case ID_REQ_RECEIVED:
	case ID_REP_SENT:
	case ID_REP_RECEIVED:
		id_say_rej(id, REJ_CONSUMER, NULL, 0);
		break;
	case ID_UP:
		id_say(id, SV_FRAME_DREQ, NULL);
		break;
	case ID_DREQ_RECEIVED:
		id_say(id, SV_FRAME_DREP, NULL);
		break;
	default:
		break;
	}
	id_down(id);
}
