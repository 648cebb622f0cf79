/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells a driver's trouble from the SUT's. */
#include "driver_trouble.h"

#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"

/* A result goes from process to process, and into the journal, as text. */
static const char head[] = "driver: ";

char *driver_trouble_text(const char *name, const char *what)
{
	return text_format("%sthe %s command: %s", head, name, what);
}

char *driver_trouble(const char *name, const struct command *c)
{
	if (c->status != DRIVER_COULD_NOT)
		return NULL;
	return driver_trouble_text(name, *c->last_line ? c->last_line : "it does not say why");
}

bool driver_troubled(const struct case_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].verdict == VERDICT_INCONCLUSIVE &&
		    !strncmp(r->findings[i].reason, head, sizeof(head) - 1))
			return true;
	return false;
}
