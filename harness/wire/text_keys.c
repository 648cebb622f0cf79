/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every text key: RFC 7143 sections 12 and 13, RFC 7144 7.1.1 and RFC 7145 section 6, in that
 * order.
 *
 * RFC 7145 changes some rows of RFC 7143 once RDMAExtensions=Yes: digests are None (6.1), markers
 * are No (6.6), and MaxRecvDataSegmentLength is ignored in favour of two keys of its own (6.2).
 * irrelevant_when says so.
 */
#include "text.h"

#define LO	  (KEY_LOGIN_ONLY | KEY_LEADING_ONLY)
#define IO	  KEY_INIT_ONLY
#define ALL	  KEY_ANY
#define FFPO	  KEY_FFP_ONLY
#define ANY_STAGE KEY_ANY_STAGE

#define BOTH	  KEY_FROM_BOTH
#define INITIATOR KEY_FROM_INITIATOR
#define TARGET	  KEY_FROM_TARGET

#define KEY(n, sect, k, u, from, ...)                                                   \
	{                                                                               \
		.name = (n), .name_len = sizeof(n) - 1, .section = (sect), .kind = (k), \
		.use = (u), .sender = (from), __VA_ARGS__                               \
	}
#define DEFAULT(v)    .default_value = (v)
#define RANGE(lo, hi) .min = (lo), .max = (hi)
#define LENGTH(n)     .max = (n)
#define WHEN(v)	      .irrelevant_when = (v)
#define WORDS(v)      .words = (v)

#define DISCOVERY      "SessionType=Discovery"
#define ASSISTED       "RDMAExtensions=Yes"
#define NOT_ASSISTED   "RDMAExtensions=No"
#define DATA_MAX       0xffffff
#define NAME_MAX_BYTES 223 /* RFC 7143 4.2.7.1 */

/* One method's exchange: any length up to the limit, only while that method is being worked
 * through. */
#define EXCHANGE(n, sect, from)                                              \
	KEY(n, sect, KEY_SECURITY, IO | ANY_STAGE | KEY_SECURITY_ONLY, from, \
	    LENGTH(TEXT_VALUE_LIMIT))

