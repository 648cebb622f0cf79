/* SPDX-License-Identifier: BSD-2-Clause */
/* What a certificate says, as JSON. */
#include "facts.h"

#include <stdlib.h>
#include <string.h>

#include "../report/json.h"
#include "../report/memory.h"

static void put_text(json_t *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(o, key, json_text(text));
}

static void put_count(json_t *o, const char *key, size_t n)
{
	json_object_set_new(o, key, json_number(n));
}

static void put_copy(json_t *to, const char *key, const json_t *from)
{
	if (from)
		json_object_set_new(to, key, must(json_deep_copy(from)));
}

static bool is_failure(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_CRASH;
}

/* ---- who and how ---- */

static json_t *system_of(const struct certificate *c)
{
	const struct report *r = &c->runs[0];
	json_t *o = must(json_object());
	put_text(o, "system", c->claims->system);
	put_text(o, "version", c->claims->version);
	put_text(o, "vendor", c->claims->vendor);
	put_text(o, "contact", c->claims->contact);
	put_text(o, "sut", r->sut_name);
	put_text(o, "sut_version", r->sut_version);
	put_text(o, "kernel", r->sut_kernel);
	put_text(o, "role", r->sut_role);
	return o;
}

static json_t *tool_of(const struct certificate *c)
{
	const json_t *p = c->runs[0].provenance;
	json_t *o = must(json_object());
	put_copy(o, "version", json_object_get(p, "tool_version"));
	put_copy(o, "commit", json_object_get(p, "commit"));
	put_copy(o, "ledger", json_object_get(p, "ledger"));
	return o;
}

static json_t *run_of(const struct report *r, size_t number)
{
	json_t *o = must(json_object());
	size_t counts[VERDICT_COUNT];
	put_count(o, "number", number);
	put_text(o, "sut_version", r->sut_version);
	put_copy(o, "started", json_object_get(r->host, "started"));
	put_copy(o, "options", json_object_get(r->provenance, "options"));
	put_copy(o, "device", json_object_get(r->provenance, "device"));
	put_copy(o, "lab", r->lab);
	put_copy(o, "cases", json_object_get(r->provenance, "cases"));
	json_object_set_new(o, "complete", json_boolean(r->count >= r->planned));
	report_count(r, counts);
	json_object_set_new(o, "summary", report_counts_to_json(counts));
	return o;
}

/* ---- the claims ---- */

static json_t *claim_of(const struct claim_option *option, const struct outcomes *all)
{
	json_t *o = must(json_object());
	size_t cases = 0, ran = 0, judged = 0;
	const char *reason = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct outcome *one = &all->at[i];
		if (!claim_is_of(option, one->script))
			continue;
		cases++;
		ran += one->ran;
		judged += one->applies && one->worst->result.verdict != VERDICT_INCONCLUSIVE;
		if (one->worst && !one->applies && !reason)
			reason = one->worst->result.reason;
	}
	put_text(o, "option", option->name);
	put_text(o, "says", option->says);
	json_object_set_new(o, "claimed", json_boolean(option->claimed));
	put_count(o, "cases", cases);
	put_count(o, "judged", judged);
	/* Nothing of that role hangs on some options, and what was not tried is not missing. */
	if (option->claimed && ran) {
		json_object_set_new(o, "kept", json_boolean(judged > 0));
		if (!judged)
			put_text(o, "reason", reason);
	}
	return o;
}

/* ---- the result ---- */

static bool binds(const struct rule *rule, const char *role)
{
	return rule_binds(rule, !strcmp(role, "target") ? FROM_TARGET : FROM_INITIATOR);
}

static bool is_judged(const struct report_rule *row)
{
	return row && row->verdict != VERDICT_NOT_APPLICABLE &&
	       row->verdict != VERDICT_INCONCLUSIVE;
}

/* RFC 7145 first, which it is all about; then as the tables of contents have it. */
static int by_section(const void *a, const void *b, void *sections)
{
	const struct rule *x = *(const struct rule *const *)a, *y = *(const struct rule *const *)b;
	if (x->rfc != y->rfc)
		return x->rfc > y->rfc ? -1 : 1;
	const struct section *one = sections_find(sections, x->rfc, x->section);
	const struct section *other = sections_find(sections, y->rfc, y->section);
	/* What the tables lack comes last, by its name. */
	if (!one || !other)
		return one || other ? (one ? -1 : 1) : strcmp(x->section, y->section);
	return (one > other) - (one < other);
}

struct tally {
	const struct rule *first;
	size_t bound, judged, counts[VERDICT_COUNT];
};

