/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, sizes and times on the command line. */
#include "run_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int option_count(const char *text, unsigned long min, unsigned long max, unsigned long *out,
		 const char *what, struct err *e)
{
	char *end;
	errno = 0;
	*out = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || *out < min || *out > max)
		return err_set(e, 0, "%s: '%s' is not a number from %lu to %lu", what, text, min,
			       max);
	return 0;
}

struct unit {
	const char *name;
	uint64_t scale;
};

/* A number with one of these units behind it, at least 1. */
static int with_unit(const char *text, const struct unit *units, size_t count, uint64_t *out)
{
	char *end;
	errno = 0;
	const unsigned long long n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno || !n)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(units[i].name, end) != 0 || n > UINT64_MAX / 2 / units[i].scale)
			continue;
		*out = n * units[i].scale;
		return 0;
	}
	return -1;
}

int option_size(const char *text, uint64_t *out, const char *what, struct err *e)
{
	static const struct unit units[] = {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
	*out = 0;
	if (!strcmp(text, "none") || !with_unit(text, units, 3, out))
		return 0;
	return err_set(e, 0, "%s: '%s' is not a size such as 64MiB (KiB, MiB, GiB), nor none", what,
		       text);
}

int option_time(const char *text, uint64_t *out, const char *what, struct err *e)
{
	static const struct unit units[] = {{"us", OPTION_SECOND / 1000000},
					    {"ms", OPTION_SECOND / 1000},
					    {"s", OPTION_SECOND},
					    {"min", 60 * OPTION_SECOND}};
	if (!with_unit(text, units, 4, out) && *out <= 24 * 3600 * OPTION_SECOND)
		return 0;
	return err_set(e, 0, "%s: '%s' is not a time up to a day, such as 20ms, 90s or 15min", what,
		       text);
}
