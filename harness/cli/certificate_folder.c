/* SPDX-License-Identifier: BSD-2-Clause */
#include "certificate_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/explain.h"
#include "../report/file.h"
#include "../report/html/html.h"
#include "../report/json.h"
#include "../report/memory.h"

enum { CLAIMS_MAX = 65536 };

static int read_claims(struct certificate_folder *f, struct err *e)
{
	char *path = text_format("%s/rules/claims.list", f->cat.dir);
	int status = claims_options(&f->claims, path, e);
	free(path);
	path = text_format("%s/claims", f->dir);
	if (!status && !access(path, F_OK)) {
		size_t len;
		char *text = file_read(path, CLAIMS_MAX, &len, e);
		status = text ? claims_parse(&f->claims, "claims", text, len, e) : -1;
		free(text);
	}
	free(path);
	return status;
}

int certificate_folder_open(struct certificate_folder *f, const char *dir, const char *cases,
			    struct err *e)
{
	*f = (struct certificate_folder){.dir = dir};
	if (catalogue_open(&f->cat, cases, NULL, 0, e))
		return -1;
	return read_claims(f, e);
}

void certificate_folder_close(struct certificate_folder *f)
{
	for (size_t i = 0; i < f->n; i++)
		report_free(&f->runs[i]);
	free(f->runs);
	claims_free(&f->claims);
	catalogue_free(&f->cat);
	*f = (struct certificate_folder){0};
}

char *certificate_folder_path(const struct certificate_folder *f, size_t run, const char *name)
{
	return text_format("%s/runs/%zu/%s", f->dir, run, name);
}

static struct certificate certificate_of(const struct certificate_folder *f)
{
	return (struct certificate){
		.runs = f->runs,
		.n = f->n,
		.claims = &f->claims,
		.cases = (const struct script *const *)f->cat.cases,
		.case_count = f->cat.count,
		.ledger = f->cat.ledger,
	};
}

int certificate_folder_runs(struct certificate_folder *f, struct err *e)
{
	int status = 0;
	for (size_t run = 1; !status && run <= CERTIFICATE_RUNS; run++) {
		char *path = certificate_folder_path(f, run, "report.json");
		const bool there = !access(path, F_OK);
		if (there) {
			f->runs = must(realloc(f->runs, run * sizeof(*f->runs)));
			f->runs[f->n] = (struct report){0};
			status = report_read_json(&f->runs[f->n], path, e);
			/* What follows from the ledger alone is not read, but made. */
			if (!status)
				report_explain(&f->runs[f->n], f->cat.ledger);
			f->n++;
		}
		free(path);
		if (!there)
			break;
	}
	if (!status && !f->n)
		return err_set(e, 0, "there is no run in it");
	const struct certificate c = certificate_of(f);
	return status ? status : certificate_fits(&c, e);
}

void certificate_folder_pages(const struct certificate_folder *f, struct certificate_pages *to)
{
	const struct certificate c = certificate_of(f);
	json_t *facts = certificate_make(&c);
	const char *system = json_string_value(json_object_get(
		json_object_get(facts, "system"), c.claims->system ? "system" : "sut"));
	char *dump = must(json_dumps(facts, JSON_LAYOUT));
	char *title = text_format("%s, iSER conformance certificate", system ? system : "");
	size_t len;

	*to = (struct certificate_pages){.json = text_format("%s\n", dump),
					 .html = html_certificate(facts, title)};
	FILE *out = must(open_memstream(&to->text, &len));
	certificate_page(out, facts);
	must(fclose(out) ? NULL : to->text);
	free(title);
	free(dump);
	json_decref(facts);
}

void certificate_pages_free(struct certificate_pages *p)
{
	free(p->json);
	free(p->text);
	free(p->html);
}
