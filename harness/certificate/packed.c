/* SPDX-License-Identifier: BSD-2-Clause */
#include "packed.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../report/file.h"
#include "../report/memory.h"

enum { PIECE = 1 << 16 };

int packed_write(const char *from, const char *to, struct err *e)
{
	size_t len;
	char *text = file_read(from, SIZE_MAX, &len, e);
	const int status = text ? packed_put(text, len, to, e) : -1;
	free(text);
	return status;
}

int packed_put(const void *at, size_t len, const char *to, struct err *e)
{
	gzFile out = gzopen(to, "wbe");
	int status = out ? 0 : err_set(e, errno, "cannot write %s", to);

	for (size_t done = 0; !status && done < len;) {
		const size_t n = len - done < PIECE ? len - done : PIECE;
		if (gzwrite(out, (const char *)at + done, (unsigned)n) != (int)n)
			status = err_set(e, errno, "cannot write %s", to);
		done += n;
	}
	if (out && gzclose(out) != Z_OK && !status)
		status = err_set(e, errno, "cannot write %s", to);
	return status;
}

int packed_is_of(const char *path, const void *at, size_t len, bool *same, struct err *e)
{
	gzFile in = gzopen(path, "rbe");
	if (!in)
		return err_set(e, errno, "cannot read %s", path);
	char *piece = must(malloc(PIECE));
	size_t done = 0;
	int n;

	*same = true;
	while (*same && (n = gzread(in, piece, PIECE)) != 0) {
		*same = n > 0 && (size_t)n <= len - done &&
			!memcmp(piece, (const char *)at + done, (size_t)n);
		done += *same ? (size_t)n : 0;
	}
	*same &= done == len && !gzdirect(in);
	free(piece);
	/* Z_BUF_ERROR: it ends in the middle. */
	*same &= gzclose(in) == Z_OK;
	return 0;
}

int packed_expand(const char *from, const char *to, long long limit, struct err *e)
{
	char *piece = must(malloc(PIECE));
	gzFile in = gzopen(from, "rbe");
	FILE *out = in ? fopen(to, "wxe") : NULL;
	int status = 0, n = 0;

	if (!in || !out)
		status = in ? err_set(e, errno, "cannot write %s", to)
			    : err_set(e, errno, "cannot read %s", from);
	/* zlib takes what is not compressed for plain, once it has looked. */
	if (!status && gzread(in, piece, 1) < 0)
		status = err_set(e, 0, "%s: damaged", from);
	if (!status && gzdirect(in))
		status = err_set(e, 0, "%s: not compressed by gzip", from);
	if (!status && gzrewind(in))
		status = err_set(e, 0, "%s: cannot be read again", from);
	while (!status && (n = gzread(in, piece, PIECE)) > 0) {
		limit -= n;
		if (limit < 0)
			status = err_set(e, 0, "%s: longer than it may be", from);
		else if (fwrite(piece, 1, (size_t)n, out) != (size_t)n)
			status = err_set(e, errno, "cannot write %s", to);
	}
	if (!status && n < 0)
		status = err_set(e, 0, "%s: damaged", from);
	/* Z_BUF_ERROR: it ends in the middle. */
	if (in && gzclose(in) != Z_OK && !status)
		status = err_set(e, 0, "%s: ends in the middle", from);
	if (out && fclose(out) && !status)
		status = err_set(e, errno, "cannot write %s", to);
	free(piece);
	return status;
}
