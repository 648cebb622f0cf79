/* SPDX-License-Identifier: BSD-2-Clause */
/* A case once more in the lab, by the command that a report names. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../report/lab.h"
#include "../report/memory.h"
#include "lab_command.h"
#include "replay.h"

bool replay_was_in_lab(const struct replay *p)
{
	return p->has_report && !p->facts.simulated && lab_command_made(&p->report);
}

int replay_lab_words(const struct replay *p, const char *reports, char *const *more,
		     struct command_words *w, struct err *e)
{
	if (lab_command_begin(w, &p->report, e))
		return -1;
	char *refused = lab_command_lab(w, &p->report, NULL);
	if (refused)
		printf("not taken from the report, say it again behind --: %s\n", refused);
	free(refused);
	for (size_t i = 0; more && more[i]; i++)
		command_words_add(w, strdup(more[i]));
	command_words_add(w, strdup("--seed"));
	command_words_add(w, text_format("%" PRIu64, p->report.seed));
	command_words_option(w, "--cases", p->facts.case_id);
	command_words_option(w, "--reports", reports);
	if (p->env->long_form) {
		command_words_add(w, strdup("--"));
		command_words_add(w, strdup("--long"));
	}
	return 0;
}

static const char *digest_of(const struct report *r)
{
	return lab_text(r, "kernel.digest");
}

int replay_in_lab(const struct replay *p, const struct command_words *w, const char *reports,
		  char **new_log, enum verdict *verdict, struct err *e)
{
	struct report now = {0};
	char *folder = NULL, *path = NULL;
	/* How it ended is what the system came to; a report or none tells the rest. */
	int status = lab_command_run(w, e) < 0 ? -1 : 0;

	if (status)
		return status;
	folder = lab_command_report(reports);
	path = folder ? text_format("%s/report.json", folder) : NULL;
	if (!path || report_read_json(&now, path, e) || now.count != 1 || !now.cases[0].log) {
		status = err_set(e, 0, "the lab came to no report of the case");
		goto out;
	}
	if (strcmp(digest_of(&now), digest_of(&p->report)) != 0)
		printf("another kernel than then: %s (%s), was %s (%s)\n",
		       lab_text(&now, "kernel.package"), digest_of(&now),
		       lab_text(&p->report, "kernel.package"), digest_of(&p->report));
	*verdict = now.cases[0].result.verdict;
	*new_log = text_format("%s/%s", folder, now.cases[0].log);
out:
	free(path);
	free(folder);
	report_free(&now);
	return status;
}
