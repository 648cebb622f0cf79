/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into a User Mode Linux kernel: it has room for the vector registers of AVX-512 and hands
 * a process no more back, while a host with AMX takes all that it has or refuses (EFAULT), and the
 * guest's init ends as it starts. What the kernel does not know stays as the process has it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { ROOM = 1 << 16 };

typedef long call(enum __ptrace_request request, ...);

static long set_registers(call *next, pid_t pid, void *type, const struct iovec *some)
{
	static unsigned char all[ROOM];
	static bool host_has_more;
	struct iovec io = {all, sizeof(all)};

	if (!host_has_more) {
		const long rc = next(PTRACE_SETREGSET, pid, type, some);
		if (!rc || errno != EFAULT)
			return rc;
		host_has_more = true;
	}
	if (next(PTRACE_GETREGSET, pid, type, &io) || io.iov_len < some->iov_len)
		return next(PTRACE_SETREGSET, pid, type, some);
	memcpy(all, some->iov_base, some->iov_len);
	return next(PTRACE_SETREGSET, pid, type, &io);
}

long ptrace(enum __ptrace_request request, ...)
{
	static call *next;
	va_list args;

	va_start(args, request);
	const pid_t pid = va_arg(args, pid_t);
	void *at = va_arg(args, void *);
	void *data = va_arg(args, void *);
	va_end(args);
	if (!next)
		next = (call *)dlsym(RTLD_NEXT, "ptrace");
	if (request == PTRACE_SETREGSET && at == (void *)NT_X86_XSTATE)
		return set_registers(next, pid, at, data);
	return next(request, pid, at, data);
}
