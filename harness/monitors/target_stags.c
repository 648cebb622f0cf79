/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STags that an initiator gave a target: which one a Send with Invalidate may name, and in which
 * message (RFC 7145 7.3.2, 1.5.2); and that none is used which no command brought, or after its
 * command ended, as far as the log tells (LOG_MEMORY "remote-read" and "remote-write").
 */
#include <stdlib.h>
#include <string.h>

#include "../oracle/room.h"
#include "../oracle/watch.h"
#include "../wire/cm_data.h"

struct target_stags {
	struct cm_data offered;
	struct region { /* memory of this connection that stands */
		uint32_t key;
		uint64_t addr, len;
	} * live;
	size_t live_count;
};

static void invalidated(struct watch *w, const struct dialogue *d, const struct target_stags *s,
			const struct traffic *t)
{
	const uint32_t key = t->ev->invalidated_key;
	const struct dialogue_task *task = dialogue_task(d, t->pdu.itt);

	/*
	 * Nothing but zeros is what pads a CM message, and by another reading an offer. That a
	 * target cannot do without is proved by neither; that it ought to holds for both.
	 */
	if (s->offered.present)
		watch_rule(w, FROM_TARGET, "I7145-1.5.2-3", !s->offered.send_inv_not_supported,
			   t->ev, NULL, "Send with Invalidate, which the CM private data rule out");
	else
		watch_rule(w, FROM_TARGET, "I7145-1.5.2-4", false, t->ev, NULL,
			   "Send with Invalidate to an initiator whose CM private data say nothing "
			   "about it");
	/* Of the others send-kind says that they come in a plain Send. */
	if (t->pdu.type->opcode != OP_SCSI_RESPONSE || !task ||
	    task->pdu.type->opcode != OP_SCSI_COMMAND)
		return;
	const struct pdu *c = &task->pdu;
	if (c->rsv)
		watch_rule(w, FROM_TARGET, "I7145-7.3.2-6", key == c->read_stag, t->ev, task->sent,
			   "STag 0x%x was invalidated, the Read STag of the command is 0x%x", key,
			   c->read_stag);
	else if (c->wsv)
		watch_rule(w, FROM_TARGET, "I7145-7.3.2-8", key == c->write_stag, t->ev, task->sent,
			   "STag 0x%x was invalidated, the Write STag of the command is 0x%x", key,
			   c->write_stag);
	else
		watch_rule(w, FROM_TARGET, "I7145-7.3.2-4", false, t->ev, task->sent,
			   "STag 0x%x was invalidated, the command brought none", key);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	if (!d->sut_is_target || t->from != FROM_TARGET || !p->type ||
	    p->type->iser_opcode != ISER_CONTROL || p->type->sender != FROM_TARGET)
		return;
	if (t->ev->invalidated) {
		invalidated(w, d, state, t);
		return;
	}
	const struct dialogue_task *task = dialogue_task(d, p->itt);
	if (p->type->opcode != OP_SCSI_RESPONSE || !task ||
	    task->pdu.type->opcode != OP_SCSI_COMMAND)
		return;
	watch_rule(w, FROM_TARGET, "I7145-1.5.2-3", true, t->ev, NULL, "%s", "");
	if (!task->pdu.rsv && !task->pdu.wsv)
		watch_rule(w, FROM_TARGET, "I7145-7.3.2-4", true, t->ev, NULL, "%s", "");
	/* 7.3.2 wants the STag "in the header"; where the iSER header names one, it is this one. */
	if (p->rsv)
		watch_rule(w, FROM_TARGET, "I7145-7.3.2-6",
			   task->pdu.rsv && p->read_stag == task->pdu.read_stag, t->ev, task->sent,
			   "its header names Read STag 0x%x, that of the command is 0x%x",
			   p->read_stag, task->pdu.read_stag);
	if (p->wsv)
		watch_rule(w, FROM_TARGET, "I7145-7.3.2-8",
			   task->pdu.wsv && p->write_stag == task->pdu.write_stag, t->ev,
			   task->sent,
			   "its header names Write STag 0x%x, that of the command is 0x%x",
			   p->write_stag, task->pdu.write_stag);
}

