/* SPDX-License-Identifier: BSD-2-Clause */
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int process_wait(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int process_exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int process_run(int (*work)(const void *data), const void *data, const char *what, struct err *e)
{
	void (*const before)(int) = signal(SIGINT, SIG_IGN);
	const pid_t pid = fork();
	if (!pid) {
		signal(SIGINT, before);
		_exit(work(data));
	}
	const int status = pid < 0 ? err_set(e, errno, "cannot start %s", what)
				   : process_exit_status(process_wait(pid));
	signal(SIGINT, before);
	return status;
}
