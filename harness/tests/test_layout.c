/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every message as bytes written down by hand from the RFC figures, beside what each byte says; and
 * the reserved bits of every message as a mask written down the same way. Neither is made from the
 * tables that they check.
 */
#include <stdlib.h>
#include <string.h>

#include "../wire/pdu.h"
#include "suites.h"

struct layout {
	const char *type;
	const char *hex;      /* blanks are for the reader */
	const char *fields;   /* every field, "NAME=value" */
	const char *reserved; /* a 1 for every reserved bit of the same bytes */
};

/* RFC 7145 9.2, figure 3 */
#define HEADER                                          \
	"1c000000"	   /* control type, WSV, RSV */ \
	"a1a2a3a4"	   /* Write STag */             \
	"b1b2b3b4b5b6b7b8" /* Write Base Offset */      \
	"c1c2c3c4"	   /* Read STag */              \
	"d1d2d3d4d5d6d7d8" /* Read Base Offset */
#define HEADER_FIELDS                                                                       \
	"iSEROpcode=1 WSV=1 RSV=1 WriteSTag=0xa1a2a3a4 WriteBaseOffset=0xb1b2b3b4b5b6b7b8 " \
	"ReadSTag=0xc1c2c3c4 ReadBaseOffset=0xd1d2d3d4d5d6d7d8 "
#define HEADER_RESERVED "03ffffff 00000000 00000000 00000000 00000000 00000000 00000000 "

#define NO_LENGTHS "TotalAHSLength=0 DataSegmentLength=0 "

