/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that are sessions: they parse, and are bounded. */
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "../../script/ast.h"
#include "internal.h"

enum {
	MESSAGES_MAX = 400,	 /* of all sends, as far as they say how many */
	LENGTH_MAX = 256 * 1024, /* of a message, data or memory */
	BLOCKS_MAX = 512,	 /* of a read or write */
	/* Of all commands that a statement sends: what moves more takes as long as a hundred other
	 * sessions. */
	VOLUME_MAX = 2 * 1024 * 1024,
	ROUNDS_MAX = 4,
};
static const uint64_t WAITS_MAX = 30 * NS_PER_S;

const char *session_id(enum peer_role sut)
{
	return sut == PEER_TARGET ? "target/fuzz/session" : "initiator/fuzz/session";
}

/* What a script may come to. */
struct load {
	uint64_t lines, messages, waits;
	bool too_much;	/* of something else */
	unsigned heavy; /* the line of a statement that moves too much; 0: none does */
};

/* A constant; else what is taken for one that only the run knows. */
static uint64_t constant(const struct expr *x, uint64_t absent, uint64_t unknown)
{
	if (!x->count)
		return absent;
	if (x->count == 1 && x->operands[0].kind == OPERAND_VALUE)
		return x->operands[0].value.number;
	for (size_t i = 0; i < x->count; i++)
		if (x->operands[i].kind != OPERAND_VALUE)
			return unknown;
	/* Computed from constants: whatever may come out is below their product. */
	uint64_t product = 1;
	for (size_t i = 0; i < x->count; i++)
		product = product > UINT32_MAX ? product
					       : product * (x->operands[i].value.number | 1);
	return product;
}

static void weigh_length(struct load *l, const struct expr *x)
{
	l->too_much |= constant(x, 0, 0) > LENGTH_MAX;
}

static uint64_t weigh_send(struct load *l, const struct send *s)
{
	weigh_length(l, &s->length);
	weigh_length(l, &s->data.length);
	l->too_much |= constant(&s->blocks, 0, 0) > BLOCKS_MAX;
	return constant(&s->count, 1, 8);
}

static void weigh(struct load *l, const struct statement *s, uint64_t times);

static void weigh_one(struct load *l, const struct statement *s, uint64_t times)
{
	uint64_t sends = 0, volume = 0;

	l->lines += 1 + (s->expect ? s->expect->outcome_count : 0) + s->send_count;
	for (size_t i = 0; i < s->send_count; i++)
		sends += weigh_send(l, &s->sends[i]);
	for (size_t i = 0; i < s->send_count; i++)
		volume += constant(&s->sends[i].blocks, 0, 0) * 512 *
			  constant(&s->sends[i].count, 1, 8);
	if (s->verb == VERB_CHAIN) {
		sends *= constant(&s->number, 1, 8);
		volume *= constant(&s->number, 1, 8);
	}
	if (volume > VOLUME_MAX && !l->heavy)
		l->heavy = s->line;
	l->messages += times * sends;
	l->waits += times * (constant(&s->time, 0, NS_PER_S) + constant(&s->limit, 0, NS_PER_S));
	weigh_length(l, &s->length);
	weigh_length(l, &s->data.length);
	l->too_much |= constant(&s->blocks, 0, 0) > BLOCKS_MAX;
	for (size_t i = 0; s->deed && i < s->deed->argument_count; i++)
		if (!s->deed->arguments[i].time)
			weigh_length(l, &s->deed->arguments[i].value);
	if (s->verb == VERB_POINTS || s->verb == VERB_SWEEP)
		l->too_much = true;
	if (s->verb == VERB_ON)
		times *= s->count;
	if (s->verb == VERB_REPEAT) {
		const uint64_t rounds = constant(&s->number, 1, ROUNDS_MAX);
		l->too_much |= rounds > ROUNDS_MAX;
		times *= rounds;
	}
	weigh(l, s->body, times);
	weigh(l, s->otherwise, times);
}

