/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 7143 12.1.3: a challenge and a response of CHAP have at most 1024 bytes, in either encoding.
 */
#include "../oracle/watch.h"
#include "../oracle/whole_text.h"

enum { BYTES_MAX = 1024 };

/* Of a binary-value, 6.1: hex has four bits a digit, base64 three bytes for four, less its pads.
 * What is neither has no length. */
static size_t binary_length(struct bytes value)
{
	if (value.len < 2 || value.at[0] != '0')
		return 0;
	const size_t digits = value.len - 2;
	if (value.at[1] == 'x' || value.at[1] == 'X')
		return (digits + 1) / 2;
	if (value.at[1] != 'b' && value.at[1] != 'B')
		return 0;
	size_t pads = 0;
	while (pads < 2 && pads < digits && value.at[value.len - 1 - pads] == '=')
		pads++;
	const size_t bytes = digits / 4 * 3;
	return bytes > pads ? bytes - pads : 0;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	static const char *const keys[] = {"CHAP_C", "CHAP_R"};
	struct bytes value;

	(void)state;
	if (!is_login_pdu(d, t) || !t->text)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const size_t len =
			whole_text_find(t->text, keys[i], &value) ? binary_length(value) : 0;
		if (len)
			watch_rule(w, t->from, "I7143-12.1.3-7", len <= BYTES_MAX, t->ev, NULL,
				   "%s has %zu bytes", keys[i], len);
	}
}

const struct monitor monitor_chap_length = {
	.name = "chap-length",
	.doc = "a challenge and a response of CHAP have at most 1024 bytes",
	.rules = "I7143-12.1.3-7",
	.message = message,
};
