/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/escape.h"
#include "../report/memory.h"
#include "cli.h"

static const char help[] =
	"usage: iserspec fuzz --target URL | --initiator ADDR[:PORT] --login CMD | --model ROLE\n"
	"                     [OPTION...] [PATTERN...]\n"
	"\n"
	"Sessions grown from the cases and changed again and again, with all monitors on and an\n"
	"honest session behind each. What is found is kept once, made smaller, and can be run "
	"again:\n"
	"iserspec run ... FILE.iser. PATTERN, as for `run`, says of which cases.\n"
	"\n"
	"what is fuzzed: only this machine's own addresses\n"
	"  --target, --initiator, --login, --logout, --do, --model, --knob, --option, "
	"--chap-user,\n"
	"  --chap-secret-file, --mutual-user, --initiator-name, --target-name, --watch,\n"
	"  --watch-kernel, --watch-trouble, --watch-known, --watch-thread, --watch-pid,\n"
	"  --watch-line, --restart, --sut-name, --cases, --exclude, --timeout-scale\n"
	"                         as for `run`\n"
	"  --i-own-this-target ADDR  the target's address, where it is another machine that may "
	"break\n"
	"  --allow-writes         a target's LUN is written to, whatever the sessions say: "
	"demanded;\n"
	"                         --allow-writes=everything where it holds data\n"
	"\n"
	"how long, and by what\n"
	"  --time TIME            90s, 15min; by this machine's clock\n"
	"  --sessions N           no more than N; without both, until Ctrl-C\n"
	"  --until FILE           ends when FILE is there: for who cannot send a signal\n"
	"  --seed S               default 1; on the model the same seed gives the same bytes\n"
	"  --tries N              runs to make a finding smaller (default 200 on the model, else "
	"40)\n"
	"  --coverage WHAT        what the system tells of its own code guides, too: gcov:DIR, a\n"
	"                         folder of counters; map:FILE, a map of bytes that it counts in;\n"
	"                         shm:ID, such a map of AFL++; cmd:CMD, which prints a line for "
	"each\n"
	"                         place reached since last time\n"
	"  --count-only           what --coverage tells is noted, and guides nothing\n"
	"\n"
	"what is left\n"
	"  --report DIR           fuzz.txt, fuzz.json, findings/, parents/; a run that is there\n"
	"                         already goes on\n"
	"  --known FILE           signatures that are no news, one a line, a * at the end for all "
	"that\n"
	"                         begin so: counted, but not made smaller, and no exit status of "
	"1\n"
	"  --died WORDS           how the machine ended under the session that was running there\n"
	"  --log-limit SIZE       of each log: 64MiB (default), 512KiB, none\n"
	"  --quiet                no line a finding\n"
	"\n"
	"exit status: 0 no news, 1 something was found, 2 usage or configuration, 75 the system "
	"did\n"
	"not come back behind a session, 77 no RDMA device; Ctrl-C ends it as --time does\n";

enum {
	OPT_TIME = OPTION_MORE,
	OPT_SESSIONS,
	OPT_UNTIL,
	OPT_OWNED,
	OPT_TRIES,
	OPT_COVERAGE,
	OPT_COUNT_ONLY,
	OPT_DIED,
	OPT_KNOWN,
};

static const struct option table[] = {
	{"time", required_argument, NULL, OPT_TIME},
	{"sessions", required_argument, NULL, OPT_SESSIONS},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"i-own-this-target", required_argument, NULL, OPT_OWNED},
	{"tries", required_argument, NULL, OPT_TRIES},
	{"coverage", required_argument, NULL, OPT_COVERAGE},
	{"count-only", no_argument, NULL, OPT_COUNT_ONLY},
	{"died", required_argument, NULL, OPT_DIED},
	{"known", required_argument, NULL, OPT_KNOWN},
	{0},
};

/* What judges cases, or lets a person log in a thousand times. */
static const char *const without[] = {
	"repeat",     "shard",	     "fail-fast",  "resume",	     "again",  "died",
	"baseline",   "strict",	     "profile",	   "long",	     "manual", "reconnects",
	"login-wait", "lab",	     "link",	   "order",	     "tap",    "sut-version",
	"sut-kernel", "watch-group", "no-summary", "restart-behind", NULL};

