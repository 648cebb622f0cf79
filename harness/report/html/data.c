/* SPDX-License-Identifier: BSD-2-Clause */
/* What the page knows beside the logs: the report, and what the reader of one has to look up. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../oracle/watch.h"
#include "../digest.h"
#include "../json.h"
#include "../memory.h"
#include "internal.h"

enum { TAB_WIDTH = 8 };

/* ---- cases ---- */

static const struct html_case *find_case(const struct html_input *in, const char *id)
{
	for (size_t i = 0; i < in->count; i++)
		if (!strcmp(in->cases[i].id, id))
			return &in->cases[i];
	return NULL;
}

static bool is_kept_quietly(const json_t *finding)
{
	const char *verdict = json_string_value(json_object_get(finding, "verdict"));
	return json_object_get(finding, "monitor") && verdict && !strcmp(verdict, "pass");
}

/* Takes what monitors saw kept, the bulk of a report, out of a case's findings. */
static json_t *part_kept(json_t *c)
{
	json_t *kept = must(json_array()), *rest = must(json_array()), *finding;
	size_t i;
	json_array_foreach(json_object_get(c, "findings"), i, finding)
	{
		json_array_append(is_kept_quietly(finding) ? kept : rest, finding);
	}
	json_object_set_new(c, "findings", rest);
	return kept;
}

/* Values of the other runs of a case, of --repeat, behind those of the one that is told. */
static void add_runs(json_t *measured, const struct html_input *in, const char *id,
		     const char *told)
{
	const json_t *options = json_object_get(in->report->provenance, "options");
	const json_int_t runs = json_integer_value(json_object_get(options, "repeat"));
	for (json_int_t n = 1; json_object_size(measured) && n <= runs && n <= UINT_MAX; n++) {
		char *log = in->log_name(id, (unsigned)n);
		char *path = text_format("%s/%s", in->folder, log);
		json_t *more = strcmp(log, told) ? html_measured(path) : NULL, *values;
		const char *name;
		json_object_foreach(measured, name, values)
		{
			json_array_extend(values, json_object_get(more, name));
		}
		json_decref(more);
		free(path);
		free(log);
	}
}

/* What the log told beside its ladder. */
static void add_facts(json_t *c, const struct html_input *in, const struct html_case *text,
		      const json_t *facts)
{
	json_t *measured = json_object_get(facts, "measured");
	const char *was = json_string_value(json_object_get(facts, "digest"));
	char is[DIGEST_TEXT];
	add_runs(measured, in, json_string_value(json_object_get(c, "id")),
		 json_string_value(json_object_get(c, "log")));
	json_object_set(c, "measured", measured);
	if (!text || !was)
		return;
	digest_bytes(text->text, strlen(text->text), is);
	if (strcmp(was, is) != 0)
		json_object_set_new(c, "text_changed", json_true());
}

/* Packs the case's log, or says why there is none. NULL: there is none. */
static char *pack_log(const json_t *c, const struct html_input *in, json_t *kept, json_t **facts,
		      char **why)
{
	const char *log = json_string_value(json_object_get(c, "log"));
	if (!log)
		return NULL;
	if (!report_log_is_inside(log)) {
		*why = must(strdup("its log is not in the report's folder"));
		return NULL;
	}
	char *path = text_format("%s/%s", in->folder, log);
	char *packed = html_log(path, kept, facts, why);
	free(path);
	return packed;
}

static void add_log(json_t *c, const struct html_input *in, const struct html_case *text,
		    json_t *logs)
{
	json_t *kept = part_kept(c), *facts = NULL;
	char *why = NULL, *packed = pack_log(c, in, kept, &facts, &why);
	if (packed) {
		json_object_set_new(c, "packed", json_number(json_array_size(logs)));
		json_array_append_new(logs, must(json_string(packed)));
		add_facts(c, in, text, facts);
	} else if (why) {
		json_object_set_new(c, "log_missing", json_text(why));
	}
	json_decref(facts);
	json_decref(kept);
	free(packed);
	free(why);
}

/* Its lines, each safe by itself. A tab is as wide as in a terminal at the left edge. */
static json_t *lines_of(const char *text)
{
	json_t *lines = must(json_array());
	while (*text) {
		const size_t len = strcspn(text, "\n");
		const size_t tabs = strspn(text, "\t") < len ? strspn(text, "\t") : len;
		char *line = text_format("%*s%.*s", (int)(TAB_WIDTH * tabs), "", (int)(len - tabs),
					 text + tabs);
		json_array_append_new(lines, json_text(line));
		free(line);
		text += len + (text[len] == '\n');
	}
	return lines;
}

