/* SPDX-License-Identifier: BSD-2-Clause */
/* A pcapng file of one Ethernet interface with nanosecond time stamps, block by block
 * (draft-ietf-opsawg-pcapng). */
#ifndef REPORT_PCAP_PCAPNG_H
#define REPORT_PCAP_PCAPNG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Section header and interface description. `comment` is about the whole file. */
void pcapng_begin(FILE *out, const char *application, const char *comment);
/* A frame. comment may be NULL; one that is too long for an option is cut. */
void pcapng_frame(FILE *out, uint64_t ns, const void *at, size_t len, const char *comment);

#endif