static const struct text_key keys[] = {
	KEY("AuthMethod", "RFC 7143 12.1", KEY_LIST, IO | ANY_STAGE | KEY_SECURITY_ONLY, BOTH,
	    LENGTH(TEXT_VALUE_LIMIT), WORDS("KRB5,SRP,CHAP,None")),
	EXCHANGE("KRB_AP_REQ", "RFC 7143 12.1.1", INITIATOR),
	EXCHANGE("KRB_AP_REP", "RFC 7143 12.1.1", TARGET),
	EXCHANGE("SRP_U", "RFC 7143 12.1.2", INITIATOR),
	EXCHANGE("TargetAuth", "RFC 7143 12.1.2", INITIATOR),
	EXCHANGE("SRP_GROUP", "RFC 7143 12.1.2", BOTH),
	EXCHANGE("SRP_s", "RFC 7143 12.1.2", TARGET),
	EXCHANGE("SRP_A", "RFC 7143 12.1.2", INITIATOR),
	EXCHANGE("SRP_B", "RFC 7143 12.1.2", TARGET),
	EXCHANGE("SRP_M", "RFC 7143 12.1.2", INITIATOR),
	EXCHANGE("SRP_HM", "RFC 7143 12.1.2", TARGET),
	EXCHANGE("CHAP_A", "RFC 7143 12.1.3", BOTH),
	EXCHANGE("CHAP_I", "RFC 7143 12.1.3", BOTH),
	EXCHANGE("CHAP_C", "RFC 7143 12.1.3", BOTH),
	EXCHANGE("CHAP_N", "RFC 7143 12.1.3", BOTH),
	EXCHANGE("CHAP_R", "RFC 7143 12.1.3", BOTH),

	KEY("HeaderDigest", "RFC 7143 13.1", KEY_LIST, IO, BOTH, DEFAULT("None"),
	    LENGTH(TEXT_VALUE_LIMIT), WORDS("CRC32C,None"), WHEN(ASSISTED)),
	KEY("DataDigest", "RFC 7143 13.1", KEY_LIST, IO, BOTH, DEFAULT("None"),
	    LENGTH(TEXT_VALUE_LIMIT), WORDS("CRC32C,None"), WHEN(ASSISTED)),
	KEY("MaxConnections", "RFC 7143 13.2", KEY_MIN, LO, BOTH, DEFAULT("1"), RANGE(1, 65535),
	    WHEN(DISCOVERY)),
	KEY("SendTargets", "RFC 7143 13.3", KEY_DECLARE_TEXT, FFPO, INITIATOR,
	    LENGTH(NAME_MAX_BYTES)),
	KEY("TargetName", "RFC 7143 13.4", KEY_DECLARE_TEXT, IO | FFPO | ANY_STAGE, BOTH,
	    LENGTH(NAME_MAX_BYTES)),
	KEY("InitiatorName", "RFC 7143 13.5", KEY_DECLARE_TEXT, IO | ANY_STAGE, INITIATOR,
	    LENGTH(NAME_MAX_BYTES)),
	KEY("TargetAlias", "RFC 7143 13.6", KEY_DECLARE_TEXT, ALL | ANY_STAGE, TARGET,
	    LENGTH(TEXT_VALUE_MAX)),
	KEY("InitiatorAlias", "RFC 7143 13.7", KEY_DECLARE_TEXT, ALL | ANY_STAGE, INITIATOR,
	    LENGTH(TEXT_VALUE_MAX)),
	KEY("TargetAddress", "RFC 7143 13.8", KEY_DECLARE_TEXT, ALL | ANY_STAGE, TARGET,
	    LENGTH(TEXT_VALUE_MAX)),
	KEY("TargetPortalGroupTag", "RFC 7143 13.9", KEY_DECLARE_NUMBER, IO | ANY_STAGE, TARGET,
	    RANGE(0, 65535)),
	KEY("InitialR2T", "RFC 7143 13.10", KEY_BOOL_OR, LO, BOTH, DEFAULT("Yes"), WHEN(DISCOVERY)),
	KEY("ImmediateData", "RFC 7143 13.11", KEY_BOOL_AND, LO, BOTH, DEFAULT("Yes"),
	    WHEN(DISCOVERY)),
	KEY("MaxRecvDataSegmentLength", "RFC 7143 13.12; RFC 7145 6.2", KEY_DECLARE_NUMBER, ALL,
	    BOTH, DEFAULT("8192"), RANGE(512, DATA_MAX), WHEN(ASSISTED)),
	KEY("MaxBurstLength", "RFC 7143 13.13", KEY_MIN, LO, BOTH, DEFAULT("262144"),
	    RANGE(512, DATA_MAX), WHEN(DISCOVERY)),
	KEY("FirstBurstLength", "RFC 7143 13.14", KEY_MIN, LO, BOTH, DEFAULT("65536"),
	    RANGE(512, DATA_MAX), WHEN(DISCOVERY "|InitialR2T=Yes&ImmediateData=No")),
	KEY("DefaultTime2Wait", "RFC 7143 13.15", KEY_MAX, LO, BOTH, DEFAULT("2"), RANGE(0, 3600)),
	KEY("DefaultTime2Retain", "RFC 7143 13.16", KEY_MIN, LO, BOTH, DEFAULT("20"),
	    RANGE(0, 3600)),
	KEY("MaxOutstandingR2T", "RFC 7143 13.17", KEY_MIN, LO, BOTH, DEFAULT("1"), RANGE(1, 65535),
	    WHEN(DISCOVERY)),
	KEY("DataPDUInOrder", "RFC 7143 13.18", KEY_BOOL_OR, LO, BOTH, DEFAULT("Yes"),
	    WHEN(DISCOVERY)),
	KEY("DataSequenceInOrder", "RFC 7143 13.19", KEY_BOOL_OR, LO, BOTH, DEFAULT("Yes"),
	    WHEN(DISCOVERY)),
	KEY("ErrorRecoveryLevel", "RFC 7143 13.20", KEY_MIN, LO, BOTH, DEFAULT("0"), RANGE(0, 2)),
	KEY("SessionType", "RFC 7143 13.21", KEY_DECLARE_TEXT, LO | ANY_STAGE, INITIATOR,
	    DEFAULT("Normal"), LENGTH(TEXT_VALUE_MAX), WORDS("Discovery,Normal")),
	KEY("TaskReporting", "RFC 7143 13.23", KEY_LIST, LO, BOTH, DEFAULT("RFC3720"),
	    LENGTH(TEXT_VALUE_LIMIT), WORDS("RFC3720,ResponseFence,FastAbort"), WHEN(DISCOVERY)),
	KEY("iSCSIProtocolLevel", "RFC 7143 13.24; RFC 7144 7.1.1", KEY_MIN, LO | IO, BOTH,
	    DEFAULT("1"), RANGE(0, 31), WHEN(DISCOVERY)),
	KEY("IFMarker", "RFC 7143 13.25", KEY_BOOL_AND, IO, BOTH, DEFAULT("No"), .obsolete = true,
	    WHEN(ASSISTED)),
	KEY("OFMarker", "RFC 7143 13.25", KEY_BOOL_AND, IO, BOTH, DEFAULT("No"), .obsolete = true,
	    WHEN(ASSISTED)),
	KEY("IFMarkInt", "RFC 7143 13.25", KEY_RANGE_MIN, IO, BOTH, RANGE(1, 65535),
	    .obsolete = true, WHEN(ASSISTED)),
	KEY("OFMarkInt", "RFC 7143 13.25", KEY_RANGE_MIN, IO, BOTH, RANGE(1, 65535),
	    .obsolete = true, WHEN(ASSISTED)),
	KEY("X#NodeArchitecture", "RFC 7143 13.26", KEY_DECLARE_TEXT, LO, BOTH, DEFAULT("None"),
	    LENGTH(TEXT_VALUE_MAX)),

	KEY("RDMAExtensions", "RFC 7145 6.3", KEY_BOOL_AND, LO, BOTH, DEFAULT("No"),
	    WHEN(DISCOVERY)),
	KEY("TargetRecvDataSegmentLength", "RFC 7145 6.4", KEY_MIN, IO, BOTH, DEFAULT("8192"),
	    RANGE(512, DATA_MAX), WHEN(NOT_ASSISTED)),
	KEY("InitiatorRecvDataSegmentLength", "RFC 7145 6.5", KEY_MIN, IO, BOTH, DEFAULT("8192"),
	    RANGE(512, DATA_MAX), WHEN(NOT_ASSISTED)),
	KEY("MaxOutstandingUnexpectedPDUs", "RFC 7145 6.7", KEY_DECLARE_NUMBER, LO, BOTH,
	    DEFAULT("0"), RANGE(2, UINT32_MAX), .zero_is_legal = true, WHEN(NOT_ASSISTED)),
	KEY("MaxAHSLength", "RFC 7145 6.8", KEY_DECLARE_NUMBER, LO, BOTH, DEFAULT("256"),
	    RANGE(2, UINT32_MAX), .zero_is_legal = true, WHEN(NOT_ASSISTED)),
	KEY("TaggedBufferForSolicitedDataOnly", "RFC 7145 6.9", KEY_DECLARE_BOOL, LO, INITIATOR,
	    DEFAULT("No"), WHEN(NOT_ASSISTED)),
	KEY("iSERHelloRequired", "RFC 7145 6.10", KEY_DECLARE_BOOL, LO, INITIATOR, DEFAULT("No"),
	    WHEN(NOT_ASSISTED)),
};

const struct text_key *text_keys(size_t *count)
{
	*count = sizeof(keys) / sizeof(keys[0]);
	return keys;
}

enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };
_Static_assert((int)KEY_COUNT <= (int)TEXT_KEYS_MAX, "who keeps something of each has room for it");
_Static_assert(KEY_COUNT < UINT8_MAX, "a place in lists of keys is a byte");

const struct text_key *text_key_by_name(const char *name, size_t len)
{
	/* Lists by the length of the name, of places + 1; made when first asked for. */
	static uint8_t first[TEXT_KEY_MAX + 1], next[KEY_COUNT + 1];
	static bool made;

	for (size_t i = KEY_COUNT; !made && i > 0; i--) {
		next[i] = first[keys[i - 1].name_len];
		first[keys[i - 1].name_len] = (uint8_t)i;
	}
	made = true;
	/* Of the same length, few begin and end alike. */
	for (size_t i = len && len <= TEXT_KEY_MAX ? first[len] : 0; i; i = next[i]) {
		const char *it = keys[i - 1].name;
		if (it[0] == name[0] && it[len - 1] == name[len - 1] && !memcmp(it, name, len))
			return &keys[i - 1];
	}
	return NULL;
}
