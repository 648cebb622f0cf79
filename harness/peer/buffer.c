/* SPDX-License-Identifier: BSD-2-Clause */
/* Guarded memory and data patterns. */
#include "buffer.h"

#include <errno.h>
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
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	g->map = mmap(NULL, g->map_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED) {
		g->map = NULL;
		return err_set(e, errno, "%zu bytes of guarded memory", len);
	}
	uint8_t *start = (uint8_t *)g->map + page;
	if (mprotect(start, inner, PROT_READ | PROT_WRITE)) {
		int errnum = errno;
		guarded_free(g);
		return err_set(e, errnum, "%zu bytes of guarded memory", len);
	}
	memset(start, CANARY, inner);
	g->at = start + (inner - len - CANARY_MIN);
	g->len = len;
	memset(g->at, fill, len);
	return 0;
}

int guarded_register(struct guarded *g, struct fab_conn *c, unsigned access, bool window,
		     struct err *e)
{
	if (!g->at)
		return err_set(e, EINVAL, "no memory to register");
	g->region = fab_register(c, g->at, g->len, access, window, e);
	g->addr = g->region ? g->region->addr : 0;
	return g->region ? 0 : -1;
}

int guarded_advertise(struct guarded *g, struct fab_conn *c, unsigned access, bool window,
		      struct err *e)
{
	if (!g->at || !(access & FAB_REMOTE_WRITE))
		return guarded_register(g, c, access, window, e);
	g->region = fab_register(c, g->at - CANARY_MIN, g->len + 2 * CANARY_MIN, access, window, e);
	g->addr = g->region ? g->region->addr + CANARY_MIN : 0;
	return g->region ? 0 : -1;
}

static bool intact(const uint8_t *from, const uint8_t *to)
{
	return from == to || (*from == CANARY && !memcmp(from, from + 1, (size_t)(to - from) - 1));
}

const char *guarded_damage(const struct guarded *g)
{
	if (!g->at)
		return NULL;
	const uint8_t *start = (uint8_t *)g->map + page_size();
	const uint8_t *end = (uint8_t *)g->map + g->map_len - page_size();
	bool before = intact(start, g->at), after = intact(g->at + g->len, end);
	if (before && after)
		return NULL;
	if (after)
		return "bytes before the buffer were written";
	return before ? "bytes after the buffer were written"
		      : "bytes before and after the buffer were written";
}

void guarded_free(struct guarded *g)
{
	if (g->region)
		fab_unregister(g->region);
	if (g->map)
		munmap(g->map, g->map_len);
	memset(g, 0, sizeof(*g));
}

uint8_t pattern_byte(uint64_t seed, uint64_t offset)
{
	/* Different for each 8-byte word and each seed, so that a shift or a swap of blocks shows.
	 */
	uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15u + (offset >> 3) * 0xbf58476d1ce4e5b9u;

	z = (z ^ z >> 31) * 0x94d049bb133111ebu;
	z ^= z >> 29;
	return (uint8_t)(z >> (8 * (offset & 7)));
}

void pattern_fill(uint8_t *at, size_t len, uint64_t seed, uint64_t offset)
{
	for (size_t i = 0; i < len; i++)
		at[i] = pattern_byte(seed, offset + i);
}

size_t pattern_compare(const uint8_t *at, size_t len, uint64_t seed, uint64_t offset)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != pattern_byte(seed, offset + i))
			return i;
	return len;
}
