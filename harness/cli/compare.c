/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"
#include "cli.h"

int compare_format(const char *word, enum compare_format last, enum compare_format *format)
{
	static const char *const names[] = {"text", "markdown", "json", "html"};
	char all[64] = "";
	size_t len = 0;
	for (unsigned i = 0; i <= last; i++) {
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "",
					names[i]);
		if (strcmp(names[i], word) != 0)
			continue;
		*format = (enum compare_format)i;
		return EXIT_OK;
	}
	return complain("--format: '%s' is not one of %s", word, all);
}

int compare_read(char *const *dirs, size_t n, struct report **reports)
{
	int status = EXIT_OK;
	*reports = must(calloc(n, sizeof(**reports)));
	for (size_t i = 0; i < n; i++) {
		struct err e;
		char *path = text_format("%s/report.json", dirs[i]);
		if (report_read_json(&(*reports)[i], path, &e))
			status = complain_err(&e);
		free(path);
	}
	return status;
}