/* What its section is a part of, or is; NULL: the tables lack it. */
static const struct section *chapter_of(const struct certificate *c, const struct rule *rule)
{
	char *number = text_format("%.*s", (int)strcspn(rule->section, "."), rule->section);
	const struct section *found = sections_find(ledger_sections(c->ledger), rule->rfc, number);
	free(number);
	return found;
}

static void close_section(json_t *rows, const struct certificate *c, const struct tally *s)
{
	if (!s->first)
		return;
	json_t *row = must(json_object());
	char *text = text_format("RFC %d %s", s->first->rfc, s->first->section);
	const struct section *section =
		sections_find(ledger_sections(c->ledger), s->first->rfc, s->first->section);
	const struct section *chapter = chapter_of(c, s->first);
	char *words = chapter ? text_format("RFC %d %s, %s", s->first->rfc, chapter->number,
					    chapter->title)
			      : must(strdup(text));
	put_text(row, "section", text);
	put_text(row, "title", section ? section->title : NULL);
	put_text(row, "chapter", words);
	put_count(row, "rules", s->bound);
	put_count(row, "judged", s->judged);
	json_object_set_new(row, "summary", report_counts_to_json(s->counts));
	json_array_append_new(rows, row);
	free(words);
	free(text);
}

/* The rules that bind the role, in the order of sections; the caller frees. */
static const struct rule **rules_of(const struct certificate *c, size_t *n)
{
	const size_t count = ledger_count(c->ledger);
	const struct rule **rules = must(calloc(count + 1, sizeof(const struct rule *)));
	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (binds(ledger_at(c->ledger, i), c->runs[0].sut_role))
			rules[(*n)++] = ledger_at(c->ledger, i);
	if (*n)
		qsort_r(rules, *n, sizeof(const struct rule *), by_section,
			(void *)ledger_sections(c->ledger));
	return rules;
}

static json_t *sections_of(const struct certificate *c, const struct outcomes *all)
{
	json_t *rows = must(json_array());
	size_t n;
	const struct rule **rules = rules_of(c, &n);
	struct tally s = {0};

	for (size_t i = 0; i < n; i++) {
		if (!s.first || s.first->rfc != rules[i]->rfc ||
		    strcmp(s.first->section, rules[i]->section) != 0) {
			close_section(rows, c, &s);
			s = (struct tally){.first = rules[i]};
		}
		const struct report_rule *found = report_find_rule(&all->evidence, rules[i]->id);
		s.bound++;
		s.judged += is_judged(found);
		if (found)
			s.counts[found->verdict]++;
	}
	close_section(rows, c, &s);
	free(rules);
	return rows;
}

/* A case that several runs had is named by each of them, one behind the other. */
static json_t *once(const char *words)
{
	json_t *all = json_words(words);
	for (size_t i = json_array_size(all); i-- > 1;)
		if (json_equal(json_array_get(all, i), json_array_get(all, i - 1)))
			json_array_remove(all, i);
	return all;
}

static json_t *deviation_of(const struct report_rule *r)
{
	json_t *o = must(json_object());
	put_text(o, "rule", r->id);
	put_text(o, "level", r->level);
	put_text(o, "section", r->section);
	put_text(o, "summary", r->summary);
	put_text(o, "verdict", verdict_name(r->verdict));
	json_object_set_new(o, "cases", once(r->cases));
	json_object_set_new(o, "monitors", json_words(r->monitors));
	return o;
}

/* What a MUST forbids comes first. */
static json_t *deviations_of(const struct certificate *c, const struct outcomes *all)
{
	json_t *rows = must(json_array()), *milder = must(json_array());
	size_t n;
	const struct rule **rules = rules_of(c, &n);

	for (size_t i = 0; i < n; i++) {
		const struct report_rule *r = report_find_rule(&all->evidence, rules[i]->id);
		if (r && is_failure(r->verdict))
			json_array_append_new(rows, deviation_of(r));
		else if (r && r->verdict == VERDICT_WARN)
			json_array_append_new(milder, deviation_of(r));
	}
	json_array_extend(rows, milder);
	json_decref(milder);
	free(rules);
	return rows;
}

static void put_reason(json_t *o, const struct outcome *one)
{
	const char *reason = one->worst->result.reason;
	if (!one->unstable) {
		put_text(o, "reason", reason);
		return;
	}
	char *text = text_format(REASON_UNSTABLE "%s%s%s", one->unstable,
				 reason && *reason ? ": " : "", reason ? reason : "");
	put_text(o, "reason", text);
	json_object_set_new(o, "unstable", json_true());
	free(text);
}

