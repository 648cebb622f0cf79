/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In how many distinct situations a monitor judged a rule. A monitor that looked a thousand times
 * at the same ping has seen one thing; what was never stimulated is no proof of anything.
 */
#ifndef ORACLE_STIMULUS_H
#define ORACLE_STIMULUS_H

#include "dialogue.h"

/* A monitor and a rule that it judged. */
struct stimulated {
	const char *monitor;
	char *rule;
	size_t looks; /* how often */
	uint32_t *situations;
	size_t count; /* distinct ones */
};

struct stimulus {
	struct stimulated *at;
	size_t count;
};

/*
 * What two looks have to differ in, to be two situations: the kind of event; the type of the
 * message, or its opcode; the flags of its iSER header and of its BHS; which of its tags are
 * reserved ones; the class of its DataSegmentLength, of its EDTL and of its residual (nothing, then
 * each power of two; a multiple of 512, of 4, or neither); whether it has additional headers; how
 * it came (Send, with Invalidate, ...) and the phase. Numbers, tags and data themselves do not
 * count.
 */
uint32_t stimulus_situation(const struct log_event *ev, enum dialogue_phase phase);

void stimulus_add(struct stimulus *s, const char *monitor, const char *rule, uint32_t situation);
void stimulus_free(struct stimulus *s);

#endif
