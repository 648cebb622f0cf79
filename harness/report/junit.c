/* SPDX-License-Identifier: BSD-2-Clause */
/* junit.xml: a test suite a SUT, a test case a case and a monitor. A warning passes unless
 * --strict; not-applicable is a skip. */
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "file.h"
#include "glance.h"
#include "internal.h"
#include "lab.h"
#include "memory.h"

struct xml {
	xmlTextWriterPtr w;
	bool failed; /* only memory can fail while we write into memory */
};

static void check(struct xml *x, int result)
{
	x->failed |= result < 0;
}

static void start(struct xml *x, const char *name)
{
	check(x, xmlTextWriterStartElement(x->w, BAD_CAST name));
}

static void end(struct xml *x)
{
	check(x, xmlTextWriterEndElement(x->w));
}

static void attribute(struct xml *x, const char *name, const char *text)
{
	char *clean = escape_text(text);
	check(x, xmlTextWriterWriteAttribute(x->w, BAD_CAST name, BAD_CAST clean));
	free(clean);
}

static void property(struct xml *x, const char *name, const char *value)
{
	start(x, "property");
	attribute(x, "name", name);
	attribute(x, "value", value);
	end(x);
}

static void number(struct xml *x, const char *name, size_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%zu", value);
	attribute(x, name, text);
}

static void seconds(struct xml *x, double value)
{
	char text[40];
	snprintf(text, sizeof(text), "%.3f", value);
	attribute(x, "time", text);
}

const char *report_red(const struct report_case *c, bool strict)
{
	switch (report_case_news(c)) {
	case VERDICT_FAIL:
		return "failure";
	case VERDICT_WARN:
		return strict ? "failure" : NULL;
	case VERDICT_CRASH:
	case VERDICT_INCONCLUSIVE:
		return "error";
	default:
		return NULL;
	}
}

static bool is_broken(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_WARN || v == VERDICT_CRASH;
}

static bool is_kept_by_monitor(const struct finding *f)
{
	return f->monitor && f->verdict == VERDICT_PASS;
}

static char *events_text(const struct finding *f)
{
	char *out = must(strdup(""));
	for (size_t i = 0; i < f->event_count; i++) {
		char *longer = text_format("%s %s%" PRIu64, out, i ? "" : "events ", f->events[i]);
		free(out);
		out = longer;
	}
	return out;
}

static void put_finding(FILE *out, const struct report *r, const struct finding *f)
{
	char *text = glance_headline(f), *reason = escape_text(text), *events = events_text(f);
	const bool broken = is_broken(f->verdict);
	if (f->monitor)
		fprintf(out, "monitor %s, ", f->monitor);
	fputs(verdict_name(f->verdict), out);
	if (f->line)
		fprintf(out, ", line %u", f->line);
	fprintf(out, ": %s [%s]%s\n", reason, f->rules ? f->rules : "", broken ? "" : events);
	if (broken)
		glance_print(out, r, f, &(struct glance_style){.columns = 100, .indent = 4});
	free(events);
	free(reason);
	free(text);
}

static void put_known(FILE *out, const struct report_case *c)
{
	static const char *const words[KNOWN_COUNT] = {[KNOWN_SAME] = "known",
						       [KNOWN_WORSE] = "worse than",
						       [KNOWN_BETTER] = "better than",
						       [KNOWN_NEW] = "new"};
	if (c->known == KNOWN_NOTHING)
		return;
	char *reason = escape_text(c->known_reason);
	fprintf(out, "baseline: %s%s%s\n", words[c->known], *reason ? " " : "", reason);
	free(reason);
}

char *report_findings_text(const struct report *r, const struct report_case *c)
{
	char *text = NULL;
	size_t size;
	FILE *out = must(open_memstream(&text, &size));
	put_known(out, c);
	/* What is broken comes first: few look further. */
	for (unsigned broken = 2; broken-- > 0;)
		for (size_t i = 0; i < c->result.finding_count; i++) {
			const struct finding *f = &c->result.findings[i];
			if (is_broken(f->verdict) == broken && !is_kept_by_monitor(f))
				put_finding(out, r, f);
		}
	fclose(out);
	return must(text);
}

