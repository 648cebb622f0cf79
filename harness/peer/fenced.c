/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages between guard pages, kept in lists by their number. */
#include "fenced.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PAGES_MAX = 272, /* of what is kept: 1 MiB, and what stands around it */
	KEPT_MAX = 32 << 20,
};

/* In the first bytes of what is kept. */
struct kept {
	struct kept *next;
};

static struct {
	struct kept *of[PAGES_MAX + 1]; /* by pages */
	size_t bytes;
} pool;

size_t fenced_page(void)
{
	static size_t page;

	if (!page)
		page = (size_t)sysconf(_SC_PAGESIZE);
	return page;
}

static uint8_t *map(size_t len)
{
	const size_t page = fenced_page();
	/* Every page is about to be written: together they cost less than one fault each. */
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	uint8_t *at = mmap(NULL, len + 2 * page, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (mprotect(at, page, PROT_NONE) || mprotect(at + page + len, page, PROT_NONE)) {
		const int errnum = errno;
		munmap(at, len + 2 * page);
		errno = errnum;
		return NULL;
	}
	return at + page;
}

uint8_t *fenced_new(size_t len)
{
	const size_t pages = len / fenced_page();
	struct kept *k = pages <= PAGES_MAX ? pool.of[pages] : NULL;

	if (!k)
		return map(len);
	ASAN_UNPOISON_MEMORY_REGION(k, len);
	pool.of[pages] = k->next;
	pool.bytes -= len;
	return (uint8_t *)k;
}

void fenced_free(uint8_t *at, size_t len)
{
	const size_t page = fenced_page(), pages = len / page;
	struct kept *k = (struct kept *)(void *)at;

	if (pages > PAGES_MAX || pool.bytes + len > KEPT_MAX) {
		munmap(at - page, len + 2 * page);
		return;
	}
	k->next = pool.of[pages];
	pool.of[pages] = k;
	pool.bytes += len;
	ASAN_POISON_MEMORY_REGION(k, len);
}
