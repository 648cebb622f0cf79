/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One honest session before the first case. A wrong address, name or secret is told once and for
 * all cases, not as a breach of each; and what the disk is, the cases get to know from it.
 */
#ifndef CLI_PREFLIGHT_H
#define CLI_PREFLIGHT_H

#include "run_loop.h"

/*
 * Runs it and puts it into run->report.preflight, and what it learned of the LUN into run->lun.
 * RUN_DONE: the cases may run, whatever it found; RUN_SET_UP: what it met is how SUT and we were
 * set up, *e says it in one line; RUN_INTERRUPTED, RUN_BROKEN as for run_loop().
 */
enum run_end preflight(struct run *run, struct err *e);
/* Its script; `blank`: it looks whether the LUN holds data, too. The caller frees. */
struct script *preflight_script(enum peer_role role, bool blank, const struct ledger *ledger);
/* What it has learned of a target's LUN. */
struct lun_facts preflight_lun(const struct case_result *r);

#endif
