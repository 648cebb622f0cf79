/* SPDX-License-Identifier: BSD-2-Clause */
#include "scratch.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>

#include "../report/memory.h"

int scratch_make(struct scratch *s, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	s->dir = text_format("%s/iserspec-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (mkdtemp(s->dir))
		return 0;
	const int status = err_set(e, errno, "cannot make a folder %s", s->dir);
	free(s->dir);
	s->dir = NULL;
	return status;
}

void scratch_remove(struct scratch *s)
{
	char *roots[] = {s->dir, NULL};
	FTS *tree = must(fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL));
	for (const FTSENT *f; (f = fts_read(tree));)
		if (f->fts_info != FTS_D)
			remove(f->fts_accpath);
	fts_close(tree);
	free(s->dir);
	s->dir = NULL;
}
