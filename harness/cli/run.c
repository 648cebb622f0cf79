/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec run: everything around the loop over the cases. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../fabric/fabric.h"
#include "../oracle/watch.h"
#include "../report/columns.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "cli.h"
#include "command.h"
#include "html_page.h"
#include "interrupt.h"
#include "preflight.h"
#include "provenance.h"
#include "run_case.h"
#include "run_known.h"
#include "run_lab.h"
#include "run_loop.h"
#include "scale.h"
#include "select.h"

enum { BASELINE_LIMIT = 4 << 20 };

static const char *role_name(enum peer_role role)
{
	return role == PEER_TARGET ? "target" : "initiator";
}

static bool is_excluded(const struct run_options *o, const struct script *s, bool *used)
{
	bool excluded = false;
	for (size_t i = 0; i < o->exclude.count; i++) {
		if (!select_matches(o->exclude.at[i], s))
			continue;
		used[i] = excluded = true;
	}
	return excluded;
}

/* It takes too long for a run in which it was not asked for. */
static bool is_too_long(const struct run_options *o, const struct script *s)
{
	bool asked = o->long_form || !word_list_has(&s->tags, "long");
	for (size_t i = 0; i < o->patterns.count && !asked; i++)
		asked = !strcmp(o->patterns.at[i], s->id);
	return !asked;
}

/* The cases for this role, of this shard. An empty shard of a selection that is not empty is no
 * error. */
static int choose(struct run *run, const struct catalogue *cat, struct err *e)
{
	const struct run_options *o = run->options;
	size_t n = 0;
	bool *used = must(calloc(o->exclude.count + 1, sizeof(*used)));
	for (size_t i = 0; i < cat->count; i++) {
		/* Each pattern is asked about each case, so that one for nothing is found out. */
		if (is_excluded(o, cat->cases[i], used) || cat->cases[i]->sut != o->role)
			continue;
		if (is_too_long(o, cat->cases[i]))
			continue;
		if (n++ % o->shards != o->shard)
			continue;
		run->cases = grow(run->cases, run->count, sizeof(struct script *));
		run->cases[run->count++] = cat->cases[i];
	}
	int status = 0;
	for (size_t i = 0; !status && i < o->exclude.count; i++)
		if (!used[i])
			status = err_set(e, 0, "--exclude: no case that was chosen matches '%s'",
					 o->exclude.at[i]);
	free(used);
	if (status)
		return status;
	if (!n)
		return err_set(e, 0, "none of the cases chosen tests %s %s",
			       o->role == PEER_TARGET ? "a" : "an", role_name(o->role));
	run->terminal.total = run->report.planned = run->count;
	return 0;
}

int run_load_baseline(struct run *run, const struct catalogue *cat, struct err *e)
{
	const char *path = run->options->baseline;
	size_t len;
	if (!path)
		return 0;
	char *text = file_read(path, BASELINE_LIMIT, &len, e);
	if (!text)
		return -1;
	run->report.has_baseline = true;
	int status = baseline_parse(&run->baseline, path, text, len, e);
	free(text);
	for (size_t i = 0; !status && i < run->baseline.count; i++) {
		const struct baseline_entry *entry = &run->baseline.entries[i];
		struct err inner;
		if (run_known_check(entry, cat, &inner))
			status = err_set(e, 0, "%s:%u: %s", path, entry->line, inner.what);
	}
	return status;
}

static int set_fabric(struct run *run, struct err *e)
{
	const struct run_options *o = run->options;
	struct probed_device device = {.kind = "simulator"};
	if (o->access != ACCESS_MODEL)
		verbs_preload();
	if (o->access == ACCESS_MODEL)
		snprintf(device.description, sizeof(device.description), "simulator, seed %llu",
			 (unsigned long long)o->seed);
	else if (probe_device(&device, e))
		return -1;
	run->report.fabric = must(strdup(device.description));
	run_lab_complete(run, device.kind);
	return 0;
}

