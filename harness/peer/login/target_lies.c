/* SPDX-License-Identifier: BSD-2-Clause */
/* What mutants of a target answer to an offer. */
#include "login.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void login_bend_reject(struct peer *p, struct bytes offer, const char *want, char *answer,
		       size_t size)
{
	uint64_t n;

	if (!text_number(offer, &n, NULL)) {
		if (peer_knob(p, KNOB_TAKES_ILLEGAL_NUMBERS))
			snprintf(answer, size, "%" PRIu64, n);
	} else if (text_is_reserved_word(offer) && want &&
		   peer_knob(p, KNOB_TAKES_RESERVED_WORDS)) {
		snprintf(answer, size, "%s", want);
	}
}

static bool offers(struct bytes list, const char *word)
{
	struct bytes item;

	for (size_t i = 0; text_list_item(list, i, &item); i++)
		if (bytes_eq(item, word))
			return true;
	return false;
}

void login_bend_answer(struct peer *p, const char *name, struct bytes offer, char *answer,
		       size_t size)
{
	const struct text_key *key = text_key_by_name(name, strlen(name));

	if (word_is(name, "ErrorRecoveryLevel") && peer_knob(p, KNOB_ERL_ABOVE_OFFER))
		snprintf(answer, size, "2");
	const bool offered = offers(offer, "CRC32C");
	if (word_is(name, "HeaderDigest") &&
	    (peer_knob(p, offered ? KNOB_DIGEST_CHOSEN : KNOB_ANSWERS_UNOFFERED_VALUE) ||
	     (offered && peer_knob(p, KNOB_DIGEST_WAITED_FOR))))
		snprintf(answer, size, "CRC32C");
	if (key && key->obsolete && bytes_eq(offer, "Yes") && peer_knob(p, KNOB_AGREES_TO_MARKERS))
		snprintf(answer, size, "Yes");
	if (word_is(name, "DefaultTime2Wait") && offer.len > 1 && offer.at[1] > '9' &&
	    peer_knob(p, KNOB_NUMBER_IN_HEX_IS_ZERO))
		snprintf(answer, size, "2");
	if (word_is(name, "DataPDUInOrder") && peer_knob(p, KNOB_BOOLEAN_UNDONE))
		snprintf(answer, size, "No");
	if (word_is(name, "MaxBurstLength") && peer_knob(p, KNOB_FIRST_BURST_ABOVE_MAX))
		snprintf(answer, size, "4096");
	if (word_is(name, "RDMAExtensions") && peer_knob(p, KNOB_ANSWERS_YES_TO_NO))
		snprintf(answer, size, "Yes");
	if (word_is(name, "RDMAExtensions") && peer_knob(p, KNOB_RDMA_EXTENSIONS_ANSWERED_MAYBE))
		snprintf(answer, size, "Maybe");
	if ((word_is(name, "TargetRecvDataSegmentLength") && peer_knob(p, KNOB_RDSL_ABOVE_OFFER)) ||
	    (word_is(name, "InitiatorRecvDataSegmentLength") &&
	     peer_knob(p, KNOB_IRDSL_ABOVE_OFFER))) {
		uint64_t n;
		if (!text_number(offer, &n, NULL))
			snprintf(answer, size, "%" PRIu64, 2 * n);
	}
}

void login_say_too_much(struct peer *p, struct writer *w)
{
	if (peer_knob(p, KNOB_TARGET_KEY_TWICE))
		text_put(w, "TargetPortalGroupTag", "1");
	if (peer_knob(p, KNOB_TARGET_KEY_LOWER_CASE))
		text_put(w, "x-hint", "1");
	if (p->login->stage == STAGE_SECURITY && peer_knob(p, KNOB_TARGET_OPERATIONAL_IN_SECURITY))
		text_put(w, "MaxBurstLength", "65536");
}

bool login_cut(struct peer *p, const struct fab_event *ev)
{
	enum { AT_LENGTH = ISER_HEADER_SIZE + 5 }; /* 24 bits, RFC 7143 11.2.1.6 */
	uint8_t whole[ISER_HEADER_SIZE + BHS_SIZE + TEXT_VALUE_LIMIT] = {0};
	struct pdu pdu;

	if (p->cfg.role != PEER_TARGET || p->phase != PEER_LOGIN || login_ended(p) ||
	    !ev->msg.len || ev->msg.len > sizeof(whole) || !peer_knob(p, KNOB_CUT_LOGIN_COMPLETED))
		return false;
	memcpy(whole, ev->msg.at, ev->msg.len);
	const size_t length = (size_t)whole[AT_LENGTH] << 16 | (size_t)whole[AT_LENGTH + 1] << 8 |
			      whole[AT_LENGTH + 2];
	const size_t size = ISER_HEADER_SIZE + BHS_SIZE + (length + 3) / 4 * 4;
	if (size > sizeof(whole) || pdu_decode(&pdu, whole, size, NULL))
		return false;
	login_target_input(p, &pdu, ev);
	return true;
}
