/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SUT is told to do: `sut login`, `sut logout`, `sut wait`, and deeds by its driver. */
#include <stdio.h>
#include <string.h>

#include "parse.h"

enum argument_kind { ARGUMENT_COUNT, ARGUMENT_SIZE, ARGUMENT_TIME };

static const struct {
	const char *name;
	enum argument_kind kind;
} arguments[] = {
	{"lun", ARGUMENT_COUNT},      {"offset", ARGUMENT_SIZE},      {"length", ARGUMENT_SIZE},
	{"size", ARGUMENT_SIZE},      {"align", ARGUMENT_COUNT},      {"in-flight", ARGUMENT_COUNT},
	{"buffered", ARGUMENT_COUNT}, {"abort-after", ARGUMENT_TIME}, {"read", ARGUMENT_SIZE},
};
enum { ARGUMENTS = sizeof(arguments) / sizeof(arguments[0]) };

enum { READS = 1, CHANGES = 2, NEEDS_DATA = 4 };

/* Names of arguments are parted by blanks; `data` and `cdb` are no numbers. */
static const struct deed_info {
	const char *name, *takes;
	enum peer_role sut;
	unsigned flags;
} deeds[] = {
	{"read", "lun offset length size align in-flight buffered abort-after data", PEER_INITIATOR,
	 READS},
	{"write", "lun offset size align in-flight buffered abort-after data", PEER_INITIATOR,
	 NEEDS_DATA},
	{"command", "lun cdb length abort-after read data", PEER_INITIATOR, READS},
	{"reset-lun", "lun", PEER_INITIATOR, 0},
	{"reset-target", "lun", PEER_INITIATOR, 0},
	{"rescan", "", PEER_INITIATOR, 0},
	{"mkfs", "lun", PEER_INITIATOR, 0},
	{"lun-add", "lun", PEER_TARGET, CHANGES},
	{"lun-remove", "lun", PEER_TARGET, CHANGES},
	{"portal-down", "", PEER_TARGET, CHANGES},
	{"portal-up", "", PEER_TARGET, CHANGES},
	{"target-delete", "", PEER_TARGET, CHANGES},
	{"ask-logout", "", PEER_TARGET, CHANGES},
};
enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

static bool takes(const struct deed_info *info, const char *name, size_t len)
{
	for (const char *at = info->takes; *at; at += strspn(at, " ")) {
		const size_t n = strcspn(at, " ");
		if (n == len && !memcmp(at, name, n))
			return true;
		at += n;
	}
	return false;
}

static int number_argument(struct parser *p, const struct word *w, size_t len, struct deed *d)
{
	size_t i = 0;
	while (strlen(arguments[i].name) != len || memcmp(arguments[i].name, w->text, len) != 0)
		i++;
	for (size_t k = 0; k < d->argument_count; k++)
		if (d->arguments[k].name == arguments[i].name)
			return parse_fail(p, w->column, "a second %s", arguments[i].name);
	struct deed_argument *a = &d->arguments[d->argument_count++];
	const char *text = w->text + len + 1;
	const size_t left = w->len - len - 1;
	const unsigned column = w->column + (unsigned)len + 1;
	a->name = arguments[i].name;
	a->time = arguments[i].kind == ARGUMENT_TIME;
	if (!a->time)
		return arguments[i].kind == ARGUMENT_SIZE
			       ? parse_size(p, text, left, column, &a->value)
			       : parse_count(p, text, left, column, &a->value);
	if (parse_expr(p, text, left, column, &a->value))
		return -1;
	return parse_kind(p, &a->value) == VALUE_TIME
		       ? 0
		       : parse_fail(p, column, "a time is expected: us, ms or s");
}

