/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run as one page for a browser: report, case texts and event logs in one file that needs neither
 * network nor server. C puts the data together, as JSON; page.html, page.css and the scripts beside
 * them, which are part of this program, draw it. Logs are packed (zlib, base64) and unpacked by the
 * browser one at a time, when a case is looked at.
 *
 * Several reports side by side are a page of the same frame, style and scripts, with matrix/ in
 * place of what shows one run: matrix_html() in ../matrix.h.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "../../oracle/ledger.h"
#include "../report.h"

/* What the report itself does not say of a case. */
struct html_case {
	const char *id;
	const char *text; /* the whole case file */
	char *tags;	  /* blank-separated; owned */
};

struct html_input {
	const struct report *report; /* joined and explained */
	const struct ledger *ledger;
	const char *folder; /* of the report, where the logs are */
	/* The log of a case's n-th run, from 1, in that folder; malloc'd. */
	char *(*log_name)(const char *id, unsigned n);
	const struct html_case *cases;
	size_t count;
};

/* A log of more bytes is left to its file: the page says so, and nothing is cut. */
enum { HTML_LOG_MAX = 16 << 20 };

/* Puts the page at path, in one step. A log that is missing or cannot be read is told in the page.
 * -1 with *e. */
int html_write(const struct html_input *in, const char *path, struct err *e);
/* A certificate (certificate.json, ../../certificate/certificate.h) as a page of the same frame,
 * style and scripts, with certificate/ in place of what shows a run. The caller frees. */
struct json_t;
char *html_certificate(const struct json_t *facts, const char *title);

/* Do two pages say the same? To the byte, but for logs, which an other zlib packs otherwise: those
 * have to unpack to the same bytes. */
bool html_same(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
