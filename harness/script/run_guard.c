/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that the SUT could reach: did it write beside what was advertised to it? */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
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
	guarded_look(g, r->env->fab, "leave");
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

/* ---- looking while the connection lives ---- */

void run_advertised(struct run *r, const struct pdu *command)
{
	struct link *l = r->link;
	if (!command->rsv)
		return;
	struct advertised *grown =
		realloc(l->advertised, (l->advertised_count + 1) * sizeof(*grown));
	if (!grown) {
		run_trouble(r, "out of memory");
		return;
	}
	l->advertised = grown;
	grown[l->advertised_count++] =
		(struct advertised){.itt = command->itt, .key = command->read_stag};
}

static void look_at_key(struct run *r, uint32_t key, const char *when)
{
	struct link *l = r->link;
	for (size_t i = 0; i < MEMORIES_MAX; i++)
		if (r->memory[i].key == key)
			guarded_look(&r->memory[i], r->env->fab, when);
	for (size_t i = 0; i < l->buffer_count; i++)
		if (l->buffers[i].key == key)
			guarded_look(&l->buffers[i], r->env->fab, when);
}

void run_look_at_end(struct run *r, const struct pdu *message)
{
	struct link *l = r->link;
	const bool all = message->type->opcode == OP_TASK_RESPONSE;
	if (!all && message->type->opcode != OP_SCSI_RESPONSE)
		return;
	for (size_t i = 0; i < l->advertised_count; i++) {
		struct advertised *a = &l->advertised[i];
		if (a->ended || (!all && a->itt != message->itt))
			continue;
		look_at_key(r, a->key, all ? "abort" : "response");
		a->ended = !all;
	}
}
