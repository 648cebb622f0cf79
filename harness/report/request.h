/* SPDX-License-Identifier: BSD-2-Clause */
/* What we had sent before that which a finding is about. */
#ifndef REPORT_REQUEST_H
#define REPORT_REQUEST_H

#include "../fabric/log.h"
#include "../oracle/verdict.h"

/*
 * Fills `request` of each finding that is no pass: the last message that we sent, on the same
 * connection, before the last message of the SUT among its events (before the last event, where
 * there is none; before its statement was judged, where it has no events), and of those the one
 * with the same Initiator Task Tag, if there is one.
 */
void result_name_requests(struct case_result *r, const struct log *l);

#endif
