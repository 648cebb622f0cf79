/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture of a case, made of its event log: what an analyser between both sides would have seen,
 * as far as the log tells. It is no recording. Wireshark decodes it as iSER and iSCSI.
 *
 * True are messages, their order, kind and time, private data, keys, addresses and lengths of RDMA
 * operations, who closes, and which requests were refused and how. Made up are what no log has:
 * Ethernet and (where the log names none) IP addresses, queue pair, packet and port numbers, the
 * path's MTU. What an RDMA operation moved is not in the log either: zeros stand for it, and a
 * comment says so. An acknowledgement stands where a completion proves it.
 */
#ifndef REPORT_PCAP_PCAP_H
#define REPORT_PCAP_PCAP_H

#include <stddef.h>

#include "../../fabric/log.h"
#include "../../oracle/verdict.h"

enum pcap_wire {
	PCAP_BY_LOG, /* iWARP where the log shows that it was, else RoCEv2 */
	PCAP_ROCE,
	PCAP_IWARP,
};

/* What came into the file, and what could not. */
struct pcap_counts {
	size_t frames;
	size_t messages;
	size_t unsent;	/* posted to a queue pair that had ended, or refused by our own side */
	size_t unknown; /* received and refused: the log has no bytes of them */
	size_t large;	/* RDMA operations: their zeros would come to more than 256 MiB in all */
};

/*
 * A pcapng file of the log, malloc'd, *len bytes. Findings of r (may be NULL), the case's and the
 * monitors', stand as comments on the frames that prove them; time is that of the log, from 0 on.
 */
char *pcap_of_log(const struct log *l, const struct case_result *r, enum pcap_wire wire,
		  size_t *len, struct pcap_counts *counts);

#endif
