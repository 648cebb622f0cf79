/* SPDX-License-Identifier: BSD-2-Clause */
/* The event log: events in blocks that never move, strings and bytes in an arena beside them. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EVENTS_PER_BLOCK = 256,
	ARENA_CHUNK = 64 * 1024,
	ARENA_ALIGN = 8,
	KEPT_TEXTS = 64,
};

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(ARENA_ALIGN) uint8_t at[];
};

/* Where a text came from, and its copy. */
struct kept_text {
	const char *from, *copy;
};

struct log {
	log_sink sink;
	void *ctx;
	struct log_event **blocks;
	size_t block_count, block_room;
	size_t count;
	struct chunk *chunks; /* newest first */
	struct chunk *spare;  /* of ARENA_CHUNK, from before it was cleared */
	struct kept_text kept[KEPT_TEXTS];
};

static const char *const kind_names[] = {
	[LOG_CM] = "cm",       [LOG_POST] = "post",	  [LOG_POST_RECV] = "post-recv",
	[LOG_DONE] = "done",   [LOG_RECV] = "recv",	  [LOG_MEMORY] = "memory",
	[LOG_TIMER] = "timer", [LOG_KNOB] = "knob",	  [LOG_STEP] = "step",
	[LOG_CHECK] = "check", [LOG_MEASURE] = "measure", [LOG_SUT] = "sut",
	[LOG_NOTE] = "note",   [LOG_ANSWER] = "answer",
};

static void *need(void *p)
{
	if (!p) {
		fputs("iserspec: out of memory for the event log\n", stderr);
		abort();
	}
	return p;
}

static struct chunk *new_chunk(struct log *l, size_t want)
{
	struct chunk *c = l->spare;

	if (c && want <= c->size) {
		l->spare = c->next;
	} else {
		size_t size = want > ARENA_CHUNK ? want : ARENA_CHUNK;

		c = need(malloc(sizeof(*c) + size));
		c->size = size;
	}
	c->used = 0;
	c->next = l->chunks;
	l->chunks = c;
	return c;
}

static void *arena_take(struct log *l, size_t len)
{
	size_t want = (len + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	struct chunk *c = l->chunks;
	void *at;

	if (!c || c->size - c->used < want)
		c = new_chunk(l, want);
	at = c->at + c->used;
	c->used += want;
	return at;
}

/* Names and statuses are few, and literals of the fabric's: a copy is for all of them. */
static const char *keep_text(struct log *l, const char *s)
{
	struct kept_text *k;
	size_t size;

	if (!s)
		return NULL;
	k = &l->kept[((uintptr_t)s >> 3 ^ (uintptr_t)s >> 9) % KEPT_TEXTS];
	if (k->from == s && !strcmp(k->copy, s))
		return k->copy;
	size = strlen(s) + 1;
	*k = (struct kept_text){s, memcpy(arena_take(l, size), s, size)};
	return k->copy;
}

static struct log_event *new_slot(struct log *l)
{
	size_t block = l->count / EVENTS_PER_BLOCK;

	if (block == l->block_count) {
		if (l->block_count == l->block_room) {
			l->block_room = l->block_room ? l->block_room * 2 : 16;
			l->blocks = need(
				reallocarray(l->blocks, l->block_room, sizeof(struct log_event *)));
		}
		l->blocks[l->block_count++] =
			need(malloc(EVENTS_PER_BLOCK * sizeof(struct log_event)));
	}
	return &l->blocks[block][l->count % EVENTS_PER_BLOCK];
}

struct log *log_new(log_sink sink, void *ctx)
{
	struct log *l = need(calloc(1, sizeof(*l)));

	l->sink = sink;
	l->ctx = ctx;
	return l;
}

static void free_chunks(struct chunk *c)
{
	while (c) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
}

void log_free(struct log *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->block_count; i++)
		free(l->blocks[i]);
	free(l->blocks);
	free_chunks(l->chunks);
	free_chunks(l->spare);
	free(l);
}

void log_clear(struct log *l)
{
	while (l->chunks) {
		struct chunk *c = l->chunks;

		l->chunks = c->next;
		if (c->size == ARENA_CHUNK) {
			c->next = l->spare;
			l->spare = c;
		} else {
			free(c);
		}
	}
	memset(l->kept, 0, sizeof(l->kept));
	l->count = 0;
}

const struct log_event *log_add(struct log *l, const struct log_event *ev)
{
	struct log_event *slot = new_slot(l);

	*slot = *ev;
	slot->seq = ++l->count;
	if (!ev->lasting) {
		slot->name = keep_text(l, ev->name);
		slot->status = keep_text(l, ev->status);
		slot->text = keep_text(l, ev->text);
		slot->rules = keep_text(l, ev->rules);
	}
	if (ev->bytes.len)
		slot->bytes.at = memcpy(arena_take(l, ev->bytes.len), ev->bytes.at, ev->bytes.len);
	else
		slot->bytes.at = NULL;
	if (l->sink)
		l->sink(l->ctx, slot);
	return slot;
}

const struct log_event *log_text(struct log *l, enum log_kind kind, uint64_t time, const char *name,
				 const char *fmt, ...)
{
	struct log_event ev = {.kind = kind, .time = time, .name = name};
	const struct log_event *stored;
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = need(NULL);
	va_end(ap);
	ev.text = text;
	stored = log_add(l, &ev);
	free(text);
	return stored;
}

bool log_failed(const struct log_event *ev)
{
	return ev->kind == LOG_DONE && ev->status && strcmp(ev->status, "ok") != 0 &&
	       strcmp(ev->status, "left") != 0 && strcmp(ev->status, "flushed") != 0;
}

bool log_kind_known(const struct log_event *ev)
{
	return ev->kind == LOG_RECV && !ev->status;
}

size_t log_count(const struct log *l)
{
	return l->count;
}

const struct log_event *log_at(const struct log *l, size_t i)
{
	return i < l->count ? &l->blocks[i / EVENTS_PER_BLOCK][i % EVENTS_PER_BLOCK] : NULL;
}

const char *log_kind_name(enum log_kind k)
{
	size_t i = (size_t)k;

	return i < sizeof(kind_names) / sizeof(*kind_names) ? kind_names[i] : "unknown";
}

int log_kind_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(*kind_names); i++)
		if (strcmp(kind_names[i], name) == 0)
			return (int)i;
	return -1;
}
