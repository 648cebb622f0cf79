/* SPDX-License-Identifier: BSD-2-Clause */
/* The honest session that tells whether an SUT still lives and serves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char target[] = "title    Does it still serve?\n"
			     "sut      target\n"
			     "rules    I7143-11.18.1-1\n"
			     "grade    SHOULD\n"
			     "\n"
			     "login\n"
			     "scsi test-unit-ready\n"
			     "send nop-out I=1 ITT=fresh TTT=none data=pattern:9:201\n"
			     "expect nop-in ITT=$sent.ITT data=$sent.data within 5s\n"
			     "disconnect\n";

static const char initiator[] = "title    Does it still log in, and answer?\n"
				"sut      initiator\n"
				"rules    I7143-11.18-1\n"
				"grade    SHOULD\n"
				"\n"
				"login\n"
				"expect alive within 5s\n"
				"disconnect\n";

const char *session_honest(enum peer_role sut)
{
	return sut == PEER_TARGET ? target : initiator;
}

struct script *session_honest_script(enum peer_role sut, const struct ledger *ledger)
{
	struct script_errors e = {0};
	const char *text = session_honest(sut);
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
