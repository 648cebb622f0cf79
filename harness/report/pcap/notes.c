/* SPDX-License-Identifier: BSD-2-Clause */
/* What the findings say of one event, as a comment on its frame. What monitors saw kept decides
 * nothing. */
#include <stdlib.h>
#include <string.h>

#include "../escape.h"
#include "../memory.h"
#include "internal.h"

static bool proves(const struct finding *f, uint64_t seq)
{
	for (size_t i = 0; i < f->event_count; i++)
		if (f->events[i] == seq)
			return true;
	return false;
}

char *pcap_notes_of(const struct case_result *r, uint64_t seq)
{
	char *all = NULL;

	for (size_t i = 0; r && i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if ((f->monitor && f->verdict == VERDICT_PASS) || !proves(f, seq))
			continue;
		char *reason = escape_text(f->reason);
		char *where = f->monitor ? text_format("monitor %s", f->monitor)
					 : text_format("line %u", f->line);
		char *one = text_format("event %llu, %s, %s%s%s%s%s", (unsigned long long)seq,
					where, verdict_name(f->verdict), *reason ? ": " : "",
					reason, *f->rules ? "; rules " : "", f->rules);
		char *joined = all ? text_format("%s\n%s", all, one) : must(strdup(one));
		free(all);
		free(one);
		free(where);
		free(reason);
		all = joined;
	}
	return all;
}
