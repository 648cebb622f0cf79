/* SPDX-License-Identifier: BSD-2-Clause */
/* The runs of a certificate done once more in the lab in virtual time, which has to give the same
 * bytes. */
#ifndef CLI_VERIFY_RERUN_H
#define CLI_VERIFY_RERUN_H

#include "certificate_folder.h"
#include "command_words.h"
#include "same_bytes.h"

struct rerun {
	const struct certificate_folder *folder;
	const char *work;    /* verify_run() has left its copies here, with their logs */
	const char *kernel;  /* in place of the one that a report names; NULL */
	const char *reports; /* where the new ones go */
};

/* Is run N of this commit, with these cases and rules? -1 with *e, which says how it is not. */
int rerun_is_of_us(const struct rerun *r, size_t run, struct err *e);
/*
 * Can it be done once more? -1 with *e, which says why not: it was not in the lab in virtual time,
 * did not end, or took what no certificate tells.
 */
int rerun_possible(const struct rerun *r, size_t run, struct err *e);
/* The words of tools/conformance by which it is, or by which that gets ready. -1 with *e;
 * command_words_free() in any case. */
int rerun_words(const struct rerun *r, size_t run, bool prepare, struct command_words *w,
		struct err *e);
/*
 * Has tools/conformance get ready for it: the kernel, the clients. -1 with *e when it does not,
 * after its own line on stderr: kernel or system are others than then.
 */
int rerun_prepare(const struct rerun *r, size_t run, struct err *e);
/* Does it, and holds it against the copy; what differs is told to `out`. -1 with *e. */
int rerun_run(const struct rerun *r, size_t run, FILE *out, struct same_bytes *same, struct err *e);

#endif
