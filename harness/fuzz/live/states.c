/* SPDX-License-Identifier: BSD-2-Clause */
#include "states.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fabric/fabric.h"
#include "../../oracle/dialogue.h"
#include "../../report/memory.h"

/* A state in 24 bits, from the top: phase 4, sent 6, got 6, detail 8. */
enum { PHASE_SHIFT = 20, SENT_SHIFT = 14, GOT_SHIFT = 8, SIX = 0x3f, STATE_BITS = 24 };
enum { KIND_SHIFT = 56 };
/* Sent and got: a message's place among pdu_types() comes behind these. */
enum { NOTHING, UNREADABLE, FIRST_TYPE, ENDED = SIX };
/* Details of ENDED beside those of enum fab_end. */
enum { END_REJECTED = 32, END_UNREACHABLE };
/* In the order of enum dialogue_phase, behind the time before the connection. */
static const char *const phases[] = {"connecting", "login", "hello", "full", "logout", "over"};

static const uint64_t fnv_basis = UINT64_C(0xcbf29ce484222325), fnv_prime = UINT64_C(0x100000001b3);

enum place_kind place_kind(uint64_t place)
{
	return (enum place_kind)(place >> KIND_SHIFT);
}

static uint64_t place(enum place_kind kind, uint64_t value)
{
	const uint64_t mask = (UINT64_C(1) << KIND_SHIFT) - 1;
	return (uint64_t)kind << KIND_SHIFT | (value & mask);
}

uint64_t place_of_code(const void *name, size_t len)
{
	const uint8_t *at = name;
	uint64_t hash = fnv_basis;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * fnv_prime;
	return place(PLACE_CODE, hash ^ hash >> 32);
}

/* ---- sets ---- */

bool places_have(const struct places *p, uint64_t wanted)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i] == wanted)
			return true;
	return false;
}

void places_push(struct places *p, uint64_t new)
{
	p->at = grow(p->at, p->count, sizeof(*p->at));
	p->at[p->count++] = new;
}

void places_add(struct places *p, uint64_t new)
{
	if (!places_have(p, new))
		places_push(p, new);
}

void places_free(struct places *p)
{
	free(p->at);
	*p = (struct places){0};
}

/* ---- names ---- */

static const char *type_name(unsigned number)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	if (number == NOTHING)
		return "-";
	if (number == UNREADABLE)
		return "unreadable";
	return number - FIRST_TYPE < count ? types[number - FIRST_TYPE].name : "unknown";
}

static void print_state(FILE *out, uint32_t state)
{
	const unsigned phase = state >> PHASE_SHIFT, got = state >> GOT_SHIFT & SIX;
	const unsigned detail = state & 0xff;
	const size_t known = sizeof(phases) / sizeof(*phases);
	fprintf(out, "%s: %s / ", phase < known ? phases[phase] : "unknown",
		type_name(state >> SENT_SHIFT & SIX));
	if (got == ENDED && detail == END_REJECTED)
		fputs("end rejected", out);
	else if (got == ENDED && detail == END_UNREACHABLE)
		fputs("end unreachable", out);
	else if (got == ENDED)
		fprintf(out, "end %s", fab_end_name((enum fab_end)detail));
	else
		fputs(type_name(got), out);
	if (got != ENDED && detail)
		fprintf(out, " %u", detail);
}

char *place_name(uint64_t named)
{
	const uint32_t mask = (UINT32_C(1) << STATE_BITS) - 1;
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));
	switch (place_kind(named)) {
	case PLACE_TRANSITION:
		print_state(out, (uint32_t)(named >> STATE_BITS) & mask);
		fputs(" -> ", out);
		print_state(out, (uint32_t)named & mask);
		break;
	case PLACE_STATE:
		print_state(out, (uint32_t)named & mask);
		break;
	case PLACE_CODE:
		fprintf(out, "code %014" PRIx64, named & ((UINT64_C(1) << KIND_SHIFT) - 1));
		break;
	}
	fclose(out);
	return text;
}

/* ---- reading a log ---- */

struct walker {
	struct dialogue dialogue;
	unsigned sent, got, detail;
	uint32_t state;
	bool begun;
};

static unsigned type_number(const struct pdu *p)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	return p->type ? FIRST_TYPE + (unsigned)(p->type - types) : UNREADABLE;
}

