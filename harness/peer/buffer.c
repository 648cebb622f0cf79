/* SPDX-License-Identifier: BSD-2-Clause */
/* Guarded memory and data patterns. */
#include "buffer.h"
#include "../fabric/log.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CANARY = 0xc5 };
static const size_t CANARY_MIN = 512; /* a block: who rounds up to whole blocks shows */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * One unmapped page, canary, the usable bytes, canary, one unmapped page. The bytes end CANARY_MIN
 * before the last page at least, and begin at any offset, so that both sides have a canary whatever
 * the length.
 */
int guarded_new(struct guarded *g, size_t len, uint8_t fill, struct err *e)
{
	size_t page = page_size();
	size_t inner = (len + 2 * CANARY_MIN + page - 1) / page * page;

	memset(g, 0, sizeof(*g));
	if (!len)
		return 0;
	g->map_len = inner + 2 * page;
	/* Every page is about to be written: together they cost less than one fault each. */
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	g->map = mmap(NULL, g->map_len, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (g->map == MAP_FAILED) {
		g->map = NULL;
		return err_set(e, errno, "%zu bytes of guarded memory", len);
	}
	uint8_t *start = (uint8_t *)g->map + page;
	if (mprotect(g->map, page, PROT_NONE) || mprotect(start + inner, page, PROT_NONE)) {
		int errnum = errno;
		guarded_free(g);
		return err_set(e, errnum, "%zu bytes of guarded memory", len);
	}
	g->at = start + (inner - len - CANARY_MIN);
	g->len = len;
	memset(start, CANARY, (size_t)(g->at - start));
	memset(g->at, fill, len);
	memset(g->at + len, CANARY, CANARY_MIN);
	return 0;
}

/* FNV-1a, by words of 8 bytes as far as they go: all memory that the other side may reach is looked
 * at again and again. */
static uint64_t hash_of(const uint8_t *from, const uint8_t *to)
{
	uint64_t hash = 0xcbf29ce484222325u, word;

	for (; to - from >= (ptrdiff_t)sizeof(word); from += sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		hash = (hash ^ le64toh(word)) * 0x100000001b3u;
		hash ^= hash >> 29; /* the high bytes of a word reach the low bits, too */
	}
	while (from < to)
		hash = (hash ^ *from++) * 0x100000001b3u;
	return hash;
}

static int registered(struct guarded *g, size_t guard, struct err *e)
{
	if (!g->region)
		return -1;
	g->addr = g->region->addr + guard;
	g->key = g->region->key;
	g->conn = fab_conn_number(g->region->conn);
	if (!(g->region->access & FAB_REMOTE_WRITE))
		return 0;
	free(g->made);
	g->made = malloc(g->len);
	if (!g->made)
		return err_set(e, ENOMEM, "%zu bytes to compare with", g->len);
	memcpy(g->made, g->at, g->len);
	g->told = hash_of(g->at, g->at + g->len);
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
	const uint8_t *start = (uint8_t *)g->map + page_size();
	const uint8_t *end = (uint8_t *)g->map + g->map_len - page_size();
	return (intact(start, g->at) ? 0 : GUARD_BEFORE) |
	       (intact(g->at + g->len, end) ? 0 : GUARD_AFTER);
}

const char *guarded_damage(const struct guarded *g)
{
	static const char *const texts[] = {
		NULL,
		"bytes before the buffer were written",
		"bytes after the buffer were written",
		"bytes before and after the buffer were written",
	};
	return texts[guarded_fallen(g)];
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

/* Which bytes are not as we made them: from..to; and where a run of untouched ones begins there. */
static void touched(const struct guarded *g, size_t *from, size_t *to, int64_t *hole)
{
	size_t run = 0;

	*from = 0;
	*to = g->len;
	*hole = -1;
	while (*from < g->len && g->at[*from] == g->made[*from])
		++*from;
	if (*from == g->len) {
		*from = *to = 0;
		return;
	}
	while (g->at[*to - 1] == g->made[*to - 1])
		--*to;
	for (size_t i = *from; i < *to && *hole < 0; i++) {
		run = g->at[i] == g->made[i] ? run + 1 : 0;
		if (run == RUN)
			*hole = (int64_t)(i + 1 - RUN);
	}
}

void guarded_randomize(struct guarded *g, uint64_t which)
{
	pattern_fill(g->at, g->len, UINT64_C(0x6c6f6f6b21) + which, 0);
	g->random = true;
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
	ev.id = hash_of((uint8_t *)g->map + page_size(),
			(uint8_t *)g->map + g->map_len - page_size());
	ev.number = g->random;
	ev.text = guarded_damage(g);
	fab_look(f, &ev);
}

void guarded_tell(struct guarded *g, struct fabric *f)
{
	struct fab_answer a = {.name = "memory", .at = g->at, .len = g->len};

	if (!g->made)
		return;
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
		munmap(g->map, g->map_len);
	memset(g, 0, sizeof(*g));
}

/* The 8 bytes from offset 8 * n on, as a little-endian number: different for each n and each seed,
 * so that a shift or a swap of blocks shows. */
static uint64_t pattern_word(uint64_t seed, uint64_t n)
{
	uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15u + n * 0xbf58476d1ce4e5b9u;

	z = (z ^ z >> 31) * 0x94d049bb133111ebu;
	return htole64(z ^ z >> 29);
}

/* Bytes of the pattern at `offset` that one word has, at most len. */
static size_t pattern_piece(uint8_t piece[8], size_t len, uint64_t seed, uint64_t offset)
{
	const uint64_t word = pattern_word(seed, offset / 8);
	const size_t skip = offset % 8, n = 8 - skip < len ? 8 - skip : len;

	memcpy(piece, (const uint8_t *)&word + skip, n);
	return n;
}

uint8_t pattern_byte(uint64_t seed, uint64_t offset)
{
	const uint64_t word = pattern_word(seed, offset / 8);

	return ((const uint8_t *)&word)[offset % 8];
}

void pattern_fill(uint8_t *at, size_t len, uint64_t seed, uint64_t offset)
{
	uint8_t piece[8];

	for (size_t i = 0, n; i < len; i += n) {
		n = pattern_piece(piece, len - i, seed, offset + i);
		memcpy(at + i, piece, n);
	}
}

size_t pattern_compare(const uint8_t *at, size_t len, uint64_t seed, uint64_t offset)
{
	uint8_t piece[8];

	for (size_t i = 0, n; i < len; i += n) {
		n = pattern_piece(piece, len - i, seed, offset + i);
		if (!memcmp(at + i, piece, n))
			continue;
		while (at[i] == pattern_byte(seed, offset + i))
			i++;
		return i;
	}
	return len;
}
