/* SPDX-License-Identifier: BSD-2-Clause */
/* A run's evidence seen from the other side: from each monitor, and from each rule. */
#include <stdlib.h>
#include <string.h>

#include "../oracle/ledger.h"
#include "../oracle/watch.h"
#include "internal.h"
#include "memory.h"

/* ---- monitors ---- */

static bool is_of(const struct finding *f, const char *monitor)
{
	return f->monitor && !strcmp(f->monitor, monitor);
}

/* The finding of the row about these rules, or NULL. */
static struct finding *about(const struct case_result *row, const char *rules)
{
	for (size_t i = 0; i < row->finding_count; i++)
		if (!strcmp(row->findings[i].rules, rules))
			return &row->findings[i];
	return NULL;
}

/* A break that no case before showed as bad. */
static void take_break(struct report_case *row, const struct report_case *c,
		       const struct finding *f)
{
	struct case_result *r = &row->result;
	struct finding *old = about(r, f->rules);
	if (old && !verdict_worse(f->verdict, old->verdict))
		return;
	char *reason = text_format("%s: %s", c->result.id, f->reason);
	if (old) {
		free(old->reason);
		old->reason = must(strdup(reason));
		old->verdict = f->verdict;
		memcpy(old->events, f->events, sizeof(old->events));
		old->event_count = f->event_count;
	} else {
		result_add(r, f->verdict, 0, f->rules, reason, f->events, f->event_count);
	}
	if (verdict_worse(f->verdict, r->verdict)) {
		r->verdict = f->verdict;
		free(r->reason);
		r->reason = must(strdup(reason));
		free(row->log);
		row->log = c->log ? must(strdup(c->log)) : NULL;
	}
	free(reason);
}

static void add_monitor(struct report *r, const struct monitor *m)
{
	r->monitors = grow(r->monitors, r->monitor_count, sizeof(*r->monitors));
	struct report_case *row = &r->monitors[r->monitor_count++];
	char *id = text_format("monitor/%s", m->name);
	*row = (struct report_case){.title = must(strdup(m->doc)), .rules = must(strdup(m->rules))};
	result_init(&row->result, id);
	free(id);
	bool looked = false;
	row->result.verdict = VERDICT_PASS;
	for (size_t i = 0; i < r->count; i++) {
		const struct case_result *c = &r->cases[i].result;
		for (size_t k = 0; k < c->finding_count; k++) {
			if (!is_of(&c->findings[k], m->name))
				continue;
			looked = true;
			if (c->findings[k].verdict != VERDICT_PASS)
				take_break(row, &r->cases[i], &c->findings[k]);
		}
	}
	if (looked)
		return;
	row->result.verdict = VERDICT_NOT_APPLICABLE;
	free(row->result.reason);
	row->result.reason = must(strdup("nothing that it looks at occurred"));
}

/* ---- rules ---- */

/* What was found out about one rule, in one case or in all. */
struct evidence {
	bool any;
	enum verdict verdict;
};

/* What is no evidence gives way to any that is. */
static unsigned weight(enum verdict v)
{
	static const unsigned order[VERDICT_COUNT] = {
		[VERDICT_NOT_APPLICABLE] = 0, [VERDICT_INCONCLUSIVE] = 1, [VERDICT_PASS] = 2,
		[VERDICT_INFO] = 3,	      [VERDICT_WARN] = 4,	  [VERDICT_FAIL] = 5,
		[VERDICT_CRASH] = 6,
	};
	return order[v];
}

static void weigh(struct evidence *e, enum verdict v)
{
	if (!e->any || weight(v) > weight(e->verdict))
		e->verdict = v;
	e->any = true;
}

/* A finding may cite rules of several levels: each is broken as gravely as it can be. */
static enum verdict capped(const struct rule *rule, enum verdict v)
{
	const enum verdict most = grade_verdict(rule_grade(rule));
	return (v == VERDICT_FAIL || v == VERDICT_WARN) && v > most ? most : v;
}

/* Calls back for each rule that the finding cites and the ledger has: its place there. */
static void each_rule(const struct finding *f, const struct ledger *ledger,
		      void (*call)(void *ctx, size_t place, const struct finding *f,
				   const struct rule *rule),
		      void *ctx)
{
	const char *rules = f->rules;
	char id[RULE_ID_SIZE];
	while (rules_next(&rules, id)) {
		const struct rule *rule = ledger_find(ledger, id);
		if (rule)
			call(ctx, (size_t)(rule - ledger_at(ledger, 0)), f, rule);
	}
}

static void weigh_rule(void *ctx, size_t place, const struct finding *f, const struct rule *rule)
{
	weigh((struct evidence *)ctx + place, capped(rule, f->verdict));
}

static void add_word(char **words, const char *word)
{
	char *longer = text_format("%s%s%s", *words, **words ? " " : "", word);
	free(*words);
	*words = longer;
}

/* The row of a rule, and the case that was named there last. */
struct named {
	struct report_rule *row;
	const struct case_result *last;
};

struct naming {
	const struct evidence *all;   /* by place in the ledger */
	struct named *rules;	      /* the same */
	const struct case_result *of; /* the case in hand */
};

/* Names the case and the monitor whose finding is the verdict of a rule. */
static void name_rule(void *ctx, size_t place, const struct finding *f, const struct rule *rule)
{
	const struct naming *n = ctx;
	struct named *named = &n->rules[place];
	struct report_rule *row = named->row;
	if (capped(rule, f->verdict) != n->all[place].verdict)
		return;
	if (named->last != n->of)
		add_word(&row->cases, n->of->id);
	named->last = n->of;
	if (f->monitor && !rules_cite(row->monitors, f->monitor))
		add_word(&row->monitors, f->monitor);
}

static void each_finding(const struct report *r, const struct ledger *ledger,
			 void (*call)(void *ctx, size_t place, const struct finding *f,
				      const struct rule *rule),
			 void *ctx, const struct case_result **of)
{
	for (size_t i = 0; i < r->count; i++) {
		*of = &r->cases[i].result;
		for (size_t k = 0; k < (*of)->finding_count; k++)
			if (!(*of)->findings[k].besides)
				each_rule(&(*of)->findings[k], ledger, call, ctx);
	}
}

static void join_rules(struct report *r, const struct ledger *ledger)
{
	const size_t count = ledger_count(ledger);
	struct evidence *all = must(calloc(count + 1, sizeof(*all)));
	struct naming n = {
		.all = all,
		.rules = must(calloc(count + 1, sizeof(*n.rules))),
	};
	each_finding(r, ledger, weigh_rule, all, &n.of);
	for (size_t i = 0; i < count; i++)
		r->rule_count += all[i].any;
	r->rules = must(calloc(r->rule_count + 1, sizeof(*r->rules)));
	struct report_rule *next = r->rules;
	for (size_t i = 0; i < count; i++) {
		if (!all[i].any)
			continue;
		*next = (struct report_rule){
			.id = must(strdup(ledger_at(ledger, i)->id)),
			.level = must(strdup(ledger_at(ledger, i)->level)),
			.verdict = all[i].verdict,
			.cases = must(strdup("")),
			.monitors = must(strdup("")),
		};
		n.rules[i].row = next++;
	}
	each_finding(r, ledger, name_rule, &n, &n.of);
	free(n.rules);
	free(all);
}

void report_join(struct report *r, const struct ledger *ledger)
{
	size_t count;
	const struct monitor *const *all = monitors(&count);
	report_unjoin(r);
	for (size_t i = 0; i < count; i++)
		add_monitor(r, all[i]);
	join_rules(r, ledger);
}
