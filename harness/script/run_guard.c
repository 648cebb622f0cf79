/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that the SUT could reach: did it write beside what was advertised to it? */
#include "run.h"

#include <stdio.h>
#include <string.h>

/* RFC 7145 7.3.5: where an RDMA Write of read data begins, and how long it is. */
static char place_rule[] = "I7145-7.3.5-6", length_rule[] = "I7145-7.3.5-7";
static char both_rules[] = "I7145-7.3.5-6 I7145-7.3.5-7";
/* 1.5.3: an initiator never uses RDMA Write. */
static char initiator_rule[] = "I7145-1.5.3-1";

static char *rules_of(const struct run *r, const char *damage)
{
	if (r->env->base.role == PEER_TARGET)
		return initiator_rule;
	if (strstr(damage, "before and after"))
		return both_rules;
	return strstr(damage, "before") ? place_rule : length_rule;
}

static void judge(struct run *r, const struct guarded *g, const char *what, const char *name)
{
	const char *damage = guarded_damage(g);
	if (!damage)
		return;
	const struct judgement j = {.rules = rules_of(r, damage)};
	/* Looked for by no sweep: it is a finding in its every round. */
	const bool sweeping = r->in_sweep;
	r->in_sweep = false;
	run_judge(r, VERDICT_FAIL, 0, &j, NULL, 0,
		  "the SUT wrote outside the memory advertised to it (%s%s%s, %zu bytes): %s", what,
		  name ? " " : "", name ? name : "", g->len, damage);
	r->in_sweep = sweeping;
}

void run_guard(struct run *r, const struct guarded *g, const char *name)
{
	judge(r, g, "memory", name);
}

static const char *memory_name(const struct statement *s, size_t index)
{
	const char *name = NULL;
	for (; s && !name; s = s->next)
		name = s->verb == VERB_MEMORY && s->index == index ? s->name
								   : memory_name(s->body, index);
	return name;
}

void run_guards(struct run *r)
{
	const struct link *l = r->link;
	for (size_t i = 0; i < MEMORIES_MAX; i++)
		run_guard(r, &r->memory[i], memory_name(r->script->body, i));
	for (size_t i = 0; i < l->buffer_count; i++)
		judge(r, &l->buffers[i], "the buffer of a SCSI Command", NULL);
	for (const struct peer_task *t = l->peer ? l->peer->tasks : NULL; t; t = t->next) {
		char itt[40];
		snprintf(itt, sizeof(itt), "with ITT 0x%x", (unsigned)t->itt);
		judge(r, &t->read, "the read buffer of the command", itt);
		judge(r, &t->write, "the write buffer of the command", itt);
	}
}
