/* SPDX-License-Identifier: BSD-2-Clause */
#include "from_log.h"

#include <string.h>

#include "shape.h"

/* The shortest of the timers that an honest peer has is 1 s (DefaultTime2Wait's unit). */
#define LONG_NS UINT64_C(1000000000)

/* What is known of the connection so far. */
struct state {
	enum sequence_phase phase;
	bool posts_are_requests; /* we play the initiator */
	const struct log_event *last;
};

static bool is_message(const struct log_event *ev, unsigned conn)
{
	return ev->conn == conn && ev->bytes.len &&
	       (ev->kind == LOG_RECV || (ev->kind == LOG_POST && !strncmp(ev->name, "send", 4)));
}

/* Whatever a bad message says of itself, the first good one tells who is who. */
static bool posts_are_requests(const struct log *log, unsigned conn)
{
	for (size_t i = 0; i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		struct shape s;
		if (!is_message(ev, conn))
			continue;
		s = shape_of(ev->bytes.at, ev->bytes.len);
		if (s.whole)
			return (s.type->sender == FROM_INITIATOR) == (ev->kind == LOG_POST);
	}
	return true;
}

static bool is(struct shape s, enum iscsi_opcode opcode)
{
	return s.whole && s.type->opcode == opcode;
}

static uint64_t get(struct bytes b, const char *field)
{
	return shape_get(b.at, b.len, field);
}

/* Where the connection is with this message. */
static enum sequence_phase phase_at(enum sequence_phase now, struct bytes b, struct shape s)
{
	if (is(s, OP_LOGIN_REQUEST) || is(s, OP_LOGIN_RESPONSE))
		return get(b, "CSG") ? PHASE_OPERATIONAL : PHASE_SECURITY;
	if (s.type == pdu_hello_type() || s.type == pdu_hello_reply_type())
		return PHASE_HELLO;
	return now == PHASE_HELLO ? PHASE_FULL_FEATURE : now;
}

static enum sequence_phase phase_behind(enum sequence_phase now, struct bytes b, struct shape s)
{
	if (is(s, OP_LOGIN_RESPONSE) && get(b, "T") && get(b, "NSG") == 3 && !get(b, "StatusClass"))
		return PHASE_FULL_FEATURE;
	return is(s, OP_LOGOUT_REQUEST) ? PHASE_LOGOUT : now;
}

static enum sequence_delay delay_of(const struct state *state, const struct log_event *ev)
{
	const struct log_event *last = state->last;

	if (!last || ev->time - last->time >= LONG_NS)
		return last ? DELAY_LONG : DELAY_SETTLED;
	if (ev->kind != last->kind)
		return DELAY_SETTLED;
	return ev->kind == LOG_POST && ev->a > 0 ? DELAY_NONE : DELAY_SHORT;
}

static struct sequence_message message_of(struct state *state, const struct log_event *ev)
{
	struct shape s = shape_of(ev->bytes.at, ev->bytes.len);
	struct sequence_message m = {
		.phase = phase_at(state->phase, ev->bytes, s),
		.sender = (ev->kind == LOG_POST) == state->posts_are_requests ? FROM_INITIATOR
									      : FROM_TARGET,
		.delay = delay_of(state, ev),
		.bytes = ev->bytes,
	};

	if (ev->invalidated) {
		m.kind = KIND_INVALIDATE;
		m.key = ev->invalidated_key;
	} else if (ev->has_imm) {
		m.kind = KIND_IMMEDIATE;
		m.key = ev->imm;
	} else if (ev->c) {
		m.kind = KIND_SOLICITED;
	}
	state->phase = phase_behind(m.phase, ev->bytes, s);
	state->last = ev;
	return m;
}

size_t sequence_from_log(struct writer *w, const struct log *log, unsigned conn)
{
	struct state state = {.posts_are_requests = posts_are_requests(log, conn)};
	size_t count = 0;

	for (size_t i = 0; i < log_count(log); i++) {
		const struct log_event *ev = log_at(log, i);
		if (!is_message(ev, conn))
			continue;
		struct sequence_message m = message_of(&state, ev);
		if ((size_t)(w->end - w->at) < m.bytes.len + SEQUENCE_HEAD_MAX)
			break;
		sequence_put(w, &m);
		count++;
	}
	return count;
}
