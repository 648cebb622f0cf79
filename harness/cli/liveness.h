/* SPDX-License-Identifier: BSD-2-Clause */
/* Does a target still let somebody log in, does an initiator? Asked after a case, so that one that
 * hangs is charged to the case that hung it, and not to the next one. */
#ifndef CLI_LIVENESS_H
#define CLI_LIVENESS_H

#include "run_case.h"

enum liveness {
	LIVENESS_WELL,
	LIVENESS_DEAD,	      /* twice nobody could log in: *why, which the caller frees */
	LIVENESS_UNKNOWN,     /* our own side is what is broken: *why too */
	LIVENESS_INTERRUPTED, /* signal_fd became readable; it was not read */
};

/*
 * Logs in and out on a connection of its own, in a process of its own, as `like` says whom and how;
 * its script and log are not looked at. Up to twice, each bounded by about 10 s scaled, an
 * initiator's by 60 s.
 */
enum liveness liveness_ask(const struct case_setup *like, int signal_fd, char **why);
/* The case that it asks by, for who asks in a process that is there already: it passes, or nobody
 * knows. script_free() frees it. */
struct script *liveness_script(enum peer_role role, const struct ledger *ledger);
/* Whether the end of this case makes it worth asking. */
bool liveness_in_doubt(const struct case_result *r);

#endif
