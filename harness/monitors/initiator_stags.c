/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The STags that an initiator advertises, as our own RDMA operations find them: alive until the
 * command is answered (RFC 7145 7.3.1, RFC 7143 4.2.5.2, 4.2.3.3), dead once its end is
 * acknowledged (RFC 7145 1.5.1). That 7.3.2 demands the latter with a MUST while 1.5.1 and 11 allow
 * to keep STags for later is a contradiction of the RFC's; so the SHOULD of 1.5.1 is judged.
 */
#include <stdlib.h>
#include <string.h>

#include "../oracle/room.h"
#include "../oracle/watch.h"

/* One STag that a command advertised. */
struct advert {
	uint32_t key, itt;
	uint64_t addr, len; /* what of it belongs to the command, however Base Offset is read */
	bool write;	    /* a Write STag: we read */
	const struct log_event *command;
	const struct log_event *ended; /* our response, or that of the task management */
	bool by_response, acknowledged;
	uint32_t stat_sn;		/* of that end */
	const struct log_event *threat; /* a reset of the initiator's that covers it */
	bool excused; /* it may be gone early: aborted, invalidated by us, the session left */
};

/* One RDMA operation of ours that has not completed. */
struct probe {
	uint64_t id;
	const struct log_event *ev;
	size_t live, dead; /* index of the advert + 1, as it was when this was posted; 0: none */
};

struct initiator_stags {
	struct advert *adverts;
	size_t count;
	struct probe *probes;
	size_t probe_count;
	bool leaving;  /* a Logout Request has come */
	size_t failed; /* index + 1 of the advert whose use failed: the end of the connection */
	const struct log_event *failure;
};

static void advertised(struct initiator_stags *s, const struct traffic *t, uint32_t key,
		       uint64_t addr, uint64_t len, bool write)
{
	s->adverts = room_for_one(s->adverts, s->count, sizeof(*s->adverts));
	s->adverts[s->count++] = (struct advert){.key = key,
						 .itt = t->pdu.itt,
						 .addr = addr,
						 .len = len,
						 .write = write,
						 .command = t->ev};
}

static void command(const struct dialogue *d, struct initiator_stags *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const uint64_t burst = p->edtl < d->terms.first_burst ? p->edtl : d->terms.first_burst;
	const uint64_t unsolicited = p->f || burst < p->data.len ? p->data.len : burst;

	if (p->rsv && p->r && !p->w)
		advertised(s, t, p->read_stag, p->read_base_offset, p->edtl, false);
	if (p->wsv && p->w && p->edtl > unsolicited)
		advertised(s, t, p->write_stag, p->write_base_offset, p->edtl - unsolicited, true);
}

/* Those that it covers may be gone, or have to stay until it is answered. */
static void task_request(struct initiator_stags *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	for (size_t i = 0; i < s->count; i++) {
		struct advert *a = &s->adverts[i];
		if (a->ended)
			continue;
		if ((p->function == ABORT_TASK && a->itt == p->ref_task_tag) ||
		    p->function > TARGET_COLD_RESET)
			a->excused = true;
		else if (p->function > ABORT_TASK && p->function != CLEAR_ACA)
			a->threat = t->ev;
	}
}

static void ends(struct advert *a, const struct traffic *t, bool by_response)
{
	a->ended = t->ev;
	a->by_response = by_response;
	a->stat_sn = t->pdu.stat_sn;
}

static void response(const struct dialogue *d, struct initiator_stags *s, const struct traffic *t)
{
	enum { COMPLETE = 0 };
	const struct dialogue_task *request = dialogue_task(d, t->pdu.itt);
	const bool scsi = t->pdu.type->opcode == OP_SCSI_RESPONSE;

	if (!scsi && (!request || request->pdu.type->opcode != OP_TASK_REQUEST ||
		      t->pdu.response != COMPLETE))
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct advert *a = &s->adverts[i];
		if (a->ended)
			continue;
		/* Several resets may cover a command; the first answer ends it. */
		const bool reset = !scsi && a->threat && request->pdu.function != ABORT_TASK &&
				   a->command->seq < request->sent->seq;
		if (scsi ? a->itt == t->pdu.itt
			 : reset || (request->pdu.function == ABORT_TASK &&
				     a->itt == request->pdu.ref_task_tag))
			ends(a, t, scsi);
	}
}

/* Whatever message of ours it came with. */
static void invalidated(struct initiator_stags *s, const struct log_event *ev)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->adverts[i].key == ev->invalidated_key)
			s->adverts[i].excused = true;
}

/* RFC 7145 7.3.2: who acknowledges the response has ended the STags before. */
static void acknowledge(struct initiator_stags *s, const struct pdu *p)
{
	for (size_t i = 0; i < s->count; i++) {
		struct advert *a = &s->adverts[i];
		if (a->ended && (int32_t)(p->exp_stat_sn - a->stat_sn) > 0)
			a->acknowledged = true;
	}
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct initiator_stags *s = state;

	(void)w;
	if (!t->pdu.type || t->pdu.type->iser_opcode != ISER_CONTROL || t->phase < DIALOGUE_FULL ||
	    t->delivery == NOT_DELIVERED || d->sut_is_target)
		return;
	if (t->from == FROM_INITIATOR)
		acknowledge(s, &t->pdu);
	else if (t->ev->invalidated)
		invalidated(s, t->ev);
	switch (t->pdu.type->opcode) {
	case OP_SCSI_COMMAND:
		command(d, s, t);
		break;
	case OP_TASK_REQUEST:
		task_request(s, t);
		break;
	case OP_SCSI_RESPONSE:
	case OP_TASK_RESPONSE:
		response(d, s, t);
		break;
	case OP_LOGOUT_REQUEST:
		s->leaving = true;
		break;
	case OP_REJECT: /* it may take the command for ended */
		for (size_t i = 0; i < s->count; i++)
			s->adverts[i].excused = true;
		break;
	default:
		break;
	}
}

