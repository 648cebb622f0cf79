/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a certificate's manifest: what is taken is to the byte what is written of it, an
 * error names a line that is there, and held against another one it is the same only if it is. */
#include "../harness/certificate/manifest.h"

#include "place.h"

/* What is there, as it may be asked about. */
static const char there[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  certificate.json\n"
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  certificate.txt\n"
	"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae  runs/1/report.json\n";

static void check_lines(const struct manifest *m, const uint8_t *text, size_t size)
{
	char *again = NULL;
	size_t len;
	FILE *out = open_memstream(&again, &len);
	REQUIRE(out);
	for (size_t i = 0; i < m->count; i++) {
		const char *path = m->lines[i] + 66;
		REQUIRE(strspn(m->lines[i], "0123456789abcdef") == 64 && *path);
		REQUIRE(!i || strcmp(m->lines[i - 1] + 66, path) < 0);
		fprintf(out, "%s\n", m->lines[i]);
	}
	REQUIRE(!fclose(out));
	REQUIRE(len == size && (!size || !memcmp(again, text, size)));
	free(again);
}

/* Names may be in any language, but no terminal is told anything. */
static bool is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			return false;
	return true;
}

static int held(const struct manifest *a, const struct manifest *b, size_t *lines)
{
	char *said = NULL;
	size_t len;
	FILE *out = open_memstream(&said, &len);
	REQUIRE(out);
	const int differences = manifest_differences(a, b, out);
	REQUIRE(!fclose(out));
	REQUIRE(is_text(said, len));
	*lines = count_lines((const uint8_t *)said, len) - 1;
	free(said);
	return differences;
}

static void check_differences(const struct manifest *m, const uint8_t *text, size_t size)
{
	struct manifest other;
	size_t one, two;
	const bool same = size == sizeof(there) - 1 && !memcmp(text, there, size);
	REQUIRE(!manifest_parse(&other, there, sizeof(there) - 1, NULL) && other.count == 3);
	const int differences = held(m, &other, &one);
	REQUIRE(differences == held(&other, m, &two));
	REQUIRE(one == two && one == (size_t)differences);
	REQUIRE(!differences == same);
	REQUIRE(!held(m, m, &one) && !one);
	manifest_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	struct manifest m;
	struct err e;

	if (manifest_parse(&m, (const char *)text, size, &e)) {
		check_place(&e, MANIFEST, false, text, size);
	} else {
		check_lines(&m, text, size);
		check_differences(&m, text, size);
	}
	manifest_free(&m);
	input_done(text);
	return 0;
}
