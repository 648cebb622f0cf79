/* SPDX-License-Identifier: BSD-2-Clause */
/* Text as RFC 7143 6.1 wants it: each key=value ends with a NUL, each key-name is a standard-label.
 */
#include <string.h>

#include "../oracle/watch.h"
#include "../oracle/whole_text.h"

static bool is_label(struct bytes key)
{
	if (!key.len || key.len > TEXT_KEY_MAX || key.at[0] < 'A' || key.at[0] > 'Z')
		return false;
	for (size_t i = 0; i < key.len; i++) {
		const uint8_t c = key.at[i];
		const bool alphanumeric =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!alphanumeric && (!c || !strchr(".-+@_", c)))
			return false;
	}
	return true;
}

/* Keys of the RFCs that are no standard-label (X#..., iSER..., iSCSI...) are right as they stand.
 */
static bool name_is_good(struct bytes key)
{
	return is_label(key) || text_key_by_name((const char *)key.at, key.len) ||
	       (key.len > 2 && !memcmp(key.at, "X#", 2));
}

static void pair(struct watch *w, const struct traffic *t, struct bytes text)
{
	const uint8_t *equals = memchr(text.at, '=', text.len);
	const struct bytes key = {text.at, equals ? (size_t)(equals - text.at) : text.len};

	watch_rule(w, t->from, "I7143-6.1-3", equals && name_is_good(key), t->ev, NULL,
		   "\"%.*s\" %s", (int)(key.len < 80 ? key.len : 80), (const char *)key.at,
		   equals ? "is no key-name" : "has no '='");
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	(void)d;
	(void)state;
	if (!t->text)
		return;
	const struct bytes text = t->text->all;
	if (text.len)
		watch_rule(w, t->from, "I7143-6.1-1", !text.at[text.len - 1], t->ev, NULL,
			   "the text of the %s does not end with a NUL", t->pdu.type->title);
	for (size_t at = 0; at < text.len;) {
		const uint8_t *nul = memchr(text.at + at, 0, text.len - at);
		const size_t len = nul ? (size_t)(nul - text.at) - at : text.len - at;
		/* NULs alone are padding, which nobody forbids. */
		if (len)
			pair(w, t, (struct bytes){text.at + at, len});
		at += len + 1;
	}
}

const struct monitor monitor_key_format = {
	.name = "key-format",
	.doc = "text is made of key=value, each with its NUL, each key a label",
	.rules = "I7143-6.1-1 I7143-6.1-3",
	.message = message,
};
