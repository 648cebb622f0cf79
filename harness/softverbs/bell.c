/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors that applications wait on: completion channels, event channels. */
#include "softverbs.h"

#include <sys/eventfd.h>
#include <unistd.h>

int sv_bell_new(void)
{
	return eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
}

void sv_bell_ring(int fd)
{
	/* It cannot be full: that takes 2^64 rings. */
	const uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
}

int sv_bell_wait(int fd)
{
	uint64_t one;

	return read(fd, &one, sizeof(one)) == sizeof(one) ? 0 : -1;
}

void sv_bell_take(int fd)
{
	sv_bell_wait(fd); /* it has rung, so this does not wait */
}
