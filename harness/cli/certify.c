/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec certify: runs of one system, with all their proof, in one signed archive. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../certificate/archive.h"
#include "../certificate/manifest.h"
#include "../certificate/packed.h"
#include "../certificate/signature.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "../report/secrets.h"
#include "certificate_folder.h"
#include "certificate_run.h"
#include "certify_runs.h"
#include "cli.h"
#include "judge.h"
#include "scratch.h"

static const char help[] =
	"usage: iserspec certify --key FILE --output ARCHIVE [OPTION...] REPORT...\n"
	"       iserspec certify --key FILE --output ARCHIVE --runs N [OPTION...] -- "
	"RUN-OPTION...\n"
	"\n"
	"Puts runs of one system (what --report named), with their logs, what they come to all\n"
	"together, and a SHA-256 of each file, into one archive, signed. Each report is judged\n"
	"again first; of one that does not hold no certificate is made. Runs that differ in\n"
	"nothing but the hour have to agree in each verdict; runs of variants of the system stand\n"
	"beside each other. `iserspec verify ARCHIVE` tells whether it holds.\n"
	"\n"
	"With --runs it makes the reports first: `iserspec run RUN-OPTION...`, N times. Where "
	"that\n"
	"stopped, the same command goes on, and what is whole is not run again.\n"
	"\n"
	"  --key FILE             your private key: openssl genpkey -algorithm ed25519 -out FILE\n"
	"  --output ARCHIVE       where it goes, a tar\n"
	"  --page FILE            the certificate's first page, for a browser, is put there as "
	"well\n"
	"  --runs N               so many runs, of what stands behind --\n"
	"  --reports DIR          where they go (default ARCHIVE.runs): DIR/1, DIR/2 ...\n"
	"  --claims FILE          what the vendor says: lines `system`, `version`, `vendor`,\n"
	"                         `contact` and words, and `has OPTION`; see --options. What is\n"
	"                         claimed and not there is a failure, what is there and not "
	"claimed\n"
	"                         is not judged\n"
	"  --options              the options that can be claimed, and no more\n"
	"  --chap-secret-file FILE   of the runs: ours in the first line, the target's in the "
	"second\n"
	"  --cases DIR            the cases, where they are not beside the program\n"
	"\n"
	"Exit status: 0 the archive is made, whatever it says of the system; 1 a report does not\n"
	"hold; 2 usage; a run's own, as `iserspec run --help` has them, when it did not come to "
	"its\n"
	"end.\n";

struct certify {
	const char *key, *claims, *output, *page, *cases, *runs_folder;
	bool tell_options;
	struct certify_runs runs; /* count 0: the reports are there */
	struct secrets given;
	const struct secrets *secrets; /* of the runs */
	struct certificate_folder folder;
};

static int copy(const char *from, const char *to, struct err *e)
{
	enum { COPY_MAX = 1 << 30 };
	size_t len;
	char *text = file_read(from, COPY_MAX, &len, e);
	const int status = text ? file_replace(to, text, len, e) : -1;
	free(text);
	return status;
}

/* Every log as NAME.jsonl.gz. */
static int take_logs(const char *from, const char *to, struct err *e)
{
	char *source = text_format("%s/logs", from), *place = text_format("%s/logs", to);
	int status = folder_make(place, e);
	DIR *d = status ? NULL : opendir(source);

	if (!status && !d)
		status = err_set(e, errno, "cannot read %s", source);
	for (const struct dirent *entry; !status && d && (entry = readdir(d));) {
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".jsonl") != 0)
			continue;
		char *log = text_format("%s/%s", source, entry->d_name);
		char *packed = text_format("%s/%s.gz", place, entry->d_name);
		status = packed_write(log, packed, e);
		free(packed);
		free(log);
	}
	if (d)
		closedir(d);
	free(place);
	free(source);
	return status;
}

static int take_run(struct certify *c, const char *report, size_t number, struct err *e)
{
	static const char *const files[] = {"report.json", "journal.jsonl"};
	char *to = certificate_folder_path(&c->folder, number, "");
	to[strlen(to) - 1] = '\0';
	int status = folder_make(to, e);

	for (size_t i = 0; !status && i < sizeof(files) / sizeof(*files); i++) {
		char *source = text_format("%s/%s", report, files[i]);
		char *place = text_format("%s/%s", to, files[i]);
		status = copy(source, place, e);
		free(place);
		free(source);
	}
	if (!status)
		status = take_logs(report, to, e);
	free(to);
	return status;
}

