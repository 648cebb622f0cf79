/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a case can tell the client to do in its session (tools/README.md), one line at a time over a
 * socket: `NAME KEY=VALUE...`, with data=FILE for what is written, or where what was read goes. The
 * answer is `STATUS WORDS`. Blocks have 512 bytes, as all disks that iserspec serves: to ask would
 * be a command that no case expects.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libiscsi-client.h"

#include <iscsi/scsi-lowlevel.h>

enum {
	BLOCK = 512,
	COMMAND_MAX = 256 << 10, /* what the library has memory for: its lib/iser-private.h */
	IN_FLIGHT_MAX = 64,
	BYTES_MAX = 64 << 20,
	LINE_BYTES = 1024,
	CDB_MAX = 16
};

struct deed {
	char name[32], file[512];
	unsigned char cdb[CDB_MAX];
	int cdb_len, lun;
	uint64_t offset, length, size, in_flight;
	unsigned char *data; /* what is written, or what came */
	bool writes;
};

struct slot {
	struct scsi_task *task;
	struct answer answer;
	uint64_t at;
};

static bool socket_name(const char *path, struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	const int n = snprintf(to->sun_path, sizeof(to->sun_path), "%s", path);
	return n > 0 && (size_t)n < sizeof(to->sun_path);
}

int deeds_listen(const char *path)
{
	struct sockaddr_un name;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !socket_name(path, &name))
		return -1;
	unlink(path);
	if (!bind(fd, (const struct sockaddr *)&name, sizeof(name)) && !listen(fd, 1))
		return fd;
	close(fd);
	return -1;
}

int deeds_tell(const char *path, const char *line)
{
	struct sockaddr_un name;
	char answer[LINE_BYTES] = "";
	size_t len = 0;
	int status = 1;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !socket_name(path, &name) ||
	    connect(fd, (const struct sockaddr *)&name, sizeof(name)) ||
	    write(fd, line, strlen(line)) != (ssize_t)strlen(line) || shutdown(fd, SHUT_WR)) {
		fputs("libiscsi-client: there is no session\n", stderr);
	} else {
		for (ssize_t n; len + 1 < sizeof(answer) &&
				(n = read(fd, answer + len, sizeof(answer) - 1 - len)) > 0;)
			len += (size_t)n;
		char *words;
		status = (int)strtol(answer, &words, 10);
		if (words == answer) {
			fputs("libiscsi-client: the session ended\n", stderr);
			status = 1;
		} else if (status) {
			fprintf(stderr, "libiscsi-client:%s\n", words);
		}
	}
	if (fd >= 0)
		close(fd);
	return status;
}