/* What has no element of its own: the schema of Jenkins' xUnit plugin knows properties of suites
 * alone. */
static char *facts_text(const struct report *report, const struct report_case *c)
{
	const struct case_result *r = &c->result;
	char *text = NULL, *purpose = escape_text(c->purpose);
	size_t size;
	FILE *out = must(open_memstream(&text, &size));
	fprintf(out, "verdict: %s\nclose: %s\nrules: %s\n", verdict_name(r->verdict),
		close_name(r->close), c->rules ? c->rules : "");
	if (*purpose)
		fprintf(out, "purpose: %s\n", purpose);
	for (size_t i = 0; i < r->measurement_count; i++) {
		const struct measurement *m = &r->measurements[i];
		fprintf(out, "%s: %.12g%s%s\n", m->name, m->value, *m->unit ? " " : "", m->unit);
	}
	if (c->log)
		fprintf(out, "log: %s%s\n", c->log, c->log_cut ? " (cut at its limit)" : "");
	/* The folder is where this file is, whatever its name is there. */
	char *again = is_broken(r->verdict) ? glance_again(report, c, ".") : NULL;
	char *clean = escape_text(again);
	if (again)
		fprintf(out, "again: %s\n", clean);
	free(clean);
	free(again);
	fclose(out);
	free(purpose);
	return must(text);
}

static void write_outcome(struct xml *x, const struct report *report, const struct report_case *c)
{
	const struct case_result *r = &c->result;
	const char *red = report_red(c, report->strict);
	char *findings = report_findings_text(report, c), *facts = facts_text(report, c);

	if (red) {
		start(x, red);
		attribute(x, "type", verdict_name(r->verdict));
		attribute(x, "message", r->reason);
		check(x, xmlTextWriterWriteString(x->w, BAD_CAST findings));
		end(x);
	} else if (r->verdict == VERDICT_NOT_APPLICABLE) {
		start(x, "skipped");
		attribute(x, "message", r->reason);
		end(x);
	}
	start(x, "system-out");
	check(x, xmlTextWriterWriteString(x->w, BAD_CAST facts));
	if (!red)
		check(x, xmlTextWriterWriteString(x->w, BAD_CAST findings));
	end(x);
	free(facts);
	free(findings);
}

static void write_case(struct xml *x, const struct report *report, const struct report_case *c)
{
	const struct case_result *r = &c->result;
	char *group = must(strdup(r->id));
	char *slash = strrchr(group, '/');
	const char *name = slash ? slash + 1 : r->id;
	if (slash)
		*slash = '\0';
	for (char *at = group; (at = strchr(at, '/'));)
		*at = '.';

	start(x, "testcase");
	attribute(x, "classname", slash ? group : "");
	attribute(x, "name", name);
	seconds(x, r->seconds);
	write_outcome(x, report, c);
	end(x);
	free(group);
}

/* Of what the run is of, as one text each. */
static void write_provenance(struct xml *x, const struct report *r)
{
	static const struct {
		const char *name, *object, *member;
	} rows[] = {{"commit", NULL, "commit"},
		    {"address", "sut", "address"},
		    {"options", NULL, "options"},
		    {"cases_sha256", "cases", "sha256"},
		    {"ledger_sha256", "ledger", "sha256"}};
	for (size_t i = 0; r->provenance && i < sizeof(rows) / sizeof(*rows); i++) {
		const json_t *o = rows[i].object ? json_object_get(r->provenance, rows[i].object)
						 : r->provenance;
		const json_t *value = json_object_get(o, rows[i].member);
		if (json_is_string(value)) {
			property(x, rows[i].name, json_string_value(value));
		} else if (value) {
			char *text = must(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));
			property(x, rows[i].name, text);
			free(text);
		}
	}
}

