/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in where and when a run takes place. */
#include "run_lab.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>

#include "../report/json.h"
#include "../report/lab.h"
#include "../report/memory.h"
#include "command.h"

static void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, must(value));
}

/* The simulator asks no kernel for anything that a verdict could hang on. */
static json_t *own_lab(const struct run *run, const char *fabric)
{
	const bool model = run->options->access == ACCESS_MODEL;
	json_t *lab = must(json_object()), *kernel = must(json_object());
	struct utsname uts;

	put(lab, "name", json_text(model ? "simulator" : "native"));
	put(lab, "clock", json_text(model ? "virtual" : "real"));
	put(lab, "fabric", json_text(fabric));
	put(lab, "hosts", json_integer(1));
	if (!model && !uname(&uts)) {
		put(kernel, "release", json_text(uts.release));
		json_object_set(lab, "kernel", kernel);
	}
	json_decref(kernel);
	return lab;
}

int run_lab_read(struct run *run, struct err *e)
{
	const struct run_options *o = run->options;
	run->report.lab_told = o->lab;
	return o->lab ? lab_read(&run->report, o->lab, &o->secrets, e) : 0;
}

void run_lab_complete(struct run *run, const char *fabric)
{
	struct report *r = &run->report;
	char started[32];
	struct tm tm;

	if (!r->lab)
		r->lab = own_lab(run, fabric);
	if (!r->host)
		r->host = must(json_object());
	if (!json_object_get(r->host, "started")) {
		const time_t now = time(NULL);
		gmtime_r(&now, &tm);
		strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);
		put(r->host, "started", json_text(started));
	}
}

void run_lab_seconds(struct run *run)
{
	struct report *r = &run->report;
	const double elapsed = clock_now() - run->started;

	r->seconds = elapsed;
	if (run->options->access == ACCESS_MODEL) {
		r->seconds = 0;
		for (size_t i = 0; i < r->count; i++)
			r->seconds += r->cases[i].result.seconds;
	}
	/* In a lab with a clock of its own we see nothing of the host's. */
	if (!r->lab_told || lab_clock_is_real(r))
		put(r->host, "seconds", json_real(elapsed));
}

void run_lab_boot(const struct run *run, char *id, size_t size)
{
	const json_t *boot = json_object_get(run->report.lab, "boot");
	if (json_is_integer(boot))
		snprintf(id, size, "boot %lld of the lab", (long long)json_integer_value(boot));
	else
		journal_boot_id(id, size);
}
