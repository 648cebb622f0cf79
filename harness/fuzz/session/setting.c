/* SPDX-License-Identifier: BSD-2-Clause */
/* NAME=VALUE words of a line, and the numbers that stand in it. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "internal.h"

void session_append(struct session_line *l, char *word)
{
	session_set(l, text_format("%s %s", l->text, word));
	free(word);
}

size_t session_find_setting(const char *line, const char *name)
{
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(line, w), len = strlen(name);

	for (size_t i = 1; i < count; i++)
		if (w[i].len > len && !strncmp(line + w[i].from, name, len) &&
		    line[w[i].from + len] == '=')
			return i;
	return SIZE_MAX;
}

void session_put_setting(struct session_line *l, const char *name, const char *value)
{
	const size_t at = session_find_setting(l->text, name);
	char *word = text_format("%s=%s", name, value);

	if (at == SIZE_MAX) {
		session_append(l, word);
		return;
	}
	session_set(l, session_word_set(l->text, at, word));
	free(word);
}

bool session_drop_setting(struct session_line *l, struct rng *dice)
{
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(l->text, w);
	const size_t at = count > 1 ? 1 + rng_below(dice, count - 1) : 0;

	if (!at || !memchr(l->text + w[at].from, '=', w[at].len))
		return false;
	session_set(l, session_word_set(l->text, at, ""));
	return true;
}

/* ---- numbers ---- */

static uint64_t strange_number(uint64_t n, struct rng *dice)
{
	static const uint64_t edges[] = {
		0,	1,	2,	  3,	      4,	  7,	     8,	    16,
		27,	28,	48,	  76,	      77,	  127,	     128,   255,
		256,	511,	512,	  1024,	      4096,	  8192,	     65535, 65536,
		262143, 262144, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff};

	switch (rng_below(dice, 7)) {
	case 0:
		return n + 1;
	case 1:
		return n ? n - 1 : 1;
	case 2:
		return n * 2;
	case 3:
		return n / 2;
	case 4: /* what is divided by, or taken for "none" */
		return 0;
	case 5:
		return rng_below(dice, 2 * (size_t)(n & 0xffff) + 16);
	default:
		return PICK(dice, edges);
	}
}

bool session_change_number(struct session_line *l, struct rng *dice)
{
	struct {
		size_t from, len;
	} found[32];
	size_t n = 0;
	bool quoted = false;

	for (size_t i = 0; l->text[i] && n < 32;) {
		char before = ' ';
		if (i)
			before = l->text[i - 1];
		quoted = quoted != (l->text[i] == '"');
		if (quoted || !isdigit((unsigned char)l->text[i]) ||
		    isalnum((unsigned char)before) || strchr("_-.$", before)) {
			i++;
			continue;
		}
		size_t len = 0;
		while (isxdigit((unsigned char)l->text[i + len]) ||
		       (len == 1 && l->text[i + 1] == 'x'))
			len++;
		/* 5ms, 64KiB: the digits alone */
		while (len > 1 && l->text[i + 1] != 'x' &&
		       !isdigit((unsigned char)l->text[i + len - 1]))
			len--;
		found[n].from = i;
		found[n++].len = len;
		i += len;
	}
	if (!n)
		return false;
	const size_t k = rng_below(dice, n);
	const uint64_t old = strtoull(l->text + found[k].from, NULL, 0);
	session_set(l,
		    text_format("%.*s%" PRIu64 "%s", (int)found[k].from, l->text,
				strange_number(old, dice), l->text + found[k].from + found[k].len));
	return true;
}