static void write_known(struct xml *x, const struct report *r)
{
	static const char *const names[KNOWN_COUNT] = {[KNOWN_SAME] = "baseline_known",
						       [KNOWN_WORSE] = "baseline_worse",
						       [KNOWN_BETTER] = "baseline_better",
						       [KNOWN_NEW] = "baseline_new"};
	size_t counts[KNOWN_COUNT];
	report_count_known(r, counts);
	for (unsigned k = KNOWN_SAME; r->has_baseline && k < KNOWN_COUNT; k++) {
		char text[24];
		snprintf(text, sizeof(text), "%zu", counts[k]);
		property(x, names[k], text);
	}
}

struct totals {
	size_t tests, failures, errors, skipped;
	double seconds;
};

static void count_in(struct totals *t, const struct report_case *cases, size_t count, bool strict)
{
	for (size_t i = 0; i < count; i++) {
		const char *red = report_red(&cases[i], strict);
		t->failures += red && !strcmp(red, "failure");
		t->errors += red && !strcmp(red, "error");
		t->skipped += !red && cases[i].result.verdict == VERDICT_NOT_APPLICABLE;
		t->seconds += cases[i].result.seconds;
	}
	t->tests += count;
}

static void write_suite(struct xml *x, const struct report *r)
{
	static const struct {
		const char *name, *member;
	} places[] = {{"lab", "name"},
		      {"lab_clock", "clock"},
		      {"lab_fabric", "fabric"},
		      {"lab_kernel", "kernel.release"}};
	struct totals t = {0};
	if (r->preflight)
		count_in(&t, r->preflight, 1, r->strict);
	count_in(&t, r->cases, r->count, r->strict);
	count_in(&t, r->monitors, r->monitor_count, r->strict);
	char scale[32], seed[24], schema[12];
	snprintf(schema, sizeof(schema), "%d", REPORT_SCHEMA);
	snprintf(scale, sizeof(scale), "%.3g", r->timeout_scale);
	snprintf(seed, sizeof(seed), "%" PRIu64, r->seed);

	start(x, "testsuites");
	attribute(x, "name", "iserspec");
	start(x, "testsuite");
	attribute(x, "name", r->sut_name);
	number(x, "tests", t.tests);
	number(x, "failures", t.failures);
	number(x, "errors", t.errors);
	number(x, "skipped", t.skipped);
	seconds(x, t.seconds);
	/* No timestamp: that is the host's, and this file the same when the same is run again. */
	start(x, "properties");
	property(x, "schema", schema);
	property(x, "tool_version", r->tool_version);
	write_provenance(x, r);
	property(x, "sut_version", r->sut_version);
	property(x, "role", r->sut_role);
	property(x, "kernel", r->sut_kernel);
	for (size_t i = 0; r->lab && i < sizeof(places) / sizeof(*places); i++)
		property(x, places[i].name, lab_text(r, places[i].member));
	property(x, "fabric", r->fabric);
	write_known(x, r);
	property(x, "seed", seed);
	property(x, "timeout_scale", scale);
	end(x);
	if (r->preflight)
		write_case(x, r, r->preflight);
	for (size_t i = 0; i < r->count; i++)
		write_case(x, r, &r->cases[i]);
	for (size_t i = 0; i < r->monitor_count; i++)
		write_case(x, r, &r->monitors[i]);
	end(x);
	end(x);
}

int report_write_junit(const struct report *r, const char *path, struct err *e)
{
	xmlBufferPtr buffer = must(xmlBufferCreate());
	struct xml x = {.w = must(xmlNewTextWriterMemory(buffer, 0))};

	check(&x, xmlTextWriterSetIndent(x.w, 1));
	check(&x, xmlTextWriterSetIndentString(x.w, BAD_CAST "  "));
	check(&x, xmlTextWriterStartDocument(x.w, NULL, "UTF-8", NULL));
	write_suite(&x, r);
	check(&x, xmlTextWriterEndDocument(x.w));
	xmlFreeTextWriter(x.w);
	const int status = x.failed ? err_set(e, 0, "cannot compose %s", path)
				    : file_replace(path, xmlBufferContent(buffer),
						   (size_t)xmlBufferLength(buffer), e);
	xmlBufferFree(buffer);
	return status;
}