/* ---- RDMA operations ---- */

static bool advertises(const struct pdu *c, uint32_t key, bool read)
{
	return read ? c->wsv && c->write_stag == key : c->rsv && c->read_stag == key;
}

static bool names(const struct dialogue_task *t, uint32_t key, bool read)
{
	return t->pdu.type->opcode == OP_SCSI_COMMAND && advertises(&t->pdu, key, read);
}

/* A TASK REASSIGN brought it, whose task lives on when the request itself is answered. */
static bool is_of_reassigned(const struct dialogue *d, uint32_t key, bool read)
{
	for (size_t i = 0; i < d->task_count; i++) {
		const struct pdu *c = &d->tasks[i].pdu;
		if (c->type->opcode == OP_TASK_REQUEST && c->function == TASK_REASSIGN &&
		    advertises(c, key, read))
			return true;
	}
	return false;
}

/* The command that an operation belongs to: an open one that names the key, else the last. */
static const struct dialogue_task *owner(const struct dialogue *d, uint32_t key, bool read)
{
	const struct dialogue_task *last = NULL;
	for (size_t i = 0; i < d->task_count; i++) {
		const struct dialogue_task *t = &d->tasks[i];
		if (!names(t, key, read))
			continue;
		if (!t->answered && !t->aborted_by)
			return t;
		last = t;
	}
	return last;
}

/*
 * Is there what the command says that there is? Not in memory that we withdrew, that is another
 * connection's, or that is shorter: how much of a write is solicited, and from where on, has two
 * readings (6.9), and the lesser one is enough.
 */
static bool offer_holds(const struct target_stags *s, const struct dialogue_task *t, uint32_t key,
			uint64_t base, bool read)
{
	const uint64_t unsolicited = read ? t->unsolicited : 0;
	const uint64_t want = t->pdu.edtl > unsolicited ? t->pdu.edtl - unsolicited : 0;

	for (size_t i = 0; i < s->live_count; i++) {
		const struct region *r = &s->live[i];
		if (r->key == key)
			return base - r->addr <= r->len && want <= r->len - (base - r->addr);
	}
	return false;
}

static void operation(struct watch *w, const struct dialogue *d, const struct target_stags *s,
		      const struct log_event *ev)
{
	const bool read = !strcmp(ev->name, "remote-read"), ok = !strcmp(ev->status, "ok");
	const char *what = read ? "RDMA Read" : "RDMA Write";
	const struct dialogue_task *t = owner(d, ev->key, read);
	if (!ev->len || (!t && is_of_reassigned(d, ev->key, read)))
		return; /* names no memory, or that of a task which began elsewhere */
	watch_rule(w, FROM_TARGET, read ? "I7145-7.3.6-13" : "I7145-7.3.5-5", t != NULL, ev, NULL,
		   "%s with STag 0x%x, which no command brought for that", what, ev->key);
	if (!t)
		return;
	const bool over = t->answered || t->aborted_by;
	const struct log_event *end = t->aborted_by ? t->aborted_by : t->answered;
	watch_rule(w, FROM_TARGET, t->aborted_by ? "I7145-8.3.2-7" : "I7145-7.3.2-9", !over, ev,
		   end, "%s with the STag of a command that is over", what);
	const uint64_t base = read ? t->pdu.write_base_offset : t->pdu.read_base_offset;
	if (ok || over || !offer_holds(s, t, ev->key, base, read))
		return;
	const uint64_t from = ev->addr - base; /* addresses may wrap around */
	const bool place = from < t->pdu.edtl;
	/* All of it is what the command offered: that the offer was no good is the initiator's.
	 * What a write offers is as long as EDTL where none of its data goes unsolicited, or where
	 * the initiator has not said that it is not (6.9). */
	const struct said_key *only =
		dialogue_said(d, FROM_INITIATOR, "TaggedBufferForSolicitedDataOnly");
	const bool whole = !read || (t->data_final && !t->unsolicited) || !only ||
			   strcmp(only->value, "Yes") != 0;
	if (whole && place && ev->len <= t->pdu.edtl - from)
		return;
	watch_rule(w, FROM_TARGET,
		   read ? (place ? "I7145-7.3.6-12" : "I7145-7.3.6-14")
			: (place ? "I7145-7.3.5-7" : "I7145-7.3.5-6"),
		   false, ev, t->sent,
		   "%s of %llu bytes at Base Offset + %lld, which the STag does not admit", what,
		   (unsigned long long)ev->len, (long long)from);
}