/* Cases whose verdict is one of these, with their reasons. */
static json_t *cases_with(const struct outcomes *all, bool (*wanted)(const struct outcome *o))
{
	json_t *rows = must(json_array());
	for (size_t i = 0; i < all->count; i++) {
		const struct outcome *one = &all->at[i];
		if (!wanted(one))
			continue;
		json_t *o = must(json_object());
		put_text(o, "case", one->script->id);
		if (one->worst) {
			put_text(o, "verdict", verdict_name(one->worst->result.verdict));
			put_reason(o, one);
		}
		if (one->unclaimed)
			put_text(o, "option", one->unclaimed->name);
		json_array_append_new(rows, o);
	}
	return rows;
}

static bool failed(const struct outcome *o)
{
	return is_failure(o->verdict);
}

static bool did_not_apply(const struct outcome *o)
{
	return o->ran && !o->applies && !o->unclaimed;
}

static bool beside_the_claims(const struct outcome *o)
{
	return o->ran && o->applies && o->unclaimed;
}

static bool undecided(const struct outcome *o)
{
	return o->ran && o->verdict == VERDICT_INCONCLUSIVE;
}

static bool never_ran(const struct outcome *o)
{
	return !o->ran;
}

/* What speaks against the system, and what keeps a result from being established. */
static json_t *result_of(const struct certificate *c, json_t *facts)
{
	json_t *against = must(json_array()), *open = must(json_array()), *o = must(json_object());
	const struct {
		const char *member;
		json_t *to;
		const char *words;
	} lists[] = {
		{"failures", against, "cases fail or crash"},
		{"undecided", open, "cases are inconclusive or unstable"},
		{"not_run", open, "cases of the suite were not run"},
	};
	size_t broken = 0, unkept = 0, incomplete = 0, k;
	json_t *row;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const size_t n = json_array_size(json_object_get(facts, lists[i].member));
		if (!n)
			continue;
		char *text = text_format("%zu %s", n, lists[i].words);
		json_array_append_new(lists[i].to, json_text(text));
		free(text);
	}
	json_array_foreach(json_object_get(facts, "deviations"), k, row)
	{
		const char *v = json_string_value(json_object_get(row, "verdict"));
		broken += v && strcmp(v, verdict_name(VERDICT_WARN)) != 0;
	}
	json_array_foreach(json_object_get(facts, "claims"), k, row)
	{
		unkept += json_is_false(json_object_get(row, "kept"));
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct report_case *first = c->runs[i].preflight;
		incomplete += c->runs[i].count < c->runs[i].planned;
		if (first && is_failure(first->result.verdict))
			json_array_append_new(against, json_text("its first session failed"));
	}
	const struct {
		size_t n;
		json_t *to;
		const char *words;
	} counts[] = {
		{broken, against, "rules that say MUST are broken"},
		{unkept, against, "claims are not kept"},
		{incomplete, open, "runs did not come to their end"},
	};
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		if (!counts[i].n)
			continue;
		char *text = text_format("%zu %s", counts[i].n, counts[i].words);
		json_array_append_new(counts[i].to, json_text(text));
		free(text);
	}
	put_text(o, "verdict",
		 json_array_size(against) ? "deviates"
		 : json_array_size(open)  ? "not established"
					  : "conforms");
	json_object_set_new(o, "against", against);
	json_object_set_new(o, "open", open);
	return o;
}

json_t *facts_of(const struct certificate *c, const struct outcomes *all)
{
	json_t *facts = must(json_object()), *runs = must(json_array()),
	       *claims = must(json_array());
	size_t counts[VERDICT_COUNT] = {0};

	put_count(facts, "schema", CERTIFICATE_SCHEMA);
	json_object_set_new(facts, "system", system_of(c));
	json_object_set_new(facts, "tool", tool_of(c));
	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(runs, run_of(&c->runs[i], i + 1));
	json_object_set_new(facts, "runs", runs);
	for (size_t i = 0; c->claims->made && i < c->claims->count; i++)
		json_array_append_new(claims, claim_of(&c->claims->options[i], all));
	json_object_set_new(facts, "claims", claims);
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].ran)
			counts[all->at[i].verdict]++;
	json_object_set_new(facts, "summary", report_counts_to_json(counts));
	json_object_set_new(facts, "failures", cases_with(all, failed));
	json_object_set_new(facts, "deviations", deviations_of(c, all));
	json_object_set_new(facts, "undecided", cases_with(all, undecided));
	json_object_set_new(facts, "not_run", cases_with(all, never_ran));
	json_object_set_new(facts, "not_applicable", cases_with(all, did_not_apply));
	json_object_set_new(facts, "beside_the_claims", cases_with(all, beside_the_claims));
	json_object_set_new(facts, "sections", sections_of(c, all));
	json_object_set_new(facts, "result", result_of(c, facts));
	return facts;
}
