/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec list --fields and --tags: the names that a case and a pattern may use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/json.h"
#include "../report/memory.h"
#include "../wire/pdu.h"
#include "cli.h"
#include "list.h"
#include "scenarios.h"

/* ---- fields ---- */

static const char *sender_name(const struct pdu_type *type)
{
	return type->sender == FROM_TARGET ? "target" : "initiator";
}

static void put_type(const struct pdu_type *type)
{
	printf("%s  (%s, %s, sent by the %s)\n", type->name, type->title, type->section,
	       sender_name(type));
	for (size_t i = 0; i < type->field_count; i++) {
		const struct pdu_field *f = &type->fields[i];
		printf("    %-24s %3u bits at byte %u", f->name, f->width, f->offset);
		if (f->width % 8)
			printf(", from bit %d", 8 * f->bytes - f->shift - f->width);
		putchar('\n');
	}
}

static json_t *type_to_json(const struct pdu_type *type)
{
	json_t *o = must(json_object()), *fields = must(json_array());
	for (size_t i = 0; i < type->field_count; i++) {
		const struct pdu_field *f = &type->fields[i];
		json_array_append_new(fields,
				      must(json_pack("{s:s,s:i,s:i,s:i}", "name", f->name, "bits",
						     (int)f->width, "byte", (int)f->offset, "bit",
						     8 * f->bytes - f->shift - f->width)));
	}
	json_object_set_new(o, "type", json_text(type->name));
	json_object_set_new(o, "title", json_text(type->title));
	json_object_set_new(o, "section", json_text(type->section));
	json_object_set_new(o, "sender", json_text(sender_name(type)));
	json_object_set_new(o, "fields", fields);
	return o;
}

int list_fields(char *const *names, size_t n, bool json)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	json_t *array = must(json_array());
	for (size_t i = 0; i < n; i++) {
		if (pdu_type_by_name(names[i]))
			continue;
		json_decref(array);
		return complain("there is no message type '%s'; see iserspec list --fields",
				names[i]);
	}
	for (size_t i = 0; i < count; i++) {
		bool meant = !n;
		for (size_t k = 0; k < n; k++)
			meant |= pdu_type_by_name(names[k]) == &types[i];
		if (meant && json)
			json_array_append_new(array, type_to_json(&types[i]));
		else if (meant)
			put_type(&types[i]);
	}
	if (json)
		list_put_json(array);
	else
		json_decref(array);
	return EXIT_OK;
}

/* ---- tags ---- */

struct tag {
	const char *name;
	size_t cases;
};

static int compare_tags(const void *a, const void *b)
{
	return strcmp(((const struct tag *)a)->name, ((const struct tag *)b)->name);
}

static void add_tag(struct tag **tags, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*tags)[i].name, name) != 0)
			continue;
		(*tags)[i].cases++;
		return;
	}
	*tags = grow(*tags, *count, sizeof(**tags));
	(*tags)[(*count)++] = (struct tag){.name = name, .cases = 1};
}

int list_tags(const struct catalogue *cat, bool all, bool json)
{
	struct err e;
	json_t *scenarios = scenarios_load(cat->dir, &e);
	if (!scenarios)
		return complain_err(&e);
	struct tag *tags = NULL;
	size_t count = 0;
	json_t *array = must(json_array());
	for (size_t i = 0; i < cat->count; i++)
		for (size_t k = 0; k < cat->cases[i]->tags.count; k++)
			add_tag(&tags, &count, cat->cases[i]->tags.at[k]);
	if (count)
		qsort(tags, count, sizeof(*tags), compare_tags);
	for (size_t i = 0; i < count; i++) {
		const char *words = scenario_words(scenarios, tags[i].name);
		if (!json)
			printf("%-16s %zu cases%s%s\n", tags[i].name, tags[i].cases,
			       words ? ": " : "", words ? words : "");
		json_array_append_new(array, must(json_pack("{s:s,s:I}", "tag", tags[i].name,
							    "cases", (json_int_t)tags[i].cases)));
	}
	if (!json && all)
		scenarios_left(scenarios, cat, stdout);
	if (json)
		list_put_json(array);
	else
		json_decref(array);
	json_decref(scenarios);
	free(tags);
	return EXIT_OK;
}

int list_tags_check(const struct catalogue *cat)
{
	struct err e;
	json_t *scenarios = scenarios_load(cat->dir, &e);
	if (!scenarios)
		return complain_err(&e);
	const size_t wrong = scenarios_left(scenarios, cat, stdout);
	printf("%zu scenarios: %zu without a case and a reason, or with both\n",
	       json_object_size(scenarios), wrong);
	json_decref(scenarios);
	return wrong ? EXIT_RED : EXIT_OK;
}
