/* SPDX-License-Identifier: BSD-2-Clause */
/* Guarded memory and data patterns. */
#include "buffer.h"
#include "../fabric/log.h"
#include "fenced.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CANARY = 0xc5 };
static const size_t CANARY_MIN = 512; /* a block: who rounds up to whole blocks shows */

/* Whole pages: canary, the usable bytes, canary. The bytes end CANARY_MIN before the last page at
 * least, and begin at any offset, so that both sides have a canary whatever the length. */
static int guard(struct guarded *g, size_t len, struct err *e)
{
	const size_t page = fenced_page();

	memset(g, 0, sizeof(*g));
	if (!len)
		return 0;
	const size_t map_len = (len + 2 * CANARY_MIN + page - 1) / page * page;
	g->map = fenced_new(map_len);
	if (!g->map)
		return err_set(e, errno, "%zu bytes of guarded memory", len);
	g->map_len = map_len;
	g->at = g->map + (map_len - len - CANARY_MIN);
	g->len = len;
	memset(g->map, CANARY, (size_t)(g->at - g->map));
	memset(g->at + len, CANARY, CANARY_MIN);
	return 0;
}

int guarded_new(struct guarded *g, size_t len, struct err *e)
{
	if (guard(g, len, e))
		return -1;
	if (len)
		memset(g->at, 0, len);
	return 0;
}

int guarded_copy(struct guarded *g, struct bytes from, struct err *e)
{
	if (guard(g, from.len, e))
		return -1;
	if (from.len)
		memcpy(g->at, from.at, from.len);
	return 0;
}

int guarded_pattern(struct guarded *g, size_t len, uint64_t seed, struct err *e)
{
	if (guard(g, len, e))
		return -1;
	pattern_fill(g->at, len, seed, 0);
	return 0;
}

int guarded_random(struct guarded *g, size_t len, uint64_t which, struct err *e)
{
	const int rc = guarded_pattern(g, len, UINT64_C(0x6c6f6f6b21) + which, e);

	g->random = !rc;
	return rc;
}

/* FNV-1a, by words of 8 bytes as far as they go: all memory that the other side may reach is looked
 * at again and again. */
static uint64_t hash_on(uint64_t hash, const uint8_t *from, const uint8_t *to)
{
	uint64_t word;

	for (; to - from >= (ptrdiff_t)sizeof(word); from += sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		hash = (hash ^ le64toh(word)) * 0x100000001b3u;
		hash ^= hash >> 29; /* the high bytes of a word reach the low bits, too */
	}
	while (from < to)
		hash = (hash ^ *from++) * 0x100000001b3u;
	return hash;
}

static uint64_t hash_of(const uint8_t *from, const uint8_t *to)
{
	return hash_on(0xcbf29ce484222325u, from, to);
}

/* Of all that the map holds. Most of it is the canary in front, where a buffer is small: what it
 * comes to while it stands is kept, by its words. */
static uint64_t hash_of_map(const struct guarded *g, unsigned fallen)
{
	enum { WORDS = 512 };
	static uint64_t canaries[WORDS];
	const uint8_t *end = g->map + g->map_len;
	const size_t words = (size_t)(g->at - g->map) / sizeof(uint64_t);

	if (fallen & GUARD_BEFORE || !words || words > WORDS)
		return hash_of(g->map, end);
	uint64_t *known = &canaries[words - 1];
	const uint8_t *from = g->map + words * sizeof(uint64_t);
	if (!*known)
		*known = hash_of(g->map, from);
	return hash_on(*known, from, end);
}

static int registered(struct guarded *g, size_t guard, struct err *e)
{
	if (!g->region)
		return -1;
	g->addr = g->region->addr + guard;
	g->key = g->region->key;
	g->conn = fab_conn_number(g->region->conn);
	/* Whoever has no log looks at none of it. */
	if (!(g->region->access & FAB_REMOTE_WRITE) || !fab_conn_log(g->region->conn))
		return 0;
	free(g->made);
	g->made = malloc(g->len);
	if (!g->made)
		return err_set(e, ENOMEM, "%zu bytes to compare with", g->len);
	memcpy(g->made, g->at, g->len);
	g->is_told = false;
	return 0;
}

int guarded_register(struct guarded *g, struct fab_conn *c, unsigned access, bool window,
		     struct err *e)
{
	if (!g->at)
		return err_set(e, EINVAL, "no memory to register");
	g->region = fab_register(c, g->at, g->len, access, window, e);
	return registered(g, 0, e);
}

int guarded_advertise(struct guarded *g, struct fab_conn *c, unsigned access, bool window,
		      struct err *e)
{
	if (!g->at || !(access & FAB_REMOTE_WRITE))
		return guarded_register(g, c, access, window, e);
	g->region = fab_register(c, g->at - CANARY_MIN, g->len + 2 * CANARY_MIN, access, window, e);
	return registered(g, CANARY_MIN, e);
}

static bool intact(const uint8_t *from, const uint8_t *to)
{
	return from == to || (*from == CANARY && !memcmp(from, from + 1, (size_t)(to - from) - 1));
}

unsigned guarded_fallen(const struct guarded *g)
{
	if (!g->at)
		return 0;
	return (intact(g->map, g->at) ? 0 : GUARD_BEFORE) |
	       (intact(g->at + g->len, g->map + g->map_len) ? 0 : GUARD_AFTER);
}

static const char *damage(unsigned fallen)
{
	static const char *const texts[] = {
		NULL,
		"bytes before the buffer were written",
		"bytes after the buffer were written",
		"bytes before and after the buffer were written",
	};
	return texts[fallen];
}

