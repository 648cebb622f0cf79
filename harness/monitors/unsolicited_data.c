/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data that an initiator sends unasked, with a write command and behind it: whether it may (RFC
 * 7143 13.10, 13.11, 11.8), how much (4.2.5.2, 11.3.4), and how it is cut into messages (RFC
 * 7145 6.4, 7.3.1, 7.3.4).
 */
#include <stdlib.h>

#include "../oracle/room.h"
#include "../oracle/watch.h"

/* One command whose Data-Outs are under way: it came with W=1 and F=0. */
struct burst {
	uint32_t itt, edtl;
	size_t order; /* of its command among all on the connection */
	uint64_t immediate, outs;
	uint32_t data_outs; /* messages */
	const struct log_event *command;
	const struct log_event *odd_out; /* first Data-Out with F=0 that was not full */
};

struct unsolicited {
	struct burst *bursts;
	size_t count;
	size_t commands;
	size_t newest; /* order of the newest command that a Data-Out came for */
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void begin(struct unsolicited *s, const struct pdu *p, const struct log_event *ev)
{
	s->bursts = room_for_one(s->bursts, s->count, sizeof(*s->bursts));
	s->bursts[s->count++] = (struct burst){.itt = p->itt,
					       .edtl = p->edtl,
					       .order = s->commands,
					       .immediate = p->data.len,
					       .command = ev};
}

/* The newest one with that tag. */
static struct burst *find(struct unsolicited *s, uint32_t itt)
{
	for (size_t i = s->count; i-- > 0;)
		if (s->bursts[i].itt == itt)
			return &s->bursts[i];
	return NULL;
}

static void command(struct watch *w, const struct dialogue *d, struct unsolicited *s,
		    const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const struct dialogue_terms *terms = &d->terms;
	const size_t len = p->data.len;

	s->commands++;
	if (!p->w)
		return;
	if (!terms->immediate_data)
		watch_rule(w, FROM_INITIATOR, "I7143-13.11-1", !len, t->ev, NULL,
			   "%zu bytes of immediate data although ImmediateData is No", len);
	if (len)
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.5.2-1",
			   len <= terms->first_burst && len <= p->edtl, t->ev, NULL,
			   "%zu bytes of immediate data; FirstBurstLength is %u, the command's "
			   "Expected Data Transfer Length %u",
			   len, terms->first_burst, p->edtl);
	/* RFC 7143 11.3.4; a write of nothing has nothing to follow either. */
	if (len == p->edtl)
		watch_rule(w, FROM_INITIATOR, "I7143-11.3.4-2", p->f, t->ev, NULL,
			   "F=0 although all %zu bytes of the command came with it", len);
	if (!p->f)
		begin(s, p, t->ev);
}

/* All of the burst is here. */
static void ended(struct watch *w, const struct dialogue_terms *terms, const struct burst *b,
		  const struct log_event *ev)
{
	const uint64_t total = b->immediate + b->outs, size = terms->target_rdsl;
	const uint64_t due = least(terms->first_burst, b->edtl);

	watch_rule(w, FROM_INITIATOR, "I7143-4.2.5.2-2", total == due, ev, b->command,
		   "%llu bytes of unsolicited data; with Data-Outs it has to be %llu "
		   "(FirstBurstLength "
		   "%u, Expected Data Transfer Length %u)",
		   (unsigned long long)total, (unsigned long long)due, terms->first_burst, b->edtl);
	if (b->edtl > terms->first_burst)
		watch_rule(w, FROM_INITIATOR, "I7143-11.3.4-3", total == due, ev, b->command,
			   "%llu bytes of unsolicited data of a command of %u bytes; allowed are "
			   "FirstBurstLength (%u) or the immediate data alone",
			   (unsigned long long)total, b->edtl, terms->first_burst);
	const bool full_command = !b->immediate || b->immediate == size;
	if (total > size && b->immediate)
		watch_rule(w, FROM_INITIATOR, "I7145-7.3.1-14", full_command && !b->odd_out, ev,
			   b->odd_out ? b->odd_out : b->command,
			   "%llu bytes are cut, and a message before the last is not filled to "
			   "TargetRecvDataSegmentLength (%u)",
			   (unsigned long long)total, terms->target_rdsl);
	if (b->outs > size)
		watch_rule(w, FROM_INITIATOR, "I7145-7.3.4-2", !b->odd_out, ev, b->odd_out,
			   "%llu bytes are cut into Data-Outs, and one before the last is not "
			   "filled to "
			   "TargetRecvDataSegmentLength (%u)",
			   (unsigned long long)b->outs, terms->target_rdsl);
	if (total > size)
		watch_rule(w, FROM_INITIATOR, "I7145-6.4-1", full_command && !b->odd_out, ev,
			   b->odd_out ? b->odd_out : b->command,
			   "a message with F=0 carries other than TargetRecvDataSegmentLength (%u) "
			   "bytes of a sequence of %llu",
			   terms->target_rdsl, (unsigned long long)total);
}

