/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By what two findings are the same: the kind and the place, without anything that differs from one
 * time to the next (addresses, numbers, process ids, times).
 *
 *     rule I7143-11.18-1 of nop-out     a monitor's rule, and the message that decides
 *     crash KASAN use-after-free in isert_put_cmd    the kernel's first complaint, and where
 *     crash tgtd segfault               a daemon's end, as far as it is told
 *     no-login                          afterwards nobody is let in
 *     hang x_ttx in x_wait_for_cmds x_close    a thread of the SUT, or `hang session`
 *     own                               our own process died: a bug of iserspec's
 */
#ifndef FUZZ_LIVE_SIGNATURE_H
#define FUZZ_LIVE_SIGNATURE_H

#include "../../fabric/log.h"
#include "../../oracle/verdict.h"

enum found_kind { FOUND_CRASH, FOUND_HANG, FOUND_NO_LOGIN, FOUND_RULE, FOUND_OWN, FOUND_COUNT };

const char *found_kind_name(enum found_kind k); /* "crash", "hang", "no-login", "rule", "own" */
int found_kind_by_name(const char *name);	/* -1 */

/* All signatures are of printable ASCII in one line; the caller frees them. */

/* Of a monitor's finding, whose events are in the log. */
char *signature_of_rule(const struct finding *f, const struct log *l);
/* Of what somebody said: a kernel's log, a daemon's last line, a driver; "; " or line ends between
 * several lines. NULL text: the kind alone. */
char *signature_of_words(enum found_kind kind, const char *text);

/* A file's name without its ending: letters, digits, dots and dashes, at most 96; what is cut off
 * stands in it as a number. The caller frees. */
char *signature_file(const char *signature);

#endif