const char *guarded_damage(const struct guarded *g)
{
	return damage(guarded_fallen(g));
}

struct guarded_change guarded_changed(const struct guarded *g)
{
	struct guarded_change c = {.first = -1, .last = -1};
	for (size_t i = 0; g->made && i < g->len; i++) {
		if (g->at[i] == g->made[i])
			continue;
		c.first = c.count++ ? c.first : (int64_t)i;
		c.last = (int64_t)i;
	}
	return c;
}

enum { RUN = 8 }; /* bytes that do not stay as they were by chance */

size_t bytes_alike(const uint8_t *a, const uint8_t *b, size_t len)
{
	enum { AT_ONCE = 256 };
	size_t i = 0;

	while (len - i >= AT_ONCE && !memcmp(a + i, b + i, AT_ONCE))
		i += AT_ONCE;
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* Where RUN bytes are the same for the first time, len: nowhere. One of them is at 7, 15, 23 ... */
static size_t run_of_same(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = RUN - 1; i < len; i += RUN) {
		size_t from = i, n = 0;
		if (a[i] != b[i])
			continue;
		while (from && i - from < RUN - 1 && a[from - 1] == b[from - 1])
			from--;
		while (n < RUN && from + n < len && a[from + n] == b[from + n])
			n++;
		if (n == RUN)
			return from;
	}
	return len;
}

/* Which bytes are not as we made them: from..to; and where a run of untouched ones begins there. */
static void touched(const struct guarded *g, size_t *from, size_t *to, int64_t *hole)
{
	*from = bytes_alike(g->at, g->made, g->len);
	*to = g->len;
	*hole = -1;
	if (*from == g->len) {
		*from = *to = 0;
		return;
	}
	while (g->at[*to - 1] == g->made[*to - 1])
		--*to;
	const size_t len = *to - *from;
	const size_t at = run_of_same(g->at + *from, g->made + *from, len);
	if (at < len)
		*hole = (int64_t)(*from + at);
}

void guarded_look(const struct guarded *g, struct fabric *f, const char *when)
{
	struct log_event ev = {.kind = LOG_MEMORY, .name = "look", .status = when, .c = -1};
	size_t from = 0, to = 0;

	if (!g->key || !fab_log(f))
		return;
	if (g->made)
		touched(g, &from, &to, &ev.c);
	ev.time = fab_now(f);
	ev.conn = g->conn;
	ev.key = g->key;
	ev.addr = g->addr;
	ev.len = g->len;
	ev.a = (int64_t)from;
	ev.b = (int64_t)to;
	const unsigned fallen = guarded_fallen(g);
	ev.id = hash_of_map(g, fallen);
	ev.number = g->random;
	ev.text = damage(fallen);
	fab_look(f, &ev);
}

void guarded_tell(struct guarded *g, struct fabric *f)
{
	struct fab_answer a = {.name = "memory", .at = g->at, .len = g->len};

	if (!g->made)
		return;
	if (!g->is_told)
		g->told = hash_of(g->made, g->made + g->len);
	g->is_told = true;
	a.value = (int64_t)hash_of(g->at, g->at + g->len);
	fab_answer_unless(f, NULL, &a, (int64_t)g->told);
	g->told = (uint64_t)a.value;
}

void guarded_free(struct guarded *g)
{
	if (g->region)
		fab_unregister(g->region);
	free(g->made);
	if (g->map)
		fenced_free(g->map, g->map_len);
	memset(g, 0, sizeof(*g));
}

/* The 8 bytes from offset 8 * n on are a little-endian number: different for each n and each seed,
 * so that a shift or a swap of blocks shows. It comes of a sum to which each n adds the same. */
#define PATTERN_STEP UINT64_C(0xbf58476d1ce4e5b9)

static uint64_t pattern_sum(uint64_t seed, uint64_t n)
{
	return (seed + 1) * 0x9e3779b97f4a7c15u + n * PATTERN_STEP;
}

static uint64_t pattern_word(uint64_t sum)
{
	sum = (sum ^ sum >> 31) * 0x94d049bb133111ebu;
	return htole64(sum ^ sum >> 29);
}

uint8_t pattern_byte(uint64_t seed, uint64_t offset)
{
	const uint64_t word = pattern_word(pattern_sum(seed, offset / 8));

	return ((const uint8_t *)&word)[offset % 8];
}

void pattern_fill(uint8_t *at, size_t len, uint64_t seed, uint64_t offset)
{
	size_t i = 0;

	for (; i < len && (offset + i) % 8; i++)
		at[i] = pattern_byte(seed, offset + i);
	uint64_t sum = pattern_sum(seed, (offset + i) / 8);
	for (; len - i >= 8; i += 8, sum += PATTERN_STEP) {
		const uint64_t word = pattern_word(sum);
		memcpy(at + i, &word, 8);
	}
	for (; i < len; i++)
		at[i] = pattern_byte(seed, offset + i);
}

size_t pattern_compare(const uint8_t *at, size_t len, uint64_t seed, uint64_t offset)
{
	size_t i = 0;

	for (; i < len && (offset + i) % 8 && at[i] == pattern_byte(seed, offset + i); i++)
		;
	uint64_t sum = pattern_sum(seed, (offset + i) / 8);
	for (; len - i >= 8 && (offset + i) % 8 == 0; i += 8, sum += PATTERN_STEP) {
		const uint64_t word = pattern_word(sum);
		if (memcmp(at + i, &word, 8) != 0)
			break;
	}
	for (; i < len && at[i] == pattern_byte(seed, offset + i); i++)
		;
	return i;
}
