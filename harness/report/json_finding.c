/* SPDX-License-Identifier: BSD-2-Clause */
/* A finding in report.json and in the journal. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "memory.h"

static void put_maybe(json_t *o, const char *key, const char *text)
{
	if (text)
		json_object_set_new(o, key, json_text(text));
}

/* {"event", NAME}: an event of the log, and what it says. */
static void put_event(json_t *o, const char *key, const char *name, uint64_t event,
		      const char *text)
{
	if (!text)
		return;
	json_t *one = must(json_object());
	json_object_set_new(one, "event", json_number(event));
	json_object_set_new(one, name, json_text(text));
	json_object_set_new(o, key, one);
}

static void put_glance(json_t *o, const struct glance *g)
{
	put_maybe(o, "says", g->says);
	put_maybe(o, "expected", g->expected);
	put_maybe(o, "came", g->came);
	if (g->field) {
		json_t *field = must(json_object());
		put_maybe(field, "name", g->field);
		put_maybe(field, "due", g->due);
		put_maybe(field, "had", g->had);
		json_object_set_new(o, "field", field);
	}
	put_event(o, "response", "message", g->response_event, g->response);
	put_event(o, "end", "words", g->end_event, g->end);
	if (g->judged_event)
		json_object_set_new(o, "judged", json_number(g->judged_event));
	if (g->fails) {
		json_t *inner = must(json_object());
		put_maybe(inner, "fails", g->fails);
		put_maybe(inner, "why", g->why);
		put_maybe(inner, "passes", g->passes);
		put_maybe(inner, "decides", g->decides);
		json_object_set_new(o, "inner", inner);
	}
}

json_t *report_finding_to_json(const struct finding *f)
{
	json_t *events = must(json_array());
	for (size_t i = 0; i < f->event_count; i++)
		json_array_append_new(events, json_number(f->events[i]));
	json_t *o = must(json_object());
	json_object_set_new(o, "verdict", json_text(verdict_name(f->verdict)));
	json_object_set_new(o, "line", json_number(f->line));
	json_object_set_new(o, "reason", json_text(f->reason));
	json_object_set_new(o, "rules", json_words(f->rules));
	json_object_set_new(o, "events", events);
	if (f->besides)
		json_object_set_new(o, "besides", json_true());
	if (f->on_end)
		json_object_set_new(o, "on_end", json_true());
	if (f->monitor)
		json_object_set_new(o, "monitor", json_text(f->monitor));
	if (f->legal)
		json_object_set_new(o, "legal_under", json_words(f->legal));
	put_event(o, "request", "message", f->request_event, f->request);
	put_glance(o, &f->glance);
	return o;
}

static uint64_t event_of(const json_t *o)
{
	return (uint64_t)json_integer_value(json_object_get(o, "event"));
}

static void glance_from_json(struct glance *g, const json_t *o)
{
	const json_t *field = json_object_get(o, "field"), *inner = json_object_get(o, "inner");
	const json_t *response = json_object_get(o, "response"), *end = json_object_get(o, "end");
	*g = (struct glance){
		.says = json_maybe(o, "says"),
		.expected = json_maybe(o, "expected"),
		.came = json_maybe(o, "came"),
		.field = json_maybe(field, "name"),
		.due = json_maybe(field, "due"),
		.had = json_maybe(field, "had"),
		.response = json_maybe(response, "message"),
		.response_event = event_of(response),
		.end = json_maybe(end, "words"),
		.end_event = event_of(end),
		.judged_event = (uint64_t)json_integer_value(json_object_get(o, "judged")),
		.fails = json_maybe(inner, "fails"),
		.why = json_maybe(inner, "why"),
		.passes = json_maybe(inner, "passes"),
		.decides = json_maybe(inner, "decides"),
	};
}

int report_finding_from_json(struct case_result *r, const json_t *o, struct err *e)
{
	uint64_t events[8];
	size_t count = 0, i;
	json_t *event;
	const int verdict = verdict_by_name(json_text_of(o, "verdict"));

	if (verdict < 0)
		return err_set(e, 0, "case %s: a finding has no known verdict", r->id);
	json_array_foreach(json_object_get(o, "events"), i,
			   event) if (count < sizeof(events) / sizeof(*events)) events[count++] =
		(uint64_t)json_integer_value(event);
	char *rules = json_words_join(json_object_get(o, "rules"));
	struct finding *f = result_add(r, (enum verdict)verdict,
				       (unsigned)json_integer_value(json_object_get(o, "line")),
				       rules, json_text_of(o, "reason"), events, count);
	f->besides = json_is_true(json_object_get(o, "besides"));
	f->on_end = json_is_true(json_object_get(o, "on_end"));
	const char *monitor = json_string_value(json_object_get(o, "monitor"));
	if (monitor)
		f->monitor = must(strdup(monitor));
	const json_t *legal = json_object_get(o, "legal_under");
	if (legal)
		f->legal = json_words_join(legal);
	const json_t *request = json_object_get(o, "request");
	f->request = json_maybe(request, "message");
	f->request_event = event_of(request);
	glance_from_json(&f->glance, o);
	free(rules);
	return 0;
}
