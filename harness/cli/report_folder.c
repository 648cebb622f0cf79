/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may write in a report's folder, and what of it is ours. */
#include "report_folder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/memory.h"

enum { OURS_LIMIT = 256 << 20, LOCK_TRIES = 10 };
/* What the lock's file says: this and the process id. */
static const char lock_word[] = "iserspec ";

int report_folder_name(const char *dir, struct err *e)
{
	if (!*dir)
		return err_set(e, 0, "--report: the folder's name is empty");
	/* "--report --resume": the next option was taken for the name. */
	if (*dir == '-')
		return err_set(e, 0, "--report: '%s' looks like an option; if it is a folder: ./%s",
			       dir, dir);
	for (const char *at = dir; *at; at++)
		if (iscntrl((unsigned char)*at))
			return err_set(e, 0, "--report: the folder's name has a control character");
	return 0;
}

char *report_folder_log(const char *id, unsigned n)
{
	char *flat = must(strdup(id));
	for (char *at = flat; (at = strchr(at, '/'));)
		*at = '.';
	char *name = n > 1 ? text_format("logs/%s.%u.jsonl", flat, n)
			   : text_format("logs/%s.jsonl", flat);
	free(flat);
	return name;
}

/* ---- the lock ---- */

/* "process 123", as far as the lock's file says so. */
static void holder(int fd, char *who, size_t size)
{
	char text[64];
	const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	const size_t word = sizeof(lock_word) - 1;
	text[n > 0 ? n : 0] = '\0';
	const long pid = strncmp(text, lock_word, word) ? 0 : strtol(text + word, NULL, 10);
	if (pid > 0)
		snprintf(who, size, "process %ld", pid);
	else
		snprintf(who, size, "another process");
}

static bool is_of_others(int fd)
{
	char text[sizeof(lock_word)] = "";
	const ssize_t n = pread(fd, text, sizeof(lock_word) - 1, 0);
	return n > 0 && strcmp(text, lock_word) != 0;
}

/* 0: locked; 1: it was removed meanwhile, once more; -1 with *e. */
static int try_lock(struct report_folder *f, const char *dir, struct err *e)
{
	struct stat st;
	f->lock = open(f->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (f->lock < 0)
		return err_set(e, errno, "cannot write %s", f->lock_path);
	if (is_of_others(f->lock)) {
		err_set(e, 0, "%s is not of iserspec: name another folder", f->lock_path);
		goto fail;
	}
	if (flock(f->lock, LOCK_EX | LOCK_NB)) {
		char who[48];
		holder(f->lock, who, sizeof(who));
		if (errno == EWOULDBLOCK)
			err_set(e, 0, "%s is in use: %s writes its report there", dir, who);
		else
			err_set(e, errno, "cannot lock %s", f->lock_path);
		goto fail;
	}
	if (!fstat(f->lock, &st) && st.st_nlink)
		return 0;
	close(f->lock);
	f->lock = -1;
	return 1;
fail:
	close(f->lock);
	f->lock = -1;
	return -1;
}

static bool empty(int fd)
{
	return !ftruncate(fd, 0);
}

static int lock(struct report_folder *f, const char *dir, struct err *e)
{
	int status = 1;
	f->lock_path = text_format("%s/lock", dir);
	for (int i = 0; status == 1 && i < LOCK_TRIES; i++)
		status = try_lock(f, dir, e);
	if (status == 1)
		return err_set(e, 0, "cannot lock %s: it is removed again and again", f->lock_path);
	if (status)
		return -1;
	char text[48];
	const int n = snprintf(text, sizeof(text), "%s%ld\n", lock_word, (long)getpid());
	/* A full disk is found out by the journal, and told there; the lock holds without its text.
	 */
	if (empty(f->lock) && pwrite(f->lock, text, (size_t)n, 0) != n)
		(void)empty(f->lock);
	return 0;
}

/* ---- ours or not ---- */

static bool is_our_journal(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	if (!len || !end)
		return !len || *text == '{'; /* torn in its first line */
	json_t *o = json_loadb(text, (size_t)(end - text), 0, NULL);
	const bool ours = json_object_get(o, "run") || json_object_get(o, "preflight") ||
			  json_object_get(o, "start");
	json_decref(o);
	return ours;
}

static bool is_our_report(const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, 0, NULL);
	const bool ours = json_is_string(json_object_get(o, "tool_version")) &&
			  json_is_object(json_object_get(o, "sut"));
	json_decref(o);
	return ours;
}