static bool ended_with_others(const struct dialogue *d, const struct dialogue_task *t)
{
	for (size_t i = 0; i < d->task_count; i++)
		if (d->tasks[i].answered == t->aborted_by)
			return d->tasks[i].pdu.function != ABORT_TASK;
	return false;
}

/* RFC 7143 4.2.3.3: RDMA Reads of the tasks that a multi-task abort ends are over before that is
 * told; of ABORT TASK it does not speak. */
static void read_ended(struct watch *w, const struct dialogue *d, const struct log_event *ev)
{
	for (size_t i = d->task_count; i-- > 0;) {
		const struct dialogue_task *t = &d->tasks[i];
		if (!names(t, ev->key, true))
			continue;
		const bool late = t->aborted_by && ended_with_others(d, t);
		watch_rule(w, FROM_TARGET, "I7143-4.2.3.3-3", !late, ev, t->aborted_by,
			   "an RDMA Read of an aborted task was still under way when its end was "
			   "confirmed");
		return;
	}
}

/* A CM message is filled up with zeros, so that what is cut arrives as a whole. */
static void offer(struct target_stags *s, const struct bytes *data)
{
	uint8_t whole[CM_DATA_SIZE] = {0};

	if (data->len)
		memcpy(whole, data->at, data->len < sizeof(whole) ? data->len : sizeof(whole));
	cm_data_decode(&s->offered, whole, sizeof(whole), NULL);
}

static void withdraw(struct target_stags *s, uint32_t key)
{
	for (size_t i = 0; i < s->live_count; i++)
		if (s->live[i].key == key)
			s->live[i--] = s->live[--s->live_count];
}

static void add(struct target_stags *s, const struct log_event *ev)
{
	withdraw(s, ev->key);
	s->live = room_for_one(s->live, s->live_count, sizeof(*s->live));
	s->live[s->live_count++] = (struct region){ev->key, ev->addr, ev->len};
}

static void event(struct watch *w, const struct dialogue *d, void *state,
		  const struct log_event *ev)
{
	struct target_stags *s = state;
	const char *name = ev->name ? ev->name : "";
	if (!d->sut_is_target)
		return;
	if (ev->kind == LOG_CM && !strcmp(name, "connect"))
		offer(s, &ev->bytes);
	if (ev->kind != LOG_MEMORY)
		return;
	if (!strcmp(name, "register"))
		add(s, ev);
	else if (!strcmp(name, "invalidate") || !strcmp(name, "unregister"))
		withdraw(s, ev->key);
	else if (!strcmp(name, "remote-read-end"))
		read_ended(w, d, ev);
	else if (!strncmp(name, "remote-", 7))
		operation(w, d, s, ev);
}

static void drop(void *state)
{
	struct target_stags *s = state;
	free(s->live);
}

const struct monitor monitor_target_stags = {
	.name = "target-stags",
	.doc = "a target uses and invalidates the STags of open commands only",
	.rules = "I7145-1.5.2-3 I7145-1.5.2-4 I7145-7.3.2-4 I7145-7.3.2-6 I7145-7.3.2-8 "
		 "I7145-7.3.2-9 "
		 "I7145-7.3.5-5 I7145-7.3.5-6 I7145-7.3.5-7 "
		 "I7145-7.3.6-12 I7145-7.3.6-13 I7145-7.3.6-14 I7145-8.3.2-7 I7143-4.2.3.3-3",
	.state_size = sizeof(struct target_stags),
	.message = message,
	.events = WATCH(LOG_CM) | WATCH(LOG_MEMORY),
	.event = event,
	.drop = drop,
};