/* What an answer came to: what a SUT decides by different code. */
static unsigned detail_of(const struct pdu *p)
{
	if (!p->type)
		return 0;
	switch (p->type->sender == FROM_TARGET ? p->type->opcode : OP_NOP_OUT) {
	case OP_LOGIN_RESPONSE:
		return p->status_class << 4 | (p->status_detail & 15);
	case OP_SCSI_RESPONSE:
		return p->response ? 0x80 | (p->response & 0x7f) : p->status & 0x7f;
	case OP_TASK_RESPONSE:
	case OP_LOGOUT_RESPONSE:
		return p->response & 0xff;
	case OP_REJECT:
		return p->reason & 0xff;
	case OP_ASYNC:
		return p->async_event & 0xff;
	default:
		return 0;
	}
}

static uint32_t state_of(const struct walker *w)
{
	const unsigned phase = w->dialogue.established ? (unsigned)w->dialogue.phase + 1
			       : w->got == ENDED       ? 5
						       : 0;
	return phase << PHASE_SHIFT | w->sent << SENT_SHIFT | w->got << GOT_SHIFT |
	       (w->detail & 0xff);
}

static void step(struct walker *w, struct places *out)
{
	const uint32_t state = state_of(w);
	places_add(out, place(PLACE_STATE, state));
	if (w->begun && state != w->state)
		places_add(out, place(PLACE_TRANSITION, (uint64_t)w->state << STATE_BITS | state));
	w->state = state;
	w->begun = true;
}

static void walk_message(struct walker *w, const struct log_event *ev, bool sut_is_target,
			 struct places *out)
{
	const bool received = ev->kind == LOG_RECV;
	struct traffic t = {
		.ev = ev,
		.by_sut = received,
		.from = received == sut_is_target ? FROM_TARGET : FROM_INITIATOR,
		.phase = w->dialogue.phase,
		.delivery = received ? DELIVERED : DELIVERY_UNKNOWN,
	};
	if (pdu_decode(&t.pdu, ev->bytes.at, ev->bytes.len, &t.why))
		t.pdu.type = NULL;
	if (received) {
		w->got = type_number(&t.pdu);
		w->detail = detail_of(&t.pdu);
	} else {
		w->sent = type_number(&t.pdu);
	}
	dialogue_message(&w->dialogue, &t);
	step(w, out);
}

/* How a connection ended, or that it never came to be; -1: ev says nothing of it. */
static int end_of(const struct log_event *ev)
{
	if (ev->kind != LOG_CM || !ev->name)
		return -1;
	if (!strcmp(ev->name, "rejected"))
		return END_REJECTED;
	if (!strcmp(ev->name, "unreachable"))
		return END_UNREACHABLE;
	for (int i = FAB_END_OURS; !strcmp(ev->name, "end") && i <= FAB_END_LOCAL; i++)
		if (ev->text && !strcmp(ev->text, fab_end_name((enum fab_end)i)))
			return i;
	return -1;
}

static void walk_event(struct walker *w, const struct log_event *ev, struct places *out)
{
	const bool up = w->dialogue.established;
	const int end = end_of(ev);
	/* The phase in which it ended is a part of that state. */
	if (end >= 0 && w->got != ENDED) {
		w->got = ENDED;
		w->detail = (unsigned)end;
		step(w, out);
	}
	dialogue_event(&w->dialogue, ev);
	if (!up && w->dialogue.established)
		step(w, out);
}

static struct walker *walker_of(struct walker **all, size_t *count, unsigned number,
				bool sut_is_target)
{
	if (number >= *count) {
		*all = must(reallocarray(*all, number + 1, sizeof(**all)));
		for (size_t i = *count; i <= number; i++) {
			(*all)[i] = (struct walker){0};
			dialogue_init(&(*all)[i].dialogue, (unsigned)i, sut_is_target);
		}
		*count = number + 1;
	}
	return &(*all)[number];
}

void states_visit(const struct log *l, bool sut_is_target, struct places *out)
{
	struct walker *all = NULL;
	size_t count = 0;
	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);
		if (!ev->conn)
			continue;
		struct walker *w = walker_of(&all, &count, ev->conn, sut_is_target);
		if (ev->kind == LOG_RECV ||
		    (ev->kind == LOG_POST && ev->name && !strncmp(ev->name, "send", 4)))
			walk_message(w, ev, sut_is_target, out);
		else
			walk_event(w, ev, out);
	}
	for (size_t i = 0; i < count; i++)
		dialogue_free(&all[i].dialogue);
	free(all);
}
