/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads or writes a block device as a case says, for drivers whose initiator is the kernel's.
 *
 *	block-io DEVICE read|write FILE OFFSET LENGTH SIZE IN-FLIGHT ALIGN BUFFERED
 *
 * LENGTH bytes from OFFSET on, in pieces of SIZE, IN-FLIGHT of them at once, from or to memory that
 * begins ALIGN bytes behind a page; past the page cache, or by way of it. FILE has what is written,
 * or gets what was read. The device has to be there: a plain file of its name is never made.
 *
 * Exit status 0; 1 with one line when the device reports an error; 2 usage; 69 where the kernel
 *does not take such a request at all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, NOT_SUPPORTED = 69, THREADS_MAX = 256 };

static struct {
	const char *device, *file;
	bool write, buffered;
	uint64_t offset, length, size, in_flight, align;
	int fd;
	uint8_t *data;
	pthread_mutex_t lock;
	uint64_t next;
	int error;
} job = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int complain(const char *what)
{
	fprintf(stderr, "block-io: %s: %s\n", what, strerror(errno));
	return errno == EINVAL ? NOT_SUPPORTED : 1;
}

static uint64_t take_piece(uint64_t *len)
{
	pthread_mutex_lock(&job.lock);
	const uint64_t at = job.error ? job.length : job.next, left = job.length - at;
	*len = job.size < left ? job.size : left;
	job.next = at + *len;
	pthread_mutex_unlock(&job.lock);
	return at;
}

static void *work(void *arg)
{
	uint64_t len;
	(void)arg;
	for (uint64_t at = take_piece(&len); len; at = take_piece(&len)) {
		const off_t from = (off_t)(job.offset + at);
		const ssize_t n = job.write ? pwrite(job.fd, job.data + at, len, from)
					    : pread(job.fd, job.data + at, len, from);
		if (n == (ssize_t)len)
			continue;
		pthread_mutex_lock(&job.lock);
		if (!job.error)
			job.error = n < 0 ? errno : EIO;
		pthread_mutex_unlock(&job.lock);
	}
	return NULL;
}

static int move_file(bool in)
{
	const int fd = open(job.file, in ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC, 0600);
	for (uint64_t at = 0; fd >= 0 && at < job.length;) {
		const ssize_t n = in ? read(fd, job.data + at, job.length - at)
				     : write(fd, job.data + at, job.length - at);
		if (n <= 0)
			return -1;
		at += (uint64_t)n;
	}
	return fd < 0 ? -1 : close(fd);
}

static int run(void)
{
	pthread_t threads[THREADS_MAX];
	uint64_t n = job.in_flight ? job.in_flight : 1, started = 0;
	int flags = job.write ? O_WRONLY : O_RDONLY;

	job.fd = open(job.device, flags | (job.buffered ? 0 : O_DIRECT));
	if (job.fd < 0)
		return complain(job.device);
	/* Not what an earlier one left there. */
	if (job.buffered && !job.write)
		posix_fadvise(job.fd, 0, 0, POSIX_FADV_DONTNEED);
	for (n = n < THREADS_MAX ? n : THREADS_MAX; started < n; started++)
		if (pthread_create(&threads[started], NULL, work, NULL))
			break;
	if (!started)
		return complain("cannot begin");
	while (started)
		pthread_join(threads[--started], NULL);
	if (!job.error && job.write && fsync(job.fd))
		job.error = errno;
	errno = job.error;
	return job.error ? complain(job.write ? "write" : "read") : 0;
}

int main(int argc, char **argv)
{
	if (argc != 10 || (strcmp(argv[2], "read") && strcmp(argv[2], "write"))) {
		fputs("usage: block-io DEVICE read|write FILE OFFSET LENGTH SIZE IN-FLIGHT ALIGN "
		      "BUFFERED\n",
		      stderr);
		return 2;
	}
	job.device = argv[1];
	job.write = !strcmp(argv[2], "write");
	job.file = argv[3];
	job.offset = strtoull(argv[4], NULL, 10);
	job.length = strtoull(argv[5], NULL, 10);
	job.size = strtoull(argv[6], NULL, 10);
	job.in_flight = strtoull(argv[7], NULL, 10);
	job.align = strtoull(argv[8], NULL, 10) % PAGE;
	job.buffered = strtoull(argv[9], NULL, 10);
	if (!job.size)
		job.size = job.length;
	void *memory = NULL;
	if (posix_memalign(&memory, PAGE, job.length + 2 * PAGE))
		return 1;
	job.data = (uint8_t *)memory + job.align;
	if (job.write && move_file(true))
		return complain(job.file);
	const int status = run();
	if (!status && !job.write && move_file(false))
		return complain(job.file);
	return status;
}
