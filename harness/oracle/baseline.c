/* SPDX-License-Identifier: BSD-2-Clause */
/* Baselines: parsed from text, held against verdicts. */
#include "baseline.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

/* Cuts the next blank-separated word off *at; "" at the end. */
static char *next_word(char **at)
{
	char *start = *at + strspn(*at, " \t\r");
	char *end = start + strcspn(start, " \t\r");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return start;
}

static bool is_date(const char *s)
{
	static const char form[] = "dddd-dd-dd";
	if (strlen(s) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
			return false;
	const long month = strtol(s + 5, NULL, 10), day = strtol(s + 8, NULL, 10);
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Takes "monitor/NAME/RULE@CASES" apart. False where a part is there and empty. */
static bool split_monitor(struct baseline_entry *entry)
{
	static const char head[] = "monitor/";
	const size_t len = sizeof(head) - 1;
	if (strncmp(entry->id, head, len) != 0)
		return true;
	char *name = entry->monitor = need(strdup(entry->id + len));
	char *cases = strchr(name, '@');
	if (cases)
		*cases++ = '\0';
	char *rule = strchr(name, '/');
	if (rule)
		*rule++ = '\0';
	if (!*name || (rule && !*rule) || (cases && !*cases))
		return false;
	entry->rule = rule;
	entry->cases = cases;
	return true;
}

/* The text without the white space around it, cut in place. */
static const char *without_edges(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	for (size_t n = strlen(text); n && isspace((unsigned char)text[n - 1]);)
		text[--n] = '\0';
	return text;
}

static int parse_line(struct baseline *b, const char *name, unsigned number, char *line,
		      struct err *e)
{
	char *at = line;
	const char *id = next_word(&at);
	if (!*id || *id == '#')
		return 0;
	const char *verdict = next_word(&at), *date = next_word(&at);
	const char *reason = without_edges(at);
	const int v = verdict_by_name(verdict);

	if (v < 0)
		return err_set(e, 0, "%s:%u: '%s' is no verdict", name, number, verdict);
	if (v == VERDICT_PASS)
		return err_set(e, 0, "%s:%u: a pass needs no entry", name, number);
	if (!is_date(date))
		return err_set(e, 0, "%s:%u: '%s' is no date (YYYY-MM-DD)", name, number, date);
	if (!*reason)
		return err_set(e, 0, "%s:%u: the reason is missing", name, number);
	if (baseline_find(b, id))
		return err_set(e, 0, "%s:%u: a second entry for %s", name, number, id);

	b->entries = need(realloc(b->entries, (b->count + 1) * sizeof(*b->entries)));
	struct baseline_entry *entry = &b->entries[b->count++];
	*entry = (struct baseline_entry){.verdict = (enum verdict)v, .line = number};
	entry->id = need(strdup(id));
	if (asprintf(&entry->reason, "%s %s", date, reason) < 0)
		entry->reason = need(NULL);
	if (!split_monitor(entry))
		return err_set(e, 0, "%s:%u: '%s' is no monitor/NAME[/RULE][@CASES]", name, number,
			       id);
	return 0;
}

int baseline_parse(struct baseline *b, const char *name, const char *text, size_t len,
		   struct err *e)
{
	*b = (struct baseline){0};
	if (memchr(text, '\0', len))
		return err_set(e, 0, "%s: not a text", name);
	char *copy = need(strndup(text, len)), *rest = copy;
	unsigned number = 1;
	int status = 0;
	for (char *line; !status && (line = strsep(&rest, "\n")); number++)
		status = parse_line(b, name, number, line, e);
	free(copy);
	if (status)
		baseline_free(b);
	return status;
}

void baseline_free(struct baseline *b)
{
	for (size_t i = 0; i < b->count; i++) {
		free(b->entries[i].id);
		free(b->entries[i].monitor); /* the other parts are in it */
		free(b->entries[i].reason);
	}
	free(b->entries);
	*b = (struct baseline){0};
}

const struct baseline_entry *baseline_find(const struct baseline *b, const char *id)
{
	for (size_t i = 0; i < b->count; i++)
		if (!strcmp(b->entries[i].id, id))
			return &b->entries[i];
	return NULL;
}

enum baseline_state baseline_judge(const struct baseline_entry *entry, enum verdict v)
{
	if (!entry)
		return BASELINE_NONE;
	if (v == entry->verdict || v == VERDICT_NOT_APPLICABLE)
		return BASELINE_SAME;
	if (v == VERDICT_INCONCLUSIVE)
		return BASELINE_WORSE;
	if (v == VERDICT_PASS || v == VERDICT_INFO)
		return BASELINE_BETTER;
	/* What is left is warn, fail and crash, in rising order; anything is worse than
	 * not-applicable. */
	const bool graver = entry->verdict == VERDICT_NOT_APPLICABLE ||
			    entry->verdict == VERDICT_INCONCLUSIVE || v > entry->verdict;
	return graver ? BASELINE_WORSE : BASELINE_SAME;
}
