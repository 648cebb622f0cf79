/* SPDX-License-Identifier: BSD-2-Clause */
/* What an honest peer offers for each key, or wants when the other side offers; RFC 7143 13, RFC
 * 7145 6. */
#include "login.h"

#include <stdio.h>
#include <string.h>

struct wish {
	const char *key;
	const char *value;
	bool offered;	/* an initiator brings it up */
	bool discovery; /* in a Discovery session too */
};

/* In the order in which an initiator says them. */
static const struct wish wishes[] = {
	{"RDMAExtensions", "Yes", true, false},
	{"HeaderDigest", "None", true, true},
	{"DataDigest", "None", true, true},
	{"InitialR2T", "No", true, false},
	{"ImmediateData", "Yes", true, false},
	{"MaxBurstLength", "262144", true, false},
	{"FirstBurstLength", "65536", true, false},
	{"DefaultTime2Wait", "2", true, true},
	{"DefaultTime2Retain", "0", true, true},
	{"MaxOutstandingR2T", "1", true, false},
	{"MaxConnections", "1", true, false},
	{"ErrorRecoveryLevel", "0", true, true},
	{"DataPDUInOrder", "Yes", true, false},
	{"DataSequenceInOrder", "Yes", true, false},
	{"InitiatorRecvDataSegmentLength", "8192", true, false},
	{"TargetRecvDataSegmentLength", "8192", true, false},
	{"MaxOutstandingUnexpectedPDUs", NULL, true, false},
	{"TaggedBufferForSolicitedDataOnly", NULL, true, false},
	{"iSERHelloRequired", NULL, true, false},
	{"IFMarker", "No", false, false},
	{"OFMarker", "No", false, false},
	{"TaskReporting", "RFC3720", false, false},
	{"iSCSIProtocolLevel", "1", false, false},
	{"AuthMethod", "None", false, false},
};

static const char *own_value(const struct peer *p, const char *key, char buf[32])
{
	if (word_is(key, "MaxOutstandingUnexpectedPDUs")) {
		if (!p->cfg.declare_moup)
			return NULL;
		snprintf(buf, 32, "%u", (unsigned)p->cfg.moup);
		return buf;
	}
	if (word_is(key, "TaggedBufferForSolicitedDataOnly"))
		return p->cfg.role == PEER_TARGET		   ? NULL
		       : p->cfg.write_base == WRITE_BASE_SOLICITED ? "Yes"
								   : "No";
	if (word_is(key, "iSERHelloRequired"))
		return p->cfg.role == PEER_INITIATOR && p->cfg.ask_hello ? "Yes" : NULL;
	return NULL;
}

const char *login_want(const struct peer *p, const char *key, char buf[32])
{
	const struct peer_key_setting *s = login_setting(p, key);

	if (s && !s->omit)
		return s->value;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		if (word_is(wishes[i].key, key))
			return wishes[i].value ? wishes[i].value : own_value(p, key, buf);
	return NULL;
}

static const char *bent(struct peer *p, const char *key, const char *value)
{
	if (word_is(key, "RDMAExtensions")) {
		if (peer_knob(p, KNOB_NO_RDMA_EXTENSIONS))
			return NULL;
		if (peer_knob(p, KNOB_RDMA_EXTENSIONS_NO))
			return "No";
		if (peer_knob(p, KNOB_RDMA_EXTENSIONS_MAYBE))
			return "Maybe";
	} else if (word_is(key, "MaxOutstandingUnexpectedPDUs") && peer_knob(p, KNOB_MOUP_ONE)) {
		return "1";
	} else if (word_is(key, "MaxOutstandingUnexpectedPDUs") &&
		   peer_knob(p, KNOB_MOUP_UNDECLARED)) {
		return NULL;
	} else if (word_is(key, "TaggedBufferForSolicitedDataOnly") &&
		   peer_knob(p, KNOB_TAGGED_BUFFER_MAYBE)) {
		return "Maybe";
	} else if (word_is(key, "MaxBurstLength") && peer_knob(p, KNOB_PROPOSES_RESERVED_WORD)) {
		return "Irrelevant";
	} else if (word_is(key, "HeaderDigest") && peer_knob(p, KNOB_DIGEST_ALONE_OFFERED)) {
		return "CRC32C";
	} else if ((word_is(key, "TargetRecvDataSegmentLength") &&
		    peer_knob(p, KNOB_TRDSL_TOO_SMALL)) ||
		   (word_is(key, "InitiatorRecvDataSegmentLength") &&
		    peer_knob(p, KNOB_RDSL_TOO_SMALL))) {
		return "256";
	}
	return value;
}

/* Of a further connection: keys that the leading one alone speaks of are left out, RFC 7143 13, and
 * RDMAExtensions, which holds for the session, RFC 7145 5.1. */
static bool has_place(struct peer *p, const char *key)
{
	const struct text_key *k = text_key_by_name(key, strlen(key));

	return !p->further || !k || !(k->use & KEY_LEADING_ONLY) ||
	       (word_is(key, "RDMAExtensions") && peer_knob(p, KNOB_EXTENSIONS_AGAIN));
}

static unsigned round_of(struct peer *p, const char *key)
{
	const struct peer_key_setting *s = login_setting(p, key);

	if (s && s->round)
		return s->round;
	return word_is(key, "RDMAExtensions") && p->cfg.knob[KNOB_RDMA_EXTENSIONS_LATE] ? 2 : 1;
}

void login_put_offers(struct peer *p, struct writer *w, unsigned n)
{
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		const char *key = wishes[i].key;
		const struct peer_key_setting *s = login_setting(p, key);
		char buf[32];
		if (!s && !has_place(p, key))
			continue;
		const bool fits = !p->cfg.discovery || wishes[i].discovery ||
				  (word_is(key, "RDMAExtensions") &&
				   peer_knob(p, KNOB_DISCOVERY_OFFERS_RDMA_EXTENSIONS));
		if (!s && (!wishes[i].offered || !fits))
			continue;
		if ((s && s->omit) || round_of(p, key) != n || nego_find(&p->login->nego, key))
			continue;
		const char *value = bent(p, key, login_want(p, key, buf));
		if (!value)
			continue;
		nego_offer(&p->login->nego, key, value);
		text_put(w, key, value);
		if (word_is(key, "MaxOutstandingUnexpectedPDUs") && peer_knob(p, KNOB_KEY_TWICE))
			text_put(w, key, value);
	}
	if (n == 1 && peer_knob(p, KNOB_MAX_AHS_ONE))
		text_put(w, "MaxAHSLength", "1");
	if (n == 1 && peer_knob(p, KNOB_HELLO_REQUIRED_MAYBE))
		text_put(w, "iSERHelloRequired", "Maybe");
}
