/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a certificate holds of one run beside its report, journal and logs, and what follows from
 * those: junit.xml, report.html, pcap/NAME.pcapng.gz. Made by `certify`, and once more by `verify`,
 * which wants the same.
 *
 * The page shows `host`, the word of who signed, as report.json in the archive has it; what a
 * baseline made of the run, which is somebody's own list, it does not show.
 */
#ifndef CLI_CERTIFICATE_RUN_H
#define CLI_CERTIFICATE_RUN_H

#include <stdio.h>

#include "certificate_folder.h"

/* Makes them in DIR/runs/N, of its report.json and of the logs, unpacked, in LOGS/logs. -1 with *e.
 */
int certificate_run_make(const struct certificate_folder *f, size_t run, const char *logs,
			 struct err *e);
/* Holds those in DIR/runs/N against what would be made now, in the folder LOGS, of the logs there.
 * A line to `out` for each that differs, is missing or was added. Returns how many, -1 with *e. */
int certificate_run_check(const struct certificate_folder *f, size_t run, const char *logs,
			  FILE *out, struct err *e);

#endif
