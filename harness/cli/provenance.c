/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run is of, told so that another can be held against it. */
#include "provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "../report/digest.h"
#include "../report/events.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "cli.h"

enum { SHORT_DIGEST = 12 };

static void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, must(value));
}

static void put_number(json_t *o, const char *key, uint64_t value)
{
	put(o, key, json_integer((json_int_t)value));
}

static void put_list(json_t *o, const char *key, const struct text_list *l)
{
	if (!l->count)
		return;
	json_t *array = must(json_array());
	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(array, json_text(l->at[i]));
	put(o, key, array);
}

static void put_text(json_t *o, const char *key, const char *text)
{
	if (text)
		put(o, key, json_text(text));
}

/* Where the SUT is, without the secret. */
static char *address(const struct run_options *o)
{
	const struct target_url *u = &o->url;
	const bool v6 = strchr(o->access == ACCESS_TARGET ? u->host : o->host, ':');
	const char *open = v6 ? "[" : "", *close = v6 ? "]" : "";
	switch (o->access) {
	case ACCESS_TARGET:
		return text_format("iser://%s%s%s%s%s:%u/%s/%llu", u->user, *u->user ? "@" : "",
				   open, u->host, close, u->port, u->iqn,
				   (unsigned long long)u->lun);
	case ACCESS_INITIATOR:
		return text_format("%s%s%s:%u", open, o->host, close, o->port);
	case ACCESS_MODEL:
	case ACCESS_NONE:
		break;
	}
	return must(strdup("model"));
}

static json_t *options_of(const struct run_options *o)
{
	json_t *out = must(json_object());
	put_number(out, "seed", o->seed);
	if (o->repeat != 1)
		put_number(out, "repeat", o->repeat);
	if (o->shards != 1) {
		char *shard = text_format("%u/%u", o->shard + 1, o->shards);
		put_text(out, "shard", shard);
		free(shard);
	}
	if (o->timeout_scale > 0)
		put(out, "timeout_scale", json_real(o->timeout_scale));
	if (o->log_limit != EVENT_LOG_LIMIT)
		put_number(out, "log_limit", o->log_limit);
	if (o->writes)
		put_text(out, "allow_writes", o->writes == WRITES_BLANK ? "blank" : "everything");
	put_text(out, "link", o->link);
	if (o->long_form)
		put(out, "long", json_true());
	put_list(out, "knobs", &o->knobs);
	put_list(out, "model", &o->settings);
	put_text(out, "order", o->order);
	put_text(out, "profile", o->profile);
	put_text(out, "initiator_name", o->initiator_name);
	put_text(out, "target_name", o->target_name);
	return out;
}

json_t *provenance_cases(const struct script *const *cases, size_t count)
{
	struct digest d;
	char text[DIGEST_TEXT];
	digest_begin(&d);
	for (size_t i = 0; i < count; i++) {
		digest_text(&d, cases[i]->id);
		digest_text(&d, cases[i]->text);
	}
	digest_end(&d, text);
	json_t *o = must(json_object());
	put_number(o, "count", count);
	put_text(o, "sha256", text);
	return o;
}

json_t *provenance_ledger(const struct ledger *l)
{
	struct digest d;
	char text[DIGEST_TEXT];
	digest_begin(&d);
	for (size_t i = 0; i < ledger_count(l); i++) {
		const struct rule *r = ledger_at(l, i);
		const char *const columns[] = {r->id,	   r->section,	r->level,
					       r->role,	   r->summary,	r->observable,
					       r->verdict, r->stimulus, r->reason};
		for (size_t k = 0; k < sizeof(columns) / sizeof(*columns); k++)
			digest_text(&d, columns[k]);
	}
	const struct profiles *p = ledger_profiles(l);
	for (size_t i = 0; i < profiles_count(p); i++) {
		const struct permit *row = profiles_at(p, i);
		const char *const columns[] = {row->rule, row->profile, row->about, row->why};
		for (size_t k = 0; k < sizeof(columns) / sizeof(*columns); k++)
			digest_text(&d, columns[k]);
	}
	digest_end(&d, text);
	json_t *o = must(json_object());
	put_number(o, "rules", ledger_count(l));
	put_text(o, "sha256", text);
	return o;
}

