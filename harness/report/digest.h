/* SPDX-License-Identifier: BSD-2-Clause */
/* A digest by which two runs can be told to be of the same cases and rules. */
#ifndef REPORT_DIGEST_H
#define REPORT_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>

enum { DIGEST_TEXT = 2 * SHA256_DIGEST_SIZE + 1 };

struct digest {
	struct sha256_ctx ctx;
};

void digest_begin(struct digest *d);
/* One text with its end, so that "ab" "c" and "a" "bc" differ; NULL counts as "". */
void digest_text(struct digest *d, const char *text);
/* SHA-256 as lower-case hex. */
void digest_end(struct digest *d, char out[DIGEST_TEXT]);

/* Of some bytes alone, as sha256sum has it. */
void digest_bytes(const void *at, size_t len, char out[DIGEST_TEXT]);

#endif
