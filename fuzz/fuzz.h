/* SPDX-License-Identifier: BSD-2-Clause */
/* What all fuzz targets share: properties that end the run when they do not hold, and an exact copy
 * of the input. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* abort() is a finding for libFuzzer and for AFL++ alike. */
#define REQUIRE(property)                                                                          \
	do {                                                                                       \
		if (!(property)) {                                                                 \
			fprintf(stderr, "%s:%d: property does not hold: %s\n", __FILE__, __LINE__, \
				#property);                                                        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* AFL++ hands out a part of a big shared buffer, where AddressSanitizer cannot see a read past the
 * end; libFuzzer's own copy is exact. */
static inline const uint8_t *input_of(const uint8_t *data, size_t size)
{
#ifdef __AFL_COMPILER
	uint8_t *copy = malloc(size ? size : 1);
	REQUIRE(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
#else
	(void)size;
	return data;
#endif
}

static inline void input_done(const uint8_t *input)
{
#ifdef __AFL_COMPILER
	free((void *)(uintptr_t)input);
#else
	(void)input;
#endif
}

/*
 * Are the dear properties of this input asked for? Of all under the sanitizers. Where speed is what
 * counts, of one in `share`, a power of two, chosen by its bytes so that an input always behaves
 * alike.
 */
static inline bool is_asked(const uint8_t *data, size_t size, unsigned share)
{
#ifdef FUZZ_PLAIN
	uint64_t sum = size, word;
	for (size_t i = 0; i + sizeof(word) <= size; i += sizeof(word)) {
		memcpy(&word, data + i, sizeof(word));
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return (sum >> 32) % share == 0;
#else
	(void)data;
	(void)size;
	(void)share;
	return true;
#endif
}

/* The input with a NUL behind it; the caller frees. */
static inline char *text_of_input(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	REQUIRE(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
