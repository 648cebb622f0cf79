/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec show: the page of a case. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "cli.h"
#include "show_rule.h"

static const char help[] =
	"usage: iserspec show [--cases DIR] CASE|RULE...\n"
	"\n"
	"Prints the page of each case: rules, purpose, verdict policy, mutants, script; and of "
	"each rule\n"
	"(I7145-5.1.3-1): what it says, whom it binds, which cases and monitors judge it.\n"
	"\n"
	"  --cases DIR            the folder of cases\n";

static void put_rules(const struct script *s, const struct ledger *ledger)
{
	puts("\nRules");
	for (size_t i = 0; i < s->cited.count; i++) {
		const struct rule *r = ledger_find(ledger, s->cited.at[i]);
		if (!r)
			continue;
		printf("  %s  %s, %s, RFC %d %s\n      %s\n", r->id, r->level, r->role, r->rfc,
		       r->section, r->summary);
		if (r->our_level)
			puts("      no upper-case keyword in the RFC: warns at most");
	}
}

static enum grade gravest(const struct script *s, const struct ledger *ledger)
{
	enum grade best = GRADE_INFO;
	for (size_t i = 0; i < s->rules.count; i++) {
		const struct rule *r = ledger_find(ledger, s->rules.at[i]);
		if (r && rule_grade(r) < best)
			best = rule_grade(r);
	}
	return best;
}

static void put_policy(const struct script *s, const struct ledger *ledger)
{
	const enum grade limit = gravest(s, ledger);
	puts("\nVerdicts");
	printf("  An expectation that is not met is %s, as the case's grade %s says,\n"
	       "  unless the statement says otherwise.\n",
	       verdict_name(grade_verdict(s->grade)), grade_name(s->grade));
	printf("  The rules cited allow %s at most.\n", verdict_name(grade_verdict(limit)));
	printf("  The whole case has %.0f s, times the machine's factor.\n",
	       (double)s->deadline / 1e9);
}

static void put_words(const char *title, const struct word_list *l)
{
	if (!l->count)
		return;
	printf("\n%s\n ", title);
	for (size_t i = 0; i < l->count; i++)
		printf(" %s", l->at[i]);
	putchar('\n');
}

static void put_mutants(const struct script *s)
{
	if (s->mutants.count)
		puts("\nMutants that it must catch");
	for (size_t i = 0; i < s->mutants.count; i++) {
		const int knob = knob_by_name(s->mutants.at[i]);
		printf("  %s%s%s\n", s->mutants.at[i], knob < 0 ? "" : ": ",
		       knob < 0 ? "" : knob_infos()[knob].doc);
	}
}

/* With line numbers, since verdicts cite them. */
static void put_script(const char *text)
{
	unsigned line = 1;
	puts("\nScript");
	while (*text) {
		const size_t len = strcspn(text, "\n");
		printf("%5u  %.*s\n", line++, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void show(const struct script *s, const struct ledger *ledger)
{
	printf("%s\n%s\n\n", s->title, s->id);
	printf("Tests %s. Grade %s.%s\n", s->sut == PEER_TARGET ? "a target" : "an initiator",
	       grade_name(s->grade),
	       s->workload == WORKLOAD_IO	   ? " The initiator does I/O."
	       : s->workload == WORKLOAD_DISCOVERY ? " The initiator asks for the targets."
						   : "");
	if (s->purpose && *s->purpose)
		printf("\nPurpose\n  %s\n", s->purpose);
	put_rules(s, ledger);
	put_policy(s, ledger);
	put_words("Tags", &s->tags);
	for (size_t i = 0; i < s->model_count; i++)
		put_words("Honest model, which must pass", &s->models[i]);
	put_mutants(s);
	put_script(s->text);
}

static const char page_break[] = "\n--------\n";

/* Moves the rules among the words to the front; how many. */
static size_t rules_first(char **words, size_t n)
{
	size_t rules = 0;
	for (size_t i = 0; i < n; i++) {
		char *word = words[i];
		if (!show_is_rule(word))
			continue;
		memmove(&words[rules + 1], &words[rules], (i - rules) * sizeof(*words));
		words[rules++] = word;
	}
	return rules;
}

/* What judges a rule is known when all cases have been read. */
static int show_rules(const char *dir, char *const *ids, size_t n)
{
	struct catalogue cat;
	struct err e;
	int status = EXIT_OK;
	if (catalogue_open(&cat, dir, NULL, 0, &e))
		return complain_err(&e);
	for (size_t i = 0; i < n && !status; i++) {
		if (i)
			puts(page_break);
		status = show_rule(&cat, ids[i], &e) ? complain_err(&e) : EXIT_OK;
	}
	if (cat.broken)
		status = EXIT_USAGE;
	catalogue_free(&cat);
	return status;
}

int cmd_show(int argc, char **argv)
{
	static const struct option options[] = {
		{"cases", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct catalogue cat;
	const char *dir = NULL;
	struct err e;
	int option;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option != 'c')
			return bad_option("show", argv[optind - 1]);
		dir = optarg;
	}
	if (optind == argc)
		return complain("which case or rule? iserspec show CASE");
	char **patterns = argv + optind;
	const size_t n = (size_t)(argc - optind), rules = rules_first(patterns, n);
	int status = rules ? show_rules(dir, patterns, rules) : EXIT_OK;
	if (rules == n || status)
		return status;
	if (catalogue_open(&cat, dir, patterns + rules, n - rules, &e))
		return complain_err(&e);
	for (size_t i = 0; i < cat.count; i++) {
		if (i || rules)
			puts(page_break);
		show(cat.cases[i], cat.ledger);
	}
	status = cat.broken ? EXIT_USAGE : EXIT_OK;
	catalogue_free(&cat);
	return status;
}
