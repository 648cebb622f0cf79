/* SPDX-License-Identifier: BSD-2-Clause */
/* Every file of a folder with its SHA-256, as sha256sum writes and checks it. */
#ifndef CERTIFICATE_MANIFEST_H
#define CERTIFICATE_MANIFEST_H

#include <stddef.h>
#include <stdio.h>

#include "../wire/err.h"

#define MANIFEST	   "manifest"
#define MANIFEST_SIGNATURE "manifest.sig"

struct manifest {
	char **lines; /* "SHA256  PATH", by path, each path once */
	size_t count;
};

/* len bytes as a manifest, to the last newline as manifest_of() writes one. -1 with *e
 * "manifest:LINE: what". manifest_free() in any case. */
int manifest_parse(struct manifest *m, const char *text, size_t len, struct err *e);
void manifest_free(struct manifest *m);
/* How many files differ, are missing or were added; a line to `out` for each. */
int manifest_differences(const struct manifest *said, const struct manifest *are, FILE *out);

/* The lines "SHA256  PATH\n" of all files below `folder` but MANIFEST and MANIFEST_SIGNATURE, by
 * path. NULL with *e. The caller frees. */
char *manifest_of(const char *folder, struct err *e);
/* manifest_differences() of FOLDER/MANIFEST and what is there now. -1 with *e. */
int manifest_check(const char *folder, FILE *out, struct err *e);

#endif