static void describe(struct run *run)
{
	const struct run_options *o = run->options;
	struct report *r = &run->report;
	struct utsname uts;
	char *model = text_format("model-%s", role_name(o->role));
	const char *name = o->access == ACCESS_MODEL	? model
			   : o->access == ACCESS_TARGET ? o->url.iqn
							: "initiator";
	const char *version = o->access == ACCESS_MODEL ? tool_version() : "";
	uname(&uts);
	char *kernel = text_format("%s %s", uts.sysname, uts.release);

	r->tool_version = must(strdup(tool_version()));
	r->sut_name = secrets_clean(&o->secrets, o->sut_name ? o->sut_name : name);
	r->sut_version = secrets_clean(&o->secrets, o->sut_version ? o->sut_version : version);
	r->sut_kernel = secrets_clean(&o->secrets, o->sut_kernel ? o->sut_kernel : kernel);
	r->sut_role = must(strdup(role_name(o->role)));
	r->seed = o->seed;
	r->strict = o->strict;
	r->profile = o->profile ? must(strdup(o->profile)) : NULL;
	r->timeout_scale = o->timeout_scale > 0 ? o->timeout_scale : scale_measure();
	free(kernel);
	free(model);
}

static int open_journal(struct run *run, struct err *e)
{
	const struct run_options *o = run->options;
	struct err inner;
	char boot[64];
	char *path = text_format("%s/journal.jsonl", o->report);
	int status = -1;
	run_lab_boot(run, boot, sizeof(boot));
	run->journal = journal_open(path, boot, o->resume ? &run->past : NULL, e);
	if (!run->journal)
		goto out;
	if (run->past.head && provenance_same(run->past.head, run->identity, &inner)) {
		err_set(e, 0, "--resume: %s: the journal is of another run; %s", path, inner.what);
		goto out;
	}
	status = journal_run(run->journal, run->identity, e);
out:
	free(path);
	return status;
}

static int open_report(struct run *run, struct err *e)
{
	const struct run_options *o = run->options;
	if (!o->report)
		return 0;
	if (report_folder_open(&run->folder, o->report, e) ||
	    (!o->resume && report_folder_clear(o->report, e)))
		return -1;
	return open_journal(run, e);
}

static void announce(const struct run *run)
{
	const struct run_options *o = run->options;
	if (o->quiet)
		return;
	FILE *out = run->terminal.out;
	fprintf(out, "%s, %s, over ", run->report.sut_name, run->report.sut_role);
	terminal_place(out, &run->report);
	fprintf(out, ": %zu cases, timeout scale %.1f\n", run->count, run->report.timeout_scale);
	char *line = provenance_line(run->identity), *command = provenance_command(o);
	fprintf(out, "%s\n%s\n", line, command);
	free(command);
	free(line);
	if (run->past.ended_count)
		fprintf(out, "%zu cases were done before\n", run->past.ended_count);
	fflush(out);
}

/* Whose disk it is, and what becomes of it: the user's last moment to think. */
static void announce_lun(const struct run *run)
{
	const struct run_options *o = run->options;
	if (o->quiet || o->access != ACCESS_TARGET)
		return;
	FILE *out = run->terminal.out;
	fprintf(out, "LUN %llu: ", (unsigned long long)o->url.lun);
	if (run->lun.blocks)
		fprintf(out, "%llu blocks of %u bytes; ", (unsigned long long)run->lun.blocks,
			run->lun.block_size);
	if (run->lun.write_protected)
		fputs("it is write-protected\n", out);
	else if (o->writes)
		fputs("cases write to it, what it holds is lost\n", out);
	else
		fputs("nothing is written to it (--allow-writes would let cases do so)\n", out);
	fflush(out);
}

static void summarise(const struct run *run)
{
	FILE *out = run->terminal.out;
	terminal_summary(&run->terminal, &run->report);
	if (run->past.ended_count)
		fprintf(out,
			"that time does not hold the %zu cases that were done before, nor what lay "
			"between\n",
			run->past.ended_count);
	if (run->options->report)
		fprintf(out, "report in %s\n", run->options->report);
}

