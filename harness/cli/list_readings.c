/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec list --profiles, --ambiguous: what is legal where, and where the RFCs leave two
 * readings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/ledger.h"
#include "../report/file.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "cli.h"
#include "list.h"

enum { LIST_LIMIT = 1 << 20, READING_COLUMNS = 4 };

static json_t *words(const char *const keys[], const char *const texts[], size_t n)
{
	json_t *o = must(json_object());
	for (size_t i = 0; i < n; i++)
		json_object_set_new(o, keys[i], must(json_string(texts[i])));
	return o;
}

static void finish(json_t *array, bool json)
{
	if (json)
		list_put_json(array);
	else
		json_decref(array);
}

void list_profiles(const struct catalogue *cat, bool json)
{
	static const char *const keys[] = {"rule", "profile", "about", "why"};
	const struct profiles *p = ledger_profiles(cat->ledger);
	json_t *array = must(json_array());
	const char *name;
	for (size_t k = 0; !json && (name = profiles_name(p, k)); k++) {
		printf("%s%s\n", name, k ? "" : " (default): what the ledger says");
		for (size_t i = 0; i < profiles_count(p); i++) {
			const struct permit *row = profiles_at(p, i);
			if (!strcmp(row->profile, name))
				printf("    %s%s%s: %s\n", row->rule, *row->about ? ", " : "",
				       row->about, row->why);
		}
	}
	for (size_t i = 0; i < profiles_count(p); i++) {
		const struct permit *row = profiles_at(p, i);
		const char *const texts[] = {row->rule, row->profile, row->about, row->why};
		json_array_append_new(array, words(keys, texts, 4));
	}
	finish(array, json);
}

/* Cuts the line in place. False: it has not four columns. */
static bool split(char *line, char *at[READING_COLUMNS])
{
	size_t n = 0;
	for (char *next = line; next; n++) {
		char *column = strsep(&next, "\t");
		if (n < READING_COLUMNS)
			at[n] = column;
	}
	return n == READING_COLUMNS;
}

/* Is each of the cases there? */
static bool cases_there(const struct catalogue *cat, const char *ids, const char *place)
{
	char *copy = must(strdup(ids)), *save = NULL;
	bool all = *ids;
	for (char *id = strtok_r(copy, " ", &save); id; id = strtok_r(NULL, " ", &save)) {
		if (catalogue_has_id(cat, id))
			continue;
		complain("ambiguous.list: %s: no case %s", place, id);
		all = false;
	}
	free(copy);
	return all;
}

int list_ambiguous(const struct catalogue *cat, bool json)
{
	static const char *const keys[] = {"place", "one_reading", "other_reading", "cases"};
	struct err e;
	char *path = text_format("%s/rules/ambiguous.list", cat->dir), *save = NULL;
	char *text = file_read(path, LIST_LIMIT, NULL, &e);
	int status = text ? EXIT_OK : complain_err(&e);
	json_t *array = must(json_array());
	char *line = text ? strtok_r(text, "\n", &save) : NULL;
	while (line && (line = strtok_r(NULL, "\n", &save))) {
		char *at[READING_COLUMNS];
		if (!split(line, at)) {
			status = complain("%s: not four columns: %.60s", path, line);
			continue;
		}
		if (!cases_there(cat, at[3], at[0]))
			status = EXIT_RED;
		if (!json)
			printf("%s\n    by one reading: %s\n    by the other: %s\n    told by %s\n",
			       at[0], at[1], at[2], at[3]);
		json_array_append_new(array, words(keys, (const char *const *)at, READING_COLUMNS));
	}
	finish(array, json);
	free(text);
	free(path);
	return status;
}