static bool within(const struct advert *a, const struct log_event *ev)
{
	return a->key == ev->key && ev->addr >= a->addr && ev->len <= a->len &&
	       ev->addr - a->addr <= a->len - ev->len;
}

static void posted(struct initiator_stags *s, const struct log_event *ev)
{
	const bool reads = !strcmp(ev->name, "read");
	struct probe probe = {.id = ev->id, .ev = ev};
	bool other = false;

	if (!ev->len || (!reads && strcmp(ev->name, "write") != 0))
		return;
	for (size_t i = 0; i < s->count; i++) {
		const struct advert *a = &s->adverts[i];
		if (a->key != ev->key)
			continue;
		if (!a->acknowledged)
			other = true; /* the tag is in use, or was a moment ago */
		if (a->write != reads || !within(a, ev))
			continue;
		if (!a->ended)
			probe.live = i + 1;
		if (a->acknowledged)
			probe.dead = i + 1;
	}
	if (other)
		probe.dead = 0;
	if (!probe.live && !probe.dead)
		return;
	s->probes = room_for_one(s->probes, s->probe_count, sizeof(*s->probes));
	s->probes[s->probe_count++] = probe;
}

/* A live STag was refused. An abort that was under way then may stand behind it in the log. */
static void judge_use(struct watch *w, const struct advert *a, const struct log_event *done,
		      bool ok)
{
	if (a->threat)
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.3.3-1", ok, done, a->threat,
			   "STag 0x%x was ended by the request for task management, before its "
			   "response",
			   a->key);
	else if (a->write)
		watch_rule(
			w, FROM_INITIATOR, "I7143-4.2.5.2-4", ok, done, a->command,
			"data of a command that waits for its response cannot be read by its Write "
			"STag 0x%x",
			a->key);
	else
		watch_rule(
			w, FROM_INITIATOR, "I7145-7.3.1-11", ok, done, a->command,
			"the buffer of a command that waits for its response cannot be written by "
			"its Read STag 0x%x",
			a->key);
}

static void alive(struct watch *w, struct initiator_stags *s, size_t index,
		  const struct log_event *done)
{
	if (!strcmp(done->status, "ok")) {
		judge_use(w, &s->adverts[index], done, true);
	} else if (!strcmp(done->status, "remote-access") && !s->failed) {
		s->failed = index + 1;
		s->failure = done;
	}
}

static void end(struct watch *w, const struct dialogue *d, void *state,
		const struct log_event *last)
{
	const struct initiator_stags *s = state;
	(void)d;
	(void)last;
	if (s->failed && !s->adverts[s->failed - 1].excused && !s->leaving)
		judge_use(w, &s->adverts[s->failed - 1], s->failure, false);
}

/* Our probing is no lie that could make an STag live on. */
static void dead(struct watch *w, const struct advert *a, const struct log_event *done)
{
	const bool ok = !strcmp(done->status, "ok");

	if (!ok && strcmp(done->status, "remote-access") != 0)
		return;
	watch_rule_always(w, FROM_INITIATOR, a->by_response ? "I7145-1.5.1-1" : "I7145-1.5.1-3",
			  !ok, done, a->ended,
			  "STag 0x%x still opens its buffer, though the end of its command is "
			  "acknowledged",
			  a->key);
}

static void completed(struct watch *w, struct initiator_stags *s, const struct log_event *ev)
{
	for (size_t i = 0; i < s->probe_count; i++) {
		const struct probe p = s->probes[i];
		if (p.id != ev->id)
			continue;
		s->probes[i] = s->probes[--s->probe_count];
		if (p.live && ev->status)
			alive(w, s, p.live - 1, ev);
		else if (p.dead && ev->status)
			dead(w, &s->adverts[p.dead - 1], ev);
		return;
	}
}

static void event(struct watch *w, const struct dialogue *d, void *state,
		  const struct log_event *ev)
{
	struct initiator_stags *s = state;

	if (d->sut_is_target || !ev->name)
		return;
	if (ev->kind == LOG_POST)
		posted(s, ev);
	else if (ev->kind == LOG_DONE && s->probe_count &&
		 (!strcmp(ev->name, "read") || !strcmp(ev->name, "write")))
		completed(w, s, ev);
}

static void drop(void *state)
{
	struct initiator_stags *s = state;
	free(s->adverts);
	free(s->probes);
}

const struct monitor monitor_initiator_stags = {
	.name = "initiator-stags",
	.doc = "an initiator's STags live as long as their command, and no longer",
	.rules = "I7145-1.5.1-1 I7145-1.5.1-3 I7145-7.3.1-11 I7143-4.2.3.3-1 I7143-4.2.5.2-4",
	.state_size = sizeof(struct initiator_stags),
	.message = message,
	.events = WATCH(LOG_POST) | WATCH(LOG_DONE),
	.event = event,
	.end = end,
	.drop = drop,
};