static const struct layout layouts[] = {
	{"nop-out",		   /* RFC 7143 11.18 */
	 HEADER "40800000"	   /* I, NOP-Out; F */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"ffffffff"	   /* ITT */
		"11121314"	   /* TTT */
		"21222324"	   /* CmdSN */
		"31323334"	   /* ExpStatSN */
		"00000000 00000000 00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "I=1 Opcode=0 F=1 LUN=0x0102030405060708 ITT=0xffffffff "
				  "TTT=0x11121314 CmdSN=0x21222324 ExpStatSN=0x31323334",
	 HEADER_RESERVED "807fffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "ffffffff ffffffff ffffffff ffffffff"},
	{"scsi-command",			       /* RFC 7143 11.3 */
	 HEADER "01c20000"			       /* SCSI Command; F, R, ordered */
		"00000000"			       /* lengths */
		"0102030405060708"		       /* LUN */
		"11121314"			       /* ITT */
		"00000200"			       /* Expected Data Transfer Length */
		"21222324"			       /* CmdSN */
		"31323334"			       /* ExpStatSN */
		"28000000 00000000 01000000 00000000", /* CDB: READ(10) of one block */
	 HEADER_FIELDS NO_LENGTHS "I=0 Opcode=1 F=1 R=1 W=0 ATTR=2 LUN=0x0102030405060708 "
				  "ITT=0x11121314 EDTL=512 CmdSN=0x21222324 ExpStatSN=0x31323334 "
				  "CDB=0x28",
	 HEADER_RESERVED "8018ffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "00000000 00000000 00000000 00000000"},
	{"task-request",	   /* RFC 7143 11.5 */
	 HEADER "42850000"	   /* I, Task Management; LOGICAL UNIT RESET */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"11121314"	   /* ITT */
		"ffffffff"	   /* Referenced Task Tag */
		"21222324"	   /* CmdSN */
		"31323334"	   /* ExpStatSN */
		"41424344"	   /* RefCmdSN */
		"51525354"	   /* ExpDataSN */
		"00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS
	 "I=1 Opcode=2 F=1 Function=5 LUN=0x0102030405060708 ITT=0x11121314 "
	 "ReferencedTaskTag=0xffffffff CmdSN=0x21222324 ExpStatSN=0x31323334 RefCmdSN=0x41424344 "
	 "ExpDataSN=0x51525354",
	 HEADER_RESERVED "8000ffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "00000000 00000000 ffffffff ffffffff"},
	{"login-request",	/* RFC 7143 11.12 */
	 HEADER "43870201"	/* I, Login; T, CSG 1, NSG 3; Version-max 2, Version-min 1 */
		"00000000"	/* lengths */
		"80123456 789a" /* ISID */
		"bcde"		/* TSIH */
		"11121314"	/* ITT */
		"0a0b0000"	/* CID */
		"21222324"	/* CmdSN */
		"31323334"	/* ExpStatSN */
		"00000000 00000000 00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "I=1 Opcode=3 T=1 C=0 CSG=1 NSG=3 VersionMax=2 VersionMin=1 "
				  "ISID=0x80123456789a TSIH=0xbcde ITT=0x11121314 CID=0x0a0b "
				  "CmdSN=0x21222324 ExpStatSN=0x31323334",
	 HEADER_RESERVED "80300000 00000000 00000000 00000000 00000000 0000ffff 00000000 00000000 "
			 "ffffffff ffffffff ffffffff ffffffff"},
	{"text-request",	   /* RFC 7143 11.10 */
	 HEADER "04400000"	   /* Text; C */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"11121314"	   /* ITT */
		"ffffffff"	   /* TTT */
		"21222324"	   /* CmdSN */
		"31323334"	   /* ExpStatSN */
		"00000000 00000000 00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "I=0 Opcode=4 F=0 C=1 LUN=0x0102030405060708 ITT=0x11121314 "
				  "TTT=0xffffffff CmdSN=0x21222324 ExpStatSN=0x31323334",
	 HEADER_RESERVED "803fffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "ffffffff ffffffff ffffffff ffffffff"},
	{"data-out",		   /* RFC 7143 11.7 */
	 HEADER "05800000"	   /* Data-Out; F */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"11121314"	   /* ITT */
		"ffffffff"	   /* TTT */
		"00000000"
		"31323334" /* ExpStatSN */
		"00000000"
		"61626364" /* DataSN */
		"71727374" /* Buffer Offset */
		"00000000",
	 HEADER_FIELDS NO_LENGTHS "Opcode=5 F=1 LUN=0x0102030405060708 ITT=0x11121314 "
				  "TTT=0xffffffff ExpStatSN=0x31323334 DataSN=0x61626364 "
				  "BufferOffset=0x71727374",
	 HEADER_RESERVED "c07fffff 00000000 00000000 00000000 00000000 00000000 ffffffff 00000000 "
			 "ffffffff 00000000 00000000 ffffffff"},
	{"logout-request", /* RFC 7143 11.14 */
	 HEADER "46820000" /* I, Logout; remove the connection for recovery */
		"00000000" /* lengths */
		"00000000 00000000"
		"11121314" /* ITT */
		"0a0b0000" /* CID */
		"21222324" /* CmdSN */
		"31323334" /* ExpStatSN */
		"00000000 00000000 00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "I=1 Opcode=6 F=1 Reason=2 ITT=0x11121314 CID=0x0a0b "
				  "CmdSN=0x21222324 ExpStatSN=0x31323334",
	 HEADER_RESERVED "8000ffff 00000000 ffffffff ffffffff 00000000 0000ffff 00000000 00000000 "
			 "ffffffff ffffffff ffffffff ffffffff"},
	{"snack",		   /* RFC 7143 11.16 */
	 HEADER "10830000"	   /* SNACK; R-Data */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"11121314"	   /* ITT */
		"81828384"	   /* SNACK Tag */
		"00000000"
		"31323334" /* ExpStatSN */
		"00000000 00000000"
		"91929394"  /* BegRun */
		"99989796", /* RunLength */
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x10 F=1 Type=3 LUN=0x0102030405060708 ITT=0x11121314 "
				  "TTT=0x81828384 ExpStatSN=0x31323334 BegRun=0x91929394 "
				  "RunLength=0x99989796",
	 HEADER_RESERVED "c070ffff 00000000 00000000 00000000 00000000 00000000 ffffffff 00000000 "
			 "ffffffff ffffffff 00000000 00000000"},
	{"nop-in",		   /* RFC 7143 11.19 */
	 HEADER "20800000"	   /* NOP-In; F */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"ffffffff"	   /* ITT: not an answer */
		"00000005"	   /* TTT: a ping */
		"00000007"	   /* StatSN */
		"00000008"	   /* ExpCmdSN */
		"0000000f"	   /* MaxCmdSN */
		"00000000 00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x20 F=1 LUN=0x0102030405060708 ITT=0xffffffff TTT=5 "
				  "StatSN=7 ExpCmdSN=8 MaxCmdSN=15",
	 HEADER_RESERVED "c07fffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "00000000 ffffffff ffffffff ffffffff"},
	{"scsi-response",  /* RFC 7143 11.4 */
	 HEADER "21920102" /* SCSI Response; o and U; target failure, CHECK CONDITION */
		"00000000" /* lengths */
		"00000000 00000000"
		"11121314"  /* ITT */
		"81828384"  /* SNACK Tag */
		"21222324"  /* StatSN */
		"31323334"  /* ExpCmdSN */
		"41424344"  /* MaxCmdSN */
		"51525354"  /* ExpDataSN */
		"00000100"  /* Bidirectional Read Residual Count */
		"00000200", /* Residual Count */
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x21 F=1 o=1 u=0 O=0 U=1 Response=1 Status=2 "
				  "ITT=0x11121314 SNACKTag=0x81828384 StatSN=0x21222324 "
				  "ExpCmdSN=0x31323334 MaxCmdSN=0x41424344 ExpDataSN=0x51525354 "
				  "BidiReadResidualCount=256 ResidualCount=512",
	 HEADER_RESERVED "c0610000 00000000 ffffffff ffffffff 00000000 00000000 00000000 00000000 "
			 "00000000 00000000 00000000 00000000"},
	{"task-response",  /* RFC 7143 11.6 */
	 HEADER "2280ff00" /* Task Management Response; rejected */
		"00000000" /* lengths */
		"00000000 00000000"
		"11121314" /* ITT */
		"00000000"
		"21222324" /* StatSN */
		"31323334" /* ExpCmdSN */
		"41424344" /* MaxCmdSN */
		"00000000 00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x22 F=1 Response=255 ITT=0x11121314 StatSN=0x21222324 "
				  "ExpCmdSN=0x31323334 MaxCmdSN=0x41424344",
	 HEADER_RESERVED "c07f00ff 00000000 ffffffff ffffffff 00000000 ffffffff 00000000 00000000 "
			 "00000000 ffffffff ffffffff ffffffff"},
	{"login-response", /* RFC 7143 11.13 */
	 HEADER "23470201" /* Login Response; C, CSG 1, NSG 3; Version-max 2, Version-active 1 */
		"00000000" /* lengths */
		"80123456 789a" /* ISID */
		"bcde"		/* TSIH */
		"11121314"	/* ITT */
		"00000000"
		"21222324" /* StatSN */
		"31323334" /* ExpCmdSN */
		"41424344" /* MaxCmdSN */
		"02010000" /* Status-Class 2, Status-Detail 1: authentication failure */
		"00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS
	 "Opcode=0x23 T=0 C=1 CSG=1 NSG=3 VersionMax=2 VersionActive=1 "
	 "ISID=0x80123456789a TSIH=0xbcde ITT=0x11121314 StatSN=0x21222324 "
	 "ExpCmdSN=0x31323334 MaxCmdSN=0x41424344 StatusClass=2 "
	 "StatusDetail=1",
	 HEADER_RESERVED "c0300000 00000000 00000000 00000000 00000000 ffffffff 00000000 00000000 "
			 "00000000 0000ffff ffffffff ffffffff"},
	{"text-response",	   /* RFC 7143 11.11 */
	 HEADER "24800000"	   /* Text Response; F */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"11121314"	   /* ITT */
		"ffffffff"	   /* TTT */
		"21222324"	   /* StatSN */
		"31323334"	   /* ExpCmdSN */
		"41424344"	   /* MaxCmdSN */
		"00000000 00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x24 F=1 C=0 LUN=0x0102030405060708 ITT=0x11121314 "
				  "TTT=0xffffffff StatSN=0x21222324 ExpCmdSN=0x31323334 "
				  "MaxCmdSN=0x41424344",
	 HEADER_RESERVED "c03fffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "00000000 ffffffff ffffffff ffffffff"},
	{"data-in",		   /* RFC 7143 11.7 */
	 HEADER "25c30004"	   /* Data-In; F, A, U, S; CONDITION MET */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"11121314"	   /* ITT */
		"a5a6a7a8"	   /* TTT */
		"21222324"	   /* StatSN */
		"31323334"	   /* ExpCmdSN */
		"41424344"	   /* MaxCmdSN */
		"61626364"	   /* DataSN */
		"71727374"	   /* Buffer Offset */
		"00000200",	   /* Residual Count */
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x25 F=1 A=1 O=0 U=1 S=1 Status=4 LUN=0x0102030405060708 "
				  "ITT=0x11121314 TTT=0xa5a6a7a8 StatSN=0x21222324 "
				  "ExpCmdSN=0x31323334 MaxCmdSN=0x41424344 DataSN=0x61626364 "
				  "BufferOffset=0x71727374 ResidualCount=512",
	 HEADER_RESERVED "c038ff00 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "00000000 00000000 00000000 00000000"},
	{"logout-response", /* RFC 7143 11.15 */
	 HEADER "26800300"  /* Logout Response; cleanup failed */
		"00000000"  /* lengths */
		"00000000 00000000"
		"11121314" /* ITT */
		"00000000"
		"21222324" /* StatSN */
		"31323334" /* ExpCmdSN */
		"41424344" /* MaxCmdSN */
		"00000000"
		"00020014" /* Time2Wait 2, Time2Retain 20 */
		"00000000",
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x26 F=1 Response=3 ITT=0x11121314 StatSN=0x21222324 "
				  "ExpCmdSN=0x31323334 MaxCmdSN=0x41424344 Time2Wait=2 "
				  "Time2Retain=20",
	 HEADER_RESERVED "c07f00ff 00000000 ffffffff ffffffff 00000000 ffffffff 00000000 00000000 "
			 "00000000 ffffffff 00000000 ffffffff"},
	{"r2t",			   /* RFC 7143 11.8 */
	 HEADER "31800000"	   /* R2T */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"11121314"	   /* ITT */
		"a5a6a7a8"	   /* TTT */
		"21222324"	   /* StatSN */
		"31323334"	   /* ExpCmdSN */
		"41424344"	   /* MaxCmdSN */
		"61626364"	   /* R2TSN */
		"71727374"	   /* Buffer Offset */
		"00001000",	   /* Desired Data Transfer Length */
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x31 F=1 LUN=0x0102030405060708 ITT=0x11121314 "
				  "TTT=0xa5a6a7a8 StatSN=0x21222324 ExpCmdSN=0x31323334 "
				  "MaxCmdSN=0x41424344 R2TSN=0x61626364 BufferOffset=0x71727374 "
				  "DesiredDataTransferLength=4096",
	 HEADER_RESERVED "c07fffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			 "00000000 00000000 00000000 00000000"},
	{"async",		   /* RFC 7143 11.9 */
	 HEADER "32800000"	   /* Async */
		"00000000"	   /* lengths */
		"0102030405060708" /* LUN */
		"ffffffff"	   /* in the ITT's place */
		"00000000"
		"21222324" /* StatSN */
		"31323334" /* ExpCmdSN */
		"41424344" /* MaxCmdSN */
		"02f00001" /* connection drop; vendor code; Parameter1: CID */
		"00030004" /* Parameter2 and Parameter3: wait, retain */
		"00000000",
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x32 F=1 LUN=0x0102030405060708 ITT=0xffffffff "
				  "StatSN=0x21222324 ExpCmdSN=0x31323334 MaxCmdSN=0x41424344 "
				  "AsyncEvent=2 AsyncVCode=0xf0 Parameter1=1 Parameter2=3 "
				  "Parameter3=4",
	 HEADER_RESERVED "c07fffff 00000000 00000000 00000000 00000000 ffffffff 00000000 00000000 "
			 "00000000 00000000 00000000 ffffffff"},
	{"reject",	   /* RFC 7143 11.17 */
	 HEADER "3f800400" /* Reject; protocol error */
		"00000000" /* lengths */
		"00000000 00000000"
		"ffffffff" /* in the ITT's place */
		"00000000"
		"21222324" /* StatSN */
		"31323334" /* ExpCmdSN */
		"41424344" /* MaxCmdSN */
		"61626364" /* DataSN or R2TSN */
		"00000000 00000000",
	 HEADER_FIELDS NO_LENGTHS "Opcode=0x3f F=1 Reason=4 ITT=0xffffffff StatSN=0x21222324 "
				  "ExpCmdSN=0x31323334 MaxCmdSN=0x41424344 DataSN=0x61626364",
	 HEADER_RESERVED "c07f00ff 00000000 ffffffff ffffffff 00000000 ffffffff 00000000 00000000 "
			 "00000000 00000000 ffffffff ffffffff"},
	{"hello",   /* RFC 7145 9.3, figure 4 */
	 "20ab0102" /* Hello; MaxVer 10, MinVer 11; iSER-IRD */
	 "00000000 00000000 00000000 00000000 00000000 00000000",
	 "iSEROpcode=2 MaxVer=10 MinVer=11 iSERIRD=0x0102",
	 "0f000000 ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff"},
	{"hello-reply", /* RFC 7145 9.4, figure 5 */
	 "31ba0102"	/* HelloReply, REJ; MaxVer 11, CurVer 10; iSER-ORD */
	 "00000000 00000000 00000000 00000000 00000000 00000000",
	 "iSEROpcode=3 REJ=1 MaxVer=11 CurVer=10 iSERORD=0x0102",
	 "0e000000 ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff"},
};

enum { LAYOUTS = sizeof(layouts) / sizeof(layouts[0]), MESSAGE_MAX = ISER_HEADER_SIZE + BHS_SIZE };

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t len = 0;
	for (const char *at = hex; *at; at++) {
		if (*at == ' ')
			continue;
		char digits[3] = {at[0], at[1], '\0'};
		ck_assert_uint_lt(len, MESSAGE_MAX);
		out[len++] = (uint8_t)strtoul(digits, NULL, 16);
		at++;
	}
	return len;
}

static size_t message_size(const struct pdu_type *type)
{
	return type->iser_opcode == ISER_CONTROL ? MESSAGE_MAX : ISER_HEADER_SIZE;
}

static void check_fields(const struct layout *l, const struct pdu *p)
{
	char words[1024];
	ck_assert_uint_lt(strlen(l->fields), sizeof(words));
	strcpy(words, l->fields);

	size_t count = 0;
	char *save = NULL;
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *equals = strchr(word, '=');
		ck_assert_ptr_nonnull(equals);
		*equals = '\0';
		const struct pdu_field *f = pdu_field_by_name(p->type, word);
		ck_assert_msg(f && !strcmp(f->name, word), "%s has no field %s", l->type, word);
		count++;
		uint64_t expected = strtoull(equals + 1, NULL, 0);
		if (!strcmp(word, "CDB"))
			ck_assert_uint_eq(p->cdb[0], expected);
		else
			ck_assert_msg(pdu_get(p, f) == expected, "%s %s is %#llx, not %s", l->type,
				      word, (unsigned long long)pdu_get(p, f), equals + 1);
	}
	/* no field of the table goes unchecked */
	ck_assert_uint_eq(count, p->type->field_count);
}

START_TEST(bytes_mean_what_the_figures_say)
{
	const struct layout *l = &layouts[_i];
	uint8_t msg[MESSAGE_MAX], again[MESSAGE_MAX];
	size_t len = unhex(l->hex, msg);
	struct pdu p;
	struct err e = {0};

	ck_assert_msg(!pdu_decode(&p, msg, len, &e), "%s: %s", l->type, e.what);
	ck_assert_str_eq(p.type->name, l->type);
	ck_assert_uint_eq(len, message_size(p.type));
	check_fields(l, &p);
	ck_assert_uint_eq(pdu_reserved_set(p.type, msg, len, NULL), 0);
	ck_assert_uint_eq(pdu_encode(&p, again, sizeof(again), &e), len);
	ck_assert_mem_eq(msg, again, len);
}
END_TEST

START_TEST(cdb_is_carried_whole)
{
	static const uint8_t read10[CDB_SIZE] = {0x28, 0, 0, 0, 0, 0, 0, 0, 1};
	uint8_t msg[MESSAGE_MAX];
	struct pdu p;

	size_t len = unhex(layouts[1].hex, msg);
	ck_assert_int_eq(pdu_decode(&p, msg, len, NULL), 0);
	ck_assert_mem_eq(p.cdb, read10, CDB_SIZE);
}
END_TEST

START_TEST(every_bit_is_reserved_or_not_as_the_figure_has_it)
{
	const struct layout *l = &layouts[_i];
	const struct pdu_type *type = pdu_type_by_name(l->type);
	uint8_t mask[MESSAGE_MAX];
	size_t len = unhex(l->reserved, mask);
	ck_assert_ptr_nonnull(type);
	ck_assert_uint_eq(len, message_size(type));

	for (size_t byte = 0; byte < len; byte++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t msg[MESSAGE_MAX] = {0};
			msg[byte] = (uint8_t)(0x80 >> bit);
			size_t first = SIZE_MAX;
			unsigned expected = (mask[byte] & msg[byte]) ? 1 : 0;
			unsigned found = pdu_reserved_set(type, msg, len, &first);
			ck_assert_msg(found == expected, "%s byte %zu bit %u", l->type, byte, bit);
			ck_assert_uint_eq(first, expected ? byte : SIZE_MAX);
		}
	}

	uint8_t ones[MESSAGE_MAX];
	memset(ones, 0xff, sizeof(ones));
	unsigned expected = 0;
	for (size_t byte = 0; byte < len; byte++)
		expected += (unsigned)__builtin_popcount(mask[byte]);
	ck_assert_uint_eq(pdu_reserved_set(type, ones, len, NULL), expected);
	/* bits past the end of a cut message are not seen */
	ck_assert_uint_eq(pdu_reserved_set(type, ones, 1, NULL),
			  (unsigned)__builtin_popcount(mask[0]));
}
END_TEST

START_TEST(every_type_has_a_layout_here)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);

	ck_assert_uint_eq(count, LAYOUTS);
	for (size_t i = 0; i < count; i++) {
		size_t found = 0;
		for (size_t j = 0; j < LAYOUTS; j++)
			found += !strcmp(types[i].name, layouts[j].type);
		ck_assert_uint_eq(found, 1);
	}
}
END_TEST

Suite *layout_suite(void)
{
	Suite *s = suite_create("layout");
	TCase *t = tcase_create("layout");

	tcase_add_loop_test(t, bytes_mean_what_the_figures_say, 0, LAYOUTS);
	tcase_add_loop_test(t, every_bit_is_reserved_or_not_as_the_figure_has_it, 0, LAYOUTS);
	tcase_add_test(t, cdb_is_carried_whole);
	tcase_add_test(t, every_type_has_a_layout_here);
	suite_add_tcase(s, t);
	return s;
}
