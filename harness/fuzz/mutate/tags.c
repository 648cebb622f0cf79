/* SPDX-License-Identifier: BSD-2-Clause */
/* What ties messages to one another: tags that are another message's, and numbers that go on. */
#include <string.h>

#include "session.h"
#include "shape.h"
#include "value.h"

enum { FIELDS_MAX = 16 };

static bool is_tie(const struct pdu_type *type, const struct pdu_field *f)
{
	enum value_class class = value_facts_of(type, f).class;

	return class == VALUE_TAG || class == VALUE_OFFSET;
}

static size_t ties_of(const struct pdu_type *type, const struct pdu_field *out[FIELDS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; type && i < type->field_count && count < FIELDS_MAX; i++)
		if (is_tie(type, &type->fields[i]))
			out[count++] = &type->fields[i];
	return count;
}

/* The field of that name half of the time: an ITT for an ITT; else any, as a ReferencedTaskTag. */
static const struct pdu_field *like(struct rng *r, const struct pdu_type *type,
				    const struct pdu_field *f,
				    const struct pdu_field *const fields[], size_t count)
{
	const struct pdu_field *same = rng_one_in(r, 2) ? pdu_field_by_name(type, f->name) : NULL;

	return same ? same : fields[rng_below(r, count)];
}

void mutate_tags(struct rng *r, struct session *s)
{
	const struct pdu_field *into[FIELDS_MAX], *from[FIELDS_MAX];
	size_t i = rng_below(r, s->count);
	struct sequence_message m = session_get(s, i),
				other = session_get(s, rng_below(r, s->count));
	const struct pdu_type *type = shape_of(m.bytes.at, m.bytes.len).type,
			      *source = shape_of(other.bytes.at, other.bytes.len).type;
	size_t ties = ties_of(type, into), sources = ties_of(source, from);
	uint64_t value;

	if (!ties || !sources)
		return;
	const struct pdu_field *f = into[rng_below(r, ties)],
			       *g = like(r, source, f, from, sources);
	if (!pdu_peek(other.bytes.at, other.bytes.len, g, &value))
		return;
	/* the message is the session's own; nothing changes its length */
	uint8_t *own = s->bytes.at + (m.bytes.at - s->bytes.at);
	pdu_poke(own, m.bytes.len, f, value);
}

/* What both sides have said so far. */
struct numbers {
	uint64_t cmd_sn, stat_sn;
	bool has_cmd_sn, has_stat_sn;
};

static bool has_cmd_sn(const struct pdu_type *type)
{
	return type->opcode != OP_DATA_OUT && type->opcode != OP_SNACK;
}

/* R2T and NOP-In that ask for an answer have the next StatSN and do not use it up, RFC 7143 11.8,
 * 11.19. */
static bool uses_stat_sn(const struct pdu_type *type, const uint8_t *msg, size_t len)
{
	if (type->opcode == OP_DATA_IN)
		return shape_get(msg, len, "S");
	return type->opcode != OP_R2T &&
	       !(type->opcode == OP_NOP_IN && shape_get(msg, len, "ITT") == TAG_NONE);
}

static void number_request(struct numbers *n, const struct pdu_type *type, uint8_t *msg, size_t len)
{
	if (n->has_stat_sn)
		(void)shape_set(msg, len, "ExpStatSN", n->stat_sn);
	if (!has_cmd_sn(type))
		return;
	if (!n->has_cmd_sn)
		n->cmd_sn = shape_get(msg, len, "CmdSN");
	n->has_cmd_sn = true;
	(void)shape_set(msg, len, "CmdSN", n->cmd_sn);
	n->cmd_sn += !shape_get(msg, len, "I");
}

static void number_response(struct numbers *n, const struct pdu_type *type, uint8_t *msg,
			    size_t len)
{
	if (!n->has_stat_sn)
		n->stat_sn = shape_get(msg, len, "StatSN");
	n->has_stat_sn = true;
	(void)shape_set(msg, len, "StatSN", n->stat_sn);
	(void)shape_set(msg, len, "ExpCmdSN", n->cmd_sn);
	(void)shape_set(msg, len, "MaxCmdSN", n->cmd_sn + 31);
	n->stat_sn += uses_stat_sn(type, msg, len);
}

void session_renumber(struct session *s)
{
	struct numbers n = {0};

	for (size_t i = 0; i < s->count; i++) {
		struct bytes b = session_get(s, i).bytes;
		uint8_t *msg = s->bytes.at + (b.at - s->bytes.at);
		const struct pdu_type *type = shape_of(msg, b.len).type;
		if (!type || type->iser_opcode != ISER_CONTROL)
			continue;
		if (type->sender == FROM_INITIATOR)
			number_request(&n, type, msg, b.len);
		else
			number_response(&n, type, msg, b.len);
	}
}

void mutate_numbers(struct rng *r, struct session *s)
{
	static const char *const names[] = {"CmdSN", "ExpStatSN", "StatSN", "ExpCmdSN", "MaxCmdSN"};
	struct bytes b = session_get(s, rng_below(r, s->count)).bytes;
	uint8_t *msg = s->bytes.at + (b.at - s->bytes.at);
	const struct pdu_type *type = shape_of(msg, b.len).type;

	session_renumber(s);
	for (size_t tries = 0; type && tries < 4; tries++) {
		const struct pdu_field *f = pdu_field_by_name(
			type, names[rng_below(r, sizeof(names) / sizeof(names[0]))]);
		uint64_t now;
		if (!f || !pdu_peek(msg, b.len, f, &now))
			continue;
		pdu_poke(msg, b.len, f,
			 mutate_field_value(r, type, f, now, (struct value_pool){0}));
		return;
	}
}
