/* SPDX-License-Identifier: BSD-2-Clause */
/* The key table: complete, consistent with itself, and right where RFC 7145 section 6 speaks. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../wire/text.h"
#include "suites.h"

static const struct text_key *key_named(const char *name)
{
	const struct text_key *key = text_key_by_name(name, strlen(name));
	ck_assert_msg(key, "no key %s", name);
	return key;
}

/* In the order of the sections that define them: RFC 7143 12.1, 13; RFC 7144 7.1.1; RFC 7145 6. */
static const char *const names[] = {
	"AuthMethod",
	"KRB_AP_REQ",
	"KRB_AP_REP",
	"SRP_U",
	"TargetAuth",
	"SRP_GROUP",
	"SRP_s",
	"SRP_A",
	"SRP_B",
	"SRP_M",
	"SRP_HM",
	"CHAP_A",
	"CHAP_I",
	"CHAP_C",
	"CHAP_N",
	"CHAP_R",
	"HeaderDigest",
	"DataDigest",
	"MaxConnections",
	"SendTargets",
	"TargetName",
	"InitiatorName",
	"TargetAlias",
	"InitiatorAlias",
	"TargetAddress",
	"TargetPortalGroupTag",
	"InitialR2T",
	"ImmediateData",
	"MaxRecvDataSegmentLength",
	"MaxBurstLength",
	"FirstBurstLength",
	"DefaultTime2Wait",
	"DefaultTime2Retain",
	"MaxOutstandingR2T",
	"DataPDUInOrder",
	"DataSequenceInOrder",
	"ErrorRecoveryLevel",
	"SessionType",
	"TaskReporting",
	"iSCSIProtocolLevel",
	"IFMarker",
	"OFMarker",
	"IFMarkInt",
	"OFMarkInt",
	"X#NodeArchitecture",
	"RDMAExtensions",
	"TargetRecvDataSegmentLength",
	"InitiatorRecvDataSegmentLength",
	"MaxOutstandingUnexpectedPDUs",
	"MaxAHSLength",
	"TaggedBufferForSolicitedDataOnly",
	"iSERHelloRequired",
};

START_TEST(all_keys_of_the_rfcs_and_no_other)
{
	size_t count;
	const struct text_key *keys = text_keys(&count);

	ck_assert_uint_eq(count, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < count; i++) {
		ck_assert_str_eq(key_named(names[i])->name, names[i]);
		ck_assert_ptr_eq(key_named(keys[i].name), &keys[i]); /* no name twice */
	}
	ck_assert_ptr_null(text_key_by_name("maxburstlength", 14));
	ck_assert_ptr_null(text_key_by_name("MaxBurstLengthX", 15));
	ck_assert_ptr_null(text_key_by_name("MaxBurstLength", 13));
	ck_assert_ptr_null(text_key_by_name("", 0));
}
END_TEST

START_TEST(every_row_is_whole)
{
	size_t count;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i < count; i++) {
		const struct text_key *k = &keys[i];
		ck_assert_msg(!strncmp(k->section, "RFC 714", 7), "%s", k->name);
		ck_assert_msg(k->sender >= KEY_FROM_INITIATOR && k->sender <= KEY_FROM_BOTH, "%s",
			      k->name);
		unsigned when = k->use & (KEY_LOGIN_ONLY | KEY_INIT_ONLY | KEY_ANY | KEY_FFP_ONLY);
		ck_assert_msg(when, "%s", k->name);
		ck_assert_uint_le(strlen(k->name), TEXT_KEY_MAX);
		bool boolean = k->kind == KEY_BOOL_AND || k->kind == KEY_BOOL_OR ||
			       k->kind == KEY_DECLARE_BOOL;
		ck_assert_msg(boolean || k->max > k->min, "%s", k->name);
	}
}
END_TEST

START_TEST(defaults_are_legal_values)
{
	size_t count, checked = 0;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i < count; i++) {
		const struct text_key *k = &keys[i];
		if (!k->default_value || k->obsolete)
			continue;
		struct bytes offer = {(const uint8_t *)k->default_value, strlen(k->default_value)};
		char out[64];
		struct err e = {0};
		int rc = text_negotiate(k, offer, NULL, out, sizeof(out), &e);
		ck_assert_msg(rc >= 0, "%s: %s", k->name, e.what);
		if (rc == 1)
			ck_assert_str_eq(out, k->default_value);
		checked++;
	}
	ck_assert_uint_ge(checked, 25);
}
END_TEST

