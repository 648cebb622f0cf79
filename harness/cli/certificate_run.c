/* SPDX-License-Identifier: BSD-2-Clause */
#include "certificate_run.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../certificate/packed.h"
#include "../report/explain.h"
#include "../report/file.h"
#include "../report/html/html.h"
#include "../report/memory.h"
#include "captures.h"
#include "html_page.h"

enum { FILE_MAX = 1 << 30 };
#define CAPTURE_END ".pcapng.gz"

struct made {
	const struct certificate_folder *f;
	size_t run;
	FILE *out;
	int differences;
};

static char *path_of(const struct made *m, const char *name)
{
	return certificate_folder_path(m->f, m->run, name);
}

/* Of a capture's name: its file, in the folder of the run. */
static char *capture_file(const char *name)
{
	return text_format("pcap/%s" CAPTURE_END, name);
}

static void differs(struct made *m, const char *name, const char *what)
{
	fprintf(m->out, "runs/%zu/%s: %s\n", m->run, name, what);
	m->differences++;
}

/* The page at `path`, of the report as the archive has it. */
static int put_page(const struct made *m, const char *logs, const char *path, struct err *e)
{
	struct report r = {0};
	char *from = path_of(m, "report.json");
	int status = report_read_json(&r, from, e);
	if (!status) {
		report_explain(&r, m->f->cat.ledger);
		report_forget_baseline(&r);
		status = html_page_write(&r, m->f->cat.ledger, logs, m->f->cat.cases,
					 m->f->cat.count, path, e);
	}
	report_free(&r);
	free(from);
	return status;
}

static int each_capture(struct made *m, const char *logs,
			int (*take)(void *data, const char *name, const void *at, size_t len,
				    struct err *e),
			struct err *e)
{
	const struct report *r = &m->f->runs[m->run - 1];
	struct captures all = {0};
	return captures_of_report(r, logs, capture_wire(r), take, m, &all, e);
}

/* ---- made ---- */

static int put_capture(void *data, const char *name, const void *at, size_t len, struct err *e)
{
	char *file = capture_file(name), *path = path_of(data, file);
	const int status = packed_put(at, len, path, e);
	free(path);
	free(file);
	return status;
}

int certificate_run_make(const struct certificate_folder *f, size_t run, const char *logs,
			 struct err *e)
{
	struct made m = {.f = f, .run = run};
	char *junit = path_of(&m, "junit.xml"), *page = path_of(&m, "report.html"),
	     *captures = path_of(&m, "pcap");
	int status = report_write_junit(&f->runs[run - 1], junit, e);
	if (!status)
		status = put_page(&m, logs, page, e);
	if (!status)
		status = folder_make(captures, e);
	if (!status)
		status = each_capture(&m, logs, put_capture, e);
	free(captures);
	free(page);
	free(junit);
	return status;
}

/* ---- held against what is there ---- */

static bool same_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && !memcmp(a, b, a_len);
}

/* What was made at `again`, which goes. */
static int hold(struct made *m, const char *name, const char *again,
		bool (*same)(const char *a, size_t a_len, const char *b, size_t b_len),
		struct err *e)
{
	size_t len, there_len = 0;
	char *path = path_of(m, name), *text = file_read(again, FILE_MAX, &len, e);
	char *there = text ? file_read(path, FILE_MAX, &there_len, NULL) : NULL;
	if (text && !there)
		differs(m, name, "is not there, or cannot be read");
	else if (text && !same(there, there_len, text, len))
		differs(m, name, "does not say what report and logs say");
	unlink(again);
	free(there);
	free(text);
	free(path);
	return text ? 0 : -1;
}

static int hold_capture(void *data, const char *name, const void *at, size_t len, struct err *e)
{
	struct made *m = data;
	char *file = capture_file(name), *path = path_of(m, file);
	bool same;
	(void)e;
	if (packed_is_of(path, at, len, &same, NULL))
		differs(m, file, "is not there, or cannot be read");
	else if (!same)
		differs(m, file, "is not the capture of its log");
	free(path);
	free(file);
	return 0;
}

static bool is_capture(const struct report *r, const char *file)
{
	bool found = false;
	for (size_t i = 0; i < r->count && !found; i++) {
		char *name = r->cases[i].log ? capture_name(r->cases[i].log) : NULL;
		const size_t len = name ? strlen(name) : 0;
		found = name && !strncmp(file, name, len) && !strcmp(file + len, CAPTURE_END);
		free(name);
	}
	return found;
}

static void look_for_more(struct made *m)
{
	char *path = path_of(m, "pcap");
	DIR *d = opendir(path);
	for (const struct dirent *entry; d && (entry = readdir(d));) {
		if (entry->d_name[0] == '.' || is_capture(&m->f->runs[m->run - 1], entry->d_name))
			continue;
		char *file = text_format("pcap/%s", entry->d_name);
		differs(m, file, "is the capture of no case");
		free(file);
	}
	if (d)
		closedir(d);
	free(path);
}

int certificate_run_check(const struct certificate_folder *f, size_t run, const char *logs,
			  FILE *out, struct err *e)
{
	struct made m = {.f = f, .run = run, .out = out};
	char *junit = text_format("%s/junit.xml", logs),
	     *page = text_format("%s/report.html", logs);
	int status = report_write_junit(&f->runs[run - 1], junit, e);
	if (!status)
		status = hold(&m, "junit.xml", junit, same_bytes, e);
	if (!status)
		status = put_page(&m, logs, page, e);
	if (!status)
		status = hold(&m, "report.html", page, html_same, e);
	if (!status)
		status = each_capture(&m, logs, hold_capture, e);
	look_for_more(&m);
	free(page);
	free(junit);
	return status ? -1 : m.differences;
}
