/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest honest user of libiscsi over iSER, for the driver `libiscsi`: logs in, reads and
 * writes when asked to, serves the connection until SIGTERM, logs out. The tools that come with the
 * library either end after one command or read without a pause.
 *
 *	libiscsi-client INITIATOR-NAME iser://HOST:PORT/IQN/LUN login|io [SETTING...]
 *	libiscsi-client --do SOCKET LINE
 *
 * SETTING: InitialR2T=Yes, ImmediateData=No or HeaderDigest=CRC32C, which the library then offers;
 * deeds=SOCKET, by which it can be told to do something (libiscsi-deeds.c).
 *
 * It waits in a loop of its own. The library's *_sync calls look each second whether the target has
 * answered, and over iSER 1.19 takes a look at nothing for an error ("revents is not POLLIN"): a
 * target that is slower than a second, as a busy emulator is, would end the session.
 *
 * Exit status 0; 1 with one line on stderr when the library reports an error or data read back
 * differs; 2 usage.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "libiscsi-client.h"

#include <iscsi/scsi-lowlevel.h>

#define TIMEOUT_S    30
#define IO_BYTES_MAX (256U * 1024)

static volatile sig_atomic_t asked_to_end;
static int deeds = -1; /* the socket */
static int unit;       /* that of the URL */

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

/* Serves the connection until *answered, which has TIMEOUT_S; without it until a signal says to
 * end. */
static int serve(struct iscsi_context *iscsi, const sigset_t *mask, const bool *answered)
{
	const struct timespec limit = {.tv_sec = TIMEOUT_S};
	while (answered ? !*answered : !asked_to_end) {
		struct pollfd fds[] = {
			{.fd = iscsi_get_fd(iscsi), .events = (short)iscsi_which_events(iscsi)},
			{.fd = answered ? -1 : deeds, .events = POLLIN}};
		int ready = ppoll(fds, 2, answered ? &limit : NULL, mask);
		if (ready == 0) {
			fputs("libiscsi-client: no answer\n", stderr);
			return -1;
		}
		if (ready < 0 && errno != EINTR)
			return fail(iscsi, "poll");
		if (ready > 0 && fds[0].revents && iscsi_service(iscsi, fds[0].revents) < 0)
			return fail(iscsi, "connection");
		if (ready > 0 && fds[1].revents && deeds_serve(deeds, iscsi, unit, mask))
			return fail(iscsi, "connection");
	}
	return 0;
}

void on_answer(struct iscsi_context *iscsi, int status, void *data, void *private_data)
{
	struct answer *a = private_data;
	(void)iscsi;
	(void)data;
	a->here = true;
	a->status = status;
}

int wait_for(struct iscsi_context *iscsi, struct answer *a)
{
	return serve(iscsi, a->mask, &a->here);
}

static int await(struct iscsi_context *iscsi, struct answer *a, const char *what)
{
	if (wait_for(iscsi, a))
		return -1;
	return a->status == SCSI_STATUS_GOOD ? 0 : fail(iscsi, what);
}

/* Answers are static below: what was not answered the library answers itself, as cancelled, when
 * the context goes, and who asked has returned by then. */

static int block_size(struct iscsi_context *iscsi, int lun, const sigset_t *mask, uint32_t *bytes,
		      uint32_t *last_lba)
{
	static struct answer a;
	a = (struct answer){.mask = mask};
	struct scsi_task *task = iscsi_readcapacity10_task(iscsi, lun, 0, 0, on_answer, &a);
	if (!task)
		return fail(iscsi, "READ CAPACITY");
	int result = await(iscsi, &a, "READ CAPACITY");
	struct scsi_readcapacity10 *capacity = result ? NULL : scsi_datain_unmarshall(task);
	if (capacity) {
		*bytes = capacity->block_size;
		*last_lba = capacity->lba;
	}
	if (a.here)
		scsi_free_scsi_task(task);
	if (result)
		return -1;
	if (!capacity || *bytes == 0 || *bytes > IO_BYTES_MAX) {
		fputs("libiscsi-client: READ CAPACITY: no usable block size\n", stderr);
		return -1;
	}
	return 0;
}

/* Writes `length` bytes, another pattern for each seed, to the disk's start and compares what reads
 * back. */
static int write_and_compare(struct iscsi_context *iscsi, int lun, const sigset_t *mask,
			     uint32_t length, uint32_t block, uint32_t seed)
{
	static unsigned char data[IO_BYTES_MAX];
	static struct answer written, got;
	written = got = (struct answer){.mask = mask};
	for (uint32_t i = 0; i < length; i++)
		data[i] = (unsigned char)(i * 31 + i / 256 + seed);
	struct scsi_task *task = iscsi_write10_task(iscsi, lun, 0, data, length, (int)block, 0, 0,
						    0, 0, 0, on_answer, &written);
	if (!task)
		return fail(iscsi, "WRITE(10)");
	int result = await(iscsi, &written, "WRITE(10)");
	/* A task without an answer is the library's until the context goes. */
	if (written.here)
		scsi_free_scsi_task(task);
	if (result)
		return -1;
	task = iscsi_read10_task(iscsi, lun, 0, length, (int)block, 0, 0, 0, 0, 0, on_answer, &got);
	if (!task)
		return fail(iscsi, "READ(10)");
	result = await(iscsi, &got, "READ(10)");
	bool same = !result && task->datain.size == (int)length &&
		    !memcmp(task->datain.data, data, length);
	if (got.here)
		scsi_free_scsi_task(task);
	if (!result && !same) {
		fprintf(stderr, "libiscsi-client: %u bytes read back differ from those written\n",
			length);
		result = -1;
	}
	return result;
}

