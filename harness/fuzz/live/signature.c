/* SPDX-License-Identifier: BSD-2-Clause */
#include "signature.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "states.h"

enum { WORDS_MAX = 16, FILE_MAX = 96 };

static const char *const names[FOUND_COUNT] = {
	[FOUND_CRASH] = "crash", [FOUND_HANG] = "hang", [FOUND_NO_LOGIN] = "no-login",
	[FOUND_RULE] = "rule",	 [FOUND_OWN] = "own",
};

const char *found_kind_name(enum found_kind k)
{
	return (unsigned)k < FOUND_COUNT ? names[k] : "unknown";
}

int found_kind_by_name(const char *name)
{
	for (int i = 0; i < FOUND_COUNT; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* ---- rules ---- */

/* The last of the events that prove it and that are a message: what decides. NULL: none is one. */
static const char *deciding_type(const struct finding *f, const struct log *l)
{
	for (size_t i = f->event_count; i-- > 0;) {
		const uint64_t seq = f->events[i];
		if (!seq || seq > log_count(l))
			continue;
		const struct log_event *ev = log_at(l, (size_t)seq - 1);
		struct pdu pdu;
		struct err why;
		if (ev->kind != LOG_RECV && ev->kind != LOG_POST)
			continue;
		if (ev->kind == LOG_POST && ev->name && strncmp(ev->name, "send", 4) != 0)
			return ev->name;
		return pdu_decode(&pdu, ev->bytes.at, ev->bytes.len, &why) || !pdu.type
			       ? "unreadable"
			       : pdu.type->name;
	}
	return NULL;
}

char *signature_of_rule(const struct finding *f, const struct log *l)
{
	const char *type = deciding_type(f, l);
	const char *rules = f->rules && *f->rules ? f->rules : "none";
	return text_format("rule %.*s%s%s", (int)strcspn(rules, " "), rules, type ? " of " : "",
			   type ? type : "");
}

/* ---- words ---- */

/* What the kernel says in front of its complaint. */
static const char kernel[] = "kernel: ";
static const char *const fronts[] = {"the SUT died: ", kernel, "BUG: "};

static const char *without_fronts(const char *at)
{
	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++)
		if (!strncmp(at, fronts[i], strlen(fronts[i])))
			at += strlen(fronts[i]);
	return at;
}

static size_t line_length(const char *line)
{
	size_t len = strcspn(line, "\n");
	for (size_t i = 0; i < len; i++)
		if (line[i] == ';' && (line[i + 1] == ' ' || !strncmp(line + i + 1, kernel, 8)))
			return i;
	return len;
}

static const char *next_line(const char *line)
{
	line += line_length(line);
	return line + strspn(line, "; \n");
}

/* "isert_put_cmd+0x1f/0x30": how long is the function's name? 0: it is none. */
static size_t function_length(const char *word)
{
	const size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_.");
	return len && !strncmp(word + len, "+0x", 3) && !isdigit((unsigned char)*word) ? len : 0;
}

/* A number, an address, or a list of them: none of it is the same the next time. */
static bool is_number(const char *word, size_t len)
{
	enum { ADDRESS = 8 }; /* digits of an address; "b.c:9" is a place */
	bool digit = false, letter = false;
	if (len > 2 && !strncmp(word, "0x", 2))
		return true;
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)word[i];
		if (!isxdigit(c) && !strchr("#:.,()[]<>-", c))
			return false;
		digit |= isdigit(c) != 0;
		letter |= isalpha(c) != 0;
	}
	return digit && (!letter || len >= ADDRESS);
}

/* Words by which the kernel says where and when, each followed by a number. */
static bool is_label(const char *word, size_t len)
{
	static const char *const labels[] = {
		"CPU:", "PID:",	 "Comm:", "addr", "address:", "address", "ip", "sp",
		"task", "error", "size",  "ip:",  "pid",      "at",	 "by"};
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		if (strlen(labels[i]) == len && !strncmp(word, labels[i], len))
			return true;
	return false;
}

/* "drivers/infiniband/ulp/isert/ib_isert.c:123" is "ib_isert.c". */
static void print_word(FILE *out, const char *word, size_t len)
{
	const size_t function = function_length(word);
	const char *slash = memrchr(word, '/', len);
	if (function) {
		len = function;
	} else if (slash && slash + 1 < word + len) {
		len -= (size_t)(slash + 1 - word);
		word = slash + 1;
	}
	const char *colon = memchr(word, ':', len);
	if (colon && colon > word && isdigit((unsigned char)colon[1]))
		len = (size_t)(colon - word);
	while (len && strchr(":,.!", word[len - 1]))
		len--;
	/* What is left of a name with a number in it, as a thread's or a function's clone. */
	for (size_t i = 0; i < len; i++)
		if (isdigit((unsigned char)word[i]) && !function) {
			if (!i || !isdigit((unsigned char)word[i - 1]))
				fputc('#', out);
		} else {
			fputc(isgraph((unsigned char)word[i]) ? word[i] : '?', out);
		}
}

