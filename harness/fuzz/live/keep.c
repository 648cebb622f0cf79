/* SPDX-License-Identifier: BSD-2-Clause */
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../report/escape.h"
#include "../../report/file.h"
#include "../../report/memory.h"

enum { TEXT_LIMIT = 1 << 20, JSON_LIMIT = 256 << 20, LOG_LIMIT = 512 << 20 };
/* The first line of now.iser: a comment of the script. */
static const char session_mark[] = "# session ", try_mark[] = "# try ";

struct keep {
	char *dir, *now, *log;
	bool synced;
};

struct keep *keep_open(const char *dir, bool synced, struct err *e)
{
	struct keep *k = must(calloc(1, sizeof(*k)));
	char *findings = text_format("%s/findings", dir), *parents = text_format("%s/parents", dir);
	*k = (struct keep){
		.dir = must(strdup(dir)),
		.now = text_format("%s/now.iser", dir),
		.log = text_format("%s/now.jsonl", dir),
		.synced = synced,
	};
	if (folder_make(findings, e) || folder_make(parents, e)) {
		keep_close(k);
		k = NULL;
	}
	free(findings);
	free(parents);
	return k;
}

void keep_close(struct keep *k)
{
	if (!k)
		return;
	free(k->dir);
	free(k->now);
	free(k->log);
	free(k);
}

const char *keep_log(const struct keep *k)
{
	return k ? k->log : NULL;
}

static int write_file(const char *path, const char *text, struct err *e)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(e, errno, "cannot write %s", path);
	const int failed = write_all(fd, text, strlen(text)) ? errno : 0;
	if (close(fd) || failed)
		return err_set(e, failed ? failed : errno, "cannot write %s", path);
	return 0;
}

int keep_begin(struct keep *k, const struct under_way *u, struct err *e)
{
	if (!k)
		return 0;
	char *text = u->signature
			     ? text_format("%s%u of session %" PRIu64 ": %s\n%s", try_mark,
					   u->tries, u->session, u->signature, u->text)
			     : text_format("%s%" PRIu64 "\n%s", session_mark, u->session, u->text);
	const int status = k->synced ? file_replace(k->now, text, strlen(text), e)
				     : write_file(k->now, text, e);
	free(text);
	return status;
}

int keep_end(struct keep *k, struct err *e)
{
	if (!k)
		return 0;
	if (unlink(k->now) && errno != ENOENT)
		return err_set(e, errno, "cannot remove %s", k->now);
	if (unlink(k->log) && errno != ENOENT)
		return err_set(e, errno, "cannot remove %s", k->log);
	return 0;
}

/* A decimal number behind a word, and what stands behind it; NULL: that is not what is there. */
static const char *number_behind(const char *text, const char *word, uint64_t *out)
{
	const size_t len = strlen(word);
	char *end;
	if (strncmp(text, word, len) != 0 || text[len] < '0' || text[len] > '9')
		return NULL;
	errno = 0;
	*out = strtoull(text + len, &end, 10);
	return errno ? NULL : end;
}

/* The first line of now.iser, as keep_begin() has written it. */
static bool read_mark(const char *line, struct under_way *u)
{
	static const char of[] = " of session ", colon[] = ": ";
	uint64_t tries;
	const char *at = number_behind(line, session_mark, &u->session);
	if (at)
		return !*at;
	at = number_behind(line, try_mark, &tries);
	at = at && tries <= UINT32_MAX ? number_behind(at, of, &u->session) : NULL;
	if (!at || strncmp(at, colon, strlen(colon)) != 0 || !at[strlen(colon)])
		return false;
	u->tries = (unsigned)tries;
	u->signature = must(strdup(at + strlen(colon)));
	return true;
}

bool keep_left_over(struct keep *k, struct under_way *u)
{
	*u = (struct under_way){0};
	char *text = k ? file_read(k->now, TEXT_LIMIT, NULL, NULL) : NULL;
	char *newline = text ? strchr(text, '\n') : NULL;
	bool known = false;
	if (newline) {
		*newline = '\0';
		known = read_mark(text, u);
		u->text = must(strdup(newline + 1));
	}
	free(text);
	return known;
}