/* An exit status. */
static int judge(struct certify *c, const char *report)
{
	struct judged judged;
	struct err e = {0};
	if (judge_report(report, &c->folder.cat, c->secrets, stdout, &judged, &e))
		return complain_err(&e);
	printf("%s: judged again: %zu of %zu verdicts the same\n", report, judged.same,
	       judged.verdicts);
	if (judged.verdicts && judged.same == judged.verdicts && !judged.logs_apart)
		return EXIT_OK;
	if (judged.logs_apart)
		printf("%s: %zu logs were cut: a certificate wants --log-limit none\n", report,
		       judged.logs_apart);
	return EXIT_RED;
}

static int put_bytes(const char *dir, const char *name, const void *at, size_t len, struct err *e)
{
	char *path = text_format("%s/%s", dir, name);
	const int status = file_replace(path, at, len, e);
	free(path);
	return status;
}

static int put(const char *dir, const char *name, const char *text, struct err *e)
{
	return put_bytes(dir, name, text, strlen(text), e);
}

/* reports: the n folders that the runs came from, with their logs. */
static int put_pages(struct certify *c, char *const *reports, size_t n, struct err *e)
{
	struct certificate_pages pages = {0};
	int status = certificate_folder_runs(&c->folder, e);
	for (size_t i = 0; !status && i < n; i++)
		status = certificate_run_make(&c->folder, i + 1, reports[i], e);
	if (!status) {
		certificate_folder_pages(&c->folder, &pages);
		status = put(c->folder.dir, "certificate.json", pages.json, e) ||
					 put(c->folder.dir, "certificate.txt", pages.text, e) ||
					 put(c->folder.dir, "certificate.html", pages.html, e)
				 ? -1
				 : 0;
	}
	if (!status && c->page)
		status = file_replace(c->page, pages.html, strlen(pages.html), e);
	if (!status)
		fputs(pages.text, stdout);
	certificate_pages_free(&pages);
	return status;
}

static int seal(const struct certify *c, struct err *e)
{
	uint8_t signature[SIGNATURE_BYTES];
	char *manifest = manifest_of(c->folder.dir, e);
	int status = manifest ? 0 : -1;

	if (!status)
		status = signature_make(c->key, manifest, strlen(manifest), signature, e);
	if (!status)
		status = put(c->folder.dir, MANIFEST, manifest, e);
	if (!status)
		status = put_bytes(c->folder.dir, MANIFEST_SIGNATURE, signature, sizeof(signature),
				   e);
	if (!status)
		status = archive_pack(c->folder.dir, c->output, e);
	free(manifest);
	return status;
}

static int open_folder(struct certify *c, const char *work, struct err *e)
{
	int status = 0;
	if (c->claims) {
		char *to = text_format("%s/claims", work);
		status = copy(c->claims, to, e);
		free(to);
	}
	return status ? status : certificate_folder_open(&c->folder, work, c->cases, e);
}

static int make(struct certify *c, const char *work, char *const *reports, size_t n)
{
	struct err e = {0};
	int status = EXIT_OK;

	if (open_folder(c, work, &e))
		return complain_err(&e);
	for (size_t i = 0; i < n; i++) {
		const int judged = judge(c, reports[i]);
		status = judged != EXIT_OK ? judged : status;
		if (status == EXIT_OK && take_run(c, reports[i], i + 1, &e))
			return complain_err(&e);
	}
	if (status != EXIT_OK)
		return status;
	putchar('\n');
	if (put_pages(c, reports, n, &e) || seal(c, &e))
		return complain_err(&e);
	printf("\ncertificate in %s\n", c->output);
	return EXIT_OK;
}

