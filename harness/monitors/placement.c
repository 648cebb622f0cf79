/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where read data was placed, by what the memory looked like whenever it was looked at (log.h,
 * LOG_MEMORY "look"): nothing beside what was advertised, nothing missing when the response comes
 * (RFC 7145 7.3.5, 9.5.2), nothing written any more behind it (7.3.2) or behind the confirmation
 * of an abort, with which the task's mapping ends (8.3.2).
 */
#include <stdlib.h>
#include <string.h>

#include "../oracle/room.h"
#include "../oracle/watch.h"
#include "../wire/ahs.h"

enum { RUN = 8, SCSI_GOOD = 0 }; /* bytes that do not stay as they were by chance */

/* The last look at one piece of memory. */
struct memory {
	uint32_t key;
	uint64_t hash;
	const struct log_event *ev;
	bool over; /* no command that names it was open */
	bool told; /* a guard fell, and it was said */
};

struct placement {
	struct memory *at;
	size_t count;
};

static struct memory *memory_of(struct placement *s, uint32_t key)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i].key == key)
			return &s->at[i];
	s->at = room_for_one(s->at, s->count, sizeof(*s->at));
	s->at[s->count] = (struct memory){.key = key};
	return &s->at[s->count++];
}

static bool names(const struct dialogue_task *t, uint32_t key)
{
	return t->pdu.type->opcode == OP_SCSI_COMMAND && t->pdu.rsv && t->pdu.read_stag == key;
}

/* What the commands that name a piece of memory are about. */
struct users {
	size_t count, open;
	const struct dialogue_task *answered; /* the one answered last */
	const struct dialogue_task *last;
	bool beyond; /* one of them promised more than there is, and may have used the guards */
};

static struct users users_of(const struct dialogue *d, const struct log_event *ev)
{
	struct users u = {0};
	for (size_t i = 0; i < d->task_count; i++) {
		const struct dialogue_task *t = &d->tasks[i];
		if (!names(t, ev->key))
			continue;
		const uint64_t base = t->pdu.read_base_offset;
		u.count++;
		u.last = t;
		u.open += !t->answered && !t->aborted_by;
		u.beyond |= base < ev->addr || base - ev->addr > ev->len ||
			    t->pdu.edtl > ev->len - (base - ev->addr);
		if (t->answered && (!u.answered || t->answered->seq > u.answered->answered->seq))
			u.answered = t;
	}
	return u;
}

static void guards(struct watch *w, struct memory *m, const struct users *u,
		   const struct log_event *ev)
{
	static const char before_rule[] = "I7145-7.3.5-6", after_rule[] = "I7145-7.3.5-7";
	const bool before = ev->text && strstr(ev->text, "before"),
		   after = ev->text && strstr(ev->text, "after the");
	if (!u->count || u->beyond || m->told)
		return;
	m->told = before || after;
	watch_rule_always(w, FROM_TARGET, before_rule, !before, ev, u->last->sent,
			  "%s (STag 0x%x, %llu bytes)", ev->text, ev->key,
			  (unsigned long long)ev->len);
	watch_rule_always(w, FROM_TARGET, after_rule, !after, ev, u->last->sent,
			  "%s (STag 0x%x, %llu bytes)", ev->text, ev->key,
			  (unsigned long long)ev->len);
}

static uint32_t read_length(const struct pdu *c)
{
	struct cursor area = cursor_of(c->ahs.at, c->ahs.len);
	struct ahs one;
	if (!c->w)
		return c->edtl;
	while (ahs_next(&area, &one, NULL) == 1)
		if (one.type == AHS_BIDI_READ_LENGTH && one.value.len >= 5) {
			struct cursor v = cursor_of(one.value.at + 1, 4);
			return (uint32_t)cursor_be(&v, 4);
		}
	return 0;
}

