/* SPDX-License-Identifier: BSD-2-Clause */
/* Where seeds go: DIR/TARGET/, a file each by the name of its content, so that none is there twice.
 */
#ifndef FUZZ_SEEDS_SAVE_H
#define FUZZ_SEEDS_SAVE_H

#include <stddef.h>

/* Ends the program when it cannot be written. */
void seed_save(const char *target, const void *bytes, size_t len);

/* One of each PDU type and key, made by the codec: what no case sends is there, too. */
void seeds_of_codec(void);
/* What the command line takes. */
void seeds_of_usage(void);
/* What a certificate has beside its runs. */
void seeds_of_certificate(void);
/* A folder of `iserspec run`: messages, keys, private data and logs; its journal; its report. */
void seeds_of_run(const char *dir);

#endif
