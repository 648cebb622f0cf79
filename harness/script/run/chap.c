/* SPDX-License-Identifier: BSD-2-Clause */
/* `$chap.` values: what the honest peer computes, in the encodings of RFC 7143 6.1. */
#include "run.h"

#include <ctype.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

static void as_hex(const uint8_t *at, size_t len, bool upper, char *out)
{
	out += sprintf(out, upper ? "0X" : "0x");
	for (size_t i = 0; i < len; i++)
		out += sprintf(out, upper ? "%02X" : "%02x", at[i]);
}

static void as_base64(const uint8_t *at, size_t len, char *out)
{
	memcpy(out, "0b", 2);
	base64_encode_raw(out + 2, len, at);
	out[2 + BASE64_ENCODE_RAW_LENGTH(len)] = '\0';
}

static struct value name_of(const char *user, const char *secret)
{
	if (!*secret)
		return (struct value){0};
	return (struct value){.kind = VALUE_TEXT, .text = {(const uint8_t *)user, strlen(user)}};
}

struct value run_chap(struct run *r, enum chap_part part)
{
	const struct peer *p = r->talk->link->peer;
	const int proved = peer_chap_proved(p);
	uint8_t bytes[1024];
	char *text = r->chap[part];
	size_t len = 0;
	if (part == CHAP_PROVED && proved < 0)
		return (struct value){0};
	if (part == CHAP_PROVED)
		return (struct value){.kind = VALUE_NUMBER, .number = (uint64_t)proved};
	if (part == CHAP_SAME && (!*p->cfg.chap_secret || !*p->cfg.mutual_secret))
		return (struct value){0};
	if (part == CHAP_SAME)
		return (struct value){.kind = VALUE_NUMBER,
				      .number = !strcmp(p->cfg.chap_secret, p->cfg.mutual_secret)};
	if (part == CHAP_INITIATOR)
		return name_of(p->cfg.chap_user, p->cfg.chap_secret);
	if (part == CHAP_TARGET)
		return name_of(p->cfg.mutual_user, p->cfg.mutual_secret);
	if (part < CHAP_RESPONSE)
		len = peer_chap_challenge(p, bytes);
	else
		len = peer_chap_response(p, bytes);
	if (!len)
		return (struct value){0};
	if (part == CHAP_CHALLENGE_BASE64 || part == CHAP_RESPONSE_BASE64)
		as_base64(bytes, len, text);
	else
		as_hex(bytes, len, part == CHAP_CHALLENGE_UPPER || part == CHAP_RESPONSE_UPPER,
		       text);
	return (struct value){.kind = VALUE_TEXT, .text = {(const uint8_t *)text, strlen(text)}};
}
