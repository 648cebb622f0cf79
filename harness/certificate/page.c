/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate as a laboratory would sign it: text, 100 columns. */
#include <string.h>

#include "../report/columns.h"
#include "certificate.h"

enum { WIDTH = 100, LABEL = 14, CASES_SHOWN = 6, REASON_LINES = 3 };

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Words from column `at` on, which the line has come to. */
static void put_words(FILE *out, unsigned at, const char *text)
{
	columns_wrap(out, text, WIDTH - at, at, 0, 0);
	fputc('\n', out);
}

static void put_row(FILE *out, const char *label, const char *text)
{
	fprintf(out, "%-*s", LABEL, label);
	put_words(out, LABEL, text);
}

static void put_title(FILE *out, const char *title)
{
	fprintf(out, "\n%s\n", title);
	for (size_t i = 0; i < strlen(title); i++)
		fputc('-', out);
	fputc('\n', out);
}

static void add(char *to, size_t size, const char *before, const char *text)
{
	const size_t used = strlen(to);
	if (*text && used < size)
		snprintf(to + used, size - used, "%s%s", used ? before : "", text);
}

static void put_system(FILE *out, const json_t *s)
{
	char line[1024] = "";
	add(line, sizeof(line), "", text_of(s, "vendor"));
	add(line, sizeof(line), " ", text_of(s, "system"));
	add(line, sizeof(line), ", ", text_of(s, "version"));
	put_row(out, "System", *line ? line : text_of(s, "sut"));
	if (*text_of(s, "contact"))
		put_row(out, "Contact", text_of(s, "contact"));
	line[0] = '\0';
	add(line, sizeof(line), "", text_of(s, "sut"));
	add(line, sizeof(line), "; ", text_of(s, "sut_version"));
	put_row(out, "Tested was", line);
	put_row(out, "Role", text_of(s, "role"));
}

static void add_list(char *to, size_t size, const json_t *list)
{
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one)
	{
		add(to, size, strchr(to, ':') ? "; " : ": ", json_string_value(one));
	}
}

