/* SPDX-License-Identifier: BSD-2-Clause */
/* send and chain: honest templates, changed where the script says so, posted with one doorbell. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEMPLATE_TEXT_MAX = 16 * 1024, QUEUE_SPARE = 64, MESSAGE_MAX = 1 << 20 };

void run_chain_free(struct run *r)
{
	for (size_t i = 0; i < r->talk->chain_count; i++)
		free(r->talk->chain[i].data);
	free(r->talk->chain);
	r->talk->chain = NULL;
	r->talk->chain_count = 0;
}

/* Fields that pdu_encode computes, or that say what the message is: changed in the encoded bytes.
 */
static bool poked(const struct pdu_field *f)
{
	static const char *const names[] = {"TotalAHSLength", "DataSegmentLength", "Opcode",
					    "iSEROpcode"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], f->name))
			return true;
	return false;
}

static uint64_t field_number(struct run *r, const struct field_set *set)
{
	struct value v = run_eval(r, &set->value);
	uint64_t n = 0;
	if (v.kind == VALUE_NONE && set->value.operands[0].kind == OPERAND_VALUE)
		return set->field && set->field->width < 64 ? (1ull << set->field->width) - 1
							    : UINT64_MAX;
	run_number(r, &set->value, &n);
	return n;
}

static bool needs_bytes(const struct send *s)
{
	for (size_t i = 0; i < s->set_count; i++)
		if (!s->sets[i].field || poked(s->sets[i].field))
			return true;
	return s->length.count || s->skip.count;
}

/* The encoded message with its lies. */
static bool make_raw(struct run *r, const struct send *s, struct peer_msg *m)
{
	struct err e = {0};
	uint64_t want = 0, skip = 0;
	if ((s->length.count && !run_number(r, &s->length, &want)) ||
	    (s->skip.count && !run_number(r, &s->skip, &skip)))
		return false;
	if (want > MESSAGE_MAX) {
		run_trouble(r, "line %u: %" PRIu64 " bytes are more than a message may have",
			    s->line, want);
		return false;
	}
	size_t size = ISER_HEADER_SIZE + BHS_SIZE + m->pdu.ahs.len + m->pdu.data.len + 4;
	if (want > size)
		size = (size_t)want;
	m->raw = calloc(1, size);
	m->raw_len = m->raw ? pdu_encode(&m->pdu, m->raw, size, &e) : 0;
	if (!m->raw_len) {
		run_trouble(r, "line %u: the message cannot be encoded: %.150s", s->line, e.what);
		return false;
	}
	for (size_t i = 0; i < s->set_count; i++) {
		const struct field_set *set = &s->sets[i];
		if (set->field && !poked(set->field))
			continue;
		uint64_t n = field_number(r, set);
		if (set->field)
			pdu_poke(m->raw, m->raw_len, set->field, n);
		else if (set->offset < m->raw_len)
			m->raw[set->offset] = (uint8_t)n;
	}
	if (s->length.count)
		m->raw_len = (size_t)want;
	if (skip > m->raw_len)
		skip = m->raw_len;
	m->raw_len -= (size_t)skip;
	memmove(m->raw, m->raw + skip, m->raw_len);
	return true;
}

static bool make_data(struct run *r, const struct send *s, struct peer_msg *m, struct sent *out)
{
	size_t len;
	if (s->data.kind) {
		out->data = run_data(r, &s->data, &len);
		if (!out->data)
			return false;
		m->pdu.data = (struct bytes){out->data, len};
		return true;
	}
	/* The template's text is in a buffer that the next one overwrites. */
	len = m->pdu.data.len;
	out->data = malloc(len + 1);
	if (!out->data) {
		run_trouble(r, "out of memory");
		return false;
	}
	if (len)
		memcpy(out->data, m->pdu.data.at, len);
	m->pdu.data = (struct bytes){len ? out->data : NULL, len};
	return true;
}

