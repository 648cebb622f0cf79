/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the parts of a message are, whatever its lengths say. */
#ifndef FUZZ_MUTATE_SHAPE_H
#define FUZZ_MUTATE_SHAPE_H

#include "../../wire/pdu.h"
#include "edit.h"

struct shape {
	const struct pdu_type *type; /* NULL: no opcode, or one that is not assigned */
	bool whole;		     /* a control-type message with all its headers */
	size_t ahs, data, tail;	     /* where each begins; ahs <= data <= tail <= length */
};

struct shape shape_of(const uint8_t *msg, size_t len);

/* Sets TotalAHSLength and DataSegmentLength to what stands there: ahs_len bytes of AHS, and all
 * behind it as data. Messages without a BHS stay as they are. */
void shape_repair(struct edit *msg, size_t ahs_len, size_t data_len);

/* Puts other data, with its DataSegmentLength and pad bytes; false where there is no room. */
bool shape_put_data(struct edit *msg, const void *data, size_t len);

/* A field of the message, by name; 0 where it has none. */
uint64_t shape_get(const uint8_t *msg, size_t len, const char *field);
/* Sets it; false where the message has none. */
bool shape_set(uint8_t *msg, size_t len, const char *field, uint64_t value);

#endif
