/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the dictionary of inputs of a shape, off the tables of the codec: dictionary
 * message|text|sequence. Both engines read it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/wire/ahs.h"
#include "../../harness/wire/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { WORDS_MAX = 512, WORD_SIZE = 80 };

/* Each is written once, whatever tables it comes from. */
static struct {
	char at[WORDS_MAX][WORD_SIZE];
	size_t count;
} words;

static void put(const char *escaped)
{
	for (size_t i = 0; i < words.count; i++)
		if (!strcmp(words.at[i], escaped))
			return;
	if (words.count == WORDS_MAX || strlen(escaped) >= WORD_SIZE) {
		fprintf(stderr, "dictionary: no room for %s\n", escaped);
		exit(EXIT_FAILURE);
	}
	snprintf(words.at[words.count++], WORD_SIZE, "%s", escaped);
	printf("\"%s\"\n", escaped);
}

static void put_bytes(const uint8_t *at, size_t len)
{
	char escaped[WORD_SIZE];

	for (size_t i = 0; i < len && 4 * i + 5 <= sizeof(escaped); i++)
		snprintf(escaped + 4 * i, 5, "\\x%02x", at[i]);
	put(escaped);
}

static void put_number(uint64_t value, unsigned bytes)
{
	uint8_t be[8];
	struct writer w = writer_of(be, sizeof(be));

	writer_be(&w, bytes, value);
	put_bytes(be, bytes);
}

/* First bytes of the iSER header, then of each BHS: with and without I, F or T set, RFC 7145 9.1,
 * RFC 7143 11.2.1. */
static void headers(void)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);

	puts("# first bytes of headers: iSER, then BHS");
	for (unsigned flags = 0; flags < 16; flags += 4)
		put_number(ISER_CONTROL << 4 | flags, 1);
	put_bytes((const uint8_t *)"\x20\xaa", 2);
	put_bytes((const uint8_t *)"\x30\xaa", 2);
	for (size_t i = 0; i < count; i++) {
		if (types[i].iser_opcode != ISER_CONTROL)
			continue;
		put_number((uint64_t)types[i].opcode << 8 | 0x80, 2);
		if (types[i].sender == FROM_INITIATOR)
			put_number((uint64_t)(types[i].opcode | 0x40) << 8 | 0x80, 2);
	}
	puts("# login stages: T, C, CSG and NSG");
	static const uint8_t stages[] = {0x87, 0x81, 0x83, 0x04, 0x44, 0x00, 0x40};
	for (size_t i = 0; i < COUNT(stages); i++)
		put_number((uint64_t)(OP_LOGIN_REQUEST | 0x40) << 8 | stages[i], 2);
}

static void numbers(void)
{
	static const uint32_t lengths[] = {0, 1, 4, 48, 128, 512, 8192, 0xffffff};
	static const uint32_t tags[] = {0, 1, 0x7fffffff, 0x80000000, TAG_NONE};

	puts("# TotalAHSLength and DataSegmentLength");
	for (size_t i = 0; i < COUNT(lengths); i++)
		put_number(lengths[i], 4);
	put_number(UINT64_C(0xff000000), 4);
	put_number(UINT64_C(0x02000004), 4);
	puts("# tags and serial numbers");
	for (size_t i = 0; i < COUNT(tags); i++)
		put_number(tags[i], 4);
	puts("# AHSLength and AHSType");
	put_bytes((const uint8_t[]){0, 5, AHS_BIDI_READ_LENGTH, 0}, 4);
	put_bytes((const uint8_t[]){0, 17, AHS_EXTENDED_CDB, 0}, 4);
	put_bytes((const uint8_t[]){0xff, 0xff, AHS_EXTENDED_CDB, 0}, 4);
}

static void list_words(const char *list)
{
	struct bytes all = {(const uint8_t *)list, strlen(list)}, item;

	for (size_t i = 0; text_list_item(all, i, &item); i++) {
		char word[WORD_SIZE];
		bytes_copy(item, word, sizeof(word));
		put(word);
	}
}

static void put_decimal(uint64_t value)
{
	char word[24];

	snprintf(word, sizeof(word), "%llu", (unsigned long long)value);
	put(word);
}

static bool has_numbers(const struct text_key *key)
{
	return key->kind == KEY_MIN || key->kind == KEY_MAX || key->kind == KEY_DECLARE_NUMBER ||
	       key->kind == KEY_RANGE_MIN;
}

static void keys(void)
{
	size_t count;
	const struct text_key *all = text_keys(&count);
	char word[WORD_SIZE];

	puts("# keys");
	for (size_t i = 0; i < count; i++) {
		snprintf(word, sizeof(word), "%s=", all[i].name);
		put(word);
	}
	puts("# words and numbers that are values");
	list_words("Yes,No,None,Reject,Irrelevant,NotUnderstood,All");
	for (size_t i = 0; i < count; i++) {
		if (all[i].words)
			list_words(all[i].words);
		if (!has_numbers(&all[i]))
			continue;
		put_decimal(all[i].min);
		put_decimal(all[i].max);
		put_decimal(all[i].max + 1);
	}
	put_decimal(UINT64_MAX);
	put("18446744073709551616");
	puts("# the form of text, RFC 7143 6.1");
	list_words("0x,0X,0b,0B,~,=,==,X-,X#,iqn.,eui.,naa.");
	put(",");
	put("\\x00");
}

int main(int argc, char **argv)
{
	const char *shape = argc == 2 ? argv[1] : "";
	bool text = !strcmp(shape, "text"), message = !strcmp(shape, "message"),
	     sequence = !strcmp(shape, "sequence");

	if (!text && !message && !sequence) {
		fprintf(stderr, "usage: dictionary message|text|sequence\n");
		return EXIT_FAILURE;
	}
	puts("# Made by `make dictionaries` from the tables of harness/wire.");
	if (!text) {
		headers();
		numbers();
	}
	if (!message)
		keys();
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
