/* SPDX-License-Identifier: BSD-2-Clause */
/* RDMA operations of the script, and memory that it advertises. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_MAX = 64 << 20 };

static bool up(struct run *r)
{
	struct link *l = r->talk->link;
	if (l && l->conn && !l->over && fab_conn_up(l->conn))
		return true;
	run_trouble(r, "the connection is over: %.150s", l ? l->over_how : "there is none");
	return false;
}

/* data NULL: zeros. */
static struct guarded *new_sink(struct run *r, const uint8_t *data, size_t len)
{
	struct err e = {0};
	struct guarded *grown = realloc(r->talk->sinks, (r->talk->sink_count + 1) * sizeof(*grown));
	if (!grown) {
		run_trouble(r, "out of memory");
		return NULL;
	}
	r->talk->sinks = grown;
	struct guarded *g = &grown[r->talk->sink_count];
	*g = (struct guarded){0};
	if (data ? guarded_copy(g, (struct bytes){data, len}, &e) : guarded_new(g, len, &e)) {
		run_trouble(r, "memory: %.150s", e.what);
		return NULL;
	}
	r->talk->sink_count++;
	if (!guarded_register(g, r->talk->link->conn, FAB_LOCAL_ONLY, false, &e))
		return g;
	run_trouble(r, "memory: %.150s", e.what);
	return NULL;
}

static bool post_rdma(struct run *r, const struct statement *s)
{
	uint64_t addr, key, length = 0, imm = 0;
	uint8_t *data = NULL;
	size_t len = 0;
	bool write = s->verb == VERB_RDMA_WRITE;
	struct err e = {0};
	if (!run_number(r, &s->addr, &addr) || !run_number(r, &s->key, &key) ||
	    (!write && !run_number(r, &s->length, &length)) ||
	    (s->imm.count && !run_number(r, &s->imm, &imm)))
		return false;
	if (write && !(data = run_data(r, &s->data, &len)))
		return false;
	if (!write)
		len = (size_t)length;
	if (length > LENGTH_MAX)
		run_trouble(r, "%" PRIu64 " bytes are too many", length);
	struct guarded *g = run_ended(r) ? NULL : new_sink(r, len ? data : NULL, len ? len : 1);
	free(data);
	if (!g)
		return false;
	r->talk->rdma = (struct sent){.length = len};
	r->talk->rdma_write = write;
	r->talk->rdma_id = r->next_id++;
	struct fab_wr wr = {.op = !write	 ? FAB_READ
				  : s->imm.count ? FAB_WRITE_IMM
						 : FAB_WRITE,
			    .imm = (uint32_t)imm,
			    .id = r->talk->rdma_id,
			    .peer_key = (uint32_t)key,
			    .peer_addr = addr,
			    .local = g->region,
			    .len = len};
	if (!fab_post(r->talk->link->conn, &wr, 1, &e))
		return true;
	run_trouble(r, "line %u: cannot post: %.150s", s->line, e.what);
	return false;
}

enum flow run_rdma(struct run *r, const struct statement *s)
{
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	if (s->imm.count && !fab_has_immediate(r->env->fab))
		return run_cannot(r, s->line, "iWARP has no RDMA Write with Immediate (RFC 5040)");
	return up(r) && post_rdma(r, s) ? FLOW_ON : run_inconclusive(r, s->line);
}

static int fill_memory(const struct statement *s, const uint8_t *data, size_t len,
		       struct guarded *g, struct err *e)
{
	if (data)
		return guarded_copy(g, (struct bytes){data, len}, e);
	/* Each is another one, since a write may bring it to the disk. */
	if (s->access & FAB_REMOTE_WRITE)
		return guarded_random(g, len, 2 + s->index, e);
	return guarded_new(g, len, e);
}

