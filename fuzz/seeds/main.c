/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes seeds of all targets into OUT/TARGET: main OUT RUN... (folders of `iserspec run
 * --report`). */
#include <stdio.h>
#include <stdlib.h>

#include "../../harness/report/digest.h"
#include "../../harness/report/file.h"
#include "save.h"

static const char *out;

void seed_save(const char *target, const void *bytes, size_t len)
{
	char path[4096], name[DIGEST_TEXT];
	struct err e;

	digest_bytes(bytes, len, name);
	snprintf(path, sizeof(path), "%s/%s", out, target);
	if (!folder_make(path, &e)) {
		snprintf(path, sizeof(path), "%s/%s/%s", out, target, name);
		FILE *f = fopen(path, "wbe");
		if (f && fwrite(bytes, 1, len, f) == len && !fclose(f))
			return;
	}
	perror(path);
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: seeds OUT RUN...\n");
		return EXIT_FAILURE;
	}
	out = argv[1];
	seeds_of_codec();
	seeds_of_usage();
	seeds_of_certificate();
	for (int i = 2; i < argc; i++)
		seeds_of_run(argv[i]);
	return EXIT_SUCCESS;
}