/* The command is over: is all of its data here, and no more? */
static void data(struct watch *w, const struct users *u, const struct log_event *ev)
{
	const struct dialogue_task *t = u->answered;
	const struct log_event *response = t ? t->answered : NULL;
	struct pdu r;
	if (!t || u->beyond || ev->number < 1 ||
	    pdu_decode(&r, response->bytes.at, response->bytes.len, NULL) || r.response)
		return;
	const uint32_t expected = read_length(&t->pdu);
	const uint32_t left =
		t->pdu.w ? (r.bi_u ? r.bi_residual_count : 0) : (r.u ? r.residual_count : 0);
	if (left > expected)
		return;
	const int64_t from = (int64_t)(t->pdu.read_base_offset - ev->addr),
		      to = from + (r.status == SCSI_GOOD ? expected - left : expected);
	const bool touched = ev->b > ev->a;

	if (u->count == 1 && touched) {
		watch_rule(w, FROM_TARGET, "I7145-7.3.5-6", ev->a >= from, ev, response,
			   "byte %lld was written, the Base Offset is that of byte %lld",
			   (long long)ev->a, (long long)from);
		watch_rule(w, FROM_TARGET, "I7145-7.3.5-7", ev->b <= from + expected, ev, response,
			   "%lld bytes were written, %u were expected", (long long)(ev->b - from),
			   expected);
		watch_rule(w, FROM_TARGET, "I7143-11.4.5.2-2",
			   ev->b <= to || ev->b > from + expected, ev, response,
			   "%lld bytes were written, the residual speaks of %lld",
			   (long long)(ev->b - from), (long long)(to - from));
	}
	if (r.status != SCSI_GOOD || to - from < RUN)
		return;
	const bool hole = !touched || ev->a - from >= RUN || to - ev->b >= RUN ||
			  (ev->c >= from && ev->c + RUN <= to);
	watch_rule(
		w, FROM_TARGET, "I7145-9.5.2-6", !hole, ev, response,
		"the response speaks of %lld bytes; bytes %lld to %lld were written when it came",
		(long long)(to - from), (long long)ev->a, (long long)ev->b);
}

static void silence(struct watch *w, const struct memory *m, const struct users *u,
		    const struct log_event *ev)
{
	const struct log_event *aborted = u->last ? u->last->aborted_by : NULL;
	if (!m->ev || !m->over || !u->last || u->last->sent->seq > m->ev->seq)
		return;
	watch_rule(w, FROM_TARGET, aborted ? "I7145-8.3.2-7" : "I7145-7.3.2-9", ev->id == m->hash,
		   ev, aborted ? aborted : u->last->answered,
		   "the memory behind STag 0x%x was written after the %s", ev->key,
		   aborted ? "abort was confirmed" : "SCSI Response");
}

static void event(struct watch *w, const struct dialogue *d, void *state,
		  const struct log_event *ev)
{
	struct placement *s = state;
	if (ev->kind != LOG_MEMORY || !ev->name)
		return;
	const bool fresh = !strcmp(ev->name, "register");
	if (!fresh && strcmp(ev->name, "look") != 0)
		return;
	struct memory *m = memory_of(s, ev->key);
	if (fresh) { /* a device uses its keys again */
		*m = (struct memory){.key = ev->key};
		return;
	}
	if (!d->sut_is_target) {
		/* 1.5.3: RDMA Write is for targets. */
		if (ev->text || ev->b != ev->a)
			watch_rule_always(w, FROM_INITIATOR, "I7145-1.5.3-1", false, ev, NULL,
					  "it wrote to our memory");
		return;
	}
	const struct users u = users_of(d, ev);
	guards(w, m, &u, ev);
	silence(w, m, &u, ev);
	if (ev->status && !strcmp(ev->status, "response"))
		data(w, &u, ev);
	m->hash = ev->id;
	m->ev = ev;
	m->over = !u.open;
}

static void drop(void *state)
{
	struct placement *s = state;
	free(s->at);
}

const struct monitor monitor_placement = {
	.name = "placement",
	.doc = "read data is where the STag says, whole when the response comes, untouched "
	       "afterwards",
	.rules = "I7145-7.3.5-6 I7145-7.3.5-7 I7145-9.5.2-6 I7145-7.3.2-9 I7145-8.3.2-7 "
		 "I7143-11.4.5.2-2 I7145-1.5.3-1",
	.state_size = sizeof(struct placement),
	.events = WATCH(LOG_MEMORY),
	.event = event,
	.drop = drop,
};
