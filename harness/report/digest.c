/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 over texts. */
#include "digest.h"

#include <stdint.h>
#include <string.h>

void digest_begin(struct digest *d)
{
	sha256_init(&d->ctx);
}

void digest_text(struct digest *d, const char *text)
{
	const char *s = text ? text : "";
	sha256_update(&d->ctx, strlen(s) + 1, (const uint8_t *)s);
}

void digest_end(struct digest *d, char out[DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[SHA256_DIGEST_SIZE];
	sha256_digest(&d->ctx, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[DIGEST_TEXT - 1] = '\0';
}

void digest_bytes(const void *at, size_t len, char out[DIGEST_TEXT])
{
	struct digest d;
	digest_begin(&d);
	sha256_update(&d.ctx, len, at);
	digest_end(&d, out);
}