/* The words of a line that say something; true when one of them was a function. */
static bool print_line(FILE *out, const char *line, size_t len)
{
	bool function = false;
	unsigned printed = 0;
	for (const char *at = line, *end = line + len; at < end && printed < WORDS_MAX;) {
		const size_t word = strcspn(at, " \t\n") < (size_t)(end - at) ? strcspn(at, " \t\n")
									      : (size_t)(end - at);
		const char *next = at + word + strspn(at + word, " \t");
		const size_t left = next < end ? (size_t)(end - next) : 0;
		const size_t next_word =
			strcspn(next, " \t\n") < left ? strcspn(next, " \t\n") : left;
		/* "[ib_isert]" is the module. */
		if (word && !is_number(at, word) && *at != '[' &&
		    !(is_label(at, word) &&
		      (next >= end || is_number(next, next_word) || !strncmp(at, "Comm:", 5)))) {
			fputc(' ', out);
			print_word(out, at, word);
			function |= function_length(at) != 0;
			printed++;
		}
		if (word == 5 && !strncmp(at, "Comm:", 5))
			next += next_word + strspn(next + next_word, " \t");
		at = next;
	}
	return function;
}

/* Where a complaint that names no function came from: "RIP: 0033:isert_put_cmd+0x1f/0x30". */
static const char *function_behind(const char *line)
{
	for (; *line; line = next_line(line)) {
		const char *rip = strstr(line, "RIP: ");
		if (!rip || rip > line + line_length(line))
			continue;
		const char *at = rip + strlen("RIP: ");
		at += strspn(at, "0123456789abcdefABCDEFx");
		at += *at == ':';
		if (function_length(at))
			return at;
	}
	return NULL;
}

/* Frames that every thread which waits has. */
static bool is_waiting(const char *function, size_t len)
{
	static const char *const frames[] = {"switch_to", "schedule", "wait_for_completion",
					     "wait_for_common", "io_schedule"};
	while (len && *function == '_')
		function++, len--;
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		if (len >= strlen(frames[i]) && !strncmp(function, frames[i], strlen(frames[i])))
			return true;
	return false;
}

/* "hung: NAME:PID in FRAME FRAME...": the name, and where it waits. False: it is no such line. */
static bool print_hung(FILE *out, const char *line, size_t len)
{
	enum { FRAMES = 3 };
	static const char hung[] = "hung: ", in[] = " in ";
	if (strncmp(line, hung, strlen(hung)) != 0)
		return false;
	const char *end = line + len, *name = line + strlen(hung), *at = strstr(name, in);
	if (!at || at >= end)
		return false;
	fputc(' ', out);
	print_word(out, name, strcspn(name, ": "));
	fputs(" in", out);
	unsigned printed = 0;
	for (at += strlen(in); at < end && printed < FRAMES; at += strspn(at, " ")) {
		const size_t word = strcspn(at, " ;\n");
		if (!is_waiting(at, word)) {
			fputc(' ', out);
			print_word(out, at, word);
			printed++;
		}
		at += word;
	}
	return true;
}

/*
 * A program's fault as the kernel logs it: "NAME[PID]: segfault at A ip B sp C error D in
 * OBJECT[E+F]": B - E is the same each time. False: it is no such line.
 */
static bool print_fault(FILE *out, const char *line, size_t len)
{
	char *copy = must(strndup(line, len));
	const char *what = strstr(copy, "segfault at ");
	const char *ip = what ? strstr(what, " ip ") : NULL;
	const char *in = ip ? strstr(ip, " in ") : NULL, *base = in ? strchr(in, '[') : NULL;
	if (base) {
		const unsigned long long at = strtoull(ip + strlen(" ip "), NULL, 16);
		in += strlen(" in ");
		fputc(' ', out);
		print_word(out, copy, strcspn(copy, "[: "));
		fputs(" segfault in ", out);
		print_word(out, in, (size_t)(base - in));
		fprintf(out, "+0x%llx", at - strtoull(base + 1, NULL, 16));
	}
	free(copy);
	return base;
}

char *signature_of_words(enum found_kind kind, const char *text)
{
	char *out = NULL;
	size_t len;
	FILE *f = must(open_memstream(&out, &len));
	fputs(found_kind_name(kind), f);
	const char *line = text ? without_fronts(text) : "";
	const bool function = print_hung(f, line, line_length(line)) ||
			      print_fault(f, line, line_length(line)) ||
			      print_line(f, line, line_length(line));
	const char *behind = function ? NULL : function_behind(next_line(line));
	if (behind)
		fprintf(f, " in %.*s", (int)function_length(behind), behind);
	fclose(f);
	return out;
}

/* ---- files ---- */

char *signature_file(const char *signature)
{
	char name[FILE_MAX + 1];
	const size_t len = strlen(signature);
	const bool cut = len > FILE_MAX - 17;
	const size_t kept = cut ? FILE_MAX - 17 : len;
	for (size_t i = 0; i < kept; i++) {
		const char c = signature[i];
		name[i] = isalnum((unsigned char)c) || c == '.' || c == '_' ? c : '-';
	}
	name[kept] = '\0';
	if (!cut)
		return must(strdup(name));
	return text_format("%s-%014" PRIx64, name,
			   place_of_code(signature, len) & UINT64_C(0xffffffffffffff));
}
