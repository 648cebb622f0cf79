/* SPDX-License-Identifier: BSD-2-Clause */
/* All that --watch-... asks for, looked at together. */
#include "sut_watch.h"

#include <stdlib.h>
#include <string.h>

#include "../report/file.h"
#include "../report/memory.h"
#include "daemon_watch.h"
#include "hung_thread.h"
#include "kernel_log.h"

enum { LINE_LIMIT = 1 << 16 };
static const char kmsg[] = "/dev/kmsg", proc[] = "/proc";

struct sut_watch {
	const struct watch_options *options;
	struct kernel_log log;
	struct hung_thread *threads;
	size_t thread_count;
	bool hangs;
};

/* A:B at its last colon into A, which the caller frees, and B; B is NULL where there is none. */
static char *split(const char *text, const char **behind)
{
	char *copy = must(strdup(text)), *colon = strrchr(copy, ':');
	*behind = colon ? text + (colon - copy) + 1 : NULL;
	if (colon)
		*colon = '\0';
	return copy;
}

static int open_thread(struct sut_watch *w, const char *text, struct err *e)
{
	const char *function;
	char *name = split(text, &function);
	int status = -1;
	if (!function || !*function) {
		err_set(e, 0, "--watch-thread: '%s' is not REGEX:FUNCTION", text);
	} else {
		w->threads = grow(w->threads, w->thread_count, sizeof(*w->threads));
		status = hung_thread_open(&w->threads[w->thread_count], name, function, e);
		w->thread_count += !status;
	}
	free(name);
	return status;
}

struct sut_watch *sut_watch_open(const struct watch_options *o, struct err *e)
{
	struct sut_watch *w = must(calloc(1, sizeof(*w)));
	w->options = o;
	w->log.fd = -1;
	for (size_t i = 0; i < o->lines.count; i++)
		if (!strchr(o->lines.at[i], ':')) {
			err_set(e, 0, "--watch-line: '%s' is not FILE:LINE", o->lines.at[i]);
			goto fail;
		}
	for (size_t i = 0; i < o->threads.count; i++)
		if (open_thread(w, o->threads.at[i], e))
			goto fail;
	if (o->kernel && kernel_log_open(&w->log, kmsg, o->trouble, o->known, e))
		goto fail;
	return w;
fail:
	sut_watch_free(w);
	return NULL;
}

static void look_at_pid(const char *text, FILE *out)
{
	const char *log;
	char *file = split(text, &log);
	daemon_died(file, log, proc, out);
	free(file);
}

static void look_at_line(const char *text, FILE *out)
{
	const char *line;
	char *file = split(text, &line), *content = file_read(file, LINE_LIMIT, NULL, NULL);
	const size_t len = line ? strlen(line) : 0;
	if (!content)
		fprintf(out, "%s is gone\n", file);
	else if (line && (strcspn(content, "\n") != len || strncmp(content, line, len) != 0))
		fprintf(out, "%s is no longer %s: %.*s\n", file, line, (int)strcspn(content, "\n"),
			content);
	free(content);
	free(file);
}

/* False: interrupted. */
static bool look_at_threads(struct sut_watch *w, int interrupt_fd, FILE *out)
{
	for (size_t i = 0; i < w->thread_count && !w->hangs; i++) {
		const int hung = hung_thread_look(&w->threads[i], proc, interrupt_fd, out);
		if (hung < 0)
			return false;
		w->hangs = hung;
	}
	return true;
}

static enum sut_health look(struct sut_watch *w, int interrupt_fd, FILE *out, struct err *e)
{
	const struct watch_options *o = w->options;
	for (size_t i = 0; i < o->pids.count; i++)
		look_at_pid(o->pids.at[i], out);
	for (size_t i = 0; i < o->lines.count; i++)
		look_at_line(o->lines.at[i], out);
	if (!look_at_threads(w, interrupt_fd, out))
		return SUT_INTERRUPTED;
	/* Last: what the threads did while they were looked at is in it. */
	if (o->kernel && kernel_log_look(&w->log, w->hangs, out, e))
		return SUT_UNKNOWN;
	return SUT_WELL;
}

enum sut_health sut_watch_look(struct sut_watch *w, int interrupt_fd, char **why)
{
	char *text = NULL;
	size_t len = 0;
	struct err e;
	FILE *out = must(open_memstream(&text, &len));
	enum sut_health health = look(w, interrupt_fd, out, &e);
	fclose(out);
	*why = NULL;
	if (health == SUT_WELL && len)
		health = SUT_DEAD;
	if (health == SUT_DEAD)
		*why = text;
	else
		free(text);
	if (health == SUT_UNKNOWN)
		*why = must(strdup(e.what));
	return health;
}

bool sut_watch_hangs(const struct sut_watch *w)
{
	return w->hangs;
}

void sut_watch_free(struct sut_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->thread_count; i++)
		hung_thread_close(&w->threads[i]);
	free(w->threads);
	kernel_log_close(&w->log);
	free(w);
}
