/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An initiator under test that no command of ours makes log in: a person is told to (--manual), or
 * it comes by itself again and again (--reconnects). Its connection is the login, whenever it
 * comes.
 */
#ifndef CLI_BY_HAND_H
#define CLI_BY_HAND_H

#include "../script/runner.h"
#include "run_options.h"

struct by_hand_control {
	const struct run_options *options;
	const struct script *script;
};

/* Fills `control`; *h must outlive it. */
void by_hand_init(struct by_hand_control *h, struct sut_control *control);

/* Why such an initiator cannot be put through this case; NULL: it can. */
const char *by_hand_lacks(const struct run_options *o, const struct script *s);

#endif
