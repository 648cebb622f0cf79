/* SPDX-License-Identifier: BSD-2-Clause */
/* Two pages that say the same, though another zlib may have packed their logs. */
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../memory.h"
#include "internal.h"

struct piece {
	const char *at;
	size_t len;
};

/* What html_pack() did, undone as far as its bytes; NULL: that is no base64. The caller frees. */
static uint8_t *bytes_of(struct piece text, size_t *len)
{
	struct base64_decode_ctx ctx;
	uint8_t *bytes = must(malloc(BASE64_DECODE_LENGTH(text.len) + 1));
	base64_decode_init(&ctx);
	if (base64_decode_update(&ctx, len, bytes, text.len, text.at) &&
	    base64_decode_final(&ctx) == 1)
		return bytes;
	free(bytes);
	return NULL;
}

/* What is unpacked next, as much as there is room for. Z_OK, Z_STREAM_END, or what is wrong. */
static int next(z_stream *z, uint8_t *to, unsigned room)
{
	int status = Z_OK;
	z->next_out = to;
	z->avail_out = room;
	while (status == Z_OK && z->avail_out)
		status = inflate(z, Z_NO_FLUSH);
	return status;
}

static bool same_streams(z_stream *a, z_stream *b)
{
	enum { ROOM = 1 << 15 };
	uint8_t one[ROOM], other[ROOM];
	int status;
	do {
		status = next(a, one, ROOM);
		if (next(b, other, ROOM) != status || a->avail_out != b->avail_out ||
		    memcmp(one, other, ROOM - a->avail_out) != 0)
			return false;
	} while (status == Z_OK);
	return status == Z_STREAM_END && !a->avail_in && !b->avail_in;
}

static bool same_log(struct piece a, struct piece b)
{
	z_stream one = {0}, other = {0};
	size_t n, m;
	if (a.len == b.len && !memcmp(a.at, b.at, a.len))
		return true;
	uint8_t *of_one = bytes_of(a, &n), *of_other = bytes_of(b, &m);
	bool same = of_one && of_other;
	if (inflateInit(&one) != Z_OK || inflateInit(&other) != Z_OK)
		must(NULL); /* only memory can be lacking */
	if (same) {
		one.next_in = of_one;
		one.avail_in = (uInt)n;
		other.next_in = of_other;
		other.avail_in = (uInt)m;
		same = same_streams(&one, &other);
	}
	inflateEnd(&one);
	inflateEnd(&other);
	free(of_one);
	free(of_other);
	return same;
}

/* Up to where a log begins, its element's tag too, or all of it. */
static struct piece markup(struct piece page)
{
	static const char tag[] = "<script type=\"text/plain\" id=\"log-";
	const char *at = memmem(page.at, page.len, tag, sizeof(tag) - 1);
	const char *end = at ? memchr(at, '>', page.len - (size_t)(at - page.at)) : NULL;
	return (struct piece){page.at, end ? (size_t)(end + 1 - page.at) : page.len};
}

static struct piece log_text(struct piece page)
{
	const char *end = memchr(page.at, '<', page.len);
	return (struct piece){page.at, end ? (size_t)(end - page.at) : page.len};
}

static void step(struct piece *page, size_t n)
{
	page->at += n;
	page->len -= n;
}

bool html_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct piece one = {a, a_len}, other = {b, b_len};
	while (one.len || other.len) {
		const struct piece x = markup(one), y = markup(other);
		if (x.len != y.len || memcmp(x.at, y.at, x.len) != 0)
			return false;
		step(&one, x.len);
		step(&other, y.len);
		const struct piece log = log_text(one), other_log = log_text(other);
		if (!same_log(log, other_log))
			return false;
		step(&one, log.len);
		step(&other, other_log.len);
	}
	return true;
}