json_t *provenance_of(const struct run *run)
{
	const struct run_options *o = run->options;
	json_t *out = must(json_object()), *sut = must(json_object());
	char *where = address(o);
	put_text(sut, "name", run->report.sut_name);
	put_text(sut, "version", run->report.sut_version);
	put_text(sut, "role", run->report.sut_role);
	put_text(sut, "address", where);
	free(where);
	put_number(out, "schema", REPORT_SCHEMA);
	put_text(out, "tool_version", tool_version());
	put(out, "sut", sut);
	put(out, "options", options_of(o));
	put(out, "cases", provenance_cases((const struct script *const *)run->cases, run->count));
	put(out, "ledger", provenance_ledger(run->ledger));
	return out;
}

/* ---- two of them ---- */

static char *told(const json_t *value)
{
	if (!value)
		return must(strdup("not given"));
	char *text = must(json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT));
	/* A whole digest tells people nothing. */
	if (strlen(text) > 60)
		snprintf(text + 57, 4, "...");
	return text;
}

static void add_difference(char **list, const char *where, const json_t *past, const json_t *now)
{
	char *then = told(past), *here = told(now);
	char *longer = text_format("%s%s%s: %s there, %s here", *list, **list ? "; " : "", where,
				   then, here);
	free(then);
	free(here);
	free(*list);
	*list = longer;
}

static void differences(char **list, const char *where, const json_t *past, const json_t *now)
{
	if (!json_is_object(past) || !json_is_object(now)) {
		if (!json_equal(past, now))
			add_difference(list, where, past, now);
		return;
	}
	json_t *all = must(json_copy((json_t *)now));
	json_object_update((json_t *)all, (json_t *)past);
	const char *key;
	json_t *ignored;
	json_object_foreach(all, key, ignored)
	{
		char *inner = *where ? text_format("%s.%s", where, key) : must(strdup(key));
		if (strcmp(inner, "tool_version") != 0)
			differences(list, inner, json_object_get(past, key),
				    json_object_get(now, key));
		free(inner);
	}
	json_decref(all);
}

int provenance_same(const json_t *past, const json_t *now, struct err *e)
{
	char *list = must(strdup(""));
	differences(&list, "", past, now);
	const int status = *list ? err_set(e, 0, "%s", list) : 0;
	free(list);
	return status;
}

/* ---- for people ---- */

void provenance_report(struct run *run, const json_t *identity)
{
	struct report *r = &run->report;
	struct utsname uts;
	r->provenance = must(json_deep_copy(identity));
	put_text(r->provenance, "commit", tool_commit());
	put_text(r->provenance, "device", r->fabric);
	char *command = provenance_command(run->options);
	put_text(r->host, "argv", command);
	free(command);
	if (!uname(&uts))
		put_text(r->host, "kernel", uts.release);
}

static const char *short_digest(const json_t *o, const char *member, char out[SHORT_DIGEST + 1])
{
	const char *text = json_string_value(json_object_get(json_object_get(o, member), "sha256"));
	snprintf(out, SHORT_DIGEST + 1, "%s", text ? text : "");
	return out;
}

char *provenance_line(const json_t *identity)
{
	char cases[SHORT_DIGEST + 1], ledger[SHORT_DIGEST + 1];
	json_t *options = json_object_get(identity, "options");
	char *text = must(json_dumps(options, JSON_COMPACT));
	char *line =
		text_format("iserspec %s, commit %s; cases %s, ledger %s; options %s",
			    tool_version(), tool_commit(), short_digest(identity, "cases", cases),
			    short_digest(identity, "ledger", ledger), text);
	free(text);
	return line;
}

char *provenance_command(const struct run_options *o)
{
	char *out = must(strdup("iserspec"));
	for (int i = 0; i < o->argc; i++) {
		/* Quoted where a shell would not take it as one word as it is. */
		const bool plain =
			*o->argv[i] && !strpbrk(o->argv[i], " \t\n'\"\\$`*?[]{}()<>|&;#~!");
		const char *quote = plain ? "" : "'";
		char *longer = text_format("%s %s%s%s", out, quote, o->argv[i], quote);
		free(out);
		out = longer;
	}
	char *clean = secrets_clean(&o->secrets, out);
	free(out);
	return clean;
}
