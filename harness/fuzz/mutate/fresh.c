/* SPDX-License-Identifier: BSD-2-Clause */
/* A new message, of a type that its sender may send. */
#include <string.h>

#include "message.h"
#include "shape.h"
#include "value.h"

static const struct pdu_type *some_type(struct rng *r, enum pdu_sender sender)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count), *type;

	do
		type = &types[rng_below(r, count)];
	while (type->sender != sender);
	return type;
}

/* Small tags and numbers, such as honest peers have: another message is likely to have the same. */
static void fill(struct rng *r, struct pdu *p)
{
	for (size_t i = 0; i < p->type->field_count; i++) {
		const struct pdu_field *f = &p->type->fields[i];
		struct value_facts facts = value_facts_of(p->type, f);
		bool open = !f->initial && !strstr(f->name, "pcode");

		if (open && (facts.class == VALUE_TAG || facts.class == VALUE_SERIAL))
			pdu_set(p, f, rng_below(r, 8));
		else if (open && facts.class == VALUE_CODE)
			pdu_set(p, f, rng_between(r, facts.assigned[0].lo, facts.assigned[0].hi));
		else if (open && facts.class == VALUE_FLAG)
			pdu_set(p, f, rng_below(r, 2));
		else if (open && facts.class == VALUE_LENGTH && rng_one_in(r, 2))
			pdu_set(p, f, 512);
	}
}

void mutate_into_fresh(struct rng *r, struct edit *msg, enum pdu_sender sender)
{
	struct pdu p;
	size_t len;

	pdu_init(&p, some_type(r, sender));
	fill(r, &p);
	len = pdu_encode(&p, msg->at, msg->max, NULL);
	if (!len)
		return;
	msg->len = len;
	if (p.type->iser_opcode == ISER_CONTROL && rng_one_in(r, 2))
		mutate_data(r, msg);
}
