/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts, awaits and ends shell commands. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../report/escape.h"
#include "../report/memory.h"
#include "process.h"

enum { LAST_LINE_WINDOW = 4096 };
static const double term_grace = 2; /* seconds between TERM and KILL */

double clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What the new process needs, made ready by its parent. */
struct start {
	const char *line;
	char **words; /* of a line that is nothing but a program with arguments; NULL */
	char **env;
	int output;
	sigset_t mask;
};

enum { START_STACK = 64 * 1024 };

/*
 * Runs in its parent's memory, so it changes none of it. Signals are blocked until no handler of
 * the parent can run here.
 */
static int become_command(void *arg)
{
	const struct start *s = arg;
	struct sigaction action;
	for (int number = 1; number < NSIG; number++)
		if (!sigaction(number, NULL, &action) && action.sa_handler != SIG_IGN)
			signal(number, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	/* When we are killed, nobody else ends what we began. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	const int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, 0) < 0 || dup2(s->output, 1) < 0 || dup2(s->output, 2) < 0)
		_exit(126);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	/* What it does not find may be a word of the shell's. */
	if (s->words)
		execvpe(s->words[0], s->words, s->env);
	execle("/bin/sh", "sh", "-c", s->line, (char *)NULL, s->env);
	_exit(127);
}

/*
 * The words of a line that a shell would take as they are, so that none has to be started for it;
 * NULL for any other. All is freed with its first word, and itself.
 */
static char **plain_words(const char *line)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+:,@% ";
	if (line[strspn(line, plain)])
		return NULL;
	char **words = must(calloc(strlen(line) / 2 + 2, sizeof(*words)));
	char *copy = must(strdup(line + strspn(line, " "))), *save = NULL;
	size_t n = 0;
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	if (n)
		return words;
	free(copy);
	free(words);
	return NULL;
}

static bool same_name(const char *a, const char *b)
{
	const size_t len = strcspn(a, "=");
	return !strncmp(a, b, len + 1);
}

/* Our environment with those variables set. To be freed, its strings not. */
static char **environment_with(char *const *more)
{
	size_t n = 0, added = 0, used = 0;
	while (environ && environ[n])
		n++;
	while (more && more[added])
		added++;
	char **env = must(calloc(n + added + 1, sizeof(*env)));
	for (size_t i = 0; i < added; i++)
		env[used++] = more[i];
	for (size_t i = 0; i < n; i++) {
		bool replaced = false;
		for (size_t k = 0; k < added && !replaced; k++)
			replaced = same_name(more[k], environ[i]);
		if (!replaced)
			env[used++] = environ[i];
	}
	return env;
}

/*
 * Not by fork: a copy of this process lacks each page that has memory registered for RDMA in it
 * (ibv_fork_init, MADV_DONTFORK), and with it whatever else of the heap lies there.
 */
static pid_t start_process(struct start *s)
{
	sigset_t all, before;
	sigemptyset(&s->mask);
	sigfillset(&all);
	char *stack = must(malloc(START_STACK));
	sigprocmask(SIG_SETMASK, &all, &before);
	const pid_t pid =
		clone(become_command, stack + START_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, s);
	const int failed = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	/* CLONE_VFORK: it has a memory of its own by now, or has ended. */
	free(stack);
	errno = failed;
	return pid;
}

int command_start(struct command *c, const char *line, char *const *env, struct err *e)
{
	*c = (struct command){.ended_fd = -1, .output = -1};
	c->output = memfd_create("output", MFD_CLOEXEC);
	if (c->output < 0)
		return err_set(e, errno, "cannot keep the output of a command");
	struct start start = {.line = line,
			      .words = plain_words(line),
			      .env = environment_with(env),
			      .output = c->output};
	const pid_t pid = start_process(&start);
	const int failed = errno;
	free(start.env);
	if (start.words)
		free(start.words[0]);
	free(start.words);
	if (pid < 0) {
		err_set(e, failed, "cannot start a command");
		goto fail;
	}
	setpgid(pid, pid); /* both sides do it: whoever comes first */
	c->pid = pid;
	c->ended_fd = pidfd_open(pid, 0);
	if (c->ended_fd < 0) {
		err_set(e, errno, "cannot watch a command");
		goto fail;
	}
	return 0;
fail:
	command_free(c);
	return -1;
}

/* The last line that is not blank. */
static void keep_last_line(struct command *c)
{
	char window[LAST_LINE_WINDOW + 1];
	const off_t size = lseek(c->output, 0, SEEK_END);
	const off_t from = size > LAST_LINE_WINDOW ? size - LAST_LINE_WINDOW : 0;
	const ssize_t n = size > 0 ? pread(c->output, window, LAST_LINE_WINDOW, from) : 0;
	size_t len = n > 0 ? (size_t)n : 0;

	while (len && strchr(" \t\r\n", window[len - 1]))
		len--;
	const char *newline = len ? memrchr(window, '\n', len) : NULL;
	const char *start = newline ? newline + 1 : window;
	char *clean = escape_bytes(start, len - (size_t)(start - window));
	snprintf(c->last_line, sizeof(c->last_line), "%s", clean);
	free(clean);
}

static void reap(struct command *c)
{
	c->status = process_exit_status(process_wait(c->pid));
	c->reaped = true;
	keep_last_line(c);
}

/* 1: the descriptor, 2: the interrupt, 0: neither in time. */
static int wait_either(int fd, int interrupt_fd, double seconds)
{
	struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
				{.fd = interrupt_fd, .events = POLLIN}};
	const double deadline = clock_now() + seconds;
	for (;;) {
		const double left = deadline - clock_now();
		const int n = poll(fds, 2, left > 0 ? (int)(left * 1000) + 1 : 0);
		if (n > 0)
			return fds[0].revents ? 1 : 2;
		if (n == 0 && clock_now() >= deadline)
			return 0;
	}
}

bool command_poll(struct command *c)
{
	if (c->pid && !c->reaped && wait_either(c->ended_fd, -1, 0) == 1)
		reap(c);
	return c->reaped;
}

void command_kill(struct command *c)
{
	if (!c->pid || c->reaped)
		return;
	kill(-c->pid, SIGTERM);
	/* It may have been stopped; and a shell that ended may leave others of its group behind. */
	kill(-c->pid, SIGCONT);
	wait_either(c->ended_fd, -1, term_grace);
	kill(-c->pid, SIGKILL);
	reap(c);
}

enum command_end command_wait(struct command *c, double seconds, int interrupt_fd)
{
	switch (c->reaped ? 1 : wait_either(c->ended_fd, interrupt_fd, seconds)) {
	case 1:
		command_poll(c);
		return COMMAND_ENDED;
	case 2:
		command_kill(c);
		return COMMAND_INTERRUPTED;
	default:
		command_kill(c);
		return COMMAND_TIMED_OUT;
	}
}

char *command_output(const struct command *c, size_t limit)
{
	char *text = must(malloc(limit + 1));
	const ssize_t n = pread(c->output, text, limit, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

void command_free(struct command *c)
{
	command_kill(c);
	if (c->pid && c->ended_fd >= 0)
		close(c->ended_fd);
	if (c->output > 0)
		close(c->output);
	*c = (struct command){.ended_fd = -1, .output = -1};
}