size_t run_length(const struct pdu *pdu)
{
	if (!pdu->type || pdu->type->iser_opcode != ISER_CONTROL)
		return ISER_HEADER_SIZE;
	return ISER_HEADER_SIZE + BHS_SIZE + pdu->ahs.len + (pdu->data.len + 3) / 4 * 4;
}

static bool make_message(struct run *r, const struct send *s, struct peer_msg *m, struct sent *out)
{
	uint8_t text[TEMPLATE_TEXT_MAX];
	struct err e = {0};
	struct peer *p = r->talk->link->peer;
	*m = (struct peer_msg){.op = s->op, .solicited = s->solicited};
	if (peer_template(p, s->type, &m->pdu, text, sizeof(text), &e)) {
		run_trouble(r, "line %u: no template of %s: %.150s", s->line, s->type->name,
			    e.what);
		return false;
	}
	if (!make_data(r, s, m, out))
		return false;
	if (s->command && !run_command_buffers(r, s, &m->pdu))
		return false;
	if (s->cdb.kind) {
		memset(m->pdu.cdb, 0, CDB_SIZE);
		if (s->cdb.bytes.len)
			memcpy(m->pdu.cdb, s->cdb.bytes.at, s->cdb.bytes.len);
	}
	for (size_t i = 0; i < s->set_count; i++)
		if (s->sets[i].field && !poked(s->sets[i].field))
			pdu_set(&m->pdu, s->sets[i].field, field_number(r, &s->sets[i]));
	uint64_t key = 0;
	if (s->key.count && !run_number(r, &s->key, &key))
		return false;
	m->key = m->imm = (uint32_t)key;
	if (s->raw.kind)
		m->raw = run_data(r, &s->raw, &m->raw_len);
	if (s->raw.kind ? !m->raw : needs_bytes(s) && !make_raw(r, s, m))
		return false;
	peer_ahead(p, &m->pdu);
	out->pdu = m->pdu;
	out->length = m->raw ? m->raw_len : run_length(&m->pdu);
	return !run_ended(r);
}

static size_t depth(const struct run *r)
{
	uint32_t queue = r->talk->link->peer->cfg.fab.send_depth;
	size_t room = queue > 2 * QUEUE_SPARE ? queue - QUEUE_SPARE : queue / 2;
	return room < SEND_MAX ? room : SEND_MAX;
}

/* What is posted at once. */
struct chain {
	struct peer_msg *msgs;
	struct sent *sent;
	size_t count;
};

/* Room for so many more. */
static bool chain_grow(struct chain *c, size_t more)
{
	if (!more)
		return true;
	struct peer_msg *msgs = reallocarray(c->msgs, c->count + more, sizeof(*msgs));
	if (msgs)
		c->msgs = msgs;
	struct sent *sent = reallocarray(c->sent, c->count + more, sizeof(*sent));
	if (sent)
		c->sent = sent;
	return msgs && sent;
}

static bool is_command(const struct pdu *pdu)
{
	return pdu->type->iser_opcode == ISER_CONTROL && pdu->type->opcode == OP_SCSI_COMMAND;
}

static bool add_messages(struct run *r, const struct send *s, struct chain *c)
{
	const size_t max = depth(r);
	uint64_t count = 1;
	if (s->count.count && !run_number(r, &s->count, &count))
		return false;
	if (count > max - c->count) {
		run_trouble(r, "line %u: more than %zu messages at once do not fit the send queue",
			    s->line, max);
		return false;
	}
	if (!chain_grow(c, (size_t)count)) {
		run_trouble(r, "out of memory");
		return false;
	}
	for (uint64_t i = 0; i < count; i++) {
		struct peer_msg *msg = &c->msgs[c->count];
		struct sent *sent = &c->sent[c->count];
		c->count++;
		*sent = (struct sent){0};
		bool ok = make_message(r, s, msg, sent);
		/* An answer to a message of this chain may name it at once: $sent is the last one
		 * made. */
		r->talk->last_sent = sent->pdu;
		r->talk->last_sent_length = sent->length;
		if (!ok)
			return false;
		if (is_command(&msg->pdu)) {
			r->talk->link->command = msg->pdu;
			run_advertised(r, &msg->pdu);
		}
	}
	return true;
}

