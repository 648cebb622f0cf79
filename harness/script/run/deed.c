/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SUT does beside the case, told to its driver in one line (`sut DEED`). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { LINE_SIZE = 512 };
/* For `restore`, and between two looks: the end of a process is no event of every fabric. */
#define RESTORE_TIME (10 * NS_PER_S)
#define LOOK_TIME    (20 * NS_PER_MS)

static void add(char *line, const char *name, uint64_t n)
{
	const size_t len = strlen(line);
	snprintf(line + len, LINE_SIZE - len, " %s=%" PRIu64, name, n);
}

static const struct deed_argument *argument(const struct deed *d, const char *name)
{
	for (size_t i = 0; i < d->argument_count; i++)
		if (!strcmp(d->arguments[i].name, name))
			return &d->arguments[i];
	return NULL;
}

/* The line as tools/README.md has it. False with the trouble set. */
static bool deed_line(struct run *r, const struct deed *d, size_t data, char line[LINE_SIZE])
{
	snprintf(line, LINE_SIZE, "%s", d->name);
	for (size_t i = 0; i < d->argument_count; i++) {
		const struct deed_argument *a = &d->arguments[i];
		uint64_t n;
		if (!run_number(r, &a->value, &n))
			return false;
		add(line, a->name, a->time ? n / NS_PER_MS : n);
	}
	if (d->data.kind && !argument(d, "length"))
		add(line, "length", data);
	for (size_t i = 0; i < d->cdb.len; i++) {
		const size_t len = strlen(line);
		snprintf(line + len, LINE_SIZE - len, "%s%02x", i ? "" : " cdb=", d->cdb.at[i]);
	}
	return true;
}

static void log_deed(struct run *r, const char *name, int64_t status, const char *text)
{
	log_add(r->env->log, &(struct log_event){.time = run_now(r),
						 .kind = LOG_SUT,
						 .name = name,
						 .a = status,
						 .text = text});
}

/* False: it could not even be begun, and the trouble says why. */
static bool begin(struct run *r, const char *line, struct bytes data, bool reads)
{
	const struct sut_control *sut = &r->env->sut;
	struct err e = {0};
	log_deed(r, "do", 0, line);
	r->did = (struct did){.begun = true, .status = -1};
	const int rc = sut->act ? sut->act(sut->act_ctx, line, data, reads, &e) : ACT_NOBODY;
	if (rc == ACT_NOBODY) {
		run_unsupported(r, "nobody can tell the system to do this (--do CMD): %s", line);
		return false;
	}
	if (rc) {
		run_trouble(r, "the command for `%s` cannot be run: %.150s", line, e.what);
		return false;
	}
	if (sut->act_fd)
		fab_watch_fd(r->env->fab, sut->act_fd(sut->act_ctx));
	return true;
}

/* How much of what it has read is what it should have read. Only that is in the log, and not the
 * data. */
static void compare(struct run *r)
{
	const struct sut_control *sut = &r->env->sut;
	const uint8_t *at = NULL;
	const size_t len = sut->act_data ? sut->act_data(sut->act_ctx, &at) : 0;
	struct fab_answer a = {.name = "did-data", .more = (int64_t)len};
	if (at)
		a.value = (int64_t)bytes_alike(at, r->wanted,
					       len < r->wanted_len ? len : r->wanted_len);
	fab_answer(r->env->fab, NULL, &a);
	r->did.same = (uint64_t)a.value;
	r->did.length = (uint64_t)a.more;
	r->did.has_data = true;
}

void run_note_deed(struct run *r)
{
	const struct sut_control *sut = &r->env->sut;
	const char *last = NULL;
	if (!r->did.begun || r->did.status >= 0 || !sut->act_status)
		return;
	const int status = sut->act_status(sut->act_ctx, &last);
	if (status < 0)
		return;
	r->did.status = status;
	/* Its descriptor stays readable for ever. That of a login that still runs is waited for
	 * again. */
	const bool login = r->login_begun && !r->login_ended && sut->login_fd;
	fab_watch_fd(r->env->fab, login ? sut->login_fd(sut->ctx) : -1);
	log_deed(r, "do ended", status, last ? last : "");
	if (r->did_reads)
		compare(r);
	if (status != ACT_NOT_SUPPORTED)
		return;
	/* What was not done need not be undone. */
	r->changed -= r->did.changes;
	run_unsupported(r, "not supported: %.200s", last && *last ? last : "it does not say why");
}

