/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses a block device as its users do, past the page cache, and looks whether it keeps what it is
 * given.
 *
 *	block-check DEVICE [one-at-a-time]
 *
 * Four writers at once, then 4, 64 and 1024 KiB written and read back: sizes that go as immediate
 * data alone and that need the target to fetch more. The device has to be there: a plain file of
 * its name is never made. `one-at-a-time` leaves the four writers out.
 *
 * Exit status 0; 1 with one line that says what went wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { PAGE = 4096, KIB = 1024, WRITERS = 4, PIECES = 8, LARGEST = 1024 * KIB };

struct writer {
	pthread_t thread;
	int fd;
	off_t from;
	uint8_t *zeroes;
	int error;
};

static int failed(const char *what, size_t len)
{
	fprintf(stderr, "block-check: %s (%zu KiB): %s\n", what, len / KIB,
		errno ? strerror(errno) : "the device ended");
	return 1;
}

static void *write_pieces(void *arg)
{
	struct writer *w = arg;

	for (unsigned i = 0; i < PIECES && !w->error; i++)
		if (pwrite(w->fd, w->zeroes, PAGE, w->from + (off_t)i * PAGE) != PAGE)
			w->error = errno ? errno : EIO;
	return NULL;
}

static int write_at_once(int fd, uint8_t *zeroes)
{
	struct writer w[WRITERS] = {0};
	unsigned started = 0;
	int error = 0;

	for (; started < WRITERS; started++) {
		w[started].fd = fd;
		w[started].zeroes = zeroes;
		w[started].from = (off_t)started * PIECES * PAGE;
		if ((error = pthread_create(&w[started].thread, NULL, write_pieces, &w[started])))
			break;
	}
	while (started) {
		pthread_join(w[--started].thread, NULL);
		error = error ? error : w[started].error;
	}
	errno = error;
	return error ? failed("one of several writers failed", PAGE) : 0;
}

static int write_and_read(int fd, uint8_t *written, uint8_t *got, size_t len)
{
	for (size_t at = 0; at < len;) {
		const ssize_t n = getrandom(written + at, len - at, 0);
		if (n < 0)
			return failed("no random numbers", len);
		at += (size_t)n;
	}
	memset(got, 0, len);
	errno = 0;
	if (pwrite(fd, written, len, 0) != (ssize_t)len)
		return failed("cannot write", len);
	if (pread(fd, got, len, 0) != (ssize_t)len)
		return failed("cannot read", len);
	if (!memcmp(written, got, len))
		return 0;
	fprintf(stderr, "block-check: read back other data than written (%zu KiB)\n", len / KIB);
	return 1;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {4 * KIB, 64 * KIB, LARGEST};
	void *memory = NULL;
	uint64_t size = 0;
	int status = 0;

	if (argc < 2) {
		fputs("usage: block-check DEVICE [one-at-a-time]\n", stderr);
		return 2;
	}
	const int fd = open(argv[1], O_RDWR | O_DIRECT);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size)) {
		fprintf(stderr, "block-check: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	/* All of it at once: page by page costs more than the disk does, in User Mode Linux. */
	memory = mmap(NULL, 2 * (size_t)LARGEST, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return failed("no memory", 2 * (size_t)LARGEST);
	if (argc == 2 && size >= WRITERS * PIECES * PAGE)
		status = write_at_once(fd, memory);
	for (size_t i = 0; !status && i < sizeof(sizes) / sizeof(sizes[0]) && sizes[i] <= size; i++)
		status = write_and_read(fd, memory, (uint8_t *)memory + LARGEST, sizes[i]);
	close(fd);
	return status;
}
