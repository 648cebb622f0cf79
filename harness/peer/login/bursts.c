/* SPDX-License-Identifier: BSD-2-Clause */
/* FirstBurstLength at the target, which has the last word: never above MaxBurstLength (RFC
 * 7143 13.14), whatever the initiator offers and in which order. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "login.h"

static bool number(const char *text, uint64_t *n)
{
	return text && !text_number((struct bytes){(const uint8_t *)text, strlen(text)}, n, NULL);
}

/* What the initiator says of the key in the text that is being answered, or said before. */
static bool said(const struct login_state *l, const char *name, uint64_t *n)
{
	struct cursor c = cursor_of(l->in, l->in_len);
	struct text_pair pair;

	while (text_next(&c, &pair, NULL) > 0)
		if (bytes_eq(pair.key, name))
			return !text_number(pair.value, n, NULL);
	return number(nego_result(&l->nego, name), n);
}

const char *login_first_burst(const struct peer *p, const char *want, char buf[32])
{
	char own[32];
	uint64_t limit, first, offered;

	if (!number(want, &first) || !number(login_want(p, "MaxBurstLength", own), &limit))
		return want;
	if (said(p->login, "MaxBurstLength", &offered) && offered < limit)
		limit = offered;
	if (first <= limit)
		return want;
	snprintf(buf, 32, "%" PRIu64, limit);
	return buf;
}
