/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a certificate's archive holds, as a folder:
 *
 *   certificate.html, certificate.txt, certificate.json   the first page, for a browser and for a
 *                                       terminal, and its facts for programs
 *   claims                              what the vendor says, as it was given; only if it was
 *   runs/N/report.json, journal.jsonl, logs/NAME.jsonl.gz
 *   runs/N/junit.xml, report.html, pcap/NAME.pcapng.gz   what follows from those
 *   manifest, manifest.sig              SHA-256 of all of it, and the signature of that
 */
#ifndef CLI_CERTIFICATE_FOLDER_H
#define CLI_CERTIFICATE_FOLDER_H

#include "../certificate/certificate.h"
#include "catalogue.h"

enum { CERTIFICATE_RUNS = 1000 }; /* at most */

struct certificate_folder {
	const char *dir;
	struct catalogue cat;
	struct claims claims;
	struct report *runs;
	size_t n;
};

/* Opens cases (NULL: where they are found), options and, if there is one, DIR/claims; no run yet.
 * certificate_folder_close() in any case. -1 with *e. */
int certificate_folder_open(struct certificate_folder *f, const char *dir, const char *cases,
			    struct err *e);
void certificate_folder_close(struct certificate_folder *f);
/* DIR/runs/N/NAME; the caller frees. */
char *certificate_folder_path(const struct certificate_folder *f, size_t run, const char *name);
/* Reads DIR/runs/1, 2 ... and sees that they belong together. -1 with *e. */
int certificate_folder_runs(struct certificate_folder *f, struct err *e);
/* The three of a certificate, as they follow from the rest. */
struct certificate_pages {
	char *json, *text, *html;
};
void certificate_folder_pages(const struct certificate_folder *f, struct certificate_pages *to);
void certificate_pages_free(struct certificate_pages *p);

#endif
