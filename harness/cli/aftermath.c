/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts from outside a case, and their events. */
#include "aftermath.h"

#include <stdlib.h>
#include <string.h>

#include "../report/digest.h"
#include "../report/events.h"
#include "../report/file.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { LOG_LIMIT = 1 << 30 };

struct log_event aftermath_event(const char *name, enum verdict v, const char *reason)
{
	return (struct log_event){
		.kind = LOG_SUT, .name = name, .status = verdict_name(v), .text = reason};
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

bool aftermath_apply(const struct log_event *ev, struct case_result *r)
{
	static const char *const instead[] = {"process", "machine", "driver"};
	static const char *const beside[] = {"watch", "liveness", "start", "lacks", "order"};
	const int v = ev->status ? verdict_by_name(ev->status) : -1;
	const char *reason = ev->text ? ev->text : "";

	if (ev->kind != LOG_SUT || !ev->name || v < 0)
		return false;
	if (is_one_of(ev->name, instead, COUNT(instead))) {
		result_replace(r, (enum verdict)v, reason);
		return true;
	}
	if (is_one_of(ev->name, beside, COUNT(beside))) {
		result_add(r, (enum verdict)v, 0, "", reason, NULL, 0);
		result_decide(r);
		return true;
	}
	return false;
}

int aftermath_add(const struct aftermath *a, const char *name, enum verdict v, const char *reason,
		  struct case_result *r, struct err *e)
{
	const struct log_event ev = aftermath_event(name, v, reason);

	aftermath_apply(&ev, r);
	return a->path ? events_append(a->path, a->secrets, ev, e) : 0;
}

int aftermath_close(const struct aftermath *a, const struct case_result *r, struct err *e)
{
	char digest[DIGEST_TEXT];
	size_t len;

	if (!a->path)
		return 0;
	char *text = file_read(a->path, LOG_LIMIT, &len, e);
	if (!text)
		return -1;
	digest_bytes(text, len, digest);
	free(text);
	return events_append(a->path, a->secrets, aftermath_event("closed", r->verdict, digest), e);
}
