/* SPDX-License-Identifier: BSD-2-Clause */
#include "preflight.h"

#include <stdlib.h>
#include <string.h>

#include "../report/lab.h"
#include "../report/memory.h"
#include "aftermath.h"
#include "command.h"
#include "run_case.h"
#include "run_known.h"

/* Their ids make the ISID another one than that of any case's connection. */
static const char target[] = "title    One honest session before the first case\n"
			     "sut      target\n"
			     "rules    I7143-11.18.1-1\n"
			     "grade    MUST\n"
			     "deadline 40s\n"
			     "login\n"
			     "scsi test-unit-ready\n"
			     "scsi inquiry\n"
			     "measure blocks = $lun.blocks\n"
			     "measure block_size = $lun.block_size bytes\n"
			     "measure write_protected = $lun.protected\n"
			     "expect alive within 5s\n";
/* Behind that, where cases will write. */
static const char target_blank[] =
	"needs $lun.signature == none \"the LUN holds data ($lun.signature): it is written to "
	"only with --allow-writes=everything\"\n";
/* The window right behind the login is for cases; here it is let pass. */
static const char initiator[] = "title    One honest session before the first case\n"
				"sut      initiator\n"
				"rules    I7143-11.18-1\n"
				"grade    MUST\n"
				"deadline 60s\n"
				"login\n"
				"serve for 500ms\n"
				"expect alive within 5s\n";

struct script *preflight_script(enum peer_role role, bool blank, const struct ledger *ledger)
{
	struct script_errors errors;
	char *text = role == PEER_INITIATOR
			     ? must(strdup(initiator))
			     : text_format("%s%s", target, blank ? target_blank : "");
	struct script *s = script_parse("preflight", text, strlen(text), ledger, &errors);
	free(text);
	/* It is ours, and the same for everybody. */
	if (!s)
		abort();
	return s;
}

static double measured(const struct case_result *r, const char *name)
{
	for (size_t i = 0; i < r->measurement_count; i++)
		if (!strcmp(r->measurements[i].name, name))
			return r->measurements[i].value;
	return 0;
}

struct lun_facts preflight_lun(const struct case_result *r)
{
	return (struct lun_facts){
		.blocks = (uint64_t)measured(r, "blocks"),
		.block_size = (uint32_t)measured(r, "block_size"),
		.write_protected = measured(r, "write_protected") > 0,
	};
}

/* Nothing is left to be run. */
static bool all_done(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct report_case *c = journal_past_find(&run->past, run->cases[i]->id);
		if (!c || (run->options->again && c->result.verdict == VERDICT_INCONCLUSIVE))
			return false;
	}
	return true;
}

/* The one that the journal tells of is the report's still. */
static void take_from_past(struct run *run)
{
	struct report_case *c = run->past.preflight;
	run->past.preflight = NULL;
	run->report.preflight = c;
	if (c)
		run_hold(run, c);
}

enum run_end preflight(struct run *run, struct err *e)
{
	const struct run_options *o = run->options;
	struct report_case *c;
	struct case_process p;
	enum run_end end = RUN_BROKEN;

	if (all_done(run)) {
		take_from_past(run);
		return RUN_DONE;
	}
	struct script *s = preflight_script(o->role, o->writes == WRITES_BLANK, run->ledger);
	char *path = o->report ? text_format("%s/logs/preflight.jsonl", o->report) : NULL;
	struct case_setup setup = {
		.options = o,
		.script = s,
		.ledger = run->ledger,
		.seed = o->seed,
		.timeout_scale = run->report.timeout_scale,
		.log_path = path,
		.real_time = lab_clock_is_real(&run->report),
	};
	c = run->report.preflight = must(calloc(1, sizeof(*c)));
	result_init(&c->result, "preflight");
	c->title = must(strdup(s->title));
	c->rules = must(strdup(s->rules.at[0]));
	c->log = path ? must(strdup("logs/preflight.jsonl")) : NULL;
	if (case_process_start(&p, s->id, case_seconds(o, s, setup.timeout_scale), run_case, &setup,
			       e))
		goto out;
	const bool finished =
		case_process_await(&p, run->signal_fd, NULL, NULL) != CASE_INTERRUPTED;
	result_free(&c->result);
	if (case_process_finish(&p, s->id, &c->result, e))
		goto out;
	end = finished ? RUN_DONE : RUN_INTERRUPTED;
	const struct aftermath after = {.path = path, .secrets = &o->secrets};
	char *died = p.died ? must(strdup(c->result.reason)) : NULL;
	if ((died && finished &&
	     aftermath_add(&after, "process", VERDICT_INCONCLUSIVE, died, &c->result, e)) ||
	    aftermath_close(&after, &c->result, e))
		end = RUN_BROKEN;
	free(died);
	if (end == RUN_DONE && run->journal && journal_preflight(run->journal, c, e))
		end = RUN_BROKEN;
	run_hold(run, c);
	run->lets_in = c->result.verdict != VERDICT_INCONCLUSIVE;
	run->lun = preflight_lun(&c->result);
	if (end == RUN_DONE && c->result.verdict == VERDICT_NOT_APPLICABLE) {
		err_set(e, 0, "preflight: %s", c->result.reason);
		end = RUN_SET_UP;
	} else if (end == RUN_DONE && c->result.setup &&
		   c->result.verdict == VERDICT_INCONCLUSIVE) {
		err_set(e, 0, "preflight: %s", c->result.setup);
		end = RUN_SET_UP;
	}
out:
	script_free(s);
	free(path);
	return end;
}
