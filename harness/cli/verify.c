/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec verify: does a certificate hold? */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../certificate/archive.h"
#include "../certificate/manifest.h"
#include "../certificate/signature.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "../report/secrets.h"
#include "cli.h"
#include "scratch.h"
#include "verify_rerun.h"
#include "verify_run.h"

static const char help[] =
	"usage: iserspec verify --public-key FILE [OPTION...] ARCHIVE\n"
	"\n"
	"Takes a certificate apart and holds it against itself, without the system that it is of\n"
	"and without a network: nothing was added or changed; the manifest is signed by who has\n"
	"the key; and every verdict, every page and every figure follows again from the event\n"
	"logs, by the cases and rules of this iserspec, which have to be those that judged.\n"
	"\n"
	"  --public-key FILE      of who you believe to have signed: openssl pkey -in KEY -pubout\n"
	"  --page FILE            where it holds, its first page, for a browser, is put there\n"
	"  --chap-secret-file FILE   of the runs: ours in the first line, the target's in the "
	"second\n"
	"  --cases DIR            the cases, where they are not beside the program\n"
	"  --rerun                where all of that holds, does the runs once more, by "
	"tools/conformance\n"
	"                         in the uml lab: logs, journal and report.json, but for its "
	"`host`,\n"
	"                         have to come out the same to the byte. Wants the commit, kernel "
	"and\n"
	"                         system that they are of\n"
	"  --kernel K             for --rerun: the kernel, where a report names none that is here: "
	"a\n"
	"                         source tree, or a folder of one that is built\n"
	"  --reports DIR          for --rerun: keeps what came out\n"
	"\n"
	"Exit status: 0 it holds; 1 something is not as it says; 2 usage, no certificate, or "
	"what\n"
	"--rerun needs is not here; 4 all holds, but nobody told whose signature to expect.\n";

struct verify {
	const char *archive, *public_key, *page, *cases;
	bool rerun;
	const char *kernel, *reports; /* of the rerun; NULL */
	struct secrets secrets;
	size_t wrong;	   /* differences told so far */
	bool not_repeated; /* all else holds, and --rerun cannot be had */
};

/* One line a step. */
static void tell(struct verify *v, const char *step, bool holds, const char *words)
{
	printf("%-10s %s\n", step, words);
	v->wrong += !holds;
}

static int step_unpack(struct verify *v, const struct scratch *work, char **folder, struct err *e)
{
	bool same = false;
	*folder = text_format("%s/certificate", work->dir);
	char *temp = text_format("%s/again.tar", work->dir);
	int status = folder_make(*folder, e);
	if (!status)
		status = archive_unpack(v->archive, *folder, e);
	if (!status)
		status = archive_is_of(v->archive, *folder, temp, &same, e);
	if (!status)
		tell(v, "archive", same,
		     same ? "is whole, with nothing beside it"
			  : "IS NOT AS IT WAS PACKED: bytes between or behind its files differ");
	free(temp);
	return status;
}

static int step_manifest(struct verify *v, const char *folder, struct err *e)
{
	const int differences = manifest_check(folder, stdout, e);
	if (differences >= 0)
		tell(v, "manifest", !differences,
		     differences ? "DOES NOT FIT THE FILES" : "fits every file");
	return differences < 0 ? -1 : 0;
}

static int step_signature(struct verify *v, const char *folder, struct err *e)
{
	enum { MANIFEST_MAX = 1 << 26 };
	char *path = text_format("%s/" MANIFEST, folder);
	char *sig = text_format("%s/" MANIFEST_SIGNATURE, folder);
	size_t len, sig_len;
	char *text = file_read(path, MANIFEST_MAX, &len, e);
	char *bytes = text ? file_read(sig, MANIFEST_MAX, &sig_len, e) : NULL;
	bool good = false;
	int status = bytes ? 0 : -1;

	if (!status && !v->public_key)
		puts("signature  not looked at: --public-key FILE says whose it should be");
	else if (!status && sig_len != SIGNATURE_BYTES)
		tell(v, "signature", false, "IS NONE: not 64 bytes");
	else if (!status)
		status =
			signature_check(v->public_key, text, len, (const uint8_t *)bytes, &good, e);
	if (!status && v->public_key && sig_len == SIGNATURE_BYTES)
		tell(v, "signature", good,
		     good ? "is by that key" : "IS NOT BY THAT KEY, or of another manifest");
	free(bytes);
	free(text);
	free(sig);
	free(path);
	return status;
}

static bool is_the_same(const char *folder, const char *name, const char *text)
{
	enum { PAGE_MAX = 1 << 26 };
	char *path = text_format("%s/%s", folder, name);
	size_t len;
	char *there = file_read(path, PAGE_MAX, &len, NULL);
	const bool same = there && len == strlen(text) && !memcmp(there, text, len);
	free(there);
	free(path);
	return same;
}

/* The first page of one that holds is put where it is wanted. */
static int step_pages(struct verify *v, const struct certificate_folder *f, struct err *e)
{
	struct certificate_pages pages;
	int status = 0;
	certificate_folder_pages(f, &pages);
	const bool same = is_the_same(f->dir, "certificate.json", pages.json) &&
			  is_the_same(f->dir, "certificate.txt", pages.text) &&
			  is_the_same(f->dir, "certificate.html", pages.html);
	tell(v, "pages", same,
	     same ? "say what the runs come to" : "DO NOT SAY WHAT THE RUNS COME TO");
	if (v->page && !v->wrong)
		status = file_replace(v->page, pages.html, strlen(pages.html), e);
	certificate_pages_free(&pages);
	return status;
}