START_TEST(conditions_name_known_keys)
{
	size_t count, conditions = 0;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i < count; i++) {
		if (!keys[i].irrelevant_when)
			continue;
		char copy[128];
		ck_assert_uint_lt(strlen(keys[i].irrelevant_when), sizeof(copy));
		strcpy(copy, keys[i].irrelevant_when);
		char *save = NULL;
		for (char *term = strtok_r(copy, "|&", &save); term;
		     term = strtok_r(NULL, "|&", &save)) {
			char *equals = strchr(term, '=');
			ck_assert_ptr_nonnull(equals);
			*equals = '\0';
			const struct text_key *on = key_named(term);
			struct bytes value = {(const uint8_t *)equals + 1, strlen(equals + 1)};
			char out[64];
			ck_assert_int_ge(text_negotiate(on, value, NULL, out, sizeof(out), NULL),
					 0);
			conditions++;
		}
	}
	ck_assert_uint_ge(conditions, 20);
}
END_TEST

/* RFC 7143 13, RFC 7144 7.1.1 and RFC 7145 section 6, read off once more by hand. */
#define LO (KEY_LOGIN_ONLY | KEY_LEADING_ONLY)
static const struct {
	const char *name;
	enum key_kind kind;
	unsigned use;
	enum key_sender sender;
	const char *default_value;
	uint64_t min, max;
	bool zero;
	const char *irrelevant;
} by_hand[] = {
	{"MaxConnections", KEY_MIN, LO, KEY_FROM_BOTH, "1", 1, 65535, false,
	 "SessionType=Discovery"},
	{"SendTargets", KEY_DECLARE_TEXT, KEY_FFP_ONLY, KEY_FROM_INITIATOR, NULL, 0, 223, false,
	 NULL},
	{"TargetName", KEY_DECLARE_TEXT, KEY_INIT_ONLY | KEY_FFP_ONLY | KEY_ANY_STAGE,
	 KEY_FROM_BOTH, NULL, 0, 223, false, NULL},
	{"InitiatorName", KEY_DECLARE_TEXT, KEY_INIT_ONLY | KEY_ANY_STAGE, KEY_FROM_INITIATOR, NULL,
	 0, 223, false, NULL},
	{"TargetAlias", KEY_DECLARE_TEXT, KEY_ANY | KEY_ANY_STAGE, KEY_FROM_TARGET, NULL, 0, 255,
	 false, NULL},
	{"InitiatorAlias", KEY_DECLARE_TEXT, KEY_ANY | KEY_ANY_STAGE, KEY_FROM_INITIATOR, NULL, 0,
	 255, false, NULL},
	{"TargetAddress", KEY_DECLARE_TEXT, KEY_ANY | KEY_ANY_STAGE, KEY_FROM_TARGET, NULL, 0, 255,
	 false, NULL},
	{"TargetPortalGroupTag", KEY_DECLARE_NUMBER, KEY_INIT_ONLY | KEY_ANY_STAGE, KEY_FROM_TARGET,
	 NULL, 0, 65535, false, NULL},
	{"InitialR2T", KEY_BOOL_OR, LO, KEY_FROM_BOTH, "Yes", 0, 0, false, "SessionType=Discovery"},
	{"ImmediateData", KEY_BOOL_AND, LO, KEY_FROM_BOTH, "Yes", 0, 0, false,
	 "SessionType=Discovery"},
	{"MaxBurstLength", KEY_MIN, LO, KEY_FROM_BOTH, "262144", 512, 16777215, false,
	 "SessionType=Discovery"},
	{"FirstBurstLength", KEY_MIN, LO, KEY_FROM_BOTH, "65536", 512, 16777215, false,
	 "SessionType=Discovery|InitialR2T=Yes&ImmediateData=No"},
	{"DefaultTime2Wait", KEY_MAX, LO, KEY_FROM_BOTH, "2", 0, 3600, false, NULL},
	{"DefaultTime2Retain", KEY_MIN, LO, KEY_FROM_BOTH, "20", 0, 3600, false, NULL},
	{"MaxOutstandingR2T", KEY_MIN, LO, KEY_FROM_BOTH, "1", 1, 65535, false,
	 "SessionType=Discovery"},
	{"DataPDUInOrder", KEY_BOOL_OR, LO, KEY_FROM_BOTH, "Yes", 0, 0, false,
	 "SessionType=Discovery"},
	{"DataSequenceInOrder", KEY_BOOL_OR, LO, KEY_FROM_BOTH, "Yes", 0, 0, false,
	 "SessionType=Discovery"},
	{"ErrorRecoveryLevel", KEY_MIN, LO, KEY_FROM_BOTH, "0", 0, 2, false, NULL},
	{"SessionType", KEY_DECLARE_TEXT, LO | KEY_ANY_STAGE, KEY_FROM_INITIATOR, "Normal", 0, 255,
	 false, NULL},
	{"TaskReporting", KEY_LIST, LO, KEY_FROM_BOTH, "RFC3720", 0, TEXT_VALUE_LIMIT, false,
	 "SessionType=Discovery"},
	{"iSCSIProtocolLevel", KEY_MIN, LO | KEY_INIT_ONLY, KEY_FROM_BOTH, "1", 0, 31, false,
	 "SessionType=Discovery"},
	{"X#NodeArchitecture", KEY_DECLARE_TEXT, LO, KEY_FROM_BOTH, "None", 0, 255, false, NULL},

	{"HeaderDigest", KEY_LIST, KEY_INIT_ONLY, KEY_FROM_BOTH, "None", 0, TEXT_VALUE_LIMIT, false,
	 "RDMAExtensions=Yes"},
	{"DataDigest", KEY_LIST, KEY_INIT_ONLY, KEY_FROM_BOTH, "None", 0, TEXT_VALUE_LIMIT, false,
	 "RDMAExtensions=Yes"},
	{"MaxRecvDataSegmentLength", KEY_DECLARE_NUMBER, KEY_ANY, KEY_FROM_BOTH, "8192", 512,
	 16777215, false, "RDMAExtensions=Yes"},
	{"RDMAExtensions", KEY_BOOL_AND, LO, KEY_FROM_BOTH, "No", 0, 0, false,
	 "SessionType=Discovery"},
	{"TargetRecvDataSegmentLength", KEY_MIN, KEY_INIT_ONLY, KEY_FROM_BOTH, "8192", 512,
	 16777215, false, "RDMAExtensions=No"},
	{"InitiatorRecvDataSegmentLength", KEY_MIN, KEY_INIT_ONLY, KEY_FROM_BOTH, "8192", 512,
	 16777215, false, "RDMAExtensions=No"},
	{"MaxOutstandingUnexpectedPDUs", KEY_DECLARE_NUMBER, LO, KEY_FROM_BOTH, "0", 2, 4294967295,
	 true, "RDMAExtensions=No"},
	{"MaxAHSLength", KEY_DECLARE_NUMBER, LO, KEY_FROM_BOTH, "256", 2, 4294967295, true,
	 "RDMAExtensions=No"},
	{"TaggedBufferForSolicitedDataOnly", KEY_DECLARE_BOOL, LO, KEY_FROM_INITIATOR, "No", 0, 0,
	 false, "RDMAExtensions=No"},
	{"iSERHelloRequired", KEY_DECLARE_BOOL, LO, KEY_FROM_INITIATOR, "No", 0, 0, false,
	 "RDMAExtensions=No"},
};