static void add_case(json_t *c, const struct html_input *in, json_t *logs)
{
	const struct html_case *text = find_case(in, json_string_value(json_object_get(c, "id")));
	if (text) {
		json_object_set_new(c, "script", lines_of(text->text));
		json_object_set_new(c, "tags", json_words(text->tags));
	}
	add_log(c, in, text, logs);
}

/* ---- monitors and rules ---- */

static void add_monitor(json_t *row)
{
	static const char head[] = "monitor/";
	const char *id = json_string_value(json_object_get(row, "id"));
	const struct monitor *m =
		strncmp(id, head, sizeof(head) - 1) ? NULL : monitor_by_name(id + sizeof(head) - 1);
	if (m)
		json_object_set_new(row, "doc", json_text(m->doc));
}

/* Those that the report has no word about, too: the map shows what was not looked at. */
static json_t *ledger_to_json(const struct ledger *l)
{
	json_t *all = must(json_array());
	for (size_t i = 0; i < ledger_count(l); i++) {
		const struct rule *r = ledger_at(l, i);
		json_t *o = must(json_object());
		json_object_set_new(o, "id", json_text(r->id));
		json_object_set_new(o, "rfc", must(json_integer(r->rfc)));
		json_object_set_new(o, "section", json_text(r->section));
		json_object_set_new(o, "level", json_text(r->level));
		json_object_set_new(o, "role", json_text(r->role));
		json_object_set_new(o, "summary", json_text(r->summary));
		json_object_set_new(o, "shows", json_boolean(rule_shows(r)));
		if (*r->reason)
			json_object_set_new(o, "reason", json_text(r->reason));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *sections_to_json(const struct sections *s)
{
	json_t *all = must(json_array());
	for (size_t i = 0; i < sections_count(s); i++) {
		const struct section *row = sections_at(s, i);
		json_t *a = must(json_array());
		json_array_append_new(a, must(json_integer(row->rfc)));
		json_array_append_new(a, json_text(row->number));
		json_array_append_new(a, json_text(row->title));
		json_array_append_new(all, a);
	}
	return all;
}

/* ---- messages ---- */

static json_t *field_to_json(const struct pdu_field *f)
{
	json_t *a = must(json_array());
	json_array_append_new(a, json_text(f->name));
	json_array_append_new(a, json_number(f->offset));
	json_array_append_new(a, json_number(f->bytes));
	json_array_append_new(a, json_number(f->shift));
	json_array_append_new(a, json_number(f->width));
	json_array_append_new(a, json_number(f->show & SHOW_HEX ? 1 : 0));
	return a;
}

/* The places of all fields, so that the browser takes them out of the bytes by the same table. */
static json_t *types_to_json(void)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	json_t *all = must(json_object());
	for (size_t i = 0; i < count; i++) {
		json_t *o = must(json_object()), *fields = must(json_array());
		for (size_t k = 0; k < types[i].field_count; k++)
			json_array_append_new(fields, field_to_json(&types[i].fields[k]));
		json_object_set_new(o, "title", json_text(types[i].title));
		json_object_set_new(o, "section", json_text(types[i].section));
		json_object_set_new(o, "fields", fields);
		json_object_set_new(all, types[i].name, o);
	}
	return all;
}

/* ---- all of it ---- */

json_t *html_data(const struct html_input *in, json_t *logs)
{
	char *report = report_to_json(in->report);
	json_t *o = must(json_loads(report, 0, NULL)), *one;
	size_t i;
	free(report);
	json_array_foreach(json_object_get(o, "cases"), i, one)
	{
		add_case(one, in, logs);
	}
	one = json_object_get(o, "preflight");
	if (one)
		add_case(one, in, logs);
	json_array_foreach(json_object_get(o, "monitors"), i, one)
	{
		add_monitor(one);
	}
	json_object_set_new(o, "ledger", ledger_to_json(in->ledger));
	json_object_set_new(o, "sections", sections_to_json(ledger_sections(in->ledger)));
	json_object_set_new(o, "messages", types_to_json());
	/* Last, as in report.json: what is above it is the same when the same is run again. */
	json_t *host = json_object_get(o, "host");
	if (host) {
		json_incref(host);
		json_object_del(o, "host");
		json_object_set_new(o, "host", host);
	}
	return o;
}
