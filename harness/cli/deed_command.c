/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs --do beside a case. */
#include "deed_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/memory.h"
#include "driver_trouble.h"

enum { READ_MAX = 64 << 20 };

static struct command *last(struct deed_command *d)
{
	return d->count ? &d->commands[d->count - 1] : NULL;
}

static void forget_file(struct deed_command *d)
{
	if (d->path[0])
		unlink(d->path);
	d->path[0] = '\0';
	free(d->data);
	d->data = NULL;
}

static int make_file(struct deed_command *d, struct bytes data, struct err *e)
{
	forget_file(d);
	snprintf(d->path, sizeof(d->path), "/tmp/iserspec-do.XXXXXX");
	const int fd = mkstemp(d->path);
	if (fd < 0) {
		d->path[0] = '\0';
		return err_set(e, errno, "cannot make a file in /tmp");
	}
	const int rc = data.len ? write_all(fd, data.at, data.len) : 0;
	const int errnum = errno;
	close(fd);
	return rc ? err_set(e, errnum, "cannot write %s", d->path) : 0;
}

/* Those that have ended make room, but for the last, whose end may not have been asked for. */
static void forget_ended(struct deed_command *d)
{
	size_t kept = 0;
	deed_command_trouble(d);
	for (size_t i = 0; i < d->count; i++) {
		struct command *c = &d->commands[i];
		if (i + 1 == d->count || !command_poll(c)) {
			d->commands[kept++] = *c;
			continue;
		}
		const pid_t group = c->pid;
		command_free(c);
		case_link_group(d->link, group, false);
	}
	d->count = kept;
}

/* path: of the file for its data, or "". */
static int start(struct command *c, const char *line, const char *what, const char *path,
		 struct err *e)
{
	char *env[] = {text_format("ISERSPEC_DO=%s", what),
		       text_format("ISERSPEC_DO_DATA=%s", path), NULL};
	const int rc = command_start(c, line, env, e);
	free(env[0]);
	free(env[1]);
	return rc;
}

static int act(void *ctx, const char *what, struct bytes data, bool reads, struct err *e)
{
	struct deed_command *d = ctx;
	if (!d->line)
		return ACT_NOBODY;
	forget_ended(d);
	d->restoring = !strcmp(what, "restore");
	if (d->count == DEEDS_MAX)
		return err_set(e, 0, "more than %d at once", DEEDS_MAX);
	if ((reads || data.len) && make_file(d, data, e))
		return -1;
	struct command *c = &d->commands[d->count];
	if (start(c, d->line, what, d->path, e)) {
		if (d->restoring && !d->trouble)
			d->trouble = driver_trouble_text("restore", e->what);
		return -1;
	}
	d->count++;
	case_link_group(d->link, c->pid, true);
	return 0;
}

static int ended_fd(void *ctx)
{
	struct command *c = last(ctx);
	return c ? c->ended_fd : -1;
}

static int ended_status(void *ctx, const char **last_line)
{
	struct command *c = last(ctx);
	if (!c || !command_poll(c))
		return -1;
	*last_line = c->last_line;
	return c->status;
}

static size_t read_data(void *ctx, const uint8_t **at)
{
	struct deed_command *d = ctx;
	size_t len = 0;
	if (!d->data && d->path[0])
		d->data = file_read(d->path, READ_MAX, &len, NULL);
	*at = (const uint8_t *)d->data;
	return len;
}

void deed_command_init(struct deed_command *d, struct sut_control *control)
{
	control->act_ctx = d;
	control->act = act;
	control->act_fd = ended_fd;
	control->act_status = ended_status;
	control->act_data = read_data;
}

static char *restore_trouble(const struct command *c, bool ended)
{
	if (!ended)
		return driver_trouble_text("restore", "it did not end in time");
	if (!c->status)
		return NULL;
	return driver_trouble_text("restore",
				   *c->last_line ? c->last_line : "it does not say why it failed");
}

static void note_restore(struct deed_command *d)
{
	struct command *c = last(d);

	if (c && d->restoring && !d->trouble)
		d->trouble = restore_trouble(c, command_poll(c));
}

char *deed_restore(const char *line, double seconds, int interrupt_fd)
{
	struct command c = {0};
	struct err e;
	if (start(&c, line, "restore", "", &e))
		return driver_trouble_text("restore", e.what);
	char *trouble =
		restore_trouble(&c, command_wait(&c, seconds, interrupt_fd) == COMMAND_ENDED);
	command_free(&c);
	return trouble;
}

const char *deed_command_trouble(struct deed_command *d)
{
	for (size_t i = 0; i < d->count && !d->trouble; i++)
		if (command_poll(&d->commands[i]))
			d->trouble = driver_trouble("do", &d->commands[i]);
	note_restore(d);
	return d->trouble;
}

void deed_command_free(struct deed_command *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const pid_t group = d->commands[i].pid;
		command_free(&d->commands[i]);
		case_link_group(d->link, group, false);
	}
	d->count = 0;
	forget_file(d);
	free(d->trouble);
	d->trouble = NULL;
}
