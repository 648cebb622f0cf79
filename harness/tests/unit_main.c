/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs all unit suites, or those named on the command line. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

static bool wanted(int argc, char **argv, const char *name)
{
	if (argc < 2)
		return true;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return false;
}

#define X(suite) #suite,
static const char *const names[] = {SUITES};
#undef X

static bool exists(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	SRunner *runner = NULL;

	for (int i = 1; i < argc; i++)
		if (!exists(argv[i])) {
			fprintf(stderr, "unit: no suite '%s'\n", argv[i]);
			return EXIT_FAILURE;
		}
#define X(name)                                           \
	if (wanted(argc, argv, #name)) {                  \
		Suite *suite = name##_suite();            \
		if (runner)                               \
			srunner_add_suite(runner, suite); \
		else                                      \
			runner = srunner_create(suite);   \
	}
	SUITES
#undef X
	srunner_run_all(runner, CK_NORMAL);
	int run = srunner_ntests_run(runner), failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	printf("unit: %d passed, %d failed\n", run - failed, failed);
	return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
