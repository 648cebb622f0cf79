/* SPDX-License-Identifier: BSD-2-Clause */
#include "toy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* From the shallow to the deep. */
enum {
	FLAW_AHS = 1,	     /* AHSLength is believed, and fills a buffer of 32 bytes */
	FLAW_ECHO = 2,	     /* DataSegmentLength is believed */
	FLAW_NUMBER = 4,     /* a number of any length goes into 12 characters */
	FLAW_WINDOW = 8,     /* a CmdSN before the window is taken for one inside it */
	FLAW_END = 16,	     /* a text that fills its buffer is ended behind it */
	FLAW_HELLO = 32,     /* a Hello after logout finds no session */
	FLAW_DISCOVERY = 64, /* a command in a discovery session finds no LUN */
	FLAW_JOIN = 128,     /* texts in pieces: what was kept so far is not counted */
	FLAW_ABORT = 256,    /* a Data-Out finds a task that was aborted */
	FLAW_STAG = 512,     /* memory that an invalidation freed is freed with its task again */
};
#ifndef TOY_FLAWS
#define TOY_FLAWS 0x3ff
#endif
#define HAS(flaw) ((TOY_FLAWS & (flaw)) != 0)

enum {
	ISER = 28,
	BHS = 48,
	HEADERS = ISER + BHS,
	TASKS = 8,
	TEXT_MAX = 1024,
	CDB_MAX = 32,
	WINDOW = 32,
	LUNS = 4
};

struct task {
	uint32_t itt, stag;
	uint8_t *buffer;
	uint32_t length, received;
};

struct session {
	uint32_t exp_cmd_sn;
	unsigned hellos;
	uint64_t max_burst;
	bool discovery;
	unsigned *luns;	 /* commands of each; none in a discovery session */
	uint8_t *window; /* which CmdSN of it have come */
};

struct toy {
	enum { LOGIN, FULL, LEAVING } state;
	struct session *session;
	struct task *tasks[TASKS];
	uint8_t *text; /* TEXT_MAX bytes */
	size_t text_len;
	uint8_t *cdb, *echo; /* of the last command and ping */
};

static uint32_t be(const uint8_t *at, unsigned n)
{
	uint32_t value = 0;

	while (n--)
		value = value << 8 | *at++;
	return value;
}

static void task_free(struct task *task)
{
	if (!task)
		return;
	free(task->buffer);
	free(task);
}

static void session_free(struct session *s)
{
	if (!s)
		return;
	free(s->luns);
	free(s->window);
	free(s);
}

void toy_free(struct toy *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < TASKS; i++)
		task_free(t->tasks[i]);
	session_free(t->session);
	free(t->text);
	free(t->cdb);
	free(t->echo);
	free(t);
}

struct toy *toy_new(void)
{
	struct toy *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->session = calloc(1, sizeof(*t->session));
	t->text = malloc(TEXT_MAX);
	t->cdb = malloc(CDB_MAX);
	if (t->session)
		t->session->window = calloc(1, WINDOW);
	if (t->session && t->session->window && t->text && t->cdb)
		return t;
	toy_free(t);
	return NULL;
}

static struct task **slot_of(struct toy *t, uint32_t itt)
{
	for (unsigned i = 0; i < TASKS; i++)
		if (t->tasks[i] && t->tasks[i]->itt == itt)
			return &t->tasks[i];
	return NULL;
}

/* RFC 7143 11.2.2: the CDB's bytes beyond the sixteenth. */
static int take_ahs(struct toy *t, const uint8_t *ahs, size_t len)
{
	while (len >= 4) {
		size_t said = be(ahs, 2), step = (said + 3 + 3) & ~(size_t)3;
		if (!HAS(FLAW_AHS) && (said > CDB_MAX || step > len))
			return -1;
		if (ahs[2] == 1 && said)
			memcpy(t->cdb, ahs + 4, said - 1);
		if (step > len)
			return -1;
		ahs += step;
		len -= step;
	}
	return 0;
}

