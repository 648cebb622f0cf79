/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a case: what it is of, before its first statement. */
#include "parse.h"

#include <stdio.h>
#include <string.h>

static void add_word(struct parser *p, struct word_list *l, const char *text)
{
	l->at = arena_grow(p->arena, l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = arena_copy(p->arena, text, strlen(text));
}

int parse_rule(struct parser *p, const struct word *w)
{
	struct word_list *cited = &p->script->cited;
	if (check_rule(p, w))
		return -1;
	for (size_t i = 0; i < cited->count; i++)
		if (!strcmp(cited->at[i], w->text))
			return 0;
	add_word(p, cited, w->text);
	return 0;
}

/* The rest of the line as written. */
static char *rest_of_line(struct parser *p)
{
	const struct word *w = parse_peek(p);
	p->word = p->line->count;
	if (w->quoted && w == &p->line->words[p->line->count - 1])
		return arena_copy(p->arena, w->text, w->len);
	const char *from = p->line->raw + (w->column - 1 - p->line->indent);
	return arena_copy(p->arena, from, strlen(from));
}

static int head_title(struct parser *p)
{
	if (p->script->title)
		return parse_fail(p, p->line->words[0].column, "a second title");
	if (!parse_peek(p))
		return parse_fail_here(p, "text is missing");
	p->script->title = rest_of_line(p);
	return 0;
}

static int head_purpose(struct parser *p)
{
	if (!parse_peek(p))
		return parse_fail_here(p, "text is missing");
	char *more = rest_of_line(p), *old = p->script->purpose;
	if (old) {
		size_t size = strlen(old) + strlen(more) + 2;
		char *joined = arena_alloc(p->arena, size);
		snprintf(joined, size, "%s %s", old, more);
		more = joined;
	}
	p->script->purpose = more;
	return 0;
}

static int head_sut(struct parser *p)
{
	const struct word *w = parse_take(p, "initiator or target");
	if (!w)
		return -1;
	if (p->has_sut)
		return parse_fail(p, p->line->words[0].column, "a second sut");
	bool target = word_is(w->text, "target");
	if (!target && strcmp(w->text, "initiator") != 0)
		return parse_fail(p, w->column, "initiator or target expected");
	const char *id = p->script->id;
	size_t len = strcspn(id, "/");
	if (id[len] && (len != w->len || memcmp(id, w->text, len) != 0))
		return parse_fail(p, w->column, "sut %s does not agree with the folder %.*s",
				  w->text, (int)(len < 60 ? len : 60), id);
	p->script->sut = target ? PEER_TARGET : PEER_INITIATOR;
	p->has_sut = true;
	return 0;
}

static int head_rules(struct parser *p)
{
	if (!parse_peek(p))
		return parse_fail_here(p, "rule id is missing");
	for (const struct word *w; (w = parse_peek(p)); p->word++) {
		if (parse_rule(p, w))
			return -1;
		if (word_list_has(&p->script->rules, w->text))
			return parse_fail(p, w->column, "%s stands here twice", w->text);
		p->rule_places = arena_grow(p->arena, p->rule_places, p->script->rules.count,
					    sizeof(*p->rule_places));
		p->rule_places[p->script->rules.count] = (struct place){p->line->number, w->column};
		add_word(p, &p->script->rules, w->text);
	}
	return 0;
}

static int head_grade(struct parser *p)
{
	const struct word *w = parse_take(p, "MUST, SHOULD, MAY or INFO");
	if (!w)
		return -1;
	int g = grade_by_name(w->text);
	if (g < 0)
		return parse_fail(p, w->column, "MUST, SHOULD, MAY or INFO expected, not %.60s",
				  w->text);
	if (p->has_grade)
		return parse_fail(p, p->line->words[0].column, "a second grade");
	p->has_grade = true;
	p->script->grade = (enum grade)g;
	return 0;
}

static int head_words(struct parser *p, struct word_list *l, bool knobs)
{
	if (!parse_peek(p))
		return parse_fail_here(p, knobs ? "knob is missing" : "word is missing");
	for (const struct word *w; (w = parse_peek(p)); p->word++) {
		if (knobs && check_knob(p, w))
			return -1;
		if (word_list_has(l, w->text))
			return parse_fail(p, w->column, "%.60s stands here twice", w->text);
		add_word(p, l, w->text);
	}
	return 0;
}

static int head_model(struct parser *p)
{
	struct script *s = p->script;
	struct setting_list settings = {0};
	size_t first = p->word;
	if (!parse_peek(p))
		return parse_fail_here(p, "setting is missing");
	s->models = arena_grow(p->arena, s->models, s->model_count, sizeof(*s->models));
	struct word_list *l = &s->models[s->model_count++];
	*l = (struct word_list){0};
	if (parse_settings(p, &settings))
		return -1;
	for (size_t i = 0; i < settings.count; i++) {
		const struct word *w = &p->line->words[first + i];
		if (check_setting(p, s->sut, &settings.at[i], w->text))
			return -1;
		add_word(p, l, w->text);
	}
	return 0;
}

static int head_workload(struct parser *p)
{
	const struct word *w = parse_take(p, "login, io or discovery");
	if (!w)
		return -1;
	const int workload = workload_by_name(w->text);
	if (workload < 0)
		return parse_fail(p, w->column, "login, io or discovery expected");
	p->script->workload = (enum workload)workload;
	if (p->script->sut != PEER_INITIATOR)
		return parse_fail(p, w->column, "only an initiator has a workload");
	if (p->has_workload)
		return parse_fail(p, p->line->words[0].column, "a second workload");
	p->has_workload = true;
	return 0;
}

static int head_lenient(struct parser *p)
{
	if (p->script->lenient)
		return parse_fail(p, p->line->words[0].column, "lenient stands here twice");
	p->script->lenient = true;
	return 0;
}

static int head_deadline(struct parser *p)
{
	struct expr x;
	const struct word *w = parse_peek(p);
	if (parse_time(p, &x))
		return -1;
	if (x.operands[0].kind != OPERAND_VALUE || !x.operands[0].value.number)
		return parse_fail(p, w->column, "time expected");
	if (p->has_deadline)
		return parse_fail(p, p->line->words[0].column, "a second deadline");
	p->has_deadline = true;
	p->script->deadline = x.operands[0].value.number;
	return 0;
}

/* Behind the line that says what is tested, any other `sut` is a statement. */
static bool names_a_role(const struct parser *p)
{
	const char *word = p->line->count > 1 ? p->line->words[1].text : "";
	return !strcmp(word, "initiator") || !strcmp(word, "target");
}

int parse_head(struct parser *p)
{
	int rc;
	p->word = 1;
	const struct word *w = &p->line->words[0];
	bool needs_sut = true;
	if (word_is(w->text, "title"))
		rc = head_title(p), needs_sut = false;
	else if (word_is(w->text, "purpose"))
		rc = head_purpose(p), needs_sut = false;
	else if (word_is(w->text, "sut") && (!p->has_sut || names_a_role(p)))
		rc = head_sut(p), needs_sut = false;
	else if (word_is(w->text, "rules"))
		rc = head_rules(p), needs_sut = false;
	else if (word_is(w->text, "grade"))
		rc = head_grade(p), needs_sut = false;
	else if (word_is(w->text, "tags"))
		rc = head_words(p, &p->script->tags, false), needs_sut = false;
	else if (word_is(w->text, "deadline"))
		rc = head_deadline(p), needs_sut = false;
	else if (word_is(w->text, "lenient"))
		rc = head_lenient(p), needs_sut = false;
	else if (word_is(w->text, "mutant"))
		rc = p->has_sut ? head_words(p, &p->script->mutants, true) : 0;
	else if (word_is(w->text, "model"))
		rc = p->has_sut ? head_model(p) : 0;
	else if (word_is(w->text, "workload"))
		rc = p->has_sut ? head_workload(p) : 0;
	else
		return 0;
	if (!rc && p->statements)
		return parse_fail(p, w->column, "%s belongs before the first statement", w->text);
	if (!rc && needs_sut && !p->has_sut && p->told & TOLD_SUT)
		return 1; /* cannot be judged without that line, which is wrong */
	if (!rc && needs_sut && !p->has_sut)
		return parse_fail(p, w->column, "%s needs the sut line before it", w->text);
	if (!rc && p->line->indent)
		return parse_fail(p, w->column, "a line of the head is not indented");
	return rc || parse_end(p) ? -1 : 1;
}

void parse_check_head(struct parser *p)
{
	const struct script *s = p->script;
	const struct {
		unsigned told;
		bool there;
		const char *what;
	} parts[] = {
		{TOLD_TITLE, s->title, "title is missing in front of this"},
		{TOLD_SUT, p->has_sut, "sut is missing in front of this"},
		{TOLD_RULES, s->rules.count, "rules are missing in front of this"},
		{TOLD_GRADE, p->has_grade, "grade is missing in front of this"},
	};
	bool whole = true;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		whole &= parts[i].there;
		if (parts[i].there || p->told & parts[i].told)
			continue;
		parse_fail(p, 1, "%s", parts[i].what);
		script_errors_add(p->errors, p->error);
	}
	if (whole && check_grade(p, 1, s->grade, NULL))
		script_errors_add(p->errors, p->error);
}

void parse_note_told(struct parser *p, const char *word)
{
	static const struct {
		const char *word;
		unsigned told;
	} words[] = {{"title", TOLD_TITLE},
		     {"sut", TOLD_SUT},
		     {"rules", TOLD_RULES},
		     {"grade", TOLD_GRADE}};
	for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].word, word))
			p->told |= words[i].told;
}