/* What was sent before has to be out of the send queue. */
static bool drain(struct run *r)
{
	uint64_t until = run_now(r) + run_scaled(r, 10 * NS_PER_S);
	while (!r->talk->link->over && !run_chain_done(r))
		if (!run_step(r, until))
			break;
	if (run_ended(r))
		return false;
	if (r->talk->link->over || run_chain_done(r))
		return true;
	run_trouble(r, "the messages sent before do not complete");
	return false;
}

/* Nothing of r's chain will complete. */
static void unsent(struct run *r)
{
	for (size_t i = 0; i < r->talk->chain_count; i++) {
		r->talk->chain[i].done = true;
		r->talk->chain[i].status = FAB_FLUSHED;
	}
}

/* Posts r's chain, made of these messages. */
static void post(struct run *r, struct peer_msg *msgs, unsigned line)
{
	struct link *l = r->talk->link;
	struct err e = {0};
	const size_t n = r->talk->chain_count;
	run_acted(r);
	r->talk->chain_id = r->next_id;
	r->next_id += n;
	r->talk->chain_left = r->talk->chain_settled = r->talk->chain_refused = false;
	r->talk->chain_answered = 0;
	if (!l->over && l->conn && fab_conn_up(l->conn)) {
		r->talk->chain_left = !n || !peer_post(l->peer, msgs, n, r->talk->chain_id, &e);
		if (r->talk->chain_left)
			return;
		/* The SUT may have gone a moment ago, its event still waiting. */
		if (run_step(r, run_now(r)) && l->over)
			e.what[0] = '\0';
		if (!l->over)
			run_trouble(r, "line %u: cannot send: %.180s", line, e.what);
	} else if (l->over && (run_blind(r) || l->over == OVER_RNR)) {
		run_trouble(r, "line %u: the connection is over: %.150s", line, l->over_how);
	}
	/* On a connection that the SUT has left, nothing is delivered. */
	unsent(r);
}

enum flow run_send(struct run *r, const struct statement *s)
{
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	for (size_t i = 0; i < s->send_count && !fab_has_immediate(r->env->fab); i++)
		if (s->sends[i].op == FAB_SEND_IMM)
			return run_cannot(r, s->line,
					  "iWARP has no Send with Immediate (RFC 5040)");
	if (!drain(r))
		return run_inconclusive(r, s->line);
	struct chain c = {0};
	uint64_t times = 1;
	bool ok = !s->number.count || run_number(r, &s->number, &times);
	for (; ok && times; times--)
		for (size_t i = 0; ok && i < s->send_count; i++)
			ok = add_messages(r, &s->sends[i], &c);
	/* The chain before this one may be what `$sent.data` looked at until now. */
	run_chain_free(r);
	if (!c.count)
		r->talk->last_sent.data = (struct bytes){0};
	r->talk->chain = c.sent;
	r->talk->chain_count = c.count;
	if (ok && !c.count) {
		run_trouble(r, "line %u: there is nothing to send: the number is 0", s->line);
		ok = false;
	}
	for (size_t i = 0; ok && flow == FLOW_ON && i < c.count; i++)
		if (is_command(&c.msgs[i].pdu))
			flow = run_lun_allows(r, s->line, c.msgs[i].pdu.cdb, s->sends->beyond);
	if (ok && flow == FLOW_ON)
		post(r, c.msgs, s->line);
	else
		unsent(r);
	for (size_t i = 0; i < c.count; i++)
		free(c.msgs[i].raw);
	free(c.msgs);
	return run_ended(r) ? run_inconclusive(r, s->line) : flow;
}
