/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-C, TERM and HUP as something to be read, for who has to tidy up first. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include "../wire/err.h"

/* Blocks the signals; a signalfd(2) that does not wait. -1 with *e. */
int interrupt_open(struct err *e);

#endif