static void weigh(struct load *l, const struct statement *s, uint64_t times)
{
	for (; s && !l->too_much; s = s->next)
		weigh_one(l, s, times);
}

/* NULL, or what, and in which line; 1 where it is none's alone. */
static const char *excess(const struct script *s, unsigned *line)
{
	struct load l = {0};

	weigh(&l, s->body, 1);
	*line = 1;
	if (l.heavy) {
		*line = l.heavy;
		return "its commands move more than a session does";
	}
	return l.lines > SESSION_LINES_MAX ? "more lines than a session has"
	       : l.messages > MESSAGES_MAX ? "more messages than a session has"
	       : l.waits > WAITS_MAX	   ? "a session waits less"
	       : l.too_much		   ? "a length, family or loop is beyond a session"
					   : NULL;
}

struct script *session_parse(enum peer_role sut, const char *text, size_t len,
			     const struct ledger *ledger, struct script_errors *e)
{
	*e = (struct script_errors){.count = 1, .at = {{.line = 1, .column = 1}}};
	if (len > SESSION_BYTES_MAX) {
		strcpy(e->at[0].what, "more bytes than a session has");
		return NULL;
	}
	*e = (struct script_errors){0};
	struct script *s = script_parse(session_id(sut), text, len, ledger, e);
	unsigned line = 1;
	const char *why = s ? excess(s, &line) : NULL;
	if (!why)
		return s;
	script_free(s);
	e->count = 1;
	e->at[0] = (struct script_error){.line = line, .column = 1};
	strcpy(e->at[0].what, why);
	return NULL;
}

/* ---- repair ---- */

/* The lines of the head that session_text_write() writes. */
static size_t head_lines(const struct session_text *t, enum peer_role sut)
{
	return 6u + (t->workload && sut == PEER_INITIATOR) + (t->model != NULL);
}

static void drop_model(struct session_text *t)
{
	free(t->model);
	t->model = NULL;
}

/* Drops what is wrong, from the end on, so that the numbers of lines above stay. */
static void drop_wrong(struct session_text *t, enum peer_role sut, const struct script_errors *e)
{
	const size_t head = head_lines(t, sut);

	for (size_t i = e->count; i-- > 0;) {
		const size_t line = e->at[i].line;
		if (line <= head)
			drop_model(t);
		else if (line - head <= t->count)
			session_cut(t, line - head - 1, session_unit(t, line - head - 1));
	}
}

/* Too much: something goes, and of what is left the end first. */
static void drop_some(struct session_text *t)
{
	const size_t at = t->count / 2;
	size_t from = at;

	while (from && t->at[from].indent)
		from--;
	session_cut(t, from, session_unit(t, from));
}

/* A head of a block whose block has gone. */
static void drop_empty(struct session_text *t)
{
	static const char *const heads[] = {"on", "chain", "repeat", "expect one of", "when"};

	for (size_t i = t->count; i-- > 0;) {
		bool head = false;
		for (size_t k = 0; k < sizeof(heads) / sizeof(heads[0]); k++)
			head |= session_begins(t->at[i].text, heads[k]);
		if (!head || session_unit(t, i) > 1)
			continue;
		struct session_word w[SESSION_WORDS_MAX];
		if (!session_begins(t->at[i].text, "on") || session_words(t->at[i].text, w) < 3)
			session_cut(t, i, 1);
	}
}

struct script *session_settle(struct session_text *t, enum peer_role sut)
{
	enum { ROUNDS = 12 };

	for (unsigned i = 0; i < ROUNDS && t->count; i++) {
		struct script_errors e = {0};
		drop_empty(t);
		if (!t->count)
			return NULL;
		char *text = session_text_write(t, sut);
		struct script *s = session_parse(sut, text, strlen(text), NULL, &e);
		free(text);
		if (s)
			return s;
		if (e.at[0].line == 1)
			drop_some(t);
		else
			drop_wrong(t, sut, &e);
	}
	return NULL;
}