enum { TRIES_MAX = 1000000, MODEL_TRIES = 200, LIVE_TRIES = 40 };

static int take(void *ctx, int option, char *value, struct err *e)
{
	struct fuzz_options *o = ctx;
	unsigned long n;
	switch (option) {
	case OPT_TIME:
		return option_time(value, &o->time, "--time", e);
	case OPT_SESSIONS:
		if (option_count(value, 1, INT64_MAX, &n, "--sessions", e))
			return -1;
		o->sessions = n;
		return 0;
	case OPT_TRIES:
		if (option_count(value, 0, TRIES_MAX, &n, "--tries", e))
			return -1;
		o->tries = (unsigned)n;
		return 0;
	case OPT_UNTIL:
		o->until = value;
		return 0;
	case OPT_OWNED:
		o->owned = value;
		return 0;
	case OPT_COVERAGE:
		o->coverage = value;
		return 0;
	case OPT_COUNT_ONLY:
		o->count_only = true;
		return 0;
	case OPT_DIED:
		o->died = value;
		return 0;
	case OPT_KNOWN:
		o->known = value;
		return 0;
	default:
		return err_set(e, 0, "option %d is not handled", option);
	}
}

static int check(struct fuzz_options *o, struct err *e)
{
	const struct run_options *r = &o->run;
	if (r->access == ACCESS_TARGET && !r->writes)
		return err_set(e, 0,
			       "a session may write anything to the LUN: --allow-writes says that "
			       "nothing there is of value");
	if (r->access == ACCESS_MODEL && (o->coverage || o->owned))
		return err_set(e, 0,
			       "--coverage and --i-own-this-target belong to --target and "
			       "--initiator");
	if (o->count_only && !o->coverage)
		return err_set(e, 0, "--count-only: there is no --coverage to count");
	if (o->died && !r->report)
		return err_set(e, 0, "--died needs --report DIR, where the run is");
	if (o->tries == UINT32_MAX)
		o->tries = r->access == ACCESS_MODEL ? MODEL_TRIES : LIVE_TRIES;
	return 0;
}

int fuzz_options_parse(struct fuzz_options *o, int argc, char **argv)
{
	struct err e;
	*o = (struct fuzz_options){.tries = UINT32_MAX};
	const struct more_options more = {
		.command = "fuzz",
		.help = help,
		.table = table,
		.without = without,
		.take = take,
		.ctx = o,
	};
	const int status = run_options_parse(&o->run, argc, argv, &more);
	if (!status && check(o, &e)) {
		complain_err(&e);
		return -1;
	}
	return status;
}

void fuzz_options_free(struct fuzz_options *o)
{
	run_options_free(&o->run);
}

char *fuzz_options_how(const struct fuzz_options *o)
{
	const struct run_options *r = &o->run;
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));
	const bool v6 = strchr(r->access == ACCESS_TARGET ? r->url.host : r->host, ':');
	switch (r->access) {
	case ACCESS_MODEL:
		fprintf(out, "--model %s", r->role == PEER_TARGET ? "target" : "initiator");
		for (size_t i = 0; i < r->knobs.count; i++)
			fprintf(out, " --knob %s", r->knobs.at[i]);
		for (size_t i = 0; i < r->settings.count; i++)
			fprintf(out, " --option %s", r->settings.at[i]);
		break;
	case ACCESS_TARGET:
		fprintf(out, "--target iser://%s%s%s:%u/%s/%" PRIu64 " --allow-writes%s",
			v6 ? "[" : "", r->url.host, v6 ? "]" : "", r->url.port, r->url.iqn,
			r->url.lun, r->writes == WRITES_EVERYTHING ? "=everything" : "");
		break;
	case ACCESS_INITIATOR:
		fprintf(out, "--initiator %s%s%s:%u --login CMD", v6 ? "[" : "", r->host,
			v6 ? "]" : "", r->port);
		break;
	case ACCESS_NONE:
		break;
	}
	fprintf(out, " --seed %" PRIu64, r->seed);
	fclose(out);
	char *clean = escape_text(text);
	free(text);
	return clean;
}
