/* SPDX-License-Identifier: BSD-2-Clause */
/* Packs text for a browser to unpack. */
#include <limits.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <zlib.h>

#include "../memory.h"
#include "internal.h"

char *html_pack(const char *text, size_t len)
{
	uLongf packed = compressBound(len);
	uint8_t *bytes = must(malloc(packed));
	/* Only memory can be lacking: the room is what zlib asks for. */
	if (compress2(bytes, &packed, (const Bytef *)text, len, Z_BEST_SPEED + 5) != Z_OK)
		must(NULL);
	char *out = must(malloc(BASE64_ENCODE_RAW_LENGTH(packed) + 1));
	base64_encode_raw(out, packed, bytes);
	out[BASE64_ENCODE_RAW_LENGTH(packed)] = '\0';
	free(bytes);
	return out;
}
