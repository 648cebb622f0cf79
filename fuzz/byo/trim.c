/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../harness/fuzz/mutate/mutate.h"
#include "../../harness/report/file.h"
#include "tool.h"

enum { SIGNATURE_MAX = 512, INPUT_MAX = 16 << 20, PLACES = 3 };

/* What a sanitizer says, as far as two reports can be told apart by it. */
struct report {
	char kind[64];		 /* "heap-buffer-overflow" */
	char function[128];	 /* innermost of those whose source is known: not the sanitizer's */
	char places[PLACES][64]; /* innermost of all, where symbols are not looked up */
	size_t frames;
};

/* "SUMMARY: AddressSanitizer: heap-buffer-overflow /path/file.c:88:2 in take_ahs" */
static void read_summary(const char *line, struct report *r)
{
	if (strstr(line, " leaked in "))
		snprintf(r->kind, sizeof(r->kind), "leak");
	else
		(void)sscanf(line, "SUMMARY: %*[^:]: %63s", r->kind);
}

/* "    #1 0x55d0 in take_ahs /path/file.c:88:2", or "    #1 0x55d0  (/path/program+0x1234)" */
static void read_frame(const char *line, struct report *r)
{
	char function[128], source[8];
	const char *place = strrchr(line, '+');

	if (place && r->frames < PLACES)
		(void)sscanf(place, "+%63[0-9a-fx]", r->places[r->frames]);
	r->frames++;
	if (!r->function[0] &&
	    sscanf(line, " #%*u %*x in %127s %*[^:]:%7[0-9]", function, source) == 2)
		snprintf(r->function, sizeof(r->function), "%s", function);
}

static bool is_frame(const char *line, size_t number)
{
	char *end;

	line += strspn(line, " ");
	return *line == '#' && strtoul(line + 1, &end, 10) == number && !strncmp(end, " 0x", 3);
}

/* The first stack is where it happened; others are where memory came from and went. */
static int read_report(FILE *said, struct report *r)
{
	char *line = NULL;
	size_t size = 0;
	bool over = false;

	*r = (struct report){0};
	while (getline(&line, &size, said) >= 0) {
		if (!strncmp(line, "SUMMARY: ", 9) && !r->kind[0])
			read_summary(line, r);
		else if (!over && is_frame(line, r->frames))
			read_frame(line, r);
		else
			over = over || r->frames > 0;
	}
	free(line);
	return ferror(said) ? -1 : 0;
}

static void sign(const struct report *r, char out[SIGNATURE_MAX])
{
	if (r->function[0])
		snprintf(out, SIGNATURE_MAX, "%s in %s", r->kind, r->function);
	else if (r->frames)
		snprintf(out, SIGNATURE_MAX, "%s at %s %s %s", r->kind, r->places[0], r->places[1],
			 r->places[2]);
	else
		snprintf(out, SIGNATURE_MAX, "%s", r->kind);
}

static int read_signature(FILE *said, char out[SIGNATURE_MAX])
{
	struct report r;

	if (read_report(said, &r))
		return -1;
	sign(&r, out);
	return 0;
}

static void exec_program(const char *program, const char *path, int pipe_write)
{
	(void)dup2(pipe_write, STDERR_FILENO);
	(void)dup2(pipe_write, STDOUT_FILENO);
	(void)close(pipe_write);
	execl(program, program, "-timeout=10", path, (char *)NULL);
	_exit(127);
}

/* Runs it on a file. -1 with errno where that could not be done. */
static int signature_of(const char *program, const char *path, char out[SIGNATURE_MAX])
{
	int ends[2], status = 0, rc = -1;

	out[0] = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		goto close_both;
	if (!pid)
		exec_program(program, path, ends[1]);
	(void)close(ends[1]);
	ends[1] = -1;
	FILE *said = fdopen(ends[0], "r");
	if (said) {
		rc = read_signature(said, out);
		(void)fclose(said);
		ends[0] = -1;
	}
	bool ran =
		waitpid(pid, &status, 0) >= 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 127);
	if (!ran)
		rc = -1;
	else if (!out[0] && WIFSIGNALED(status))
		snprintf(out, SIGNATURE_MAX, "signal %d", WTERMSIG(status));
	else if (!out[0] && status)
		snprintf(out, SIGNATURE_MAX, "exit status %d", WEXITSTATUS(status));
close_both:
	if (ends[0] >= 0)
		(void)close(ends[0]);
	if (ends[1] >= 0)
		(void)close(ends[1]);
	return rc;
}

static int told_signature_of(const char *program, const char *path, char out[SIGNATURE_MAX])
{
	if (!signature_of(program, path, out))
		return 0;
	fprintf(stderr, "%s %s: cannot be run: %s\n", program, path, strerror(errno));
	return -1;
}

int tool_signature(const char *program, const char *path)
{
	char signature[SIGNATURE_MAX];

	if (told_signature_of(program, path, signature))
		return -1;
	printf("%s\n", signature);
	return 0;
}

/* Puts a candidate at out and says whether the program fails on it as it did. */
static int fails_alike(const char *program, const char *out, const uint8_t *at, size_t len,
		       const char *wanted)
{
	char signature[SIGNATURE_MAX];
	struct err e;

	if (file_replace(out, at, len, &e)) {
		fprintf(stderr, "%s\n", e.what);
		return -1;
	}
	if (told_signature_of(program, out, signature))
		return -1;
	return !strcmp(signature, wanted);
}

/* Again and again, since what could not go at first may go when something else has gone. */
static int trim_all(struct mutator *m, const char *program, const char *out, uint8_t *at,
		    size_t *len, const char *wanted)
{
	const uint8_t *candidate;
	size_t candidate_len, before;

	do {
		before = *len;
		if (!mutator_trim_begin(m, at, *len))
			return 0;
		while ((candidate = mutator_trim_next(m, &candidate_len))) {
			int alike = fails_alike(program, out, candidate, candidate_len, wanted);
			if (alike < 0)
				return -1;
			if (alike) {
				*len = candidate_len;
				memcpy(at, candidate, candidate_len);
			}
			mutator_trim_judge(m, alike);
		}
	} while (*len < before);
	return 0;
}

int tool_trim(const char *program, const char *path, const char *out)
{
	char wanted[SIGNATURE_MAX];
	struct err e;
	size_t len = 0;
	int rc = -1;
	char *at = file_read(path, INPUT_MAX, &len, &e);
	struct mutator *m = mutator_new(MUTATE_SEQUENCE);

	if (!at || !m) {
		fprintf(stderr, "%s\n", at ? "no memory" : e.what);
		goto out;
	}
	if (told_signature_of(program, path, wanted))
		goto out;
	if (!wanted[0]) {
		fprintf(stderr, "%s: %s does not fail on it\n", path, program);
		goto out;
	}
	size_t before = len;
	if (trim_all(m, program, out, (uint8_t *)at, &len, wanted) ||
	    file_replace(out, at, len, &e))
		goto out;
	printf("%s: %zu bytes of %zu\n", wanted, len, before);
	rc = 0;
out:
	mutator_free(m);
	free(at);
	return rc;
}