static bool make_memory(struct run *r, const struct statement *s, struct guarded *g)
{
	uint64_t wanted = 0;
	size_t len = 0;
	uint8_t *data = NULL;
	struct err e = {0};
	if (s->data.kind ? !(data = run_data(r, &s->data, &len))
			 : !run_number(r, &s->length, &wanted))
		return false;
	if (!data)
		len = (size_t)wanted;
	if (!len || len > LENGTH_MAX || wanted > LENGTH_MAX) {
		run_trouble(r, "memory of %zu bytes", len);
	} else if (fill_memory(s, data, len, g, &e) ||
		   (s->exact ? guarded_register : guarded_advertise)(g, r->talk->link->conn,
								     s->access, s->window, &e)) {
		run_trouble(r, "memory: %.150s", e.what);
	}
	free(data);
	return !run_ended(r);
}

enum flow run_memory(struct run *r, const struct statement *s)
{
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	struct guarded *g = &r->memory[s->index];
	if (!up(r))
		return run_inconclusive(r, s->line);
	if (s->window && !fab_has_windows(r->env->fab))
		return run_cannot(r, s->line, "the device has no keys that a peer can invalidate");
	guarded_look(g, r->env->fab, "leave"); /* of an earlier round of a sweep */
	guarded_free(g);
	return make_memory(r, s, g) ? FLOW_ON : run_inconclusive(r, s->line);
}

enum flow run_compare_memory(struct run *r, const struct statement *s)
{
	const struct guarded *g = &r->memory[s->index];
	uint64_t from = 0;
	size_t len, at = 0;
	if (s->at.count && !run_number(r, &s->at, &from))
		return run_inconclusive(r, s->line);
	uint8_t *want = run_data(r, &s->data, &len);
	if (!want)
		return run_inconclusive(r, s->line);
	if (from > g->len || len > g->len - from) {
		free(want);
		run_trouble(r, "memory %s has only %zu bytes", s->name, g->len);
		return run_inconclusive(r, s->line);
	}
	while (at < len && g->at[from + at] == want[at])
		at++;
	struct fab_answer a = {
		.name = "compare", .value = (int64_t)at, .more = at < len ? g->at[from + at] : 0};
	fab_answer(r->env->fab, NULL, &a);
	at = (size_t)a.value < len ? (size_t)a.value : len;
	uint8_t have = (uint8_t)a.more, due = at < len ? want[at] : 0;
	free(want);
	if (at == len)
		return run_judge(r, VERDICT_PASS, s->line, &s->judgement, NULL, 0,
				 "%s holds the %zu bytes that are due", s->name, len);
	char name[80], wanted[8], found[8];
	snprintf(name, sizeof(name), "byte %" PRIu64 " of %.40s", from + at, s->name);
	snprintf(wanted, sizeof(wanted), "0x%02x", due);
	snprintf(found, sizeof(found), "0x%02x", have);
	run_glance(r, s->said, NULL);
	run_glance_field(r, name, wanted, found);
	enum flow flow = run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, NULL,
				   0, "byte %" PRIu64 " of %s is 0x%02x where 0x%02x is due",
				   from + at, s->name, have, due);
	/* As a check: what follows still makes sense. */
	return flow == FLOW_BREAK && run_goes_on(r) ? FLOW_ON : flow;
}

enum flow run_invalidate(struct run *r, const struct statement *s)
{
	struct guarded *g = &r->memory[s->index];
	struct err e = {0};
	if (!g->region)
		run_trouble(r, "no such memory now");
	guarded_look(g, r->env->fab, "withdrawn");
	if (!run_ended(r) && fab_invalidate(g->region, &e))
		run_trouble(r, "cannot invalidate: %.150s", e.what);
	return run_ended(r) ? run_inconclusive(r, s->line) : FLOW_ON;
}

/* What guarded memory belongs to a connection goes with it, before the connection does. */
void run_memory_free(struct run *r, const struct fab_conn *c)
{
	for (size_t i = 0; i < MEMORIES_MAX; i++) {
		if (r->memory[i].region && r->memory[i].region->conn != c)
			continue;
		guarded_free(&r->memory[i]);
		r->memory[i] = (struct guarded){0};
	}
	for (size_t i = 0; i < r->talk->sink_count; i++)
		guarded_free(&r->talk->sinks[i]);
	free(r->talk->sinks);
	r->talk->sinks = NULL;
	r->talk->sink_count = 0;
}