void under_way_free(struct under_way *u)
{
	free(u->signature);
	free(u->text);
	*u = (struct under_way){0};
}

/* ---- findings and parents ---- */

static char *finding_path(const struct keep *k, const struct found *f, const char *ending)
{
	return text_format("%s/findings/%s.%s", k->dir, f->file, ending);
}

/* What a session found may be several findings. Without a log the finding came from outside of it,
 * or this is only a word more about it. */
static int copy_log(const struct keep *k, const char *to, struct err *e)
{
	struct err inner = {0};
	size_t len;
	char *log = file_read(k->log, LOG_LIMIT, &len, &inner);
	const int status = log ? file_replace(to, log, len, e) : 0;
	free(log);
	return log || inner.errnum == ENOENT ? status : err_set(e, inner.errnum, "%s", inner.what);
}

int keep_finding(struct keep *k, const struct found *f, const char *how, struct err *e)
{
	if (!k)
		return 0;
	char *reason = escape_text(f->fault.reason);
	char *path = finding_path(k, f, "iser"), *log = finding_path(k, f, "jsonl");
	char *text =
		text_format("# %s: %s\n"
			    "# %s; session %" PRIu64 "; %s; %u of %u statements are left\n"
			    "# iserspec run %s %s.iser\n%s",
			    f->fault.signature, reason, verdict_name(f->fault.verdict), f->session,
			    f->repeats == REPEATS_YES  ? "it comes again"
			    : f->repeats == REPEATS_NO ? "it did not come again"
						       : "not yet run once more",
			    f->after, f->before, how, f->file, f->text);
	int status = file_replace(path, text, strlen(text), e);
	status = status || copy_log(k, log, e) ? -1 : 0;
	free(text);
	free(log);
	free(path);
	free(reason);
	return status;
}

char *keep_finding_text(struct keep *k, const struct found *f)
{
	if (!k)
		return NULL;
	char *path = finding_path(k, f, "iser"), *text = file_read(path, TEXT_LIMIT, NULL, NULL);
	free(path);
	/* The comments in front are ours. */
	const char *at = text;
	while (at && *at == '#') {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	char *script = at ? must(strdup(at)) : NULL;
	free(text);
	return script;
}

static char *parent_path(const struct keep *k, uint64_t session)
{
	return text_format("%s/parents/%" PRIu64 ".iser", k->dir, session);
}

int keep_parent(struct keep *k, uint64_t session, const char *text, struct err *e)
{
	if (!k)
		return 0;
	char *path = parent_path(k, session);
	const int status = write_file(path, text, e);
	free(path);
	return status;
}

char *keep_parent_text(struct keep *k, uint64_t session)
{
	char *path = parent_path(k, session), *text = file_read(path, TEXT_LIMIT, NULL, NULL);
	free(path);
	return text;
}

/* ---- the books ---- */

int keep_json(struct keep *k, const char *name, json_t *o, struct err *e)
{
	int status = 0;
	if (k) {
		char *path = text_format("%s/%s", k->dir, name);
		char *dumped = must(
			json_dumps(o, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(6)));
		char *text = text_format("%s\n", dumped);
		status = file_replace(path, text, strlen(text), e);
		free(text);
		free(dumped);
		free(path);
	}
	json_decref(o);
	return status;
}

int keep_page(struct keep *k, const char *text, struct err *e)
{
	if (!k)
		return 0;
	char *path = text_format("%s/fuzz.txt", k->dir);
	const int status = file_replace(path, text, strlen(text), e);
	free(path);
	return status;
}

json_t *keep_read_json(struct keep *k, const char *name, struct err *e)
{
	json_error_t where;
	size_t len;
	char *path = text_format("%s/%s", k->dir, name);
	char *text = file_read(path, JSON_LIMIT, &len, e);
	json_t *o = text ? json_loadb(text, len, 0, &where) : NULL;
	if (text && !json_is_object(o)) {
		err_set(e, 0, "%s:%d:%d: %s", path, o ? 1 : where.line, o ? 1 : where.column,
			o ? "no JSON object" : where.text);
		json_decref(o);
		o = NULL;
	}
	free(text);
	free(path);
	return o;
}
