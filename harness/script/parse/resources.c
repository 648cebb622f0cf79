/* SPDX-License-Identifier: BSD-2-Clause */
/* `resources NAME`: what the SUT holds at this moment, as its driver counts it. */
#include "parse.h"

#include <string.h>

static const char *const names[RESOURCE_KINDS] = {
	[RESOURCE_QP] = "qp",
	[RESOURCE_MR] = "mr",
	[RESOURCE_PD] = "pd",
	[RESOURCE_CQ] = "cq",
	[RESOURCE_CM_ID] = "cm_id",
	[RESOURCE_SESSIONS] = "sessions",
	[RESOURCE_PROCESSES] = "processes",
	[RESOURCE_RSS] = "rss",
	[RESOURCE_SLAB] = "slab",
	[RESOURCE_OBJECTS] = "objects",
};

const char *resource_name(enum resource which)
{
	return names[which];
}

static size_t find(const struct parser *p, const char *name, size_t len)
{
	size_t i = 0;
	while (i < p->snapshot_count &&
	       (strlen(p->snapshots[i]) != len || memcmp(p->snapshots[i], name, len) != 0))
		i++;
	return i;
}

int parse_resources(struct parser *p, struct statement *s)
{
	s->verb = VERB_RESOURCES;
	const struct word *w = parse_new_name(p, "name");
	if (!w)
		return -1;
	s->name = w->text;
	s->index = find(p, w->text, w->len);
	if (s->index == SNAPSHOTS_MAX)
		return parse_fail(p, w->column, "more than %d of them", SNAPSHOTS_MAX);
	/* Counted anew under the same name, the older numbers are gone. */
	if (s->index == p->snapshot_count)
		p->snapshots[p->snapshot_count++] = s->name;
	return parse_accept(p, "within") ? parse_time(p, &s->time) : 0;
}

int parse_resource_value(struct parser *p, const char *name, unsigned column, struct operand *out)
{
	const size_t len = strcspn(name, "."), i = find(p, name, len);
	if (i == p->snapshot_count || !name[len])
		return 0;
	struct nearest n = {.name = name + len + 1};
	for (unsigned k = 0; k < RESOURCE_KINDS; k++) {
		nearest_offer(&n, names[k]);
		if (strcmp(names[k], name + len + 1) != 0)
			continue;
		out->live = LIVE_RESOURCE;
		out->number = i * RESOURCE_KINDS + k;
		return 1;
	}
	char hint[64];
	return parse_fail(p, column + (unsigned)len + 1, "no resource is called %.60s%s",
			  name + len + 1, nearest_text(&n, hint, sizeof(hint)));
}