static bool take_cdb(struct deed *d, const char *text)
{
	for (d->cdb_len = 0; text[0] && text[1] && d->cdb_len < CDB_MAX; text += 2) {
		const char pair[3] = {text[0], text[1], '\0'};
		d->cdb[d->cdb_len++] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return !*text;
}

static bool parse(char *line, struct deed *d)
{
	const struct {
		const char *name;
		uint64_t *to;
	} numbers[] = {{"offset", &d->offset},
		       {"length", &d->length},
		       {"size", &d->size},
		       {"in-flight", &d->in_flight}};
	char *rest = NULL, *word = strtok_r(line, " \n", &rest);
	if (!word)
		return false;
	snprintf(d->name, sizeof(d->name), "%s", word);
	while ((word = strtok_r(NULL, " \n", &rest))) {
		char *value = strchr(word, '=');
		if (!value)
			return false;
		*value++ = '\0';
		if (!strcmp(word, "data"))
			snprintf(d->file, sizeof(d->file), "%s", value);
		else if (!strcmp(word, "lun"))
			d->lun = (int)strtol(value, NULL, 10);
		else if (!strcmp(word, "cdb") && !take_cdb(d, value))
			return false;
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			if (!strcmp(word, numbers[i].name))
				*numbers[i].to = strtoull(value, NULL, 10);
	}
	return d->length <= BYTES_MAX;
}

/* The file into memory, or memory into the file. */
static bool move_file(const struct deed *d, bool into)
{
	FILE *f = fopen(d->file, into ? "wb" : "rb");
	if (!f)
		return false;
	const size_t n = into ? fwrite(d->data, 1, d->length, f) : fread(d->data, 1, d->length, f);
	return !fclose(f) && n == d->length;
}

static struct scsi_task *begin(struct iscsi_context *iscsi, const struct deed *d, struct slot *s,
			       uint64_t len)
{
	unsigned char *at = d->data + s->at;
	const uint32_t lba = (uint32_t)((d->offset + s->at) / BLOCK);
	if (!d->cdb_len && d->writes)
		return iscsi_write10_task(iscsi, d->lun, lba, at, (uint32_t)len, BLOCK, 0, 0, 0, 0,
					  0, on_answer, &s->answer);
	if (!d->cdb_len)
		return iscsi_read10_task(iscsi, d->lun, lba, (uint32_t)len, BLOCK, 0, 0, 0, 0, 0,
					 on_answer, &s->answer);
	unsigned char cdb[CDB_MAX];
	memcpy(cdb, d->cdb, sizeof(cdb));
	struct iscsi_data out = {.size = len, .data = at};
	struct scsi_task *task = scsi_create_task(d->cdb_len, cdb,
						  !len	      ? SCSI_XFER_NONE
						  : d->writes ? SCSI_XFER_WRITE
							      : SCSI_XFER_READ,
						  (int)len);
	if (task && iscsi_scsi_command_async(iscsi, d->lun, task, on_answer,
					     d->writes && len ? &out : NULL, &s->answer)) {
		scsi_free_scsi_task(task);
		return NULL;
	}
	return task;
}

/* What became of a command that was answered: 0 done, 1 not. */
static int take(struct deed *d, struct slot *s, uint64_t len, uint64_t *came)
{
	int result = s->answer.status == SCSI_STATUS_GOOD ? 0 : 1;
	const uint64_t have = (uint64_t)s->task->datain.size;
	if (!result && !d->writes && len) {
		const uint64_t n = have < len ? have : len;
		if (n)
			memcpy(d->data + s->at, s->task->datain.data, n);
		*came += n;
		result = !d->cdb_len && n < len;
	}
	if (s->task->residual_status == SCSI_RESIDUAL_UNDERFLOW && !d->cdb_len)
		result = 1;
	scsi_free_scsi_task(s->task);
	s->task = NULL;
	return result;
}

/* All of it by commands of `size` bytes, the oldest waited for first. */
static int io(struct iscsi_context *iscsi, struct deed *d, const sigset_t *mask, uint64_t *came)
{
	static struct slot slots[IN_FLIGHT_MAX];
	const uint64_t wanted = d->size && d->size < d->length ? d->size : d->length;
	const uint64_t size = wanted < COMMAND_MAX ? wanted : COMMAND_MAX;
	const uint64_t width = !d->in_flight		      ? 1
			       : d->in_flight > IN_FLIGHT_MAX ? IN_FLIGHT_MAX
							      : d->in_flight;
	const uint64_t commands = size ? (d->length + size - 1) / size : 1;
	int result = 0;
	for (uint64_t next = 0, oldest = 0; oldest < next || (next < commands && !result);) {
		struct slot *s = &slots[next % width];
		if (next < commands && next - oldest < width && !result) {
			const uint64_t left = d->length - next * size;
			*s = (struct slot){.answer = {.mask = mask}, .at = next * size};
			s->task = begin(iscsi, d, s, left < size ? left : size);
			if (!s->task)
				return 1;
			next++;
			continue;
		}
		s = &slots[oldest++ % width];
		const uint64_t left = d->length - s->at;
		if (wait_for(iscsi, &s->answer))
			return -1;
		result |= take(d, s, left < size ? left : size, came);
	}
	return result;
}

static int perform(struct iscsi_context *iscsi, struct deed *d, const sigset_t *mask)
{
	uint64_t came = 0;
	d->data = calloc(1, d->length + 1);
	if (!d->data || (d->writes && d->length && !move_file(d, false)))
		return 1;
	const int result = io(iscsi, d, mask, &came);
	if (!d->writes && d->file[0] && result >= 0) {
		d->length = came;
		if (!move_file(d, true))
			return 1;
	}
	return result;
}

int deeds_serve(int fd, struct iscsi_context *iscsi, int lun, const sigset_t *mask)
{
	char line[LINE_BYTES] = "", answer[64];
	size_t len = 0;
	struct deed d = {.lun = lun};
	const int who = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (who < 0)
		return 0;
	for (ssize_t n;
	     len + 1 < sizeof(line) && (n = read(who, line + len, sizeof(line) - 1 - len)) > 0;)
		len += (size_t)n;
	const bool sound = parse(line, &d);
	d.writes = !strcmp(d.name, "write") || !strcmp(d.name, "command-out");
	const int result = sound ? perform(iscsi, &d, mask) : 2;
	free(d.data);
	snprintf(answer, sizeof(answer), "%d%s\n", result < 0 ? 1 : result,
		 result < 0 ? " the session ended"
		 : result   ? " it was not done"
			    : "");
	if (write(who, answer, strlen(answer)) < 0)
		fputs("libiscsi-client: nobody waits for the answer\n", stderr);
	close(who);
	return result < 0 ? -1 : 0;
}
