/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values worth trying, a field at a time and a text key at a time. For whoever changes bytes
 * (message.h) and for whoever writes `FIELD=VALUE` or `Key=value` into a script.
 *
 * What a field is for decides what is worth trying: a tag wants to be another message's tag, a
 * length one more than what is there, a code one that is not assigned.
 */
#ifndef FUZZ_MUTATE_VALUE_H
#define FUZZ_MUTATE_VALUE_H

#include "../../wire/pdu.h"
#include "../../wire/text.h"
#include "rng.h"

enum value_class {
	VALUE_FLAG,	/* one bit */
	VALUE_CODE,	/* assigned numbers: opcodes, stages, reasons, statuses, versions */
	VALUE_LENGTH,	/* of this message, or of data to come */
	VALUE_OFFSET,	/* into a buffer: Base Offsets, BufferOffset */
	VALUE_TAG,	/* task and transfer tags, STags */
	VALUE_SERIAL,	/* CmdSN, StatSN, DataSN and their like, RFC 7143 4.2.2.1 */
	VALUE_IDENTITY, /* ISID, TSIH, CID, LUN, and all the rest */
	VALUE_BYTES,	/* wider than 8 bytes: the CDB, no number */
};

/* Both ends included. */
struct value_range {
	uint64_t lo, hi;
};

/* What the RFCs say of a field beside its place. */
struct value_facts {
	enum value_class class;
	const struct value_range *assigned; /* of a VALUE_CODE; else NULL */
	size_t assigned_count;
};

/* type says which of two fields of one name is meant ("Reason"); never NULL. */
struct value_facts value_facts_of(const struct pdu_type *type, const struct pdu_field *field);

/* Numbers that stand elsewhere in the session, of the field's own class where the caller can tell.
 * Borrowed; {0} where there are none. */
struct value_pool {
	const uint64_t *at;
	size_t count;
};

/*
 * Another value for a field that has `current`: never wider than the field, and another one than
 * current whenever the field has two. For VALUE_BYTES 0.
 */
uint64_t mutate_field_value(struct rng *r, const struct pdu_type *type,
			    const struct pdu_field *field, uint64_t current,
			    struct value_pool seen);

/*
 * A value for a text key: legal, at its limits, just outside them, of a wrong form, a list in a
 * strange order, a word that is reserved. Text without NUL, at most size - 1 characters, ended by
 * NUL; returns its length. key NULL: a key that nobody knows.
 */
size_t mutate_key_value(struct rng *r, const struct text_key *key, char *out, size_t size);

/* A legal one: what an honest proposer might say. */
size_t mutate_key_legal_value(struct rng *r, const struct text_key *key, char *out, size_t size);

#endif
