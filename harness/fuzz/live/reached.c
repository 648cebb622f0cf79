/* SPDX-License-Identifier: BSD-2-Clause */
#include "reached.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../report/file.h"
#include "../../report/memory.h"

enum { FILE_LIMIT = 256 << 20 };

struct reached {
	char *path;
	int fd;
	bool *is; /* by counter */
	size_t counters, count;
	char *fresh; /* lines that are not yet in the file */
	size_t len;
};

/* The length of all that are whole. */
static size_t read_lines(struct reached *r, char *text)
{
	char *at = text, *newline;
	for (; (newline = strchr(at, '\n')); at = newline + 1) {
		char *second, *end;
		*newline = '\0';
		(void)strtoull(at, &second, 10); /* the session, which is for people */
		const unsigned long long counter = strtoull(second, &end, 10);
		if (second == at || end == second || *end || counter >= r->counters ||
		    r->is[counter])
			continue;
		r->is[counter] = true;
		r->count++;
	}
	return (size_t)(at - text);
}

static int read_file(struct reached *r, struct err *e)
{
	struct err inner = {0};
	char *text = file_read(r->path, FILE_LIMIT, NULL, &inner);
	if (!text)
		return err_set(e, inner.errnum, "%s", inner.what);
	const size_t len = read_lines(r, text);
	free(text);
	/* A machine that dies may leave a half. */
	return ftruncate(r->fd, (off_t)len) ? err_set(e, errno, "cannot write %s", r->path) : 0;
}

struct reached *reached_open(const char *path, size_t counters, struct err *e)
{
	struct reached *r = must(calloc(1, sizeof(*r)));
	*r = (struct reached){
		.path = must(strdup(path)),
		.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666),
		.is = must(calloc(counters ? counters : 1, sizeof(*r->is))),
		.counters = counters,
	};
	if (r->fd < 0)
		err_set(e, errno, "cannot write %s", path);
	else if (!read_file(r, e))
		return r;
	reached_close(r);
	return NULL;
}

void reached_add(struct reached *r, uint64_t session, size_t counter)
{
	char line[48];
	if (r->is[counter])
		return;
	r->is[counter] = true;
	r->count++;
	const int n = snprintf(line, sizeof(line), "%" PRIu64 " %zu\n", session, counter);
	r->fresh = must(realloc(r->fresh, r->len + (size_t)n));
	memcpy(r->fresh + r->len, line, (size_t)n);
	r->len += (size_t)n;
}

int reached_write(struct reached *r, struct err *e)
{
	if (r->len && write_all(r->fd, r->fresh, r->len))
		return err_set(e, errno, "cannot write %s", r->path);
	r->len = 0;
	return 0;
}

size_t reached_count(const struct reached *r)
{
	return r->count;
}

void reached_close(struct reached *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->fresh);
	free(r->is);
	free(r->path);
	free(r);
}
