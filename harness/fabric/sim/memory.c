/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of registered memory, and who may touch what with them. */
#include "core.h"

#include <stdlib.h>

enum { KEY_SHIFT = 8, INDEX_MAX = 0xffffff };

void sim_keys_init(struct sim_keys *t, struct sim_clock *k)
{
	*t = (struct sim_keys){.clock = k};
	/* Not from 0 or 1: a peer that made up a key should not hit one. */
	t->base = 1 + (uint32_t)sim_clock_random(k, 0x10000);
}

void sim_keys_free(struct sim_keys *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		free(t->slots[i]);
	free(t->slots);
	t->slots = NULL;
	t->count = t->room = 0;
}

struct sim_key *sim_key_new(struct sim_keys *t)
{
	struct sim_key *k;

	/* A slot is never used twice, so that a stale key is always seen as one. */
	if (t->count >= INDEX_MAX - t->base)
		return NULL;
	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : 32;
		t->slots = sim_need(reallocarray(t->slots, t->room, sizeof(struct sim_key *)));
	}
	k = sim_need(calloc(1, sizeof(*k)));
	k->key = (t->base + t->count) << KEY_SHIFT | (uint32_t)sim_clock_random(t->clock, 256);
	t->slots[t->count++] = k;
	return k;
}

static struct sim_key **slot_of(const struct sim_keys *t, uint32_t key)
{
	uint32_t index = key >> KEY_SHIFT;

	if (index < t->base || index - t->base >= t->count)
		return NULL;
	return &t->slots[index - t->base];
}

struct sim_key *sim_key_find(const struct sim_keys *t, uint32_t key)
{
	struct sim_key **slot = slot_of(t, key);

	return slot && *slot && (*slot)->key == key ? *slot : NULL;
}

struct sim_key *sim_key_of_slot(const struct sim_keys *t, uint32_t key)
{
	struct sim_key **slot = slot_of(t, key);

	return slot ? *slot : NULL;
}

void sim_key_drop(struct sim_keys *t, uint32_t key)
{
	struct sim_key **slot = slot_of(t, key);

	if (slot && *slot && (*slot)->key == key) {
		free(*slot);
		*slot = NULL;
	}
}

static uint8_t *in_range(const struct sim_key *k, uint64_t addr, size_t len)
{
	if (len > k->len || addr < k->addr || addr - k->addr > k->len - len)
		return NULL;
	return k->at + (addr - k->addr);
}

uint8_t *sim_key_remote(const struct sim_keys *t, const struct sim_qp *qp, uint32_t key,
			uint64_t addr, size_t len, unsigned access)
{
	const struct sim_key *k = sim_key_find(t, key);

	if (!k || !k->valid || k->pd != qp->pd || (k->access & access) != access)
		return NULL;
	if (k->window && k->qp != qp)
		return NULL;
	return in_range(k, addr, len);
}

uint8_t *sim_key_local(const struct sim_keys *t, const struct sim_qp *qp, uint32_t key,
		       uint64_t addr, size_t len)
{
	const struct sim_key *k = sim_key_find(t, key);

	if (!k || !k->valid || k->window || k->pd != qp->pd)
		return NULL;
	return in_range(k, addr, len);
}