static void await_deed(struct run *r, uint64_t until)
{
	run_note_deed(r);
	while (r->did.status < 0 && !run_ended(r) && run_now(r) < until) {
		const uint64_t next = run_now(r) + LOOK_TIME;
		run_step(r, next < until ? next : until);
	}
}

static enum flow wait_for(struct run *r, const struct statement *s)
{
	uint64_t t;
	if (!run_number(r, &s->time, &t))
		return run_inconclusive(r, s->line);
	await_deed(r, run_now(r) + run_scaled(r, t));
	return run_ended(r) ? run_inconclusive(r, s->line) : FLOW_ON;
}

enum flow run_sut_wait(struct run *r, const struct statement *s)
{
	if (!r->did.begun)
		run_trouble(r, "nothing was told to the system that could be waited for");
	return run_ended(r) ? run_inconclusive(r, s->line) : wait_for(r, s);
}

enum flow run_sut_do(struct run *r, const struct statement *s)
{
	const struct deed *d = s->deed;
	char line[LINE_SIZE];
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	free(r->wanted);
	r->wanted = NULL;
	r->wanted_len = 0;
	if (d->data.kind && !(r->wanted = run_data(r, &d->data, &r->wanted_len)))
		return run_inconclusive(r, s->line);
	if (!deed_line(r, d, r->wanted_len, line))
		return run_inconclusive(r, s->line);
	run_acted(r);
	r->did_reads = d->reads;
	struct bytes out = {0};
	if (!d->reads)
		out = (struct bytes){r->wanted, r->wanted_len};
	if (!begin(r, line, out, d->reads))
		return run_inconclusive(r, s->line);
	r->did.changes = d->changes;
	r->changed += d->changes;
	return s->time.count ? wait_for(r, s) : FLOW_ON;
}

bool run_tell(struct run *r, const char *line, uint64_t until, const char **last)
{
	const struct sut_control *sut = &r->env->sut;
	const struct did before = r->did;
	if (before.begun && before.status < 0) {
		run_trouble(r, "the system still does what it was told before: sut wait first");
		return false;
	}
	r->did_reads = false;
	if (!begin(r, line, (struct bytes){0}, false))
		return false;
	await_deed(r, until);
	const int status = r->did.status;
	r->did = before;
	if (run_ended(r))
		return false;
	if (status < 0)
		run_trouble(r, "`%s` of the system's driver did not end in time", line);
	else if (status)
		run_trouble(r, "`%s` of the system's driver failed (%d)", line, status);
	else if (sut->act_status(sut->act_ctx, last) == 0 && *last)
		return true;
	else
		run_trouble(r, "`%s` of the system's driver said nothing", line);
	return false;
}

struct value run_did(const struct run *r, enum did_part part)
{
	const struct did *d = &r->did;
	const struct value none = {0};
	if (part == DID_STATUS ? d->status < 0 || !d->begun : !d->has_data)
		return none;
	return (struct value){.kind = VALUE_NUMBER,
			      .number = part == DID_STATUS ? (uint64_t)d->status
					: part == DID_SAME ? d->same
							   : d->length};
}

void run_restore(struct run *r)
{
	if (r->changed) {
		/* Whatever ended the case. */
		r->trouble[0] = '\0';
		r->did_reads = false;
		r->deadline = run_now(r) + run_scaled(r, RESTORE_TIME);
		if (begin(r, "restore", (struct bytes){0}, false))
			await_deed(r, r->deadline);
		fab_watch_fd(r->env->fab, -1);
	}
	free(r->wanted);
	r->wanted = NULL;
}
