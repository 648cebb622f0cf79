/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an event log: what is read and written again is read as the same, a torn last line
 * harms nothing, no secret is written, as a ladder it is nothing but text, and as packets it is
 * whole. */
#include "../harness/capture/capture.h"
#include "../harness/report/events.h"
#include "../harness/report/ladder_text.h"
#include "../harness/report/pcap/pcap.h"
#include "place.h"

static const char name[] = "log";
static const char secret[] = "mellon-of-moria";

static void check_event(const struct log_event *ev, size_t i)
{
	REQUIRE(ev->seq == i + 1);
	REQUIRE(log_kind_by_name(log_kind_name(ev->kind)) == (int)ev->kind);
	REQUIRE(!ev->bytes.len == !ev->bytes.at || !ev->bytes.len);
}

/* All lines of the log, as its writer has them. */
static char *write_log(const struct log *l, const struct secrets *secrets, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	REQUIRE(out);
	for (size_t i = 0; i < log_count(l); i++) {
		char *line = event_to_line(log_at(l, i), secrets);
		REQUIRE(strchr(line, '\n') == line + strlen(line) - 1);
		fputs(line, out);
		free(line);
	}
	REQUIRE(!fclose(out));
	return text;
}

static void check_again(const struct log *l)
{
	size_t size = 0, size_again = 0;
	struct err e;
	char *text = write_log(l, NULL, &size);
	struct log *again = events_parse(name, text, size, &e);
	REQUIRE(again && log_count(again) == log_count(l));
	char *text_again = write_log(again, NULL, &size_again);
	REQUIRE(size == size_again && !memcmp(text, text_again, size));
	free(text_again);
	log_free(again);
	free(text);
}

static void check_secret(const struct log *l)
{
	struct secrets secrets = {0};
	size_t size = 0;
	secrets_add(&secrets, secret);
	char *text = write_log(l, &secrets, &size);
	for (const char *at = text, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		const char *found = memmem(at, (size_t)(end - at), secret, strlen(secret));
		/* The rules that a check cites are our own words. */
		REQUIRE(!found || memmem(at, (size_t)(end - at), "\"rules\"", 7));
	}
	free(text);
	secrets_free(&secrets);
}

/* Its writer died here. */
static void check_torn(const struct log *l, const uint8_t *text, size_t size)
{
	static const char torn[] = "{\"seq\":";
	const uint8_t *newline = size ? memrchr(text, '\n', size) : NULL;
	const size_t whole = newline ? (size_t)(newline - text) + 1 : 0, more = sizeof(torn) - 1;
	char *longer = malloc(whole + more);
	REQUIRE(longer);
	memcpy(longer, text, whole);
	memcpy(longer + whole, torn, more);
	struct log *again = events_parse(name, longer, whole + more, NULL);
	REQUIRE(again && log_count(again) == log_count(l));
	log_free(again);
	free(longer);
}

static void check_ladder(const struct log *l)
{
	struct ladder ladder;
	ladder_make(&ladder, l);
	for (int whole = 0; whole < 2; whole++) {
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);
		REQUIRE(out);
		ladder_print(out, &ladder, &(struct ladder_filter){.all = whole},
			     &(struct ladder_style){.columns = 100, .whole = whole});
		REQUIRE(!fclose(out));
		for (size_t i = 0; i < size; i++)
			REQUIRE((uint8_t)text[i] >= 0x20 || text[i] == '\n');
		free(text);
	}
	ladder_free(&ladder);
}

/* As packets, of both kinds of fabric: the reader finds nothing wrong with any. How many zeros
 * stand for data is told by lengths alone; more of them say no more. */
static void check_packets(const struct log *l)
{
	enum { ZEROS = 1 << 20 };
	uint64_t zeros = 0;
	for (size_t i = 0; i < log_count(l) && zeros <= ZEROS; i++)
		zeros += log_at(l, i)->len <= ZEROS ? log_at(l, i)->len : ZEROS + 1; /* no wrap */
	if (zeros > ZEROS)
		return;
	for (enum pcap_wire wire = PCAP_ROCE; wire <= PCAP_IWARP; wire++) {
		struct pcap_counts counts;
		struct err e = {0};
		size_t size = 0;
		char *file = pcap_of_log(l, NULL, wire, &size, &counts);
		FILE *in = fmemopen(file, size, "rb");
		REQUIRE(in);
		struct capture *c = capture_read_stream(in, "packets", &e);
		REQUIRE(c);
		const struct capture_counts *n = capture_counts(c);
		REQUIRE(n->frames == counts.frames);
		REQUIRE(!n->unreadable && !n->damaged && !n->cut);
		capture_free(c);
		free(file);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	struct err e;
	struct log *l = events_parse(name, (const char *)text, size, &e);

	if (l) {
		for (size_t i = 0; i < log_count(l); i++)
			check_event(log_at(l, i), i);
		REQUIRE(log_count(l) == count_lines(text, size) - 1);
		check_again(l);
		check_secret(l);
		check_packets(l);
		check_torn(l, text, size);
		check_ladder(l);
	} else {
		check_place(&e, name, false, text, size);
	}
	log_free(l);
	input_done(text);
	return 0;
}