/* NAME=VALUE words, up to one that is none. */
static int deed_arguments(struct parser *p, const struct deed_info *info, struct deed *d)
{
	for (const struct word *w; (w = parse_peek(p));) {
		const char *eq = w->plain ? memchr(w->text, '=', w->plain) : NULL;
		if (!eq)
			return 0;
		const size_t len = (size_t)(eq - w->text);
		p->word++;
		if (!takes(info, w->text, len))
			return parse_fail(p, w->column, "%s takes %s, not %.60s", info->name,
					  *info->takes ? info->takes : "nothing", w->text);
		int rc;
		if (len == 4 && !memcmp(w->text, "data", len))
			rc = d->data.kind ? parse_fail(p, w->column, "a second data")
					  : parse_data(p, w, len + 1, &d->data);
		else if (len == 3 && !memcmp(w->text, "cdb", len))
			rc = d->cdb.at ? parse_fail(p, w->column, "a second cdb")
				       : parse_hex(p, w->text + len + 1, w->len - len - 1,
						   w->column + (unsigned)len + 1, &d->cdb);
		else
			rc = number_argument(p, w, len, d);
		if (rc)
			return -1;
	}
	return 0;
}

static bool given(const struct deed *d, const char *name)
{
	for (size_t i = 0; i < d->argument_count; i++)
		if (!strcmp(d->arguments[i].name, name))
			return true;
	return false;
}

static int deed(struct parser *p, const struct deed_info *info, struct statement *s)
{
	struct deed *d = s->deed = arena_alloc(p->arena, sizeof(*d));
	*d = (struct deed){
		.name = info->name, .reads = info->flags & READS, .changes = info->flags & CHANGES};
	s->verb = VERB_SUT_DO;
	p->script->changes |= d->changes;
	if (deed_arguments(p, info, d))
		return -1;
	if ((info->flags & NEEDS_DATA) && !d->data.kind)
		return parse_fail_here(p, "data=DATA expected");
	if (takes(info, "cdb", 3)) {
		if (!d->cdb.len || d->cdb.len > CDB_SIZE)
			return parse_fail_here(p, "cdb=HEX of 1 to %d bytes expected", CDB_SIZE);
		/* It moves data one way: into `length` bytes, or out of `data`; or both ways. */
		d->reads = !d->data.kind;
		if (given(d, "read") && !d->data.kind)
			return parse_fail_here(p, "read=N goes with data=DATA");
		if (d->data.kind && given(d, "length"))
			return parse_fail_here(p, "either length=N or data=DATA, not both");
	} else if (d->reads && !d->data.kind && !given(d, "length")) {
		return parse_fail_here(p, "length=N or data=DATA expected");
	}
	return parse_accept(p, "within") ? parse_time(p, &s->time) : 0;
}

static int unknown_deed(struct parser *p, const struct word *w)
{
	struct nearest n = {.name = w->text};
	for (size_t i = 0; i < DEEDS; i++)
		nearest_offer(&n, deeds[i].name);
	nearest_offer(&n, "login");
	nearest_offer(&n, "logout");
	char hint[64];
	return parse_fail(p, w->column, "unknown deed %.60s%s", w->text,
			  nearest_text(&n, hint, sizeof(hint)));
}

int parse_sut(struct parser *p, struct statement *s)
{
	const struct word *w = parse_take(p, "what the system under test shall do");
	if (!w)
		return -1;
	if (!strcmp(w->text, "wait")) {
		s->verb = VERB_SUT_WAIT;
		return parse_accept(p, "within") ? parse_time(p, &s->time)
						 : parse_fail_here(p, "within TIME expected");
	}
	const bool target = p->script->sut == PEER_TARGET;
	const bool login = !strcmp(w->text, "login"), logout = !strcmp(w->text, "logout");
	if ((login || logout) && !target) {
		s->verb = login ? VERB_SUT_LOGIN : VERB_SUT_LOGOUT;
		return 0;
	}
	for (size_t i = 0; i < DEEDS; i++) {
		if (strcmp(deeds[i].name, w->text) != 0)
			continue;
		if (deeds[i].sut != p->script->sut)
			return parse_fail(p, w->column, "%s is for %s under test", w->text,
					  target ? "an initiator" : "a target");
		return deed(p, &deeds[i], s);
	}
	if (login || logout)
		return parse_fail(p, w->column, "%s is for an initiator under test", w->text);
	return unknown_deed(p, w);
}
