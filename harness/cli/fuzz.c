/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec fuzz: sessions grown from the cases, on a living system of the user's own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fabric/fabric.h"
#include "../report/memory.h"
#include "catalogue.h"
#include "cli.h"
#include "fuzz_session.h"
#include "interrupt.h"
#include "report_folder.h"
#include "scale.h"
#include "select.h"

struct fuzz {
	struct fuzz_options options;
	struct catalogue cat;
	struct session_pool *pool;
	struct fuzz_sessions sessions;
	struct known known;
	char *how;
	struct report_folder folder;
	struct keep *keep;
	json_t *about;
	struct live live;
};

static int guard(struct fuzz *f, struct err *e)
{
	static const struct owned_addresses none;
	const struct run_options *o = &f->options.run;
	struct owned_addresses *owned = &f->sessions.owned;
	if (owned_addresses_open(owned, f->options.owned, e))
		return -1;
	switch (o->access) {
	case ACCESS_TARGET:
		return owned_addresses_check(owned, o->url.host, e);
	case ACCESS_INITIATOR: /* where we listen; who comes is looked at when he does */
		return owned_addresses_check(&none, o->host, e);
	default:
		return 0;
	}
}

static bool is_excluded(const struct run_options *o, const struct script *s)
{
	for (size_t i = 0; i < o->exclude.count; i++)
		if (select_matches(o->exclude.at[i], s))
			return true;
	return false;
}

static int fill_pool(struct fuzz *f, struct err *e)
{
	const struct run_options *o = &f->options.run;
	f->pool = session_pool_new(o->role);
	for (size_t i = 0; i < f->cat.count; i++)
		if (f->cat.cases[i]->sut == o->role && !is_excluded(o, f->cat.cases[i]))
			session_pool_add(f->pool, f->cat.cases[i]);
	if (!session_pool_count(f->pool))
		return err_set(e, 0, "none of the cases chosen gives a session for %s",
			       o->role == PEER_TARGET ? "a target" : "an initiator");
	return 0;
}

static json_t *list_of(const struct text_list *l)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(array, must(json_string(l->at[i])));
	return array;
}

/* What is fuzzed, as far as a folder has to be of the same. */
static json_t *about(const struct run_options *o)
{
	static const char *const ways[] = {[ACCESS_NONE] = "",
					   [ACCESS_TARGET] = "target",
					   [ACCESS_INITIATOR] = "initiator",
					   [ACCESS_MODEL] = "model"};
	const char *role = o->role == PEER_TARGET ? "target" : "initiator";
	char *model = text_format("model-%s", role);
	const char *name = o->sut_name			? o->sut_name
			   : o->access == ACCESS_MODEL	? model
			   : o->access == ACCESS_TARGET ? o->url.iqn
							: "initiator";
	char *clean = secrets_clean(&o->secrets, name);
	json_t *out = must(json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", clean, "role", role, "by",
				     ways[o->access], "knobs", list_of(&o->knobs), "options",
				     list_of(&o->settings)));
	free(clean);
	free(model);
	return out;
}

/* EXIT_OK: there is one. */
static int find_device(const struct run_options *o)
{
	struct probed_device device;
	struct err e;
	if (o->access == ACCESS_MODEL)
		return EXIT_OK;
	verbs_preload();
	if (!probe_device(&device, &e))
		return EXIT_OK;
	complain_err(&e);
	return e.errnum == ENODEV ? EXIT_NO_DEVICE : EXIT_USAGE;
}

static int open_all(struct fuzz *f, struct err *e)
{
	const struct run_options *o = &f->options.run;
	struct sut_care *care = &f->sessions.care;
	f->sessions.options = &f->options;
	f->sessions.ledger = f->cat.ledger;
	care->options = o;
	care->signal_fd = interrupt_open(e);
	if (care->signal_fd < 0)
		return -1;
	care->watch = sut_watch_open(&o->watching, e);
	if (!care->watch)
		return -1;
	care->timeout_scale = o->timeout_scale > 0	  ? o->timeout_scale
			      : o->access == ACCESS_MODEL ? 1
							  : scale_measure();
	if (o->report && report_folder_lock(&f->folder, o->report, e))
		return -1;
	f->keep = o->report ? keep_open(o->report, o->access != ACCESS_MODEL, e) : NULL;
	if (o->report && !f->keep)
		return -1;
	return fuzz_sessions_open(&f->sessions, e);
}

static int go(struct fuzz *f)
{
	struct err e = {0};
	const struct run_options *o = &f->options.run;
	int status = find_device(o);
	if (status)
		return status;
	f->how = fuzz_options_how(&f->options);
	f->about = about(o);
	const struct live_setup setup = {
		.sut = o->role,
		.pool = f->pool,
		.ledger = f->cat.ledger,
		.about = f->about,
		.known = &f->known,
		.how = f->how,
		.seed = o->seed,
		.sessions = f->options.sessions,
		.tries = f->options.tries,
	};
	if ((f->options.known && known_read(&f->known, f->options.known, &e)) || open_all(f, &e))
		return complain_err(&e);
	const struct live_runner runner = fuzz_sessions_runner(&f->sessions);
	if (live_open(&f->live, &setup, &runner, f->keep, &e)) {
		status = o->report ? complain("--report %s: %s", o->report, e.what)
				   : complain_err(&e);
		goto out;
	}
	f->sessions.earlier = f->live.sessions + f->live.tries;
	if (live_take_left_over(&f->live, FOUND_CRASH, f->options.died, &e) ||
	    (o->access != ACCESS_MODEL && fuzz_sessions_preflight(&f->sessions, &e))) {
		status = complain_err(&e);
		goto out;
	}
	const enum live_end end = live_go(&f->live, &e);
	char *page = live_page(&f->live);
	fputs(page, stdout);
	free(page);
	if (o->report)
		printf("report in %s\n", o->report);
	status = live_news(&f->live) ? EXIT_RED : EXIT_OK;
	if (end != LIVE_OVER) {
		complain_err(&e);
		status = end == LIVE_LOST ? EXIT_SUT_LOST : EXIT_USAGE;
	}
out:
	live_free(&f->live);
	return status;
}

int cmd_fuzz(int argc, char **argv)
{
	struct fuzz f = {.folder = {.lock = -1}};
	struct err e = {0};
	int status = fuzz_options_parse(&f.options, argc, argv);
	if (status) {
		fuzz_options_free(&f.options);
		return status > 0 ? EXIT_OK : EXIT_USAGE;
	}
	f.sessions.care.signal_fd = -1;
	const struct run_options *o = &f.options.run;
	if (guard(&f, &e) ||
	    catalogue_open(&f.cat, o->cases, o->patterns.at, o->patterns.count, &e)) {
		complain_err(&e);
		owned_addresses_free(&f.sessions.owned);
		fuzz_options_free(&f.options);
		return EXIT_USAGE;
	}
	status = f.cat.broken ? EXIT_USAGE : fill_pool(&f, &e) ? complain_err(&e) : go(&f);
	fuzz_sessions_close(&f.sessions);
	keep_close(f.keep);
	report_folder_close(&f.folder);
	sut_watch_free(f.sessions.care.watch);
	if (f.sessions.care.signal_fd >= 0)
		close(f.sessions.care.signal_fd);
	json_decref(f.about);
	session_pool_free(f.pool);
	free(f.how);
	known_free(&f.known);
	catalogue_free(&f.cat);
	fuzz_options_free(&f.options);
	return status;
}