static void in_sequence(struct watch *w, struct unsolicited *s, struct burst *b,
			const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const uint64_t at = b->immediate + b->outs;

	watch_rule(w, FROM_INITIATOR, "I7143-11.7.5-1", p->data_sn == b->data_outs, t->ev,
		   b->command, "Data-Out %u of its burst, counted from 0, has DataSN %u",
		   b->data_outs, p->data_sn);
	watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.4-1", p->data_sn == b->data_outs, t->ev,
		   b->command, "DataSN %u in the place of %u", p->data_sn, b->data_outs);
	watch_rule(w, FROM_INITIATOR, "I7143-11.7.6-1", p->buffer_offset == at, t->ev, b->command,
		   "a Data-Out has Buffer Offset %u, the data before it ends at %llu",
		   p->buffer_offset, (unsigned long long)at);
	watch_rule(w, FROM_INITIATOR, "I7143-4.2.5.2-5", b->order >= s->newest, t->ev, b->command,
		   "unsolicited data of command %zu comes behind that of command %zu", b->order,
		   s->newest);
	if (b->order > s->newest)
		s->newest = b->order;
}

/* RFC 7143 11.3.1: F=1 in a write says that no unsolicited Data-Out follows. */
static void announced(struct watch *w, const struct dialogue *d, const struct burst *b,
		      const struct traffic *t)
{
	const struct dialogue_task *task = b ? NULL : dialogue_task(d, t->pdu.itt);

	if (b || (task && task->pdu.type->opcode == OP_SCSI_COMMAND && task->pdu.w && task->pdu.f))
		watch_rule(w, FROM_INITIATOR, "I7143-11.3.1-3", b != NULL, t->ev,
			   b ? b->command : task->sent,
			   "an unsolicited Data-Out of a command that had F=1");
}

static void data_out(struct watch *w, const struct dialogue *d, struct unsolicited *s,
		     const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const struct dialogue_terms *terms = &d->terms;
	struct burst *b = find(s, p->itt);

	if (log_kind_known(t->ev))
		watch_rule(w, FROM_INITIATOR, "I7145-7.3.4-4",
			   !t->ev->has_imm && !t->ev->invalidated, t->ev, NULL,
			   "a Data-Out came as another message than Send");
	if (!watch_rule(
		    w, FROM_INITIATOR, "I7145-7.3.4-5", p->ttt == TAG_NONE, t->ev, NULL,
		    "a Data-Out with Target Transfer Tag 0x%x: solicited data goes by RDMA Read",
		    p->ttt))
		return;
	watch_rule(w, FROM_INITIATOR, "I7143-11.8-1", !terms->initial_r2t, t->ev, NULL,
		   "an unsolicited Data-Out although InitialR2T is Yes");
	announced(w, d, b, t);
	if (!b)
		return;
	in_sequence(w, s, b, t);
	if (!p->f && p->data.len != terms->target_rdsl && !b->odd_out)
		b->odd_out = t->ev;
	b->outs += p->data.len;
	b->data_outs++;
	watch_rule(w, FROM_INITIATOR, "I7143-4.2.5.2-1",
		   b->immediate + b->outs <= terms->first_burst, t->ev, b->command,
		   "%llu bytes of unsolicited data, FirstBurstLength is %u",
		   (unsigned long long)b->immediate + b->outs, terms->first_burst);
	if (!p->f)
		return;
	ended(w, terms, b, t->ev);
	*b = s->bursts[--s->count];
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct unsolicited *s = state;

	/* A message that cannot be read may have been part of any burst. */
	if (t->from == FROM_INITIATOR && !t->pdu.type)
		s->count = 0;
	if (t->from != FROM_INITIATOR || !t->pdu.type || t->phase != DIALOGUE_FULL ||
	    t->pdu.type->iser_opcode != ISER_CONTROL)
		return;
	if (t->pdu.type->opcode == OP_SCSI_COMMAND)
		command(w, d, s, t);
	else if (t->pdu.type->opcode == OP_DATA_OUT)
		data_out(w, d, s, t);
}

static void drop(void *state)
{
	struct unsolicited *s = state;
	free(s->bursts);
}

const struct monitor monitor_unsolicited_data = {
	.name = "unsolicited-data",
	.doc = "data that an initiator sends unasked: whether, how much, and how it is cut",
	.rules = "I7143-4.2.5.2-1 I7143-4.2.5.2-2 I7143-4.2.5.2-5 I7143-11.3.1-3 I7143-11.3.4-2 "
		 "I7143-11.3.4-3 "
		 "I7143-11.7.5-1 I7143-4.2.2.4-1 I7143-11.7.6-1 I7143-11.8-1 I7143-13.11-1 "
		 "I7145-6.4-1 "
		 "I7145-7.3.1-14 I7145-7.3.4-2 I7145-7.3.4-4 I7145-7.3.4-5",
	.state_size = sizeof(struct unsolicited),
	.message = message,
	.drop = drop,
};
