/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the seeds of the pdu and text targets from the codec itself: make_seeds CORPUS_DIR. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/wire/ahs.h"
#include "../harness/wire/pdu.h"
#include "../harness/wire/text.h"

static const char *corpus;

static void save(const char *target, const char *name, const void *bytes, size_t len)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s/seeds/%s", corpus, target, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static void save_pdu(const char *name, const struct pdu *p)
{
	uint8_t msg[1024];
	struct err e;
	size_t len = pdu_encode(p, msg, sizeof(msg), &e);
	if (!len) {
		fprintf(stderr, "%s: %s\n", name, e.what);
		exit(EXIT_FAILURE);
	}
	save("pdu", name, msg, len);
}

/* One of each type with every field at a value of its own, so that each bit of the header matters
 * once. */
static void plain_pdus(void)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);

	for (size_t i = 0; i < count; i++) {
		struct pdu p;
		pdu_init(&p, &types[i]);
		for (size_t j = 0; j < types[i].field_count; j++) {
			const struct pdu_field *f = &types[i].fields[j];
			if (!strstr(f->name, "pcode"))
				pdu_set(&p, f, j * UINT64_C(0x0101010101010101) + 1);
		}
		save_pdu(types[i].name, &p);
	}
}

static void pdus_with_bodies(void)
{
	uint8_t area[64];
	struct writer w = writer_of(area, sizeof(area));
	struct pdu p;

	ahs_put(&w, AHS_BIDI_READ_LENGTH, "\0\0\0\x10\0", 5);
	ahs_put(&w, AHS_EXTENDED_CDB, "\0abcdefghijklmnop", 17);
	pdu_init(&p, pdu_type_by_name("scsi-command"));
	p.f = p.r = p.w = p.wsv = p.rsv = 1;
	p.cdb[0] = 0x7f;
	p.ahs = (struct bytes){area, writer_len(&w)};
	p.data = (struct bytes){(const uint8_t *)"immediate", 9};
	save_pdu("scsi-command-ahs-data", &p);

	static const uint8_t sense[] = {0, 18, 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20};
	pdu_init(&p, pdu_type_by_name("scsi-response"));
	p.status = 2;
	p.data = (struct bytes){sense, sizeof(sense)};
	save_pdu("scsi-response-sense", &p);

	pdu_init(&p, pdu_type_by_name("nop-out"));
	p.i = 1;
	p.ttt = TAG_NONE;
	p.data = (struct bytes){(const uint8_t *)"ping", 4};
	save_pdu("nop-out-ping", &p);
}

static void texts(void)
{
	size_t count;
	const struct text_key *keys = text_keys(&count);
	uint8_t all[4096];
	struct writer w = writer_of(all, sizeof(all));

	for (size_t i = 0; i < count; i++)
		text_put(&w, keys[i].name, keys[i].default_value ? keys[i].default_value : "0x1f");
	save("text", "every-key", all, writer_len(&w));

	uint8_t login[512];
	w = writer_of(login, sizeof(login));
	text_put(&w, "InitiatorName", "iqn.2001-04.com.example:host");
	text_put(&w, "TargetName", "iqn.2001-04.com.example:disk");
	text_put(&w, "SessionType", "Normal");
	text_put(&w, "AuthMethod", "CHAP,None");
	text_put(&w, "RDMAExtensions", "Yes");
	text_put(&w, "InitiatorRecvDataSegmentLength", "262144");
	text_put(&w, "MaxOutstandingUnexpectedPDUs", "2");
	text_put(&w, "iSERHelloRequired", "Yes");
	save("text", "login", login, writer_len(&w));

	struct pdu p;
	pdu_init(&p, pdu_type_by_name("login-request"));
	p.t = p.csg = 1;
	p.nsg = 3;
	p.data = (struct bytes){login, writer_len(&w)};
	save_pdu("login-request-keys", &p);

	static const char *const values[][2] = {
		{"chap-hex", "CHAP_R=0x0123456789abcdef0"},
		{"chap-base64", "CHAP_C=0bZm9vYmE="},
		{"range", "OFMarkInt=1~65535"},
		{"list", "TaskReporting=RFC3720,ResponseFence,FastAbort"},
		{"answers", "IFMarker=Reject"},
		{"decimal-limit", "MaxBurstLength=18446744073709551615"},
	};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		save("text", values[i][0], values[i][1], strlen(values[i][1]) + 1);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_seeds CORPUS_DIR\n");
		return EXIT_FAILURE;
	}
	corpus = argv[1];
	plain_pdus();
	pdus_with_bodies();
	texts();
	return EXIT_SUCCESS;
}