START_TEST(rows_are_as_the_sections_have_them)
{
	const struct text_key *k = key_named(by_hand[_i].name);

	ck_assert_int_eq(k->kind, by_hand[_i].kind);
	ck_assert_uint_eq(k->use, by_hand[_i].use);
	ck_assert_int_eq(k->sender, by_hand[_i].sender);
	ck_assert_pstr_eq(k->default_value, by_hand[_i].default_value);
	ck_assert_uint_eq(k->min, by_hand[_i].min);
	ck_assert_uint_eq(k->max, by_hand[_i].max);
	ck_assert(k->zero_is_legal == by_hand[_i].zero);
	ck_assert_pstr_eq(k->irrelevant_when, by_hand[_i].irrelevant);
}
END_TEST

START_TEST(markers_are_obsolete)
{
	static const char *const markers[] = {"IFMarker", "OFMarker", "IFMarkInt", "OFMarkInt"};
	size_t count, obsolete = 0;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i < 4; i++) {
		ck_assert(key_named(markers[i])->obsolete);
		ck_assert_str_eq(key_named(markers[i])->irrelevant_when, "RDMAExtensions=Yes");
	}
	for (size_t i = 0; i < count; i++)
		obsolete += keys[i].obsolete;
	ck_assert_uint_eq(obsolete, 4);
}
END_TEST

START_TEST(keys_of_the_security_stage)
{
	/* RFC 7143 section 12 lists them; all others are operational. */
	static const char any_stage[] = " SessionType InitiatorName TargetName TargetAddress "
					"InitiatorAlias TargetAlias TargetPortalGroupTag ";
	size_t count;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i < count; i++) {
		char name[TEXT_KEY_MAX + 3] = " ";
		strcat(name, keys[i].name);
		strcat(name, " ");
		bool auth = !strncmp(keys[i].section, "RFC 7143 12.", 12);
		bool expected = auth || strstr(any_stage, name);
		ck_assert_msg(!!(keys[i].use & KEY_ANY_STAGE) == expected, "%s", name);
		ck_assert_msg(!!(keys[i].use & KEY_SECURITY_ONLY) == auth, "%s", name);
	}
}
END_TEST

Suite *keys_suite(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("keys");

	tcase_add_test(t, all_keys_of_the_rfcs_and_no_other);
	tcase_add_test(t, every_row_is_whole);
	tcase_add_test(t, defaults_are_legal_values);
	tcase_add_test(t, conditions_name_known_keys);
	tcase_add_loop_test(t, rows_are_as_the_sections_have_them, 0,
			    sizeof(by_hand) / sizeof(by_hand[0]));
	tcase_add_test(t, markers_are_obsolete);
	tcase_add_test(t, keys_of_the_security_stage);
	suite_add_tcase(s, t);
	return s;
}
