/* SPDX-License-Identifier: BSD-2-Clause */
/* The honest sessions that tell whether an SUT still lives and serves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define TO_TARGET                         \
	"title    Does it still serve?\n" \
	"sut      target\n"               \
	"rules    I7143-11.18.1-1\n"      \
	"grade    SHOULD\n"               \
	"\n"                              \
	"login\n"                         \
	"scsi test-unit-ready\n"
#define PING_TARGET                                                \
	"send nop-out I=1 ITT=fresh TTT=none data=pattern:9:201\n" \
	"expect nop-in ITT=$sent.ITT data=$sent.data within 5s\n"

#define TO_INITIATOR                                   \
	"title    Does it still log in, and answer?\n" \
	"sut      initiator\n"                         \
	"rules    I7143-11.18-1\n"                     \
	"grade    SHOULD\n"

static const char target[] = TO_TARGET PING_TARGET "disconnect\n";

/* More of what it is there for, to its good end. */
static const char target_long[] = TO_TARGET "scsi write lba=3 blocks=17 pattern=5\n"
					    "scsi read lba=3 blocks=17 pattern=5\n"
					    "text SendTargets=\n" PING_TARGET "logout within 5s\n"
					    "expect closed within 2s\n";

static const char initiator[] = TO_INITIATOR "\n"
					     "login\n"
					     "expect alive within 5s\n"
					     "disconnect\n";

/* The status of its login command says nothing: a login that the session began may still be under
 * way, and be the one that is answered here. */
static const char initiator_long[] = TO_INITIATOR "workload io\n"
						  "\n"
						  "login\n"
						  "serve until scsi-command within 15s\n"
						  "serve until idle 700ms within 25s\n"
						  "send nop-in TTT=fresh data=pattern:9:101\n"
						  "expect nop-out TTT=$sent.TTT within 5s\n";

const char *session_honest(enum peer_role sut)
{
	return sut == PEER_TARGET ? target : initiator;
}

struct script *session_honest_script(enum peer_role sut, bool whole, const struct ledger *ledger)
{
	struct script_errors e = {0};
	const char *text = !whole		? session_honest(sut)
			   : sut == PEER_TARGET ? target_long
						: initiator_long;
	struct script *s =
		script_parse(sut == PEER_TARGET ? "target/fuzz/honest" : "initiator/fuzz/honest",
			     text, strlen(text), ledger, &e);

	if (!s) {
		fprintf(stderr, "iserspec: the honest session, line %u: %s\n", e.at[0].line,
			e.at[0].what);
		abort();
	}
	return s;
}
