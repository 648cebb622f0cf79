/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements that do something whole: SCSI commands, requests, RDMA operations, memory. */
#include "parse.h"

#include <string.h>

static int within_tail(struct parser *p, struct statement *s)
{
	return parse_accept(p, "within") ? parse_time(p, &s->time) : 0;
}

enum number_kind { NUMBER_COUNT, NUMBER_SIZE, NUMBER_FLAG };

/* NAME=NUMBER words for those names, each to its place. */
struct number_setting {
	const char *name;
	struct expr *to;
	enum number_kind kind;
};

static int number_setting(struct parser *p, const struct word *w, size_t from,
			  const struct number_setting *t)
{
	const char *text = w->text + from;
	const size_t len = w->len - from;
	const unsigned column = w->column + (unsigned)from;
	if (t->to->count)
		return parse_fail(p, w->column, "a second %s", t->name);
	if (t->kind == NUMBER_FLAG && strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
		return parse_fail(p, column, "%s is 0 or 1, not %.60s", t->name, text);
	return t->kind == NUMBER_SIZE ? parse_size(p, text, len, column, t->to)
				      : parse_count(p, text, len, column, t->to);
}

static int number_settings(struct parser *p, const struct number_setting *table, size_t count)
{
	for (const struct word *w; (w = parse_peek(p)); p->word++) {
		size_t len = strcspn(w->text, "=");
		if (!w->text[len])
			return 0;
		size_t i = 0;
		while (i < count &&
		       (strlen(table[i].name) != len || memcmp(table[i].name, w->text, len) != 0))
			i++;
		if (i == count)
			return 0;
		if (number_setting(p, w, len + 1, &table[i]))
			return -1;
	}
	return 0;
}

int parse_scsi(struct parser *p, struct statement *s)
{
	s->verb = VERB_SCSI;
	const struct word *w = parse_take(p, "command");
	if (!w)
		return -1;
	s->command = parse_command(w->text, w->len);
	if (!s->command)
		return parse_unknown_command(p, w->text, w->column);
	struct expr immediate = {0};
	bool rw = s->command == COMMAND_READ || s->command == COMMAND_WRITE;
	const struct number_setting table[] = {{"immediate", &immediate, NUMBER_FLAG},
					       {"lba", &s->lba, NUMBER_COUNT},
					       {"blocks", &s->blocks, NUMBER_COUNT},
					       {"pattern", &s->seed, NUMBER_COUNT}};
	if (number_settings(p, table, rw ? 4 : 1))
		return -1;
	s->immediate = immediate.count && immediate.operands[0].value.number == 1;
	if (rw && (!s->lba.count || !s->blocks.count))
		return parse_fail_here(p, "lba=N and blocks=N expected");
	if (s->command == COMMAND_WRITE && !s->seed.count)
		return parse_fail_here(p, "pattern=SEED expected");
	s->compare = s->seed.count;
	return within_tail(p, s) || parse_judgement(p, &s->judgement) ? -1 : 0;
}

int parse_logout(struct parser *p, struct statement *s)
{
	s->verb = VERB_LOGOUT;
	return within_tail(p, s) || parse_judgement(p, &s->judgement) ? -1 : 0;
}

int parse_text(struct parser *p, struct statement *s)
{
	s->verb = VERB_TEXT;
	struct setting_list l = {0};
	if (parse_settings(p, &l))
		return -1;
	if (l.count != 1)
		return parse_fail(p, s->column, "text KEY=VALUE expected");
	s->key_value = l.at[0];
	return 0;
}

int parse_task_management(struct parser *p, struct statement *s)
{
	s->verb = VERB_TASK_MANAGEMENT;
	const struct number_setting table[] = {{"function", &s->function, NUMBER_COUNT},
					       {"itt", &s->itt, NUMBER_COUNT}};
	if (number_settings(p, table, 2))
		return -1;
	return s->function.count ? 0 : parse_fail_here(p, "function=N expected");
}

/* ---- RDMA and memory ---- */

static int rdma(struct parser *p, struct statement *s, bool write)
{
	s->verb = write ? VERB_RDMA_WRITE : VERB_RDMA_READ;
	const struct number_setting table[] = {{"addr", &s->addr, NUMBER_SIZE},
					       {"key", &s->key, NUMBER_COUNT},
					       {write ? "imm" : "length",
						write ? &s->imm : &s->length,
						write ? NUMBER_COUNT : NUMBER_SIZE}};
	for (const struct word *w; (w = parse_peek(p));) {
		size_t before = p->word;
		if (write && !strncmp(w->text, "data=", 5)) {
			p->word++;
			if (s->data.kind)
				return parse_fail(p, w->column, "a second data");
			if (parse_data(p, w, 5, &s->data))
				return -1;
			continue;
		}
		if (number_settings(p, table, 3))
			return -1;
		if (p->word == before)
			return parse_end(p);
	}
	if (!s->addr.count || !s->key.count)
		return parse_fail_here(p, "addr=VALUE and key=VALUE expected");
	if (write && !s->data.kind)
		return parse_fail_here(p, "data=DATA expected");
	return write || s->length.count ? 0 : parse_fail_here(p, "length=N expected");
}

int parse_rdma_read(struct parser *p, struct statement *s)
{
	return rdma(p, s, false);
}

int parse_rdma_write(struct parser *p, struct statement *s)
{
	return rdma(p, s, true);
}

static int parse_access(struct parser *p, const struct word *w, struct statement *s)
{
	static const struct {
		const char *name;
		unsigned access;
	} names[] = {{"none", FAB_LOCAL_ONLY},
		     {"read", FAB_REMOTE_READ},
		     {"write", FAB_REMOTE_WRITE},
		     {"both", FAB_REMOTE_READ | FAB_REMOTE_WRITE}};
	for (size_t i = 0; i < 4; i++) {
		if (strcmp(w->text + 7, names[i].name) != 0)
			continue;
		s->access = names[i].access;
		return 0;
	}
	return parse_fail(p, w->column + 7, "none, read, write or both expected");
}

int parse_memory(struct parser *p, struct statement *s)
{
	s->verb = VERB_MEMORY;
	s->access = FAB_REMOTE_READ | FAB_REMOTE_WRITE;
	const struct word *w = parse_new_name(p, "name");
	if (!w)
		return -1;
	if (p->memory_count == MEMORIES_MAX)
		return parse_fail(p, w->column, "more than %d memories", MEMORIES_MAX);
	for (size_t i = 0; i < p->memory_count; i++)
		if (!strcmp(p->memories[i], w->text))
			return parse_fail(p, w->column, "a second memory %s", w->text);
	s->name = w->text;
	struct expr window = {0}, exact = {0};
	bool has_access = false;
	const struct number_setting table[] = {{"length", &s->length, NUMBER_SIZE},
					       {"window", &window, NUMBER_FLAG},
					       {"exact", &exact, NUMBER_FLAG}};
	while ((w = parse_peek(p))) {
		size_t before = p->word;
		if (!strncmp(w->text, "access=", 7)) {
			p->word++;
			if (has_access)
				return parse_fail(p, w->column, "a second access");
			has_access = true;
			if (parse_access(p, w, s))
				return -1;
			continue;
		}
		if (!strncmp(w->text, "data=", 5)) {
			p->word++;
			if (s->data.kind)
				return parse_fail(p, w->column, "a second data");
			if (parse_data(p, w, 5, &s->data))
				return -1;
			continue;
		}
		if (number_settings(p, table, 3))
			return -1;
		if (p->word == before)
			return parse_end(p);
	}
	if (!s->length.count == !s->data.kind)
		return parse_fail_here(p, "either length=N or data=DATA expected");
	s->window = window.count && window.operands[0].value.number;
	s->exact = exact.count && exact.operands[0].value.number;
	s->index = p->memory_count;
	p->memories[p->memory_count++] = s->name;
	return 0;
}

int parse_memory_name(struct parser *p, const char *name, unsigned column, uint64_t *index)
{
	for (size_t i = 0; i < p->memory_count; i++) {
		if (strcmp(p->memories[i], name) != 0)
			continue;
		*index = i;
		return 0;
	}
	return parse_fail(p, column, "no memory %.60s", name);
}

int parse_invalidate(struct parser *p, struct statement *s)
{
	s->verb = VERB_INVALIDATE;
	const struct word *w = parse_take(p, "name");
	return w ? parse_memory_name(p, w->text, w->column, &s->index) : -1;
}

int parse_compare(struct parser *p, struct statement *s)
{
	s->verb = VERB_COMPARE;
	const struct word *w = parse_take(p, "name");
	if (!w || parse_memory_name(p, w->text, w->column, &s->index))
		return -1;
	s->name = w->text;
	const struct number_setting table[] = {{"at", &s->at, NUMBER_SIZE}};
	if (number_settings(p, table, 1))
		return -1;
	w = parse_peek(p);
	if (!w || strncmp(w->text, "data=", 5) != 0)
		return parse_fail_here(p, "data=DATA expected");
	p->word++;
	if (parse_data(p, w, 5, &s->data))
		return -1;
	s->said = parse_said(p);
	return parse_judgement(p, &s->judgement);
}
