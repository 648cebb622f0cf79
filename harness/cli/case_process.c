/* SPDX-License-Identifier: BSD-2-Clause */
/* Forks a case, reads its result, ends it when it is overdue. */
#include "case_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "command.h"
#include "process.h"

enum { TICK_MS = 250 };

/*
 * Lines on the pipe: "group PGID", "ungroup PGID", "error ERRNO TEXT", and last the result as one
 * line of JSON. Lines shorter than PIPE_BUF arrive whole.
 */
void case_link_group(const struct case_link *link, pid_t group, bool running)
{
	char text[48];
	const int n = snprintf(text, sizeof(text), "%s %ld\n", running ? "group" : "ungroup",
			       (long)group);
	/* A parent that is gone needs no word of it: we die with it. */
	if (write_all(link->fd, text, (size_t)n))
		_exit(1);
}

static int write_result(int fd, const struct report_case *c)
{
	json_t *o = report_case_to_json(c);
	char *json = must(json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15)));
	const int status = write_all(fd, json, strlen(json)) || write_all(fd, "\n", 1) ? -1 : 0;
	free(json);
	json_decref(o);
	return status;
}

void case_link_result(const struct case_link *link, const struct case_result *r)
{
	const struct report_case c = {.result = *r};
	if (write_result(link->fd, &c))
		_exit(1);
}

static void child(int fd, pid_t parent, const char *id, case_body body, void *ctx)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Ctrl-C is the parent's to handle: a group of our own keeps the terminal's signal away. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);

	const struct case_link link = {.fd = fd};
	struct report_case c = {0};
	struct err e;
	result_init(&c.result, id);
	if (body(ctx, &link, &c.result, &e)) {
		char text[384];
		const int n = snprintf(text, sizeof(text), "error %d %s\n", e.errnum, e.what);
		write_all(fd, text, (size_t)n);
	}
	const bool written = !write_result(fd, &c);
	report_case_free(&c);
	/* Not exit(): what the parent has open and registered is the parent's to end. */
	_exit(written ? 0 : 1);
}

int case_process_start(struct case_process *p, const char *id, double seconds, case_body body,
		       void *ctx, struct err *e)
{
	int fds[2];
	const pid_t parent = getpid();

	*p = (struct case_process){.fd = -1};
	if (pipe2(fds, O_CLOEXEC))
		return err_set(e, errno, "cannot make a pipe");
	fflush(NULL);
	const pid_t pid = fork();
	if (pid < 0) {
		err_set(e, errno, "cannot start a process for a case");
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	if (!pid) {
		close(fds[0]);
		child(fds[1], parent, id, body, ctx);
	}
	close(fds[1]);
	p->pid = pid;
	p->fd = fds[0];
	p->started = clock_now();
	p->deadline = p->started + seconds;
	return 0;
}

bool case_process_read(struct case_process *p)
{
	if (p->eof)
		return true;
	if (p->room - p->len < 4096)
		p->text = must(realloc(p->text, p->room = p->room ? p->room * 2 : 16384));
	const ssize_t n = read(p->fd, p->text + p->len, p->room - p->len - 1);
	if (n > 0)
		p->len += (size_t)n;
	else if (n == 0 || errno != EINTR)
		p->eof = true;
	return p->eof;
}

bool case_process_overdue(const struct case_process *p)
{
	return clock_now() >= p->deadline;
}

enum case_wait case_process_await(struct case_process *p, int signal_fd, void (*tick)(void *ctx),
				  void *ctx)
{
	for (;;) {
		struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN},
					{.fd = signal_fd, .events = POLLIN}};
		poll(fds, 2, TICK_MS);
		if (fds[0].revents && case_process_read(p))
			return CASE_ENDED;
		if (fds[1].revents || case_process_overdue(p)) {
			case_process_kill(p);
			return fds[1].revents ? CASE_INTERRUPTED : CASE_OVERDUE;
		}
		if (tick)
			tick(ctx);
	}
}

