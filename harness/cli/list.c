/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec list: the cases, rules, knobs, options and monitors there are, for people or as JSON. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/watch.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "catalogue.h"
#include "cli.h"
#include "list.h"

static const char help[] =
	"usage: iserspec list [--json] [--sut ROLE] [--cases DIR] [PATTERN...]\n"
	"       iserspec list --rules | --knobs | --options | --monitors | --profiles | "
	"--ambiguous [--json]\n"
	"       iserspec list --rules --check\n"
	"       iserspec list --tags [--json | --check] [PATTERN...]\n"
	"       iserspec list --fields [--json] [TYPE...]\n"
	"       iserspec list --unproved | --stimulus [--json] DIR...\n"
	"\n"
	"What there is: cases, or what an option names instead. PATTERN is a case id, a folder of "
	"ids, a\n"
	"glob, tag:WORD or rule:ID; none means all. A case that is wrong is told on stderr, the "
	"others are\n"
	"listed; exit status 2 then.\n"
	"\n"
	"what is listed instead of cases\n"
	"  --rules                each rule of the ledger with the cases and monitors that check "
	"it and the\n"
	"                         mutants that break it, or the reason why nothing checks it\n"
	"  --knobs                the lies of the model, with the rules that they break\n"
	"  --options              the legal variations of the model\n"
	"  --monitors             the monitors, with the rules that they may cite\n"
	"  --tags                 the words for tag:WORD, and the scenarios of scenarios.json that "
	"no case\n"
	"                         has, with the reasons\n"
	"  --fields               the message types and fields that a case may name, with their "
	"places in\n"
	"                         the message\n"
	"  --profiles             what each --profile of `run` permits\n"
	"  --ambiguous            where the RFCs leave two readings, and the case that tells which "
	"one a\n"
	"                         system takes\n"
	"  --unproved             rules and cases that no report in the folders DIR has judged, "
	"with the\n"
	"                         reasons that the reports give. A rule is judged by a pass, info, "
	"warn or\n"
	"                         fail in a report's table of rules, a case by any verdict but\n"
	"                         not-applicable and inconclusive\n"
	"  --stimulus             for each monitor and each rule that it may cite, in how many "
	"distinct\n"
	"                         situations the logs of the reports DIR let it be judged (type of "
	"message,\n"
	"                         flags, sizes by class, phase ...), those with the fewest first: "
	"what\n"
	"                         needs another stimulus\n"
	"\n"
	"how\n"
	"  --json                 for programs\n"
	"  --sut target|initiator  only what is for that role\n"
	"  --cases DIR            the folder of cases\n"
	"  --check                only what is wrong, and exit status 1 then. With --rules: a "
	"citation of a\n"
	"                         rule that does not exist, a rule neither checked nor explained, "
	"a reason\n"
	"                         where something checks, a checked rule that no mutant breaks and "
	"no\n"
	"                         reason says why. With --tags: a scenario without a case and a "
	"reason\n";

enum what {
	LIST_CASES,
	LIST_RULES,
	LIST_KNOBS,
	LIST_OPTIONS,
	LIST_MONITORS,
	LIST_FIELDS,
	LIST_TAGS,
	LIST_UNPROVED,
	LIST_STIMULUS,
	LIST_PROFILES,
	LIST_AMBIGUOUS
};

struct list_options {
	enum what what;
	bool json, check;
	const char *dir;
	const char *sut; /* NULL: both */
};

static const char *role_name(enum peer_role role)
{
	return role == PEER_TARGET ? "target" : "initiator";
}

static void put(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, json_text(text));
}

static json_t *array_of(const struct word_list *l)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(array, json_text(l->at[i]));
	return array;
}

static bool is_listed(const struct list_options *o, const struct script *s)
{
	return !o->sut || !strcmp(o->sut, role_name(s->sut));
}

void list_put_json(json_t *array)
{
	char *text = must(json_dumps(array, JSON_LAYOUT));
	puts(text);
	free(text);
	json_decref(array);
}

