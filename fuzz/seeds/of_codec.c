/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds from the codec itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/wire/ahs.h"
#include "../../harness/wire/cm_data.h"
#include "../../harness/wire/pdu.h"
#include "../../harness/wire/text.h"
#include "save.h"

static void save_pdu(const struct pdu *p)
{
	uint8_t msg[1024];
	struct err e;
	size_t len = pdu_encode(p, msg, sizeof(msg), &e);
	if (!len) {
		fprintf(stderr, "%s: %s\n", p->type->name, e.what);
		exit(EXIT_FAILURE);
	}
	seed_save("pdu", msg, len);
	seed_save("describe", msg, len);
	if (p->ahs.len)
		seed_save("ahs", p->ahs.at, p->ahs.len);
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
		save_pdu(&p);
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
	save_pdu(&p);

	static const uint8_t sense[] = {0, 18, 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20};
	pdu_init(&p, pdu_type_by_name("scsi-response"));
	p.status = 2;
	p.data = (struct bytes){sense, sizeof(sense)};
	save_pdu(&p);

	pdu_init(&p, pdu_type_by_name("nop-out"));
	p.i = 1;
	p.ttt = TAG_NONE;
	p.data = (struct bytes){(const uint8_t *)"ping", 4};
	save_pdu(&p);
}

static void texts(void)
{
	size_t count;
	const struct text_key *keys = text_keys(&count);
	uint8_t all[4096];
	struct writer w = writer_of(all, sizeof(all));

	for (size_t i = 0; i < count; i++)
		text_put(&w, keys[i].name, keys[i].default_value ? keys[i].default_value : "0x1f");
	seed_save("text", all, writer_len(&w));
	seed_save("negotiate", all, writer_len(&w));

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
	seed_save("text", login, writer_len(&w));

	struct pdu p;
	pdu_init(&p, pdu_type_by_name("login-request"));
	p.t = p.csg = 1;
	p.nsg = 3;
	p.data = (struct bytes){login, writer_len(&w)};
	save_pdu(&p);

	static const char *const values[] = {
		"CHAP_R=0x0123456789abcdef0",
		"CHAP_C=0bZm9vYmE=",
		"OFMarkInt=1~65535",
		"TaskReporting=RFC3720,ResponseFence,FastAbort",
		"IFMarker=Reject",
		"MaxBurstLength=18446744073709551615",
	};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		seed_save("text", values[i], strlen(values[i]) + 1);
}

/* Every key offered what it does not want, and answered. */
static void negotiations(void)
{
	static const char *const values[] = {"Yes",	    "No",
					     "0",	    "1",
					     "512",	    "4294967295",
					     "None,CRC32C", "Reject",
					     "Irrelevant",  "NotUnderstood",
					     "1~9",	    ""};
	size_t count;
	const struct text_key *keys = text_keys(&count);

	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		char any[64];
		const int len = snprintf(any, sizeof(any), "*=%s", values[v]);
		seed_save("negotiate", any, (size_t)len);
		for (size_t i = 0; i < count; i++) {
			char text[256];
			const int n = snprintf(text, sizeof(text), ">%s=%s%c%s=%s", keys[i].name,
					       keys[i].default_value ? keys[i].default_value : "1",
					       0, keys[i].name, values[v]);
			seed_save("negotiate", text, (size_t)n + 1);
		}
	}
}

static void private_data(void)
{
	static const uint8_t data[][CM_DATA_SIZE] = {
		{0}, {0x80}, {0xc0}, {0x40, 0, 1}, {0xff, 1, 2, 3}};
	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		seed_save("cm_data", data[i], sizeof(data[i]));
	seed_save("cm_data", "\x80\0", 2);
}

void seeds_of_codec(void)
{
	plain_pdus();
	pdus_with_bodies();
	texts();
	negotiations();
	private_data();
}
