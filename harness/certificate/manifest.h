/* SPDX-License-Identifier: BSD-2-Clause */
/* Every file of a folder with its SHA-256, as sha256sum writes and checks it. */
#ifndef CERTIFICATE_MANIFEST_H
#define CERTIFICATE_MANIFEST_H

#include <stddef.h>
#include <stdio.h>

#include "../wire/err.h"

#define MANIFEST	   "manifest"
#define MANIFEST_SIGNATURE "manifest.sig"

/* The lines "SHA256  PATH\n" of all files below `folder` but MANIFEST and MANIFEST_SIGNATURE, by
 * path. NULL with *e. The caller frees. */
char *manifest_of(const char *folder, struct err *e);
/* Holds FOLDER/MANIFEST against what is there now: a line to `out` for each that differs, is
 * missing or was added. Returns how many, -1 with *e. */
int manifest_check(const char *folder, FILE *out, struct err *e);

#endif
