/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a run: written ahead of each case, read back after a crash of the machine. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/json.h"
#include "../report/memory.h"

enum { JOURNAL_LIMIT = 256 << 20 };

struct journal {
	int fd;
	char *path, *boot;
};

void journal_boot_id(char *id, size_t size)
{
	char *text = file_read("/proc/sys/kernel/random/boot_id", 256, NULL, NULL);
	snprintf(id, size, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
	free(text);
}

static void forget_preflight(struct journal_past *p)
{
	if (p->preflight)
		report_case_free(p->preflight);
	free(p->preflight);
	p->preflight = NULL;
}

void journal_past_free(struct journal_past *p)
{
	forget_preflight(p);
	for (size_t i = 0; i < p->ended_count; i++)
		report_case_free(&p->ended[i]);
	free(p->ended);
	free(p->running);
	json_decref(p->head);
	*p = (struct journal_past){0};
}

const struct report_case *journal_past_find(const struct journal_past *p, const char *id)
{
	for (size_t i = 0; i < p->ended_count; i++)
		if (!strcmp(p->ended[i].result.id, id))
			return &p->ended[i];
	return NULL;
}

/* ---- reading ---- */

static void forget_running(struct journal_past *p)
{
	free(p->running);
	p->running = NULL;
	p->other_boot = false;
}

static int past_ended(struct journal_past *p, const json_t *result, struct err *e)
{
	struct report_case c = {0};
	if (report_case_from_json(&c, result, e))
		return -1;
	for (size_t i = 0; i < p->ended_count; i++) {
		if (strcmp(p->ended[i].result.id, c.result.id) != 0)
			continue;
		report_case_free(&p->ended[i]);
		p->ended[i] = c;
		return 0;
	}
	p->ended = grow(p->ended, p->ended_count, sizeof(*p->ended));
	p->ended[p->ended_count++] = c;
	return 0;
}

static int past_preflight(struct journal_past *p, const json_t *result, struct err *e)
{
	struct report_case c = {0};
	if (report_case_from_json(&c, result, e))
		return -1;
	forget_preflight(p);
	p->preflight = must(malloc(sizeof(c)));
	*p->preflight = c;
	return 0;
}

static void forget_inconclusive(struct journal_past *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->ended_count; i++) {
		if (p->ended[i].result.verdict == VERDICT_INCONCLUSIVE)
			report_case_free(&p->ended[i]);
		else
			p->ended[kept++] = p->ended[i];
	}
	p->ended_count = kept;
}

static int past_line(struct journal_past *p, const char *line, size_t len, const char *boot,
		     struct err *e)
{
	int status = 0;
	json_t *o = json_loadb(line, len, 0, NULL);
	const char *start = json_string_value(json_object_get(o, "start"));
	const char *was = json_string_value(json_object_get(o, "boot"));

	if (!json_is_object(o)) {
		status = err_set(e, 0, "not a JSON object");
	} else if (start) {
		forget_running(p);
		p->running = must(strdup(start));
		p->other_boot = !was || strcmp(was, boot) != 0;
	} else if (json_object_get(o, "end")) {
		forget_running(p);
		status = past_ended(p, json_object_get(o, "result"), e);
	} else if (json_object_get(o, "preflight")) {
		status = past_preflight(p, json_object_get(o, "preflight"), e);
	} else if (json_object_get(o, "again")) {
		forget_inconclusive(p);
	} else if (json_object_get(o, "stopped")) {
		forget_running(p);
	} else if (!p->head) {
		p->head = json_incref(json_object_get(o, "run"));
	}
	json_decref(o);
	return status;
}

ssize_t journal_parse(struct journal_past *past, const char *name, const char *text, size_t len,
		      const char *boot, struct err *e)
{
	ssize_t whole = 0;
	unsigned number = 1;
	struct err inner;
	for (const char *at = text, *end; (end = memchr(at, '\n', len - (size_t)(at - text)));
	     at = end + 1, number++) {
		if (past_line(past, at, (size_t)(end - at), boot, &inner))
			return err_set(e, 0, "%s:%u: %s", name, number, inner.what);
		whole = end + 1 - text;
	}
	return whole;
}

/* The length of the whole lines, so that a torn one can be cut off; -1 with *e. */
static ssize_t read_past(struct journal_past *p, const char *path, const char *boot, struct err *e)
{
	size_t len = 0;
	struct err inner;
	char *text = file_read(path, JOURNAL_LIMIT, &len, &inner);
	if (!text && inner.errnum == ENOENT)
		return 0;
	if (!text) {
		if (e)
			*e = inner;
		return -1;
	}
	const ssize_t whole = journal_parse(p, path, text, len, boot, e);
	free(text);
	return whole;
}

/* ---- writing ---- */

struct journal *journal_open(const char *path, const char *boot, struct journal_past *past,
			     struct err *e)
{
	ssize_t keep = 0;
	if (past) {
		*past = (struct journal_past){0};
		keep = read_past(past, path, boot, e);
		if (keep < 0)
			goto fail;
	}
	const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, keep)) {
		err_set(e, errno, "cannot write %s", path);
		if (fd >= 0)
			close(fd);
		goto fail;
	}
	struct journal *j = must(calloc(1, sizeof(*j)));
	j->fd = fd;
	j->path = must(strdup(path));
	j->boot = must(strdup(boot));
	return j;
fail:
	if (past)
		journal_past_free(past);
	return NULL;
}

static int put(struct journal *j, json_t *o, struct err *e)
{
	char *text = must(json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12)));
	json_decref(o);
	const size_t len = strlen(text);
	text = must(realloc(text, len + 1));
	text[len] = '\n';
	const off_t before = lseek(j->fd, 0, SEEK_END);
	int status = 0;
	if (write_all(j->fd, text, len + 1) || fsync(j->fd)) {
		status = err_set(e, errno, "cannot write %s", j->path);
		/* Half a line would make the next one unreadable. */
		if (before < 0 || ftruncate(j->fd, before))
			status = -1;
	}
	free(text);
	return status;
}

static json_t *line(const char *key, const char *id)
{
	json_t *o = must(json_object());
	json_object_set_new(o, key, json_text(id));
	return o;
}

int journal_run(struct journal *j, const json_t *identity, struct err *e)
{
	json_t *o = must(json_object());
	json_object_set_new(o, "run", must(json_deep_copy(identity)));
	json_object_set_new(o, "boot", json_text(j->boot));
	return put(j, o, e);
}

int journal_preflight(struct journal *j, const struct report_case *c, struct err *e)
{
	json_t *o = must(json_object());
	json_object_set_new(o, "preflight", report_case_to_json(c));
	return put(j, o, e);
}

int journal_start(struct journal *j, const char *id, struct err *e)
{
	json_t *o = line("start", id);
	json_object_set_new(o, "boot", json_text(j->boot));
	return put(j, o, e);
}

int journal_end(struct journal *j, const struct report_case *c, struct err *e)
{
	json_t *o = line("end", c->result.id);
	json_object_set_new(o, "result", report_case_to_json(c));
	return put(j, o, e);
}

int journal_stopped(struct journal *j, const char *id, struct err *e)
{
	return put(j, line("stopped", id), e);
}

int journal_again(struct journal *j, struct journal_past *p, struct err *e)
{
	forget_inconclusive(p);
	return put(j, line("again", verdict_name(VERDICT_INCONCLUSIVE)), e);
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	close(j->fd);
	free(j->path);
	free(j->boot);
	free(j);
}
