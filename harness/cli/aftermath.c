/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts from outside a case, and their events. */
#include "aftermath.h"

#include <stdlib.h>
#include <string.h>

#include "../report/digest.h"
#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"

enum { LOG_LIMIT = 1 << 30 };

struct log_event aftermath_event(const char *name, enum verdict v, const char *reason)
{
	return (struct log_event){
		.kind = LOG_SUT, .name = name, .status = verdict_name(v), .text = reason};
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

bool aftermath_takes_over(const struct log_event *ev)
{
	/* What took the case's own verdict away is told as its only finding. */
	static const char *const names[] = {"process", "machine", "driver", "by-hand", NULL};

	return ev->kind == LOG_SUT && ev->name && is_one_of(ev->name, names);
}

bool aftermath_apply(const struct log_event *ev, struct case_result *r)
{
	static const char *const beside[] = {"watch", "liveness", "start", "order", NULL};
	const int v = ev->status ? verdict_by_name(ev->status) : -1;
	const char *reason = ev->text ? ev->text : "";

	if (ev->kind != LOG_SUT || !ev->name || v < 0)
		return false;
	if (aftermath_takes_over(ev)) {
		result_replace(r, (enum verdict)v, reason);
		return true;
	}
	if (!is_one_of(ev->name, beside))
		return false;
	if (v == VERDICT_CRASH && !strcmp(ev->name, "watch")) {
		result_crash(r, reason);
		return true;
	}
	result_add(r, (enum verdict)v, 0, "", reason, NULL, 0);
	result_decide(r);
	return true;
}

int aftermath_add(const struct aftermath *a, const char *name, enum verdict v, const char *reason,
		  struct case_result *r, struct err *e)
{
	const struct log_event ev = aftermath_event(name, v, reason);

	aftermath_apply(&ev, r);
	return a->path && !event_log_is_cut(a->path) ? events_append(a->path, a->secrets, ev, e)
						     : 0;
}

int aftermath_close(const struct aftermath *a, const struct case_result *r, struct err *e)
{
	char digest[DIGEST_TEXT];
	size_t len;

	/* A log that came to its limit is told by its last line, and cannot be judged again. */
	if (!a->path || event_log_is_cut(a->path))
		return 0;
	char *text = file_read(a->path, LOG_LIMIT, &len, e);
	if (!text)
		return -1;
	digest_bytes(text, len, digest);
	free(text);
	return events_append(a->path, a->secrets, aftermath_event("closed", r->verdict, digest), e);
}
