/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks for kernel threads that hang, by /proc. */
#include "hung_thread.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/memory.h"
#include "command.h"

static const double leave_seconds = 3, wake_seconds = 5;
enum { PAUSE_MS = 100, STAT_ROOM = 512, STACK_ROOM = 8192 };

int hung_thread_open(struct hung_thread *h, const char *name, const char *function, struct err *e)
{
	char *whole = text_format("^(%s)$", name);
	*h = (struct hung_thread){.function = function};
	const int status = pattern_compile(&h->name, whole, e);
	free(whole);
	return status;
}

void hung_thread_close(struct hung_thread *h)
{
	regfree(&h->name);
	free(h->others.at);
	free(h->stayed.at);
}

static void add_pid(struct pid_list *l, pid_t pid)
{
	l->at = grow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = pid;
}

static bool has_pid(const struct pid_list *l, pid_t pid)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->at[i] == pid)
			return true;
	return false;
}

/* The beginning of a file of a process, which may have ended: false. */
static bool read_file(int proc, const char *pid, const char *name, char *text, size_t room)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/%s", pid, name);
	const int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	const ssize_t n = read(fd, text, room - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Takes "PID (NAME) STATE ..." apart; a name may have parentheses in it. */
static bool split_stat(char *stat, const char **name, char *state)
{
	char *open = strchr(stat, '('), *close = strrchr(stat, ')');
	if (!open || !close || close < open || close[1] != ' ')
		return false;
	*close = '\0';
	*name = open + 1;
	*state = close[2];
	return true;
}

/* "hung: iscsi_trx:123 in target_wait_for_cmds isert_wait_conn", of lines "[<0>] FUNCTION+0x1/0x2",
 * with " [MODULE]" behind them where it is a module's. */
static void tell(FILE *out, const char *name, const char *pid, char *stack)
{
	fprintf(out, "hung: %s:%s in", name, pid);
	for (char *line; (line = strsep(&stack, "\n"));) {
		const char *blank = strchr(line, ' '), *function = blank ? blank + 1 : line;
		if (*function)
			fprintf(out, " %.*s", (int)strcspn(function, "+"), function);
	}
	fputc('\n', out);
}

/* False: a process of another name, or none any more. */
static bool look_at(const struct hung_thread *h, int proc, const char *pid, FILE *out,
		    struct pid_list *leaving, struct thread_count *n)
{
	char stat[STAT_ROOM], stack[STACK_ROOM], state;
	const char *name;
	if (!read_file(proc, pid, "stat", stat, sizeof(stat)) || !split_stat(stat, &name, &state) ||
	    !pattern_matches(&h->name, name))
		return false;
	const pid_t id = (pid_t)strtol(pid, NULL, 10);
	if (state != 'D') {
		if (has_pid(&h->stayed, id))
			return true;
		n->leaving++;
		if (leaving)
			add_pid(leaving, id);
	} else if (read_file(proc, pid, "stack", stack, sizeof(stack)) &&
		   strstr(stack, h->function)) {
		n->hung++;
		if (out)
			tell(out, name, pid, stack);
	}
	return true;
}

/* The one of the last look with that id. /proc is in the order of ids, and so is the list; *at is
 * where the search goes on. NULL: it is new, or out of order, which costs no more than a look. */
static const struct other_process *find_other(const struct other_list *l, size_t *at, pid_t pid)
{
	while (*at < l->count && l->at[*at].pid < pid)
		++*at;
	return *at < l->count && l->at[*at].pid == pid ? &l->at[*at] : NULL;
}

static void add_other(struct other_list *l, pid_t pid, bool twice)
{
	l->at = grow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = (struct other_process){pid, twice};
}

struct thread_count hung_thread_count(struct hung_thread *h, const char *proc, FILE *out,
				      struct pid_list *leaving)
{
	struct thread_count n = {0};
	struct other_list others = {0};
	size_t at = 0;
	DIR *d = opendir(proc);
	for (const struct dirent *entry; d && (entry = readdir(d));) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		const struct other_process *before = find_other(&h->others, &at, pid);
		if ((before && before->twice) ||
		    !look_at(h, dirfd(d), entry->d_name, out, leaving, &n))
			add_other(&others, pid, before != NULL);
	}
	if (d)
		closedir(d);
	free(h->others.at);
	h->others = others;
	return n;
}

int hung_thread_look(struct hung_thread *h, const char *proc, int interrupt_fd, FILE *out)
{
	const double began = clock_now();
	struct thread_count n;
	for (;;) {
		n = hung_thread_count(h, proc, NULL, NULL);
		if (!n.hung && !n.leaving)
			return 0;
		/* By the clock: on a busy machine each look takes its time. */
		if (clock_now() - began >= (n.hung ? wake_seconds : leave_seconds))
			break;
		struct pollfd fd = {.fd = interrupt_fd, .events = POLLIN};
		if (poll(&fd, 1, PAUSE_MS) > 0)
			return -1;
	}
	return hung_thread_count(h, proc, out, &h->stayed).hung > 0;
}