static int judge_runs(struct verify *v, const struct scratch *work, struct certificate_folder *f,
		      struct err *e)
{
	for (size_t run = 1; run <= f->n; run++) {
		struct verified one;
		char words[160], step[32];
		if (verify_run(f, run, work->dir, &v->secrets, stdout, &one, e))
			return -1;
		snprintf(words, sizeof(words),
			 "judged again: %zu of %zu verdicts the same; report, journal, JUnit, "
			 "page and captures %s",
			 one.judged.same, one.judged.verdicts,
			 one.wrong ? "DO NOT FIT THEM" : "fit them");
		snprintf(step, sizeof(step), "run %zu", run);
		tell(v, step,
		     !one.wrong && one.judged.verdicts && one.judged.same == one.judged.verdicts &&
			     !one.judged.logs_apart,
		     words);
	}
	return 0;
}

/* Nothing runs before it is known that all can. */
static int rerun(struct verify *v, const struct rerun *r, struct err *e)
{
	size_t logs = 0, same = 0;
	int status = 0;

	fflush(stdout);
	for (size_t run = 1; !status && run <= r->folder->n; run++)
		status = rerun_possible(r, run, e);
	for (size_t run = 1; !status && run <= r->folder->n; run++)
		status = rerun_prepare(r, run, e);
	for (size_t run = 1; !status && run <= r->folder->n; run++) {
		struct same_bytes one;
		fflush(stdout);
		status = rerun_run(r, run, stdout, &one, e);
		if (status)
			break;
		printf("run %-6zu done again: ", run);
		same_bytes_put(stdout, &one);
		putchar('\n');
		logs += one.logs;
		same += one.same;
		v->wrong += !same_bytes_all(&one);
	}
	v->not_repeated = status != 0;
	if (!status)
		printf("rerun: %zu of %zu logs the same\n", same, logs);
	return status;
}

static int step_runs(struct verify *v, const struct scratch *work, const char *folder,
		     struct err *e)
{
	struct certificate_folder f;
	char *again = text_format("%s/again", work->dir);
	const struct rerun r = {&f, work->dir, v->kernel, v->reports ? v->reports : again};
	int status = certificate_folder_open(&f, folder, v->cases, e);

	if (!status)
		status = certificate_folder_runs(&f, e);
	/* Others' rules may come to other verdicts, and that would be all that is told. */
	for (size_t run = 1; !status && v->rerun && run <= f.n; run++)
		status = rerun_is_of_us(&r, run, e);
	if (!status)
		status = judge_runs(v, work, &f, e);
	if (!status)
		status = step_pages(v, &f, e);
	if (!status && v->rerun && !v->wrong)
		status = rerun(v, &r, e);
	certificate_folder_close(&f);
	free(again);
	return status;
}

static int verify(struct verify *v, const struct scratch *work)
{
	struct err e = {0};
	char *folder = NULL;
	int status = EXIT_OK;

	/* Of what is not as it was signed nothing else is asked. */
	if (step_unpack(v, work, &folder, &e) || step_manifest(v, folder, &e) ||
	    step_signature(v, folder, &e) || (!v->wrong && step_runs(v, work, folder, &e)))
		status = complain_err(&e);
	else if (v->wrong)
		status = EXIT_RED;
	else if (!v->public_key)
		status = EXIT_UNDECIDED;
	puts(status == EXIT_OK ? "verified"
	     : status == EXIT_UNDECIDED
		     ? "not verified: all of it holds, and who signed it is not known"
	     : v->not_repeated ? "not verified: all of it holds, and it cannot be run again here"
			       : "NOT VERIFIED");
	free(folder);
	return status;
}

/* -1: go on; else the exit status. */
static int parse(struct verify *v, int argc, char **argv)
{
	static const struct option options[] = {{"public-key", required_argument, NULL, 'k'},
						{"page", required_argument, NULL, 'p'},
						{"chap-secret-file", required_argument, NULL, 'C'},
						{"cases", required_argument, NULL, 'd'},
						{"rerun", no_argument, NULL, 'r'},
						{"kernel", required_argument, NULL, 'K'},
						{"reports", required_argument, NULL, 'R'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct err e = {0};
	int option;
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'k':
			v->public_key = optarg;
			break;
		case 'p':
			v->page = optarg;
			break;
		case 'C':
			if (secrets_read(&v->secrets, optarg, &e))
				return complain_err(&e);
			break;
		case 'd':
			v->cases = optarg;
			break;
		case 'r':
			v->rerun = true;
			break;
		case 'K':
			v->kernel = optarg;
			break;
		case 'R':
			v->reports = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return bad_option("verify", argv[optind - 1]);
		}
	}
	if (optind + 1 != argc)
		return complain("which certificate? iserspec verify ARCHIVE");
	if (!v->rerun && (v->kernel || v->reports))
		return complain("--kernel and --reports belong to --rerun");
	if (v->rerun && v->cases)
		return complain("--rerun runs the cases beside the program: no --cases");
	v->archive = argv[optind];
	return -1;
}

int cmd_verify(int argc, char **argv)
{
	struct verify v = {0};
	struct scratch work;
	struct err e = {0};
	int status = parse(&v, argc, argv);

	if (status < 0 && scratch_make(&work, &e))
		status = complain_err(&e);
	if (status < 0) {
		status = verify(&v, &work);
		scratch_remove(&work);
	}
	secrets_free(&v.secrets);
	return status;
}