/* Several writes under way together. */
static int write_at_once(struct iscsi_context *iscsi, int lun, const sigset_t *mask, uint32_t block)
{
	enum { WRITES = 4, LENGTH = 4096 };
	static unsigned char data[LENGTH];
	static struct answer written[WRITES];
	struct scsi_task *tasks[WRITES] = {0};
	int result = 0;
	for (uint32_t i = 0; i < WRITES && !result; i++) {
		written[i] = (struct answer){.mask = mask};
		tasks[i] = iscsi_write10_task(iscsi, lun, i * (LENGTH / block), data, LENGTH,
					      (int)block, 0, 0, 0, 0, 0, on_answer, &written[i]);
		if (!tasks[i])
			result = fail(iscsi, "WRITE(10)");
	}
	for (uint32_t i = 0; i < WRITES && !result; i++)
		result = await(iscsi, &written[i], "WRITE(10)");
	for (uint32_t i = 0; i < WRITES; i++)
		if (tasks[i] && written[i].here)
			scsi_free_scsi_task(tasks[i]);
	return result;
}

/* Rounds of several sizes, as a user's traffic has short and long transfers. */
static int io(struct iscsi_context *iscsi, int lun, const sigset_t *mask)
{
	enum { ROUNDS = 40, AT_ONCE = 8, AT_ONCE_BYTES = 16384 };
	static const uint32_t sizes[] = {512, 4096, 65536, IO_BYTES_MAX};
	uint32_t block = 0, last_lba = 0;
	if (block_size(iscsi, lun, mask, &block, &last_lba))
		return -1;
	if (block <= 4096 && AT_ONCE_BYTES / block <= (uint64_t)last_lba + 1)
		for (unsigned i = 0; i < AT_ONCE && !asked_to_end; i++)
			if (write_at_once(iscsi, lun, mask, block))
				return -1;
	for (unsigned round = 0; round < ROUNDS && !asked_to_end; round++) {
		uint32_t length = sizes[round % (sizeof(sizes) / sizeof(*sizes))];
		if (length < block)
			length = block;
		if (length / block > (uint64_t)last_lba + 1)
			continue;
		if (write_and_compare(iscsi, lun, mask, length, block, round + 1))
			return -1;
	}
	return 0;
}

static int set(struct iscsi_context *iscsi, const char *setting)
{
	if (!strcmp(setting, "InitialR2T=Yes"))
		return iscsi_set_initial_r2t(iscsi, ISCSI_INITIAL_R2T_YES);
	if (!strcmp(setting, "ImmediateData=No"))
		return iscsi_set_immediate_data(iscsi, ISCSI_IMMEDIATE_DATA_NO);
	if (!strcmp(setting, "HeaderDigest=CRC32C"))
		return iscsi_set_header_digest(iscsi, ISCSI_HEADER_DIGEST_CRC32C);
	if (!strncmp(setting, "deeds=", 6))
		return (deeds = deeds_listen(setting + 6)) < 0 ? -1 : 0;
	return -1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--do"))
		return deeds_tell(argv[2], argv[3]);
	if (argc < 4 || (strcmp(argv[3], "login") && strcmp(argv[3], "io"))) {
		fputs("usage: libiscsi-client INITIATOR-NAME URL login|io [SETTING...]\n", stderr);
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
	unit = url->lun;
	for (int i = 4; i < argc; i++)
		if (set(iscsi, argv[i])) {
			fprintf(stderr, "libiscsi-client: unknown setting %s\n", argv[i]);
			status = 2;
			goto out_url;
		}
	/* One login an invocation: what breaks it ends it. */
	iscsi_set_noautoreconnect(iscsi, 1);
	struct answer login = {.mask = &before}, logout = {.mask = &before};
	if (iscsi_full_connect_async(iscsi, url->portal, url->lun, on_answer, &login)) {
		fail(iscsi, "login");
		goto out_url;
	}
	if (await(iscsi, &login, "login"))
		goto out_url;
	if (!strcmp(argv[3], "io") && io(iscsi, url->lun, &before))
		goto out_url;
	if (serve(iscsi, &before, NULL))
		goto out_url;
	if (iscsi_logout_async(iscsi, on_answer, &logout)) {
		fail(iscsi, "logout");
		goto out_url;
	}
	if (await(iscsi, &logout, "logout"))
		goto out_url;
	status = 0;
out_url:
	iscsi_destroy_url(url);
out_context:
	iscsi_destroy_context(iscsi);
	return status;
}
