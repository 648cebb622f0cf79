/* SPDX-License-Identifier: BSD-2-Clause */
/* What mutants of an initiator answer to a key that the target brought up, and when they leave. */
#include "login.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_section_6(const char *name)
{
	return word_is(name, "InitiatorRecvDataSegmentLength") ||
	       word_is(name, "TargetRecvDataSegmentLength") || word_is(name, "MaxAHSLength");
}

bool login_leaves_unanswered(struct peer *p, const char *name)
{
	const bool number = word_is(name, "MaxBurstLength") || word_is(name, "iSCSIProtocolLevel");

	return (word_is(name, "ImmediateData") && peer_knob(p, KNOB_ASKED_BOOLEAN_UNANSWERED)) ||
	       (number && peer_knob(p, KNOB_ASKED_NUMBER_UNANSWERED));
}

bool login_bend_initiator(struct peer *p, const char *name, struct bytes offer, char *answer,
			  size_t size)
{
	uint64_t n;
	const bool burst = word_is(name, "MaxBurstLength");

	if ((burst && peer_knob(p, KNOB_ASKED_KEY_NOT_UNDERSTOOD)) ||
	    (is_section_6(name) && peer_knob(p, KNOB_ASKED_SECTION_6_NOT_UNDERSTOOD)))
		snprintf(answer, size, "NotUnderstood");
	else if (burst && !text_number(offer, &n, NULL) && peer_knob(p, KNOB_ASKED_NUMBER_RAISED))
		snprintf(answer, size, "%" PRIu64, 2 * n);
	else if (word_is(answer, "Reject") && !text_number(offer, &n, NULL) &&
		 peer_knob(p, KNOB_ASKED_NUMBER_ECHOED))
		snprintf(answer, size, "%" PRIu64, n);
	else if (word_is(name, "TaskReporting") && peer_knob(p, KNOB_ASKED_LIST_ANOTHER))
		snprintf(answer, size, "FastAbort");
	else if (word_is(name, "HeaderDigest") && peer_knob(p, KNOB_ASKED_DIGEST_CHOSEN))
		snprintf(answer, size, "CRC32C");
	else
		return false;
	return true;
}

bool login_initiator_leaves(struct peer *p, const struct pdu *pdu)
{
	const char *extensions = nego_result(&p->login->nego, "RDMAExtensions");

	if (extensions && word_is(extensions, "No") && peer_knob(p, KNOB_SILENT_WHEN_REFUSED))
		return true;
	if (pdu->t || !p->login->last.t || p->login->last.nsg != STAGE_FULL ||
	    !peer_knob(p, KNOB_FULL_FEATURE_UNTRANSITED))
		return false;
	p->session->next_itt += !p->further;
	login_finish(p);
	return true;
}