static void put_result(FILE *out, const json_t *facts)
{
	const json_t *result = json_object_get(facts, "result");
	char line[1024];
	snprintf(line, sizeof(line), "%s", text_of(result, "verdict"));
	for (char *c = line; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	add_list(line, sizeof(line), json_object_get(result, "against"));
	add_list(line, sizeof(line), json_object_get(result, "open"));
	put_row(out, "Result", line);
}

/* "135 pass, 21 fail": what there is. */
static void counts_text(const json_t *counts, char *to, size_t size)
{
	const char *name;
	json_t *n;
	to[0] = '\0';
	json_object_foreach((json_t *)counts, name, n)
	{
		char one[48];
		if (!json_integer_value(n))
			continue;
		snprintf(one, sizeof(one), "%lld %s", json_integer_value(n), name);
		add(to, size, ", ", one);
	}
}

static void put_runs(FILE *out, const json_t *runs)
{
	size_t i;
	json_t *run;
	put_title(out, "The runs");
	json_array_foreach(runs, i, run)
	{
		const json_t *lab = json_object_get(run, "lab");
		char line[1024] = "", counts[256];
		add(line, sizeof(line), "", text_of(run, "started"));
		add(line, sizeof(line), "; lab ", text_of(lab, "name"));
		add(line, sizeof(line), " ", text_of(lab, "fabric"));
		add(line, sizeof(line), ", kernel ",
		    text_of(json_object_get(lab, "kernel"), "release"));
		add(line, sizeof(line), "; ", text_of(run, "device"));
		add(line, sizeof(line), "; ", text_of(run, "sut_version"));
		counts_text(json_object_get(run, "summary"), counts, sizeof(counts));
		add(line, sizeof(line), "; ", counts);
		if (json_is_false(json_object_get(run, "complete")))
			add(line, sizeof(line), "; ", "did not come to its end");
		fprintf(out, "%4lld  ", number_of(run, "number"));
		put_words(out, 6, line);
	}
}

static void put_claims(FILE *out, const json_t *claims)
{
	size_t i;
	json_t *claim;
	put_title(out, "What the vendor claims");
	if (!json_array_size(claims))
		fputs("nothing; all that the system showed was judged\n", out);
	json_array_foreach(claims, i, claim)
	{
		char line[1024] = "", cases[64];
		const json_t *kept = json_object_get(claim, "kept");
		const bool claimed = json_is_true(json_object_get(claim, "claimed"));
		add(line, sizeof(line), "", text_of(claim, "says"));
		add(line, sizeof(line), ": ",
		    !claimed			 ? "not claimed, and not judged"
		    : !number_of(claim, "cases") ? "claimed; no case of this role hangs on it"
		    : !kept		 ? "claimed; none of the cases that hang on it was run"
		    : json_is_true(kept) ? "claimed and there"
					 : "CLAIMED, AND NOT THERE");
		add(line, sizeof(line), ": ", text_of(claim, "reason"));
		snprintf(cases, sizeof(cases), "(%lld of %lld cases judged)",
			 number_of(claim, "judged"), number_of(claim, "cases"));
		add(line, sizeof(line), " ", claimed ? cases : "");
		fprintf(out, "%-22s", text_of(claim, "option"));
		put_words(out, 22, line);
	}
}

static void put_sections(FILE *out, const json_t *sections)
{
	size_t i;
	json_t *row;
	put_title(out, "By section: rules judged of those that bind this role");
	json_array_foreach(sections, i, row)
	{
		char counts[256];
		if (!number_of(row, "judged"))
			continue;
		counts_text(json_object_get(row, "summary"), counts, sizeof(counts));
		fprintf(out, "%-18s%-46.45s%3lld of %2lld: %s\n", text_of(row, "section"),
			text_of(row, "title"), number_of(row, "judged"), number_of(row, "rules"),
			counts);
	}
}

static void put_deviations(FILE *out, const json_t *rows)
{
	size_t i, k;
	json_t *row, *id;
	put_title(out, "Deviations");
	if (!json_array_size(rows))
		fputs("none\n", out);
	json_array_foreach(rows, i, row)
	{
		const json_t *cases = json_object_get(row, "cases");
		fprintf(out, "%-5s %s, %s, %s\n      ", text_of(row, "verdict"),
			text_of(row, "rule"), text_of(row, "level"), text_of(row, "section"));
		put_words(out, 6, text_of(row, "summary"));
		char line[1024] = "";
		json_array_foreach(cases, k, id)
		{
			if (k < CASES_SHOWN)
				add(line, sizeof(line), " ", json_string_value(id));
		}
		char more[48] = "";
		if (json_array_size(cases) > CASES_SHOWN)
			snprintf(more, sizeof(more), "and %zu more",
				 json_array_size(cases) - CASES_SHOWN);
		add(line, sizeof(line), " ", more);
		fputs("      seen in ", out);
		put_words(out, 14, line);
	}
}

static void put_cases(FILE *out, const char *title, const json_t *rows, bool verdict)
{
	size_t i;
	json_t *row;
	if (!json_array_size(rows))
		return;
	put_title(out, title);
	json_array_foreach(rows, i, row)
	{
		fprintf(out, "%s%s%s%s%s\n", verdict ? text_of(row, "verdict") : "",
			verdict ? "  " : "", text_of(row, "case"),
			*text_of(row, "option") ? "  hangs on " : "", text_of(row, "option"));
		if (*text_of(row, "reason")) {
			fputs("      ", out);
			columns_wrap(out, text_of(row, "reason"), WIDTH - 6, 6, 0, REASON_LINES);
			fputc('\n', out);
		}
	}
}

/* How many rules nothing was said about, and where to read why. */
static void put_unjudged(FILE *out, const json_t *sections)
{
	long long rules = 0, judged = 0;
	size_t i;
	json_t *row;
	json_array_foreach(sections, i, row)
	{
		rules += number_of(row, "rules");
		judged += number_of(row, "judged");
	}
	put_title(out, "Not tested");
	fprintf(out,
		"%lld of the %lld rules that bind this role were not judged: some cannot be seen "
		"from outside, for "
		"others\nnothing occurred by which to judge. `iserspec list --rules` has the "
		"reason of each that nothing checks.\n",
		rules - judged, rules);
}

void certificate_page(FILE *out, const json_t *facts)
{
	const json_t *tool = json_object_get(facts, "tool");
	char line[1024] = "";

	fputs("iSER CONFORMANCE: RFC 7145, and RFC 7143 where it binds the wire\n\n", out);
	put_system(out, json_object_get(facts, "system"));
	put_result(out, facts);
	counts_text(json_object_get(facts, "summary"), line, sizeof(line));
	put_row(out, "Cases", line);
	line[0] = '\0';
	add(line, sizeof(line), "", "iserspec");
	add(line, sizeof(line), " ", text_of(tool, "version"));
	add(line, sizeof(line), ", commit ", text_of(tool, "commit"));
	add(line, sizeof(line), ", rules ", text_of(json_object_get(tool, "ledger"), "sha256"));
	put_row(out, "Judged by", line);
	put_row(out, "Proof",
		"the runs' event logs in this archive, from which every verdict here follows: "
		"`iserspec verify`. The hour of a run, and that its logs were made by the system "
		"that is named here, is the word of who signed.");
	put_runs(out, json_object_get(facts, "runs"));
	put_claims(out, json_object_get(facts, "claims"));
	put_deviations(out, json_object_get(facts, "deviations"));
	put_cases(out, "Cases that fail", json_object_get(facts, "failures"), true);
	put_sections(out, json_object_get(facts, "sections"));
	put_cases(out, "Inconclusive or unstable", json_object_get(facts, "undecided"), false);
	put_unjudged(out, json_object_get(facts, "sections"));
	put_cases(out, "Cases that did not apply", json_object_get(facts, "not_applicable"), false);
	put_cases(out, "Cases that were not run", json_object_get(facts, "not_run"), false);
	put_cases(out, "Beside the claims, and in no figure above",
		  json_object_get(facts, "beside_the_claims"), true);
}
