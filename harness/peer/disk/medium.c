/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks' bytes, and which pages of them were written. */
#include "medium.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	PIECE = 4096, /* what is zeroed as a whole */
	KEPT_LEN = 16 << 20,
	KEPT_MAX = 4,
	BITS = 64,
};

struct medium {
	struct medium *next; /* of those that are kept */
	uint8_t *at;
	size_t len;
	uint64_t written[]; /* a bit a piece; none of what is not kept */
};

static struct medium *spare;
static unsigned spare_count;

static size_t words(size_t len)
{
	return len > KEPT_LEN ? 0 : len / PIECE / BITS + 1;
}

static struct medium *take_spare(size_t len)
{
	for (struct medium **at = &spare; *at; at = &(*at)->next)
		if ((*at)->len == len) {
			struct medium *m = *at;
			*at = m->next;
			spare_count--;
			return m;
		}
	return NULL;
}

struct medium *medium_new(size_t len)
{
	struct medium *m = take_spare(len);

	if (m)
		return m;
	m = calloc(1, sizeof(*m) + words(len) * sizeof(m->written[0]));
	if (!m)
		return NULL;
	m->len = len;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	m->at = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (m->at == MAP_FAILED) {
		free(m);
		return NULL;
	}
	return m;
}

static void clear(struct medium *m, size_t piece)
{
	const size_t from = piece * PIECE, left = m->len - from;

	memset(m->at + from, 0, left < PIECE ? left : PIECE);
}

static void clear_all(struct medium *m)
{
	for (size_t w = 0; w < words(m->len); w++)
		while (m->written[w]) {
			clear(m, w * BITS + (size_t)__builtin_ctzll(m->written[w]));
			m->written[w] &= m->written[w] - 1;
		}
}

void medium_free(struct medium *m)
{
	if (!m)
		return;
	if (!words(m->len) || spare_count == KEPT_MAX) {
		munmap(m->at, m->len);
		free(m);
		return;
	}
	clear_all(m);
	m->next = spare;
	spare = m;
	spare_count++;
}

const uint8_t *medium_at(const struct medium *m, size_t offset)
{
	return m->at + offset;
}

uint8_t *medium_write(struct medium *m, size_t offset, size_t len)
{
	if (len && words(m->len))
		for (size_t i = offset / PIECE; i <= (offset + len - 1) / PIECE; i++)
			m->written[i / BITS] |= UINT64_C(1) << i % BITS;
	return m->at + offset;
}