static int finish(struct run *run, enum run_end end, struct err *e)
{
	const struct run_options *o = run->options;
	int status = report_exit_status(&run->report);
	struct err write_error;

	if (o->tap)
		report_put_tap(&run->report, stdout);
	if (end == RUN_SET_UP) {
		status = run_write_all(run, &write_error) ? complain_err(&write_error) : EXIT_USAGE;
		complain_err(e);
		return status;
	}
	if (end == RUN_BROKEN) {
		complain_err(e);
		status = EXIT_USAGE;
	} else if (run_write_all(run, &write_error)) {
		status = complain_err(&write_error);
	}
	if (!o->no_summary)
		summarise(run);
	if (end == RUN_SUT_LOST) {
		complain_err(e);
		status = EXIT_SUT_LOST;
	}
	if (end == RUN_INTERRUPTED) {
		complain("interrupted");
		status = EXIT_INTERRUPTED;
	}
	return status;
}

static int run_chosen(struct run *run, const struct catalogue *cat)
{
	struct err e = {0};
	const char *profile = run->options->profile;
	if (profile && !profiles_has(ledger_profiles(cat->ledger), profile))
		return complain("--profile: there is no %s; iserspec list --profiles", profile);
	if (choose(run, cat, &e) || run_load_baseline(run, cat, &e) || run_lab_read(run, &e))
		return complain_err(&e);
	if (set_fabric(run, &e)) {
		complain_err(&e);
		return e.errnum == ENODEV ? EXIT_NO_DEVICE : EXIT_USAGE;
	}
	run->signal_fd = interrupt_open(&e);
	if (run->signal_fd < 0)
		return complain_err(&e);
	run->watch = sut_watch_open(&run->options->watching, &e);
	if (!run->watch)
		return complain_err(&e);
	describe(run);
	run->identity = provenance_of(run);
	provenance_report(run, run->identity);
	if (open_report(run, &e))
		return complain_err(&e);
	announce(run);
	enum run_end end = preflight(run, &e);
	if (end == RUN_DONE) {
		announce_lun(run);
		end = run_loop(run, &e);
	}
	return finish(run, end, &e);
}

int cmd_run(int argc, char **argv)
{
	struct run_options o;
	struct catalogue cat;
	struct err e = {0};
	int status = EXIT_USAGE;

	const int parsed = run_options_parse(&o, argc, argv, NULL);
	if (parsed) {
		run_options_free(&o);
		return parsed > 0 ? EXIT_OK : EXIT_USAGE;
	}
	if (catalogue_open(&cat, o.cases, o.patterns.at, o.patterns.count, &e)) {
		complain_err(&e);
		run_options_free(&o);
		return EXIT_USAGE;
	}
	if (!cat.count && cat.broken) {
		catalogue_free(&cat);
		run_options_free(&o);
		return EXIT_USAGE;
	}
	/* Who reads TAP does not want words for people in between. */
	FILE *people = o.tap ? stderr : stdout;
	const bool tty = isatty(fileno(people));
	struct run run = {
		.options = &o,
		.ledger = cat.ledger,
		.signal_fd = -1,
		.folder = {.lock = -1},
		.started = clock_now(),
		.terminal = {.out = people,
			     .tty = tty,
			     .color = tty && !getenv("NO_COLOR"),
			     .quiet = o.quiet,
			     .columns = columns_of(stdout),
			     .folder = o.report},
	};
	status = run_chosen(&run, &cat);
	if (cat.broken && status != EXIT_INTERRUPTED) {
		complain("%zu of the cases chosen could not be read and were not run", cat.broken);
		status = EXIT_USAGE;
	}

	journal_close(run.journal);
	journal_past_free(&run.past);
	report_folder_close(&run.folder);
	json_decref(run.identity);
	if (run.signal_fd >= 0)
		close(run.signal_fd);
	sut_watch_free(run.watch);
	baseline_free(&run.baseline);
	report_free(&run.report);
	free(run.cases);
	catalogue_free(&cat);
	run_options_free(&o);
	return status;
}
