/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts from outside a case, and their events. */
#include "aftermath.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"

enum { LOG_LIMIT = 1 << 30 };

/* What took the case's own verdict away is told as its only finding. */
static void instead(struct case_result *r, enum verdict v, const char *reason)
{
	char *id = must(strdup(r->id));
	const double seconds = r->seconds;
	result_free(r);
	result_init(r, id);
	result_add(r, v, 0, "", reason, NULL, 0);
	result_decide(r);
	r->seconds = seconds;
	free(id);
}

struct log_event aftermath_event(const char *name, enum verdict v, const char *reason)
{
	return (struct log_event){
		.kind = LOG_SUT, .name = name, .status = verdict_name(v), .text = reason};
}

bool aftermath_apply(const struct log_event *ev, struct case_result *r)
{
	static const char *const beside[] = {"watch", "liveness", "start", "order"};
	const int v = ev->status ? verdict_by_name(ev->status) : -1;
	const char *reason = ev->text ? ev->text : "";

	if (ev->kind != LOG_SUT || !ev->name || v < 0)
		return false;
	if (!strcmp(ev->name, "process") || !strcmp(ev->name, "machine")) {
		instead(r, (enum verdict)v, reason);
		return true;
	}
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		if (strcmp(ev->name, beside[i]) != 0)
			continue;
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

void digest_text(const void *at, size_t len, char out[DIGEST_TEXT])
{
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&sha);
	sha256_update(&sha, len, at);
	sha256_digest(&sha, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
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
	digest_text(text, len, digest);
	free(text);
	return events_append(a->path, a->secrets, aftermath_event("closed", r->verdict, digest), e);
}

char *run_log_name(const char *id, unsigned repetition)
{
	char *flat = must(strdup(id));
	for (char *at = flat; (at = strchr(at, '/'));)
		*at = '.';
	char *name = repetition > 1 ? text_format("logs/%s.%u.jsonl", flat, repetition)
				    : text_format("logs/%s.jsonl", flat);
	free(flat);
	return name;
}