static void list_cases(const struct list_options *o, const struct catalogue *cat)
{
	json_t *array = must(json_array());
	int width = 0;
	for (size_t i = 0; i < cat->count; i++) {
		const int len = (int)strlen(cat->cases[i]->id);
		width = len > width ? len : width;
	}
	for (size_t i = 0; i < cat->count; i++) {
		const struct script *s = cat->cases[i];
		if (!is_listed(o, s))
			continue;
		if (!o->json) {
			printf("%-*s  %-6s  %s\n", width, s->id, grade_name(s->grade), s->title);
			continue;
		}
		json_t *c = must(json_object());
		put(c, "id", s->id);
		put(c, "sut", role_name(s->sut));
		put(c, "title", s->title);
		put(c, "grade", grade_name(s->grade));
		json_object_set_new(c, "rules", array_of(&s->rules));
		json_object_set_new(c, "tags", array_of(&s->tags));
		json_object_set_new(c, "mutants", array_of(&s->mutants));
		put(c, "purpose", s->purpose);
		json_array_append_new(array, c);
	}
	if (o->json)
		list_put_json(array);
	else
		json_decref(array);
}

static void list_knobs(const struct list_options *o)
{
	json_t *array = must(json_array());
	for (int k = 0; k < KNOB_COUNT; k++) {
		const struct knob_info *info = &knob_infos()[k];
		if (o->sut && strcmp(o->sut, role_name(info->role)) != 0)
			continue;
		if (!o->json)
			printf("%s  (%s, %s)\n    %s\n", info->name, role_name(info->role),
			       info->rules, info->doc);
		json_t *c = must(json_object());
		put(c, "name", info->name);
		put(c, "role", role_name(info->role));
		put(c, "rules", info->rules);
		put(c, "doc", info->doc);
		json_array_append_new(array, c);
	}
	if (o->json)
		list_put_json(array);
	else
		json_decref(array);
}

static void list_options(const struct list_options *o)
{
	json_t *array = must(json_array());
	size_t n;
	const struct peer_option_info *info = peer_options(&n);
	for (size_t i = 0; i < n; i++) {
		if (!o->json)
			printf("%s=%s\n    %s\n", info[i].name, info[i].values, info[i].doc);
		json_t *c = must(json_object());
		put(c, "name", info[i].name);
		put(c, "values", info[i].values);
		put(c, "doc", info[i].doc);
		json_array_append_new(array, c);
	}
	if (o->json)
		list_put_json(array);
	else
		json_decref(array);
	if (!o->json)
		puts("KEY=VALUE, omit=KEY, KEY@N=VALUE, raw:KEY=VALUE\n    what it says for a text "
		     "key");
}

static void list_monitors(const struct list_options *o)
{
	json_t *array = must(json_array());
	size_t n;
	const struct monitor *const *all = monitors(&n);
	for (size_t i = 0; i < n; i++) {
		if (!o->json)
			printf("%s\n    %s\n    rules %s\n", all[i]->name, all[i]->doc,
			       all[i]->rules);
		json_t *m = must(json_object());
		put(m, "name", all[i]->name);
		put(m, "doc", all[i]->doc);
		json_object_set_new(m, "rules", json_words(all[i]->rules));
		json_array_append_new(array, m);
	}
	if (o->json)
		list_put_json(array);
	else
		json_decref(array);
}

