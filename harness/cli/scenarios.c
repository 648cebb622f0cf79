/* SPDX-License-Identifier: BSD-2-Clause */
/* Which scenarios the cases cover, and why not the others. */
#include "scenarios.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/json.h"
#include "../report/memory.h"

json_t *scenarios_load(const char *dir, struct err *e)
{
	json_error_t bad;
	char *path = must(text_format("%s/scenarios.json", dir));
	json_t *o = NULL;

	if (access(path, F_OK) && errno == ENOENT) {
		o = must(json_object());
	} else {
		o = json_load_file(path, JSON_REJECT_DUPLICATES, &bad);
		if (!o)
			err_set(e, 0, "%s:%d:%d: %s", path, bad.line, bad.column, bad.text);
	}
	free(path);
	return o;
}

const char *scenario_words(const json_t *scenarios, const char *tag)
{
	return json_string_value(json_object_get(json_object_get(scenarios, tag), "words"));
}

static bool covered(const struct catalogue *cat, const char *name)
{
	for (size_t i = 0; i < cat->count; i++)
		for (size_t k = 0; k < cat->cases[i]->tags.count; k++)
			if (!strcmp(cat->cases[i]->tags.at[k], name))
				return true;
	return false;
}

size_t scenarios_left(const json_t *scenarios, const struct catalogue *cat, FILE *out)
{
	const char *name;
	json_t *scenario;
	size_t wrong = 0;

	json_object_foreach((json_t *)scenarios, name, scenario)
	{
		const char *words = scenario_words(scenarios, name);
		const char *reason = json_string_value(json_object_get(scenario, "reason"));
		const bool has = covered(cat, name);

		if (!has)
			fprintf(out, "%s  %s\n    no case: %s\n", name, words ? words : "",
				reason ? reason : "and nothing says why");
		else if (reason)
			fprintf(out, "%s has a reason why no case covers it, and one does\n", name);
		wrong += has ? reason != NULL : reason == NULL;
	}
	return wrong;
}
