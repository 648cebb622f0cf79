/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder as one file: a tar of plain files below ARCHIVE_TOP, whose members have no owner, no
 * hour and one order, so that the same folder gives the same bytes.
 */
#ifndef CERTIFICATE_ARCHIVE_H
#define CERTIFICATE_ARCHIVE_H

#include <stdbool.h>

#include "../wire/err.h"

#define ARCHIVE_TOP "iserspec-certificate"

/* All plain files below `folder`, by name. -1 with *e; what stood at `path` before stands there
 * still then. */
int archive_pack(const char *folder, const char *path, struct err *e);
/*
 * Into `folder`, which must be empty: the archive may be anybody's. Other members than plain files
 * below ARCHIVE_TOP, names that lead out of it or come twice, and more than 100,000 files or 8 GiB
 * are refused. -1 with *e, which names the archive and the member.
 */
int archive_unpack(const char *path, const char *folder, struct err *e);
/* Is the archive to the byte what packing the folder again gives, which is done at `temp`? Nothing
 * can stand in it then that does not stand in the folder. -1 with *e: it cannot be told. */
int archive_is_of(const char *path, const char *folder, const char *temp, bool *same,
		  struct err *e);

#endif
