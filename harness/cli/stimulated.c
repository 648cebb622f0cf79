/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec list --stimulus: for each monitor and rule in how many distinct situations it was
 * judged. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/watch.h"
#include "../report/events.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "cli.h"
#include "list.h"

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Of the logs of one report; *target and *initiator: roles under test that there are. */
static int look(const char *dir, struct stimulus *s, bool *target, bool *initiator, struct err *e)
{
	struct dirent **list = NULL;
	char *logs = text_format("%s/logs", dir);
	const int n = scandir(logs, &list, not_hidden, alphasort);
	int status = n < 0 ? err_set(e, 0, "cannot read %s", logs) : 0;
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		const bool of_target = !strncmp(name, "target.", 7);
		char *path = text_format("%s/%s", logs, name);
		struct log *l = NULL;
		if (!status && (of_target || !strncmp(name, "initiator.", 10))) {
			l = events_read(path, e);
			status = l ? 0 : -1;
		}
		if (l) {
			*(of_target ? target : initiator) = true;
			watch_stimulus(l, of_target, NULL, s);
			log_free(l);
		}
		free(path);
		free(list[i]);
	}
	free(list);
	free(logs);
	return status;
}

static int by_situations(const void *a, const void *b)
{
	const struct stimulated *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	const int monitor = strcmp(x->monitor, y->monitor);
	return monitor ? monitor : strcmp(x->rule, y->rule);
}

/* What a monitor could have judged of such a system, and never did. */
static void add_silent(const struct catalogue *cat, struct stimulus *s, bool target, bool initiator)
{
	size_t count;
	const struct monitor *const *all = monitors(&count);
	for (size_t m = 0; m < count; m++) {
		const char *rules = all[m]->rules;
		char id[RULE_ID_SIZE];
		while (rules_next(&rules, id)) {
			const struct rule *rule = ledger_find(cat->ledger, id);
			bool there = rule && ((!strcmp(rule->role, "target") && !target) ||
					      (!strcmp(rule->role, "initiator") && !initiator));
			for (size_t i = 0; i < s->count && !there; i++)
				there = !strcmp(s->at[i].monitor, all[m]->name) &&
					!strcmp(s->at[i].rule, id);
			if (there)
				continue;
			s->at = must(reallocarray(s->at, s->count + 1, sizeof(*s->at)));
			s->at[s->count++] = (struct stimulated){.monitor = all[m]->name,
								.rule = must(strdup(id))};
		}
	}
}

static void print(const struct stimulus *s, bool json)
{
	json_t *array = json ? must(json_array()) : NULL;
	size_t silent = 0;
	if (!json)
		puts("situations      looks  monitor               rule");
	for (size_t i = 0; i < s->count; i++) {
		const struct stimulated *x = &s->at[i];
		silent += !x->count;
		if (!json) {
			printf("%10zu %10zu  %-20s  %s\n", x->count, x->looks, x->monitor, x->rule);
			continue;
		}
		json_t *o = must(json_object());
		json_object_set_new(o, "monitor", json_text(x->monitor));
		json_object_set_new(o, "rule", json_text(x->rule));
		json_object_set_new(o, "situations", json_number(x->count));
		json_object_set_new(o, "looks", json_number(x->looks));
		json_array_append_new(array, o);
	}
	if (json)
		list_put_json(array);
	else
		printf("%zu of %zu rules of monitors were judged in no situation\n", silent,
		       s->count);
}

int list_stimulus(const struct catalogue *cat, char *const *dirs, size_t n, bool json)
{
	struct stimulus s = {0};
	struct err e;
	bool target = false, initiator = false;
	int status = EXIT_OK;
	for (size_t i = 0; i < n && status == EXIT_OK; i++)
		if (look(dirs[i], &s, &target, &initiator, &e))
			status = complain_err(&e);
	if (status == EXIT_OK) {
		add_silent(cat, &s, target, initiator);
		if (s.count)
			qsort(s.at, s.count, sizeof(*s.at), by_situations);
		print(&s, json);
	}
	stimulus_free(&s);
	return status;
}
