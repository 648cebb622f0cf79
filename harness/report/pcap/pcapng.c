/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of a pcapng file, in little-endian order: the section header says so. */
#include "pcapng.h"

#include <string.h>

enum block { INTERFACE = 1, ENHANCED_PACKET = 6 };
#define SECTION 0x0a0d0d0au
enum option { OPT_END = 0, OPT_COMMENT = 1, SHB_USERAPPL = 4, IF_NAME = 2, IF_TSRESOL = 9 };
enum { LINKTYPE_ETHERNET = 1, NANOSECONDS = 9, OPTION_MAX = 65532 };
#define BYTE_ORDER_MAGIC 0x1a2b3c4du

static void put(FILE *out, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		putc((int)(value >> 8 * i & 0xff), out);
}

static size_t padded(size_t len)
{
	return (len + 3) / 4 * 4;
}

static void put_padded(FILE *out, const void *at, size_t len)
{
	fwrite(at, 1, len, out);
	put(out, (unsigned)(padded(len) - len), 0);
}

/* Bytes of a text option; none for NULL. */
static size_t text_size(const char *text)
{
	const size_t len = text ? strnlen(text, OPTION_MAX) : 0;
	return text ? 4 + padded(len) : 0;
}

static void put_text(FILE *out, unsigned code, const char *text)
{
	if (!text)
		return;
	const size_t len = strnlen(text, OPTION_MAX);
	put(out, 2, code);
	put(out, 2, len);
	put_padded(out, text, len);
}

void pcapng_begin(FILE *out, const char *application, const char *comment)
{
	const size_t section = 28 + text_size(comment) + text_size(application) + 4;
	put(out, 4, SECTION);
	put(out, 4, section);
	put(out, 4, BYTE_ORDER_MAGIC);
	put(out, 4, 1); /* version 1.0 */
	put(out, 8, UINT64_MAX);
	put_text(out, OPT_COMMENT, comment);
	put_text(out, SHB_USERAPPL, application);
	put(out, 4, OPT_END);
	put(out, 4, section);

	static const char name[] = "event log";
	const size_t interface = 20 + text_size(name) + 8 + 4;
	put(out, 4, INTERFACE);
	put(out, 4, interface);
	put(out, 4, LINKTYPE_ETHERNET);
	put(out, 4, 0); /* no limit to what is captured of a frame */
	put_text(out, IF_NAME, name);
	put(out, 2, IF_TSRESOL);
	put(out, 2, 1);
	put(out, 4, NANOSECONDS);
	put(out, 4, OPT_END);
	put(out, 4, interface);
}

void pcapng_frame(FILE *out, uint64_t ns, const void *at, size_t len, const char *comment)
{
	const size_t size = 32 + padded(len) + text_size(comment) + (comment ? 4 : 0);
	put(out, 4, ENHANCED_PACKET);
	put(out, 4, size);
	put(out, 4, 0);
	put(out, 4, ns >> 32);
	put(out, 4, ns & UINT32_MAX);
	put(out, 4, len);
	put(out, 4, len); /* of the frame itself, which is whole */
	put_padded(out, at, len);
	put_text(out, OPT_COMMENT, comment);
	if (comment)
		put(out, 4, OPT_END);
	put(out, 4, size);
}
