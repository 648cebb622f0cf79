/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.tap: the Test Anything Protocol, version 13. A test point a case and a monitor, red where
 * it is red in junit.xml; what the baseline knows is TODO, not-applicable is SKIP. What is not a
 * plain pass has a block of YAML with the findings.
 */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "file.h"
#include "internal.h"
#include "memory.h"

/* One that is escaped, and has `also` behind a backslash. */
static void put_text(FILE *out, const char *text, const char *also)
{
	char *clean = escape_text(text);
	for (const char *at = clean; *at; at++) {
		if (*at == '\\' || strchr(also, *at))
			fputc('\\', out);
		fputc(*at, out);
	}
	free(clean);
}

static void put_pair(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  %s: \"", name);
	put_text(out, text, "\"");
	fputs("\"\n", out);
}

/* Each line of it is escaped already. */
static void put_findings(FILE *out, const struct report *r, const struct report_case *c)
{
	char *text = report_findings_text(r, c), *rest = text;
	if (*text)
		fputs("  findings: |\n", out);
	for (char *line; (line = strsep(&rest, "\n")) && rest;)
		fprintf(out, "    %s\n", line);
	free(text);
}

static void put_details(FILE *out, const struct report *r, const struct report_case *c)
{
	fputs("  ---\n", out);
	put_pair(out, "verdict", verdict_name(c->result.verdict));
	put_pair(out, "message", c->result.reason);
	put_pair(out, "rules", c->rules);
	if (c->log)
		put_pair(out, "log", c->log);
	put_findings(out, r, c);
	fputs("  ...\n", out);
}

static void put_directive(FILE *out, const struct report_case *c)
{
	if (c->known == KNOWN_SAME || c->known == KNOWN_BETTER) {
		fputs(" # TODO ", out);
		put_text(out, c->known_reason, "#");
	} else if (c->result.verdict == VERDICT_NOT_APPLICABLE) {
		fputs(" # SKIP ", out);
		put_text(out, c->result.reason, "#");
	}
}

static void put_point(FILE *out, size_t number, const struct report *r, const struct report_case *c)
{
	const enum verdict v = c->result.verdict;
	/* To be held against what is expected, a known failure is one. */
	const bool bad = c->known == KNOWN_SAME || report_red(c, r->strict);
	fprintf(out, "%sok %zu - ", bad ? "not " : "", number);
	put_text(out, c->result.id, "#");
	put_directive(out, c);
	fputc('\n', out);
	if (v != VERDICT_PASS && v != VERDICT_NOT_APPLICABLE)
		put_details(out, r, c);
}

static void put_points(FILE *out, size_t *number, const struct report *r,
		       const struct report_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_point(out, ++*number, r, &cases[i]);
}

void report_put_tap(const struct report *r, FILE *out)
{
	size_t number = 0;
	/* Cases that were not run are missing behind the plan, which no reader takes for success.
	 */
	fprintf(out, "TAP version 13\n1..%zu\n# iserspec ",
		!!r->preflight + r->planned + r->monitor_count);
	put_text(out, r->tool_version, "");
	fputs(", of ", out);
	put_text(out, r->sut_name, "");
	fputc('\n', out);
	if (r->preflight)
		put_points(out, &number, r, r->preflight, 1);
	put_points(out, &number, r, r->cases, r->count);
	put_points(out, &number, r, r->monitors, r->monitor_count);
}

int report_write_tap(const struct report *r, const char *path, struct err *e)
{
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));
	report_put_tap(r, out);
	fclose(out);
	const int status = file_replace(path, must(text), len, e);
	free(text);
	return status;
}
