/* SPDX-License-Identifier: BSD-2-Clause */
/* An honest login and a ping on a fresh connection, as a case that is in no catalogue. */
#include "liveness.h"

#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"
#include "command.h"
#include "driver_trouble.h"

/* Its id makes the ISID another one than that of any case's connection. */
static const char target_id[] = "target/liveness", initiator_id[] = "initiator/liveness";
static const char target_text[] = "title    The target lets somebody log in\n"
				  "sut      target\n"
				  "rules    I7143-6.3-8\n"
				  "grade    MUST\n"
				  "deadline 8s\n"
				  "login\n"
				  "expect alive within 3s\n";
/* The window right behind its login is let pass. */
static const char initiator_text[] = "title    The initiator logs in and answers\n"
				     "sut      initiator\n"
				     "rules    I7143-11.18-1\n"
				     "grade    MUST\n"
				     "deadline 40s\n"
				     "login\n"
				     "serve for 500ms\n"
				     "expect alive within 5s\n";
enum { ATTEMPTS = 2 };
/* The script's deadline, and the logout behind it. */
static const double attempt_seconds = 10, initiator_seconds = 60;

bool liveness_in_doubt(const struct case_result *r)
{
	/* Where a driver has left things undone, that nobody can log in is its doing. */
	if (r->verdict == VERDICT_CRASH || driver_troubled(r))
		return false;
	/* A logout that was answered shows life; whether it also closes is another question. */
	return r->verdict == VERDICT_FAIL || r->verdict == VERDICT_INCONCLUSIVE ||
	       (r->close != CLOSE_CLEAN && r->close != CLOSE_LATE && r->close != CLOSE_LEFT_OPEN);
}

/* False: interrupted. *r is filled in any case. */
static bool attempt(struct case_setup *setup, int signal_fd, struct case_result *r)
{
	const double seconds =
		setup->options->role == PEER_TARGET ? attempt_seconds : initiator_seconds;
	const char *id = setup->script->id;
	struct case_process p;
	struct err e;

	if (case_process_start(&p, id, seconds * setup->timeout_scale, run_case, setup, &e)) {
		result_init(r, id);
		result_add(r, VERDICT_INCONCLUSIVE, 0, "", e.what, NULL, 0);
		result_decide(r);
		return true;
	}
	const enum case_wait how = case_process_await(&p, signal_fd, NULL, NULL);
	case_process_finish(&p, id, r, &e);
	return how != CASE_INTERRUPTED;
}

struct script *liveness_script(enum peer_role role, const struct ledger *ledger)
{
	const bool target = role == PEER_TARGET;
	const char *text = target ? target_text : initiator_text;
	struct script_errors errors;
	struct script *s = script_parse(target ? target_id : initiator_id, text, strlen(text),
					ledger, &errors);
	/* It is ours, and the same for everybody. */
	if (!s)
		abort();
	return s;
}

enum liveness liveness_ask(const struct case_setup *like, int signal_fd, char **why)
{
	struct err e;
	struct case_setup setup = *like;
	struct case_result r;
	struct probed_device device;
	bool well = false, interrupted = false;

	*why = NULL;
	setup.log_path = NULL;
	setup.seen = NULL;
	setup.script = liveness_script(like->options->role, like->ledger);
	for (unsigned n = 0; !well && !interrupted && n < ATTEMPTS; n++) {
		/* One ISID that was tried and hung must not hang the next. */
		setup.seed = like->seed + 1000 + n;
		interrupted = !attempt(&setup, signal_fd, &r);
		well = r.verdict == VERDICT_PASS;
		if (n + 1 == ATTEMPTS && !well)
			*why = must(strdup(r.reason ? r.reason : ""));
		result_free(&r);
	}
	script_free((struct script *)setup.script);
	if (well || interrupted) {
		free(*why);
		*why = NULL;
		return interrupted ? LIVENESS_INTERRUPTED : LIVENESS_WELL;
	}
	if (like->options->access == ACCESS_TARGET && probe_device(&device, &e)) {
		free(*why);
		*why = text_format("our own RDMA device is gone: %s", e.what);
		return LIVENESS_UNKNOWN;
	}
	return LIVENESS_DEAD;
}