static int take_number(struct toy *t, const char *digits, size_t len)
{
	char copy[12];

	if (!HAS(FLAW_NUMBER) && len >= sizeof(copy))
		return -1;
	memcpy(copy, digits, len);
	copy[len] = '\0';
	t->session->max_burst = strtoull(copy, NULL, 0);
	return 0;
}

static bool is_key(const char *pair, size_t len, const char *key)
{
	return len > strlen(key) && !memcmp(pair, key, strlen(key));
}

static int take_pairs(struct toy *t, const char *text, size_t len)
{
	static const char burst[] = "MaxBurstLength=", type[] = "SessionType=";

	while (len) {
		size_t pair = strnlen(text, len);
		if (is_key(text, pair, burst) &&
		    take_number(t, text + sizeof(burst) - 1, pair - (sizeof(burst) - 1)))
			return -1;
		if (is_key(text, pair, type))
			t->session->discovery = text[sizeof(type) - 1] == 'D';
		if (pair == len)
			break;
		text += pair + 1;
		len -= pair + 1;
	}
	return 0;
}

/* RFC 7143 6.2: with the C bit more of the text follows. */
static int take_text(struct toy *t, const uint8_t *data, size_t len, bool more)
{
	size_t room = HAS(FLAW_JOIN) ? TEXT_MAX : TEXT_MAX - t->text_len;

	if (len > room)
		return -1;
	memcpy(t->text + t->text_len, data, len);
	t->text_len += len;
	if (more)
		return 0;
	len = t->text_len;
	t->text_len = 0;
	if (len < TEXT_MAX || HAS(FLAW_END))
		t->text[len] = '\0';
	return take_pairs(t, (const char *)t->text, len);
}

static int login(struct toy *t, const uint8_t *bhs, const uint8_t *data, size_t len)
{
	uint8_t flags = bhs[1];

	if (t->state != LOGIN || take_text(t, data, len, flags & 0x40))
		return -1;
	t->session->exp_cmd_sn = be(bhs + 24, 4);
	if (!(flags & 0x80) || (flags & 3) != 3)
		return 0;
	t->state = FULL;
	if (!t->session->discovery)
		t->session->luns = calloc(LUNS, sizeof(*t->session->luns));
	return t->session->luns || t->session->discovery ? 0 : -1;
}

/* RFC 7143 4.2.2.1: a request from outside the window is dropped. */
static bool in_window(struct session *s, uint32_t cmd_sn)
{
	int32_t ahead = (int32_t)(cmd_sn - s->exp_cmd_sn);

	if (ahead >= WINDOW || (ahead < 0 && !HAS(FLAW_WINDOW)))
		return false;
	s->window[ahead] = 1;
	if (!ahead)
		s->exp_cmd_sn++;
	return true;
}

static int command(struct toy *t, const uint8_t *iser, const uint8_t *bhs, const uint8_t *ahs,
		   size_t ahs_len)
{
	unsigned free_slot = 0;
	uint32_t length = be(bhs + 20, 4);

	if (take_ahs(t, ahs, ahs_len) || slot_of(t, be(bhs + 16, 4)))
		return -1;
	if (!HAS(FLAW_DISCOVERY) && !t->session->luns)
		return -1;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): this is a flaw */
	t->session->luns[bhs[9] % LUNS]++;
	while (free_slot < TASKS && t->tasks[free_slot])
		free_slot++;
	if (!(bhs[1] & 0x20) || free_slot == TASKS || length > 65536)
		return 0; /* only writes wait for anything */
	struct task *task = calloc(1, sizeof(*task));
	if (!task)
		return -1;
	task->buffer = malloc(length ? length : 1);
	task->length = length;
	task->itt = be(bhs + 16, 4);
	task->stag = iser[0] & 8 ? be(iser + 4, 4) : 0;
	t->tasks[free_slot] = task;
	return task->buffer ? 0 : -1;
}