/* -1: go on; else the exit status. */
static int parse(struct list_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},	 {"rules", no_argument, NULL, 'r'},
		{"knobs", no_argument, NULL, 'k'},	 {"options", no_argument, NULL, 'o'},
		{"monitors", no_argument, NULL, 'm'},	 {"check", no_argument, NULL, 'e'},
		{"fields", no_argument, NULL, 'f'},	 {"tags", no_argument, NULL, 't'},
		{"cases", required_argument, NULL, 'c'}, {"sut", required_argument, NULL, 's'},
		{"unproved", no_argument, NULL, 'u'},	 {"stimulus", no_argument, NULL, 'S'},
		{"profiles", no_argument, NULL, 'p'},	 {"ambiguous", no_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},	 {0}};
	int option;
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'j':
			o->json = true;
			break;
		case 'r':
			o->what = LIST_RULES;
			break;
		case 'k':
			o->what = LIST_KNOBS;
			break;
		case 'o':
			o->what = LIST_OPTIONS;
			break;
		case 'm':
			o->what = LIST_MONITORS;
			break;
		case 'f':
			o->what = LIST_FIELDS;
			break;
		case 't':
			o->what = LIST_TAGS;
			break;
		case 'p':
			o->what = LIST_PROFILES;
			break;
		case 'a':
			o->what = LIST_AMBIGUOUS;
			break;
		case 'u':
			o->what = LIST_UNPROVED;
			break;
		case 'S':
			o->what = LIST_STIMULUS;
			break;
		case 'e':
			o->check = true;
			break;
		case 'c':
			o->dir = optarg;
			break;
		case 's':
			o->sut = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return bad_option("list", argv[optind - 1]);
		}
	}
	if (o->sut && strcmp(o->sut, "target") != 0 && strcmp(o->sut, "initiator") != 0)
		return complain("--sut: '%s' is neither target nor initiator", o->sut);
	if (o->check && ((o->what != LIST_RULES && o->what != LIST_TAGS) || o->json))
		return complain("--check belongs to --rules or --tags, without --json");
	if (o->check && o->what == LIST_TAGS && optind < argc)
		return complain("--tags --check is about all cases, and takes no pattern");
	if (o->what == LIST_UNPROVED && optind == argc)
		return complain("--unproved: which reports? iserspec list --unproved DIR...");
	if (o->what == LIST_STIMULUS && optind == argc)
		return complain("--stimulus: which reports? iserspec list --stimulus DIR...");
	if (optind < argc && o->what != LIST_STIMULUS && o->what != LIST_CASES &&
	    o->what != LIST_TAGS && o->what != LIST_FIELDS && o->what != LIST_UNPROVED)
		return complain("patterns choose cases, not rules, knobs, options or monitors");
	return -1;
}

int cmd_list(int argc, char **argv)
{
	struct list_options o = {.what = LIST_CASES};
	struct catalogue cat;
	struct err e;
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	status = EXIT_OK;
	switch (o.what) {
	case LIST_KNOBS:
		list_knobs(&o);
		return status;
	case LIST_OPTIONS:
		list_options(&o);
		return status;
	case LIST_MONITORS:
		list_monitors(&o);
		return status;
	case LIST_FIELDS:
		return list_fields(argv + optind, (size_t)(argc - optind), o.json);
	case LIST_CASES:
	case LIST_TAGS:
	case LIST_RULES:
	case LIST_UNPROVED:
	case LIST_STIMULUS:
	case LIST_PROFILES:
	case LIST_AMBIGUOUS:
		break;
	}
	const size_t words = (size_t)(argc - optind);
	const bool of_reports = o.what == LIST_UNPROVED || o.what == LIST_STIMULUS;
	if (catalogue_open(&cat, o.dir, argv + optind, of_reports ? 0 : words, &e))
		return complain_err(&e);
	size_t listed = 0;
	for (size_t i = 0; i < cat.count; i++)
		listed += is_listed(&o, cat.cases[i]);
	if (o.what == LIST_UNPROVED)
		status = list_unproved(&cat, argv + optind, words, o.json);
	else if (o.what == LIST_STIMULUS)
		status = list_stimulus(&cat, argv + optind, words, o.json);
	else if (o.what == LIST_RULES && o.check)
		status = list_rules_check(&cat);
	else if (o.what == LIST_PROFILES)
		list_profiles(&cat, o.json);
	else if (o.what == LIST_AMBIGUOUS)
		status = list_ambiguous(&cat, o.json);
	else if (o.what == LIST_RULES)
		list_rules(&cat, o.json);
	else if (o.what == LIST_TAGS && o.check)
		status = list_tags_check(&cat);
	else if (o.what == LIST_TAGS)
		status = list_tags(&cat, !words, o.json);
	else if (!listed && !cat.broken)
		status = complain("none of the cases chosen tests %s", o.sut);
	else
		list_cases(&o, &cat);
	if (cat.broken)
		status = EXIT_USAGE;
	catalogue_free(&cat);
	return status;
}
