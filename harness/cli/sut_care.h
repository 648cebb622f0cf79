/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done for a SUT between cases: is it well, can it be brought back, is it idle. By what the
 * user gave for that: --watch and its relatives, --restart, --logout. */
#ifndef CLI_SUT_CARE_H
#define CLI_SUT_CARE_H

#include "../script/script.h"
#include "aftermath.h"
#include "run_options.h"
#include "sut_watch.h"

struct sut_care {
	const struct run_options *options;
	double timeout_scale;
	struct sut_watch *watch;
	int signal_fd;
};

/* Has somebody pressed Ctrl-C? Takes that off. */
bool sut_care_interrupted(const struct sut_care *c);
/* Is it still well? behind_group: what is dear to ask is asked too. *why, which the caller frees,
 * is fit for a report. An interrupt was taken off. */
enum sut_health sut_care_look(const struct sut_care *c, bool behind_group, char **why);
/* -1 with *e: it does not come back. Without --restart nothing is done. */
int sut_care_restart(const struct sut_care *c, struct err *e);
/*
 * Behind a case whose process came to no end of its own, and could not do it: takes back what the
 * target was changed by, and lets the initiator log out, so that the next one finds it as it should
 * be. What cannot be done by the driver's fault is a finding. -1 with *e.
 */
int sut_care_clean_up(const struct sut_care *c, const struct script *s, const struct aftermath *log,
		      struct case_result *r, struct err *e);

#endif