/* The exit status. */
static int tell_options(struct certify *c)
{
	struct err e = {0};
	if (certificate_folder_open(&c->folder, "", c->cases, &e))
		return complain_err(&e);
	for (size_t i = 0; i < c->folder.claims.count; i++)
		printf("%-22s %s\n", c->folder.claims.options[i].name,
		       c->folder.claims.options[i].says);
	certificate_folder_close(&c->folder);
	return EXIT_OK;
}

/* -1: go on; else the exit status. */
static int parse(struct certify *c, int argc, char **argv)
{
	static const struct option options[] = {{"key", required_argument, NULL, 'k'},
						{"claims", required_argument, NULL, 'c'},
						{"output", required_argument, NULL, 'o'},
						{"page", required_argument, NULL, 'p'},
						{"runs", required_argument, NULL, 'r'},
						{"reports", required_argument, NULL, 'R'},
						{"chap-secret-file", required_argument, NULL, 'C'},
						{"cases", required_argument, NULL, 'd'},
						{"options", no_argument, NULL, 'O'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct err e = {0};
	unsigned long runs;
	int option;
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'k':
			c->key = optarg;
			break;
		case 'c':
			c->claims = optarg;
			break;
		case 'o':
			c->output = optarg;
			break;
		case 'p':
			c->page = optarg;
			break;
		case 'r':
			if (option_count(optarg, 1, CERTIFICATE_RUNS, &runs, "--runs", &e))
				return complain_err(&e);
			c->runs.count = (unsigned)runs;
			break;
		case 'R':
			c->runs_folder = optarg;
			break;
		case 'C':
			if (secrets_read(&c->given, optarg, &e))
				return complain_err(&e);
			break;
		case 'd':
			c->cases = optarg;
			break;
		case 'O':
			c->tell_options = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return bad_option("certify", argv[optind - 1]);
		}
	}
	if (c->tell_options)
		return tell_options(c);
	if (!c->key)
		return complain("whose certificate is it? --key FILE");
	if (!c->output)
		return complain("where to? --output ARCHIVE");
	if (!c->runs.count && c->runs_folder)
		return complain("--reports is where --runs N puts them");
	if (optind == argc)
		return complain(c->runs.count ? "runs of what? iserspec certify --runs N ... -- "
						"RUN-OPTION..."
					      : "which reports? iserspec certify ... REPORT...");
	c->runs.argc = argc - optind;
	c->runs.argv = argv + optind;
	return -1;
}

/* The cases, the claims, and the key tried: what is wrong there is found out before anything is
 * run. */
static int try_all(struct certify *c)
{
	uint8_t signature[SIGNATURE_BYTES];
	struct scratch work;
	struct err e = {0};
	if (scratch_make(&work, &e))
		return complain_err(&e);
	const int status =
		open_folder(c, work.dir, &e) || signature_make(c->key, "", 0, signature, &e)
			? complain_err(&e)
			: -1;
	certificate_folder_close(&c->folder);
	scratch_remove(&work);
	return status;
}

/* The reports, where they are to be made. What the runs were told of secrets and cases is true of
 * the judging as well. */
static int run_first(struct certify *c)
{
	int status = certify_runs_open(&c->runs);
	if (status >= 0)
		return status;
	c->cases = c->cases ? c->cases : c->runs.options.cases;
	c->secrets = c->given.count ? &c->given : &c->runs.options.secrets;
	status = try_all(c);
	return status < 0 ? certify_runs_make(&c->runs) : status;
}

int cmd_certify(int argc, char **argv)
{
	struct certify c = {.secrets = &c.given};
	struct scratch work;
	struct err e = {0};
	int status = parse(&c, argc, argv);
	char *folder = c.runs_folder ? must(strdup(c.runs_folder))
				     : text_format("%s.runs", c.output ? c.output : "");

	c.runs.folder = folder;
	if (status < 0 && c.runs.count)
		status = run_first(&c);
	if (status < 0 && scratch_make(&work, &e))
		status = complain_err(&e);
	if (status < 0) {
		status = c.runs.count ? make(&c, work.dir, c.runs.reports, c.runs.count)
				      : make(&c, work.dir, c.runs.argv, (size_t)c.runs.argc);
		certificate_folder_close(&c.folder);
		scratch_remove(&work);
	}
	certify_runs_free(&c.runs);
	secrets_free(&c.given);
	free(folder);
	return status;
}
