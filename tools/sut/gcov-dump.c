/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linked into a program that is built with --coverage, whose counters are written by exit() alone:
 * writes them also before the program dies of a crash, or of SIGRTMAX, which the drivers send before
 * they kill it (end_now() in lib.sh). Then it dies as it would have died.
 */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

void __gcov_dump(void);

static void on_signal(int number)
{
	/* Not async-signal-safe: a crash inside malloc() may leave a lock held. It dies all the same. */
	signal(SIGALRM, SIG_DFL);
	alarm(5);
	__gcov_dump();
	/* Its action is the default one again: a fault comes back by itself when the instruction is run
	 * once more, and the kernel logs it as ever; abort() raises again. */
	if (number == SIGRTMAX)
		raise(number);
}

__attribute__((constructor)) static void arm(void)
{
	const int numbers[] = {SIGRTMAX, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
}
