/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks after daemons by their pid files. */
#include "daemon_watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/memory.h"

enum { PID_LIMIT = 64, LOG_LIMIT = 64 << 20 };

static bool is_alive(const char *proc, long pid)
{
	char *path = text_format("%s/%ld/cmdline", proc, pid), first = '\0';
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const bool some = fd >= 0 && read(fd, &first, 1) == 1 && first;
	if (fd >= 0)
		close(fd);
	free(path);
	return some;
}

static const char *last_line(const char *text)
{
	const char *newline = strrchr(text, '\n');
	return newline ? newline + 1 : text;
}

/* A sanitizer says first what it is about, and ends with a word that is always the same. */
static const char *line_that_tells(char *text)
{
	static const char aborting[] = "==ABORTING", summary[] = "SUMMARY: ";
	const char *last = last_line(text);
	if (!strstr(last, aborting))
		return last;
	for (const char *line = last; line > text;) {
		text[line - text - 1] = '\0';
		line = last_line(text);
		if (!strncmp(line, summary, strlen(summary)))
			return line;
	}
	return last;
}

static void say_last_line(const char *log, FILE *out)
{
	size_t len = 0;
	char *text = log ? file_read(log, LOG_LIMIT, &len, NULL) : NULL;
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len)
		fprintf(out, ": %.500s", line_that_tells(text));
	free(text);
}

/* "tgtd" of ".../tgtd.pid". */
static void say_name(const char *pid_file, FILE *out)
{
	const char *slash = strrchr(pid_file, '/'), *name = slash ? slash + 1 : pid_file;
	const char *dot = strrchr(name, '.');
	fprintf(out, "%.*s died", (int)(dot ? (size_t)(dot - name) : strlen(name)), name);
}

bool daemon_died(const char *pid_file, const char *log, const char *proc, FILE *out)
{
	char *text = file_read(pid_file, PID_LIMIT, NULL, NULL);
	if (!text)
		return false;
	const long pid = strtol(text, NULL, 10);
	free(text);
	if (pid <= 0 || is_alive(proc, pid))
		return false;
	say_name(pid_file, out);
	say_last_line(log, out);
	fputc('\n', out);
	return true;
}
