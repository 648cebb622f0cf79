/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest honest user of libiscsi over iSER, for the driver `libiscsi`: logs in, reads and
 *writes when asked to, serves the connection until SIGTERM, logs out. The tools that come with the
 *library either end after one command or read without a pause.
 *
 *	libiscsi-client INITIATOR-NAME iser://HOST:PORT/IQN/LUN login|io
 *
 * Exit status 0; 1 with one line on stderr when the library reports an error or data read back
 *differs; 2 usage.
 */
#include <errno.h>
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_S    10
#define IO_BYTES_MAX (256U * 1024)

static volatile sig_atomic_t asked_to_end;

static void on_signal(int number)
{
	(void)number;
	asked_to_end = 1;
}

static int fail(struct iscsi_context *iscsi, const char *what)
{
	fprintf(stderr, "libiscsi-client: %s: %s\n", what, iscsi_get_error(iscsi));
	return -1;
}

/* A task's status is the SCSI one, or the library's own for no answer. Frees the task. */
static int finish(struct iscsi_context *iscsi, struct scsi_task *task, const char *what)
{
	if (!task)
		return fail(iscsi, what);
	int result = task->status == SCSI_STATUS_GOOD ? 0 : fail(iscsi, what);
	scsi_free_scsi_task(task);
	return result;
}

static int block_size(struct iscsi_context *iscsi, int lun, uint32_t *bytes, uint32_t *last_lba)
{
	struct scsi_task *task = iscsi_readcapacity10_sync(iscsi, lun, 0, 0);
	struct scsi_readcapacity10 *capacity =
		task && task->status == SCSI_STATUS_GOOD ? scsi_datain_unmarshall(task) : NULL;
	if (capacity) {
		*bytes = capacity->block_size;
		*last_lba = capacity->lba;
	}
	if (finish(iscsi, task, "READ CAPACITY"))
		return -1;
	if (!capacity || *bytes == 0 || *bytes > IO_BYTES_MAX) {
		fputs("libiscsi-client: READ CAPACITY: no usable block size\n", stderr);
		return -1;
	}
	return 0;
}

/* Writes `length` bytes, another pattern for each seed, to the disk's start and compares what reads
 * back. */
static int write_and_compare(struct iscsi_context *iscsi, int lun, uint32_t length, uint32_t block,
			     uint32_t seed)
{
	static unsigned char data[IO_BYTES_MAX];
	for (uint32_t i = 0; i < length; i++)
		data[i] = (unsigned char)(i * 31 + i / 256 + seed);
	if (finish(iscsi,
		   iscsi_write10_sync(iscsi, lun, 0, data, length, (int)block, 0, 0, 0, 0, 0),
		   "WRITE(10)"))
		return -1;
	struct scsi_task *task =
		iscsi_read10_sync(iscsi, lun, 0, length, (int)block, 0, 0, 0, 0, 0);
	bool same = task && task->status == SCSI_STATUS_GOOD && task->datain.size == (int)length &&
		    !memcmp(task->datain.data, data, length);
	if (finish(iscsi, task, "READ(10)"))
		return -1;
	if (!same) {
		fprintf(stderr, "libiscsi-client: %u bytes read back differ from those written\n",
			length);
		return -1;
	}
	return 0;
}

/* Rounds of several sizes, as a user's traffic has short and long transfers. */
static int io(struct iscsi_context *iscsi, int lun)
{
	enum { ROUNDS = 40 };
	static const uint32_t sizes[] = {512, 4096, 65536, IO_BYTES_MAX};
	uint32_t block = 0, last_lba = 0;
	if (block_size(iscsi, lun, &block, &last_lba))
		return -1;
	for (unsigned round = 0; round < ROUNDS && !asked_to_end; round++) {
		uint32_t length = sizes[round % (sizeof(sizes) / sizeof(*sizes))];
		if (length < block)
			length = block;
		if (length / block > (uint64_t)last_lba + 1)
			continue;
		if (write_and_compare(iscsi, lun, length, block, round + 1))
			return -1;
	}
	return 0;
}

/* Until a signal: what comes is the library's to answer. */
static int serve(struct iscsi_context *iscsi, const sigset_t *while_waiting)
{
	while (!asked_to_end) {
		struct pollfd fd = {.fd = iscsi_get_fd(iscsi),
				    .events = (short)iscsi_which_events(iscsi)};
		int ready = ppoll(&fd, 1, NULL, while_waiting);
		if (ready < 0 && errno != EINTR)
			return fail(iscsi, "poll");
		if (ready > 0 && iscsi_service(iscsi, fd.revents) < 0)
			return fail(iscsi, "connection");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 4 || (strcmp(argv[3], "login") && strcmp(argv[3], "io"))) {
		fputs("usage: libiscsi-client INITIATOR-NAME URL login|io\n", stderr);
		return 2;
	}
	struct iscsi_context *iscsi = iscsi_create_context(argv[1]);
	if (!iscsi)
		return 1;
	struct iscsi_url *url = iscsi_parse_full_url(iscsi, argv[2]);
	int status = 1;
	if (!url) {
		fail(iscsi, "URL");
		goto out_context;
	}

	/* Signals are let in only where ppoll waits, so none is lost between a look at the flag and
	 * the wait. */
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t blocked, before;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	iscsi_set_session_type(iscsi, ISCSI_SESSION_NORMAL);
	iscsi_set_targetname(iscsi, url->target);
	iscsi_set_timeout(iscsi, TIMEOUT_S);
	/* One login an invocation: what breaks it ends it. */
	iscsi_set_noautoreconnect(iscsi, 1);
	if (iscsi_full_connect_sync(iscsi, url->portal, url->lun)) {
		fail(iscsi, "login");
		goto out_url;
	}
	if (!strcmp(argv[3], "io") && io(iscsi, url->lun))
		goto out_url;
	if (serve(iscsi, &before))
		goto out_url;
	if (iscsi_logout_sync(iscsi)) {
		fail(iscsi, "logout");
		goto out_url;
	}
	status = 0;
out_url:
	iscsi_destroy_url(url);
out_context:
	iscsi_destroy_context(iscsi);
	return status;
}
