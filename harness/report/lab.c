/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what a lab says of itself. */
#include "lab.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "memory.h"

enum { LAB_FILE_LIMIT = 1 << 20 };

static const char *past_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* The quote that ends the string that begins at `at`. */
static const char *string_end(const char *at)
{
	for (at++; *at != '"'; at++)
		at += *at == '\\';
	return at;
}

/* Where a member of the outermost object has its value, since jansson forgets it; that object when
 * it has no such member. The text is well-formed. */
static const char *value_of(const char *text, const char *member)
{
	const size_t len = strlen(member);
	unsigned depth = 0;

	for (const char *at = text; *at; at++) {
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		if (*at != '"')
			continue;
		const char *end = string_end(at), *next = past_blanks(end + 1);
		if (depth == 1 && *next == ':' && (size_t)(end - at - 1) == len &&
		    !memcmp(at + 1, member, len))
			return past_blanks(next + 1);
		at = end;
	}
	return past_blanks(text);
}

static int wrong(const char *path, const char *text, const char *member, const char *what,
		 struct err *e)
{
	const char *place = value_of(text, member), *begin = text;
	unsigned line = 1;

	for (const char *at = text; at < place; at++) {
		if (*at != '\n')
			continue;
		line++;
		begin = at + 1;
	}
	return err_set(e, 0, "%s:%u:%u: %s", path, line, (unsigned)(place - begin) + 1, what);
}

static int check(const json_t *o, const char *path, const char *text, struct err *e)
{
	const json_t *lab = json_object_get(o, "lab"), *host = json_object_get(o, "host");

	if (!json_is_object(o))
		return wrong(path, text, "", "not a JSON object", e);
	if (!lab)
		return wrong(path, text, "", "there is no lab", e);
	if (!json_is_object(lab))
		return wrong(path, text, "lab", "lab is no object", e);
	if (!json_is_string(json_object_get(lab, "name")))
		return wrong(path, text, "lab", "the lab has no name", e);
	if (!json_is_string(json_object_get(lab, "clock")))
		return wrong(path, text, "lab", "the lab's clock is not told", e);
	if (host && !json_is_object(host))
		return wrong(path, text, "host", "host is no object", e);
	return 0;
}

/* All texts below a value, in place. */
static void clean(json_t *value, const struct secrets *secrets)
{
	const char *key;
	json_t *one;
	size_t i;

	if (json_is_string(value)) {
		char *text = secrets_clean(secrets, json_string_value(value));
		must(json_string_set(value, text) ? NULL : text);
		free(text);
	}
	json_object_foreach(value, key, one)
	{
		clean(one, secrets);
	}
	json_array_foreach(value, i, one)
	{
		clean(one, secrets);
	}
}

int lab_parse(struct report *r, const char *name, const char *text, size_t len,
	      const struct secrets *secrets, struct err *e)
{
	json_error_t je;
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	int status = o ? check(o, name, text, e)
		       : err_set(e, 0, "%s:%d:%d: %s", name, je.line, je.column, je.text);
	if (!status) {
		clean(o, secrets);
		json_decref(r->lab);
		json_decref(r->host);
		r->lab = json_incref(json_object_get(o, "lab"));
		r->host = json_incref(json_object_get(o, "host"));
	}
	json_decref(o);
	return status;
}

int lab_read(struct report *r, const char *path, const struct secrets *secrets, struct err *e)
{
	size_t len;
	char *text = file_read(path, LAB_FILE_LIMIT, &len, e);
	if (!text)
		return -1;
	const int status = lab_parse(r, path, text, len, secrets, e);
	free(text);
	return status;
}

const char *lab_text(const struct report *r, const char *member)
{
	const char *dot = strchr(member, '.');
	const json_t *o = r->lab;
	if (dot) {
		char *outer = must(strndup(member, (size_t)(dot - member)));
		o = json_object_get(o, outer);
		free(outer);
	}
	const char *text = json_string_value(json_object_get(o, dot ? dot + 1 : member));
	return text ? text : "";
}

bool lab_clock_is_real(const struct report *r)
{
	const char *clock = lab_text(r, "clock");
	return !*clock || !strcmp(clock, "real");
}