static bool is_our_junit(const char *text, size_t len)
{
	(void)len;
	return strstr(text, "<testsuites name=\"iserspec\"");
}

static bool is_our_page(const char *text, size_t len)
{
	(void)len;
	return strstr(text, "<meta name=\"generator\" content=\"iserspec\">");
}

static bool is_our_tap(const char *text, size_t len)
{
	(void)len;
	return !strncmp(text, "TAP version 13\n", 15) && strstr(text, "\n# iserspec ");
}

static const struct {
	const char *name;
	bool (*is_ours)(const char *text, size_t len);
} files[] = {
	{"journal.jsonl", is_our_journal}, {"report.json", is_our_report},
	{"junit.xml", is_our_junit},	   {"report.html", is_our_page},
	{"report.tap", is_our_tap},
};
enum { FILES = sizeof(files) / sizeof(*files) };

static int check_file(const char *dir, size_t i, struct err *e)
{
	struct err inner;
	size_t len;
	char *path = text_format("%s/%s", dir, files[i].name);
	char *text = file_read(path, OURS_LIMIT, &len, &inner);
	int status = 0;
	if (!text && inner.errnum != ENOENT)
		status = err_set(e, inner.errnum, "%s", inner.what);
	else if (text && !files[i].is_ours(text, len))
		status = err_set(
			e, 0, "%s is not of iserspec and would be lost: name another folder", path);
	free(text);
	free(path);
	return status;
}

int report_folder_lock(struct report_folder *f, const char *dir, struct err *e)
{
	*f = (struct report_folder){.lock = -1};
	return folder_make(dir, e) || lock(f, dir, e) ? -1 : 0;
}

int report_folder_open(struct report_folder *f, const char *dir, struct err *e)
{
	*f = (struct report_folder){.lock = -1};
	char *logs = text_format("%s/logs", dir);
	int status = folder_make(logs, e);
	free(logs);
	if (status || lock(f, dir, e))
		return -1;
	for (size_t i = 0; !status && i < FILES; i++)
		status = check_file(dir, i, e);
	return status;
}

/* ---- beginning anew ---- */

static void remove_logs(const char *dir, const char *id)
{
	bool there = true;
	for (unsigned n = 1; there; n++) {
		char *log = report_folder_log(id, n), *path = text_format("%s/%s", dir, log);
		there = !unlink(path) || n == 1;
		free(path);
		free(log);
	}
}

int report_folder_clear(const char *dir, struct err *e)
{
	struct err inner;
	size_t len;
	char *path = text_format("%s/journal.jsonl", dir);
	char *text = file_read(path, OURS_LIMIT, &len, &inner);
	free(path);
	if (!text)
		return inner.errnum == ENOENT ? 0 : err_set(e, inner.errnum, "%s", inner.what);
	for (const char *at = text, *end; (end = memchr(at, '\n', len - (size_t)(at - text)));
	     at = end + 1) {
		json_t *o = json_loadb(at, (size_t)(end - at), 0, NULL);
		const char *id = json_string_value(json_object_get(o, "start"));
		if (id)
			remove_logs(dir, id);
		json_decref(o);
	}
	free(text);
	/* A run that is killed before it writes them shall not leave another's. */
	for (size_t i = 1; i < FILES; i++) {
		path = text_format("%s/%s", dir, files[i].name);
		unlink(path);
		free(path);
	}
	return 0;
}

void report_folder_close(struct report_folder *f)
{
	if (f->lock >= 0) {
		unlink(f->lock_path);
		close(f->lock);
	}
	free(f->lock_path);
	*f = (struct report_folder){.lock = -1};
}