/* The line at *at without its end; steps to the next. NULL when there is no whole line left. */
static char *next_line(char **at, const char *end)
{
	char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line));
	if (!newline)
		return NULL;
	*newline = '\0';
	*at = newline + 1;
	return line;
}

static void kill_groups(const struct case_process *p)
{
	pid_t groups[16] = {0};
	size_t count = 0;
	char *copy = must(malloc(p->len + 1)), *at = copy;
	if (p->len)
		memcpy(copy, p->text, p->len);
	for (char *line; (line = next_line(&at, copy + p->len));) {
		const bool begun = !strncmp(line, "group ", 6);
		const bool ended = !strncmp(line, "ungroup ", 8);
		const pid_t group = begun || ended ? (pid_t)strtol(strchr(line, ' '), NULL, 10) : 0;
		if (begun && count < sizeof(groups) / sizeof(*groups))
			groups[count++] = group;
		for (size_t i = 0; ended && i < count; i++)
			if (groups[i] == group)
				groups[i--] = groups[--count];
	}
	for (size_t i = 0; i < count; i++)
		if (groups[i] > 1)
			kill(-groups[i], SIGKILL);
	free(copy);
}

void case_process_kill(struct case_process *p)
{
	if (!p->pid)
		return;
	/* Stopped, it can begin no more and reap none: the group ids that it told us stay what they
	 * are. */
	kill(p->pid, SIGSTOP);
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	for (size_t before = p->len + 1; before != p->len && !p->eof;) {
		before = p->len;
		case_process_read(p);
	}
	kill_groups(p);
	kill(p->pid, SIGKILL);
}

/* One line of JSON; false when it is none. Replaces *r. */
static bool parse_result(const char *line, size_t len, struct case_result *r)
{
	struct report_case c = {0};
	json_t *o = json_loadb(line, len, 0, NULL);
	const bool good = o && !report_case_from_json(&c, o, NULL);

	json_decref(o);
	if (!good)
		return false;
	result_free(r);
	*r = c.result;
	c.result = (struct case_result){0};
	report_case_free(&c);
	return true;
}

bool case_process_result(struct case_process *p, struct case_result *r)
{
	while (p->taken < p->len) {
		const char *line = p->text + p->taken;
		const char *newline = memchr(line, '\n', p->len - p->taken);
		if (!newline)
			return false;
		*r = (struct case_result){0};
		p->taken += (size_t)(newline - line) + 1;
		if (*line == '{' && parse_result(line, (size_t)(newline - line), r))
			return true;
	}
	return false;
}

static int take_result(char *text, size_t len, struct case_result *r, bool *found, struct err *e)
{
	int status = 0;
	char *at = text;
	for (char *line; (line = next_line(&at, text + len));) {
		if (!strncmp(line, "error ", 6)) {
			char *what;
			const long errnum = strtol(line + 6, &what, 10);
			status = err_set(e, (int)errnum, "%s", what + strspn(what, " "));
		} else if (*line == '{') {
			*found |= parse_result(line, strlen(line), r);
		}
	}
	return status;
}

int case_process_finish(struct case_process *p, const char *id, struct case_result *r,
			struct err *e)
{
	const int exit_status = process_wait(p->pid);
	bool found = false;
	result_init(r, id);
	const int status =
		p->text ? take_result(p->text + p->taken, p->len - p->taken, r, &found, e) : 0;
	if (!found) {
		char reason[160];
		if (WIFSIGNALED(exit_status))
			snprintf(reason, sizeof(reason),
				 "the case's own process died of signal %d (%s)",
				 WTERMSIG(exit_status), strsignal(WTERMSIG(exit_status)));
		else
			snprintf(reason, sizeof(reason),
				 "the case's own process ended with status %d and no result",
				 WEXITSTATUS(exit_status));
		result_add(r, VERDICT_INCONCLUSIVE, 0, "", reason, NULL, 0);
		result_decide(r);
		r->seconds = clock_now() - p->started;
	}
	close(p->fd);
	free(p->text);
	*p = (struct case_process){.fd = -1, .died = !found};
	return status;
}
