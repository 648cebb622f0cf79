/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at the memory that the SUT can reach, for the monitors to judge (log.h, LOG_MEMORY "look").
 */
#include "run.h"

#include <stdlib.h>

static void leave(const struct run *r, const struct guarded *g)
{
	guarded_look(g, r->env->fab, "leave");
}

void run_look_at_memory(const struct run *r)
{
	const struct link *l = r->talk->link;
	for (size_t i = 0; i < MEMORIES_MAX; i++)
		if (r->memory[i].region && r->memory[i].region->conn == l->conn)
			leave(r, &r->memory[i]);
	for (size_t i = 0; i < l->buffer_count; i++)
		leave(r, &l->buffers[i]);
	for (const struct peer_task *t = l->peer ? l->peer->tasks : NULL; t; t = t->next) {
		leave(r, &t->read);
		leave(r, &t->write);
	}
}

void run_advertised(struct run *r, const struct pdu *command)
{
	struct link *l = r->talk->link;
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
	struct link *l = r->talk->link;
	for (size_t i = 0; i < MEMORIES_MAX; i++)
		if (r->memory[i].key == key)
			guarded_look(&r->memory[i], r->env->fab, when);
	for (size_t i = 0; i < l->buffer_count; i++)
		if (l->buffers[i].key == key)
			guarded_look(&l->buffers[i], r->env->fab, when);
}

void run_look_at_end(struct run *r, const struct pdu *message)
{
	struct link *l = r->talk->link;
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
