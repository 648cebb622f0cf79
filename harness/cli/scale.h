/* SPDX-License-Identifier: BSD-2-Clause */
/* How much slower this machine is than the one whose deadlines the cases were written for. */
#ifndef CLI_SCALE_H
#define CLI_SCALE_H

/*
 * Measures a fixed piece of work, arithmetic and system calls, in some 20 ms on the reference
 * machine, and gives the factor, 1 to
 * 20. Deadlines of cases are multiplied by it, so that an emulated machine judges as a fast one
 * does.
 */
double scale_measure(void);

#endif
