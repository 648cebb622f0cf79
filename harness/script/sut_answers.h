/* SPDX-License-Identifier: BSD-2-Clause */
/* The SUT's own commands as the log has them: how each began and ended, so that a replay needs
 * none. */
#ifndef SCRIPT_SUT_ANSWERS_H
#define SCRIPT_SUT_ANSWERS_H

#include "runner.h"

struct sut_answers {
	struct sut_control real; /* all NULL in a replay */
	struct fabric *fab;
	int64_t status; /* of the command begun last, as the log has it; -1: it runs */
	const char *last_line;
	int64_t act_status; /* the same of what it was told last */
	const char *act_line;
};

/* Puts itself between env->sut and the runner; env->fab is set. *s must outlive the run. */
void sut_answers_attach(struct sut_answers *s, struct run_env *env);

#endif
