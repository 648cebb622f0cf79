/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a session (sequence.h), fed to the parser that was brought (byo.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/fuzz/mutate/sequence.h"
#include "../byo.h"

_Static_assert((int)PHASE_SECURITY == BYO_SECURITY && (int)PHASE_OPERATIONAL == BYO_OPERATIONAL &&
		       (int)PHASE_HELLO == BYO_HELLO &&
		       (int)PHASE_FULL_FEATURE == BYO_FULL_FEATURE &&
		       (int)PHASE_LOGOUT == BYO_LOGOUT,
	       "phases");
_Static_assert((int)KIND_SEND == BYO_SEND && (int)KIND_SOLICITED == BYO_SEND_SOLICITED &&
		       (int)KIND_INVALIDATE == BYO_SEND_INVALIDATE &&
		       (int)KIND_IMMEDIATE == BYO_SEND_IMMEDIATE,
	       "kinds");
_Static_assert((int)DELAY_NONE == BYO_TOGETHER && (int)DELAY_SHORT == BYO_SOON &&
		       (int)DELAY_SETTLED == BYO_SETTLED && (int)DELAY_LONG == BYO_LATE,
	       "delays");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_up_once(void)
{
	static bool done;

	if (done)
		return;
	if (byo_set_up()) {
		fprintf(stderr, "byo_set_up() says that it cannot run\n");
		exit(EXIT_FAILURE);
	}
	done = true;
}

/* Each message is a heap block of its own, so that a read past its end is seen. */
static int feed(const struct sequence_message *m)
{
	uint8_t *copy = malloc(m->bytes.len ? m->bytes.len : 1);

	if (!copy)
		return 1;
	if (m->bytes.len)
		memcpy(copy, m->bytes.at, m->bytes.len);
	int over = byo_feed(&(struct byo_message){
		.bytes = copy,
		.length = m->bytes.len,
		.phase = (enum byo_phase)m->phase,
		.role = m->sender == FROM_TARGET ? BYO_INITIATOR : BYO_TARGET,
		.kind = (enum byo_kind)m->kind,
		.key = m->key,
		.delay = (enum byo_delay)m->delay,
	});
	free(copy);
	return over;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct sequence_message m;

	set_up_once();
	while (sequence_next(&c, &m))
		if (feed(&m))
			break;
	byo_reset();
	return 0;
}
