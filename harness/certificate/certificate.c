/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs put together. */
#include "certificate.h"

#include <stdlib.h>
#include <string.h>

#include "../report/explain.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "facts.h"

/* ---- do they belong together ---- */

int certificate_fits(const struct certificate *c, struct err *e)
{
	const struct report *a = &c->runs[0];
	for (size_t i = 0; i < c->n; i++) {
		const struct report *b = &c->runs[i];
		if (!b->provenance)
			return err_set(e, 0, "report %zu does not say what it is of", i + 1);
		if (strcmp(a->sut_role, b->sut_role) != 0)
			return err_set(e, 0,
				       "report %zu is of one in the role %s, the first of one in "
				       "the role %s",
				       i + 1, b->sut_role, a->sut_role);
		if (strcmp(a->sut_name, b->sut_name) != 0)
			return err_set(e, 0, "report %zu is of '%.60s', the first of '%.60s'",
				       i + 1, b->sut_name, a->sut_name);
		if (!report_same_provenance(a, b, "ledger"))
			return err_set(e, 0, "report %zu was judged by other rules than the first",
				       i + 1);
	}
	return 0;
}

/* ---- what became of a case ---- */

/* Two runs that should have come out the same. */
static bool same_way(const struct report *a, const struct report *b)
{
	return report_same_provenance(a, b, "options") && !strcmp(a->sut_version, b->sut_version) &&
	       (json_equal(a->lab, b->lab) || (!a->lab && !b->lab));
}

static bool is_unstable(const struct certificate *c, const char *id)
{
	for (size_t i = 1; i < c->n; i++) {
		const struct report_case *one = report_find_case(&c->runs[i], id);
		for (size_t k = 0; one && k < i; k++) {
			const struct report_case *other = report_find_case(&c->runs[k], id);
			if (other && same_way(&c->runs[i], &c->runs[k]) &&
			    one->result.verdict != other->result.verdict)
				return true;
		}
	}
	return false;
}

/* "pass in run 1, 3; fail in run 2" */
static char *by_run(const struct certificate *c, const char *id)
{
	char *text = must(strdup(""));
	for (unsigned v = 0; v < VERDICT_COUNT; v++) {
		unsigned found = 0;
		for (size_t i = 0; i < c->n; i++) {
			const struct report_case *one = report_find_case(&c->runs[i], id);
			if (!one || one->result.verdict != v)
				continue;
			char *begin = text_format("%s%s in run", *text ? "; " : "",
						  verdict_name((enum verdict)v));
			char *longer = text_format("%s%s %zu", text, found ? "," : begin, i + 1);
			free(begin);
			free(text);
			text = longer;
			found++;
		}
	}
	return text;
}

/* An option by which the case stands and that is not claimed, or NULL. */
static const struct claim_option *unclaimed(const struct certificate *c, const struct script *s)
{
	for (size_t i = 0; c->claims->made && i < c->claims->count; i++)
		if (!c->claims->options[i].claimed && claim_is_of(&c->claims->options[i], s))
			return &c->claims->options[i];
	return NULL;
}

static struct outcome outcome_of(const struct certificate *c, const struct script *s)
{
	struct outcome o = {.script = s, .unclaimed = unclaimed(c, s)};

	for (size_t i = 0; i < c->n; i++) {
		const struct report_case *one = report_find_case(&c->runs[i], s->id);
		if (!one)
			continue;
		o.ran = true;
		const bool applies = one->result.verdict != VERDICT_NOT_APPLICABLE;
		/* What applied in one of the runs, by a variant of the system, applies. */
		if (!o.worst || (applies && !o.applies) ||
		    (applies == o.applies &&
		     verdict_worse(one->result.verdict, o.worst->result.verdict)))
			o.worst = one;
		o.applies |= applies;
	}
	o.unstable = o.applies && is_unstable(c, s->id) ? by_run(c, s->id) : NULL;
	o.verdict = !o.worst	  ? VERDICT_INCONCLUSIVE
		    : o.unclaimed ? VERDICT_NOT_APPLICABLE
		    : o.unstable  ? VERDICT_INCONCLUSIVE
				  : o.worst->result.verdict;
	return o;
}

/* ---- the evidence of all runs ---- */

static void add_evidence(struct report *to, const struct report_case *c)
{
	json_t *o = report_case_to_json(c);
	to->cases = grow(to->cases, to->count, sizeof(*to->cases));
	struct report_case *copy = &to->cases[to->count];
	*copy = (struct report_case){0};
	if (!report_case_from_json(copy, o, NULL)) /* it was read so before */
		to->count++;
	json_decref(o);
}

/* One report of all cases of all runs, which says of each rule how it came out. */
static void join_evidence(const struct certificate *c, struct outcomes *all)
{
	/* A case of several runs stands together, so that a rule names it once. */
	for (size_t k = 0; k < all->count; k++) {
		const struct outcome *o = &all->at[k];
		for (size_t i = 0; i < c->n && !o->unclaimed; i++) {
			const struct report_case *one =
				report_find_case(&c->runs[i], o->script->id);
			if (one)
				add_evidence(&all->evidence, one);
		}
	}
	report_join(&all->evidence, c->ledger);
	report_explain(&all->evidence, c->ledger);
}

json_t *certificate_make(const struct certificate *c)
{
	struct outcomes all = {0};
	const bool target = !strcmp(c->runs[0].sut_role, "target");

	for (size_t i = 0; i < c->case_count; i++) {
		const struct script *s = c->cases[i];
		if ((s->sut == PEER_TARGET) != target)
			continue;
		all.at = grow(all.at, all.count, sizeof(*all.at));
		all.at[all.count] = outcome_of(c, s);
		/* The long ones are no part of the suite, unless they were run. */
		if (all.at[all.count].ran || !word_list_has(&s->tags, "long"))
			all.count++;
	}
	join_evidence(c, &all);
	json_t *facts = facts_of(c, &all);
	report_free(&all.evidence);
	for (size_t i = 0; i < all.count; i++)
		free(all.at[i].unstable);
	free(all.at);
	return facts;
}