static int data_out(struct toy *t, const uint8_t *bhs, const uint8_t *data, size_t len)
{
	struct task **slot = slot_of(t, be(bhs + 16, 4));
	uint32_t offset = be(bhs + 40, 4);

	if (!slot || offset > (*slot)->length || len > (*slot)->length - offset)
		return 0;
	if (len)
		memcpy((*slot)->buffer + offset, data, len);
	(*slot)->received += (uint32_t)len;
	if (bhs[1] & 0x80) {
		task_free(*slot);
		*slot = NULL;
	}
	return 0;
}

static int abort_task(struct toy *t, const uint8_t *bhs)
{
	struct task **slot = (bhs[1] & 0x7f) == 1 ? slot_of(t, be(bhs + 20, 4)) : NULL;

	if (!slot)
		return 0;
	free((*slot)->buffer);
	(*slot)->buffer = NULL;
	if (HAS(FLAW_ABORT))
		return 0; /* it stays where Data-Outs find it */
	free(*slot);
	*slot = NULL;
	return 0;
}

static int nop(struct toy *t, const uint8_t *bhs, const uint8_t *data, size_t len)
{
	size_t said = be(bhs + 5, 3);

	free(t->echo);
	t->echo = malloc(said ? said : 1);
	if (!t->echo)
		return -1;
	memcpy(t->echo, data, HAS(FLAW_ECHO) ? said : len);
	return 0;
}

static int hello(struct toy *t)
{
	if (!t->session && !HAS(FLAW_HELLO))
		return -1;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): this is a flaw */
	return t->session->hellos++ ? -1 : 0;
}

static void logout(struct toy *t)
{
	session_free(t->session);
	t->session = NULL;
	t->state = LEAVING;
}

static void invalidate(struct toy *t, uint32_t stag)
{
	for (unsigned i = 0; i < TASKS; i++) {
		struct task *task = t->tasks[i];
		if (!task || task->stag != stag)
			continue;
		free(task->buffer);
		if (!HAS(FLAW_STAG))
			task->buffer = NULL;
		task->length = 0;
	}
}

static int control(struct toy *t, const uint8_t *msg, size_t len)
{
	const uint8_t *bhs = msg + ISER;
	size_t ahs = bhs[4] * 4u, data = be(bhs + 5, 3);
	unsigned opcode = bhs[0] & 0x3f;

	if (ahs > len - HEADERS)
		return -1;
	const uint8_t *at = msg + HEADERS + ahs;
	size_t left = len - HEADERS - ahs;
	bool lie = data > left;
	if (lie && !(HAS(FLAW_ECHO) && opcode == 0))
		return -1;
	if (!lie)
		left = data;
	if ((t->state == FULL) != (opcode != 3))
		return -1;
	bool numbered = opcode != 3 && opcode != 5 && !(bhs[0] & 0x40);
	if (numbered && !in_window(t->session, be(bhs + 24, 4)))
		return 0;
	switch (opcode) {
	case 0:
		return nop(t, bhs, at, left);
	case 1:
		return command(t, msg, bhs, msg + HEADERS, ahs);
	case 2:
		return abort_task(t, bhs);
	case 3:
		return login(t, bhs, at, left);
	case 4:
		return take_text(t, at, left, bhs[1] & 0x40);
	case 5:
		return data_out(t, bhs, at, left);
	case 6:
		logout(t);
		return 0;
	default:
		return -1;
	}
}

int toy_message(struct toy *t, const uint8_t *msg, size_t len, uint32_t stag)
{
	if (len < ISER)
		return -1;
	if (stag)
		invalidate(t, stag);
	switch (msg[0] >> 4) {
	case 1:
		return len < HEADERS ? -1 : control(t, msg, len);
	case 2:
		return hello(t);
	default:
		return -1;
	}
}
