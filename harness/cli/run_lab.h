/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run says of the place where it is: by --lab, or as far as it sees for itself. */
#ifndef CLI_RUN_LAB_H
#define CLI_RUN_LAB_H

#include "run_loop.h"

/* Takes report.lab and report.host from the file that --lab names, if it does. -1 with *e. */
int run_lab_read(struct run *run, struct err *e);
/* Adds what nobody told. fabric: of the device or the simulator, as fab_kind() has it. */
void run_lab_complete(struct run *run, const char *fabric);
/* report.seconds and host.seconds as they are by now. */
void run_lab_seconds(struct run *run);
/*
 * Which boot of the machine this is, for the journal. The lab's own count, lab.boot, goes before
 * the kernel's id: in a lab where even random numbers come again, each boot of a guest has the same
 * id, and a case that took the guest down would look like one under which only the program ended.
 */
void run_lab_boot(const struct run *run, char *id, size_t size);

#endif
