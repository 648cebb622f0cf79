/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as what a vendor claims: an error names a line that is there, nothing that was read
 * reaches a terminal but text, and claims written again are the claims read. */
#include "../harness/certificate/claims.h"

#include "cases.h"
#include "place.h"

static const char name[] = "claims";

struct text {
	const char *key;
	char **at;
};
enum { TEXTS = 4 };

static void texts_of(struct claims *c, struct text texts[TEXTS])
{
	const struct text all[TEXTS] = {{"system", &c->system},
					{"version", &c->version},
					{"vendor", &c->vendor},
					{"contact", &c->contact}};
	memcpy(texts, all, sizeof(all));
}

/* The options that there are, of which nobody claims any yet. */
static void open_claims(struct claims *c)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/rules/claims.list", cases_folder());
	REQUIRE(!claims_options(c, path, NULL) && c->count);
}

/* Read once; what was claimed of it is taken back each time. */
static void take_back(struct claims *c)
{
	struct text texts[TEXTS];
	texts_of(c, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		free(*texts[i].at);
		*texts[i].at = NULL;
	}
	for (size_t i = 0; i < c->count; i++)
		c->options[i].claimed = false;
	c->made = false;
}

static char *written(struct claims *c)
{
	struct text texts[TEXTS];
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	REQUIRE(out);
	texts_of(c, texts);
	for (size_t i = 0; i < TEXTS; i++)
		if (*texts[i].at)
			fprintf(out, "%s %s\n", texts[i].key, *texts[i].at);
	for (size_t i = 0; i < c->count; i++)
		if (c->options[i].claimed)
			fprintf(out, "has %s\n", c->options[i].name);
	REQUIRE(!fclose(out) && text);
	return text;
}

static void check_texts(struct claims *c)
{
	struct text texts[TEXTS];
	texts_of(c, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = *texts[i].at;
		if (!text)
			continue;
		REQUIRE(*text && *text != ' ' && text[strlen(text) - 1] != ' ');
		for (const char *at = text; *at; at++)
			REQUIRE((unsigned char)*at >= ' ' && *at != 0x7f);
	}
}

static void check_again(struct claims *c, struct claims *again)
{
	char *first = written(c);
	REQUIRE(!claims_parse(again, name, first, strlen(first), NULL));
	char *second = written(again);
	REQUIRE(!strcmp(first, second) && again->made);
	take_back(again);
	free(second);
	free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct claims c, again;
	const uint8_t *text = input_of(data, size);
	struct err e;

	if (!c.count) {
		open_claims(&c);
		open_claims(&again);
	}
	if (claims_parse(&c, name, (const char *)text, size, &e)) {
		if (memchr(text, 0, size))
			check_message(&e);
		else
			check_place(&e, name, false, text, size);
	} else {
		REQUIRE(c.made);
		check_texts(&c);
		check_again(&c, &again);
	}
	take_back(&c);
	input_done(text);
	return 0;
}
