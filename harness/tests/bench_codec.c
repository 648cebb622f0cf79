/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast PDUs are decoded and encoded, as a ratio to memcpy of the same bytes in the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../wire/pdu.h"

enum { MESSAGES = 256, ROUNDS = 2000, PAIRS = 5 };

struct message {
	uint8_t bytes[256];
	size_t len;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A mix of all control types, each fourth with data. */
static void make_messages(struct message *m)
{
	static const uint8_t data[128];
	size_t types;
	const struct pdu_type *type = pdu_types(&types);

	for (size_t i = 0; i < MESSAGES; i++) {
		struct pdu p;
		struct err e;

		pdu_init(&p, &type[i % types]);
		if (i % 4 == 0 && p.type->opcode != OP_R2T && p.type->iser_opcode == ISER_CONTROL)
			p.data = (struct bytes){data, sizeof data};
		m[i].len = pdu_encode(&p, m[i].bytes, sizeof m[i].bytes, &e);
		if (!m[i].len) {
			fprintf(stderr, "bench_codec: %s\n", e.what);
			exit(1);
		}
	}
}

static volatile uint64_t sink;

static double decode_rate(const struct message *m)
{
	double began = now();

	for (int r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < MESSAGES; i++) {
			struct pdu p;

			if (pdu_decode(&p, m[i].bytes, m[i].len, NULL) == 0)
				sink += p.itt;
		}
	return ROUNDS * MESSAGES / (now() - began);
}

static double encode_rate(const struct message *m)
{
	struct pdu decoded[MESSAGES];
	uint8_t out[256];
	double began;

	for (size_t i = 0; i < MESSAGES; i++)
		pdu_decode(&decoded[i], m[i].bytes, m[i].len, NULL);
	began = now();
	for (int r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < MESSAGES; i++) {
			pdu_encode(&decoded[i], out, sizeof out, NULL);
			sink += out[0];
		}
	return ROUNDS * MESSAGES / (now() - began);
}

static double copy_rate(const struct message *m)
{
	uint8_t out[256];
	double began = now();

	for (int r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < MESSAGES; i++) {
			memcpy(out, m[i].bytes, m[i].len);
			/* keeps the copy from being optimised away */
			__asm__ volatile("" : : "r"(out) : "memory");
		}
	return ROUNDS * MESSAGES / (now() - began);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, PAIRS, sizeof *v, by_value);
	return v[PAIRS / 2];
}

int main(void)
{
	static struct message m[MESSAGES];
	double decode[PAIRS], encode[PAIRS], decode_ratio[PAIRS], encode_ratio[PAIRS];

	make_messages(m);
	copy_rate(m);
	for (int i = 0; i < PAIRS; i++) {
		double copy = copy_rate(m);

		decode[i] = decode_rate(m);
		encode[i] = encode_rate(m);
		decode_ratio[i] = copy / decode[i];
		encode_ratio[i] = copy / encode[i];
	}
	printf("codec: decode %.1f million PDUs/s, %.0f memcpys of the same bytes each\n",
	       median(decode) / 1e6, median(decode_ratio));
	printf("codec: encode %.1f million PDUs/s, %.0f memcpys of the same bytes each\n",
	       median(encode) / 1e6, median(encode_ratio));
	return 0;
}
