/* SPDX-License-Identifier: BSD-2-Clause */
/* The text format and its key=value pairs, RFC 7143 6.1 and 6.2; keys of section 13 and RFC 7145
 * section 6. */
#ifndef WIRE_TEXT_H
#define WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cursor.h"
#include "err.h"
#include "pdu.h"
#include "word.h"

enum {
	TEXT_KEY_MAX = 63,    /* RFC 7143 6.1: a standard-label is at most 63 characters */
	TEXT_VALUE_MAX = 255, /* ordinary values; CHAP and list values may be longer */
	TEXT_VALUE_LIMIT = 8192,
};

struct text_pair {
	struct bytes key, value; /* borrowed, not NUL-terminated */
};

/*
 * Takes the next "key=value\0" off the cursor. 1: got one, 0: end (NUL padding allowed), -1
 * malformed, *e. The cursor then stands behind the malformed pair, so that a judge can read on. Of
 * the key-name's own rules only the capital letter in front is not asked for: iSCSIProtocolLevel
 * and iSERHelloRequired break it.
 */
int text_next(struct cursor *c, struct text_pair *out, struct err *e);
/* Appends key=value and its NUL. */
void text_put(struct writer *w, const char *key, const char *value);

enum key_kind {
	KEY_BOOL_AND, /* result is the AND of both, 7143 6.2.2 */
	KEY_BOOL_OR,
	KEY_MIN,  /* number, result is the smaller */
	KEY_MAX,  /* number, result is the larger */
	KEY_LIST, /* ordered list, the first that both know */
	KEY_DECLARE_NUMBER,
	KEY_DECLARE_BOOL,
	KEY_DECLARE_TEXT,
	KEY_RANGE_MIN, /* numeric range forms: the value in the range nearest to the one wanted */
	KEY_SECURITY,  /* CHAP_* and the like, the exchange of one method: no generic rule */
};

enum key_use {			      /* bits: where a key may appear */
	       KEY_LOGIN_ONLY = 1,    /* LO: login phase, leading connection where SW */
	       KEY_INIT_ONLY = 2,     /* IO: initial login phase */
	       KEY_ANY = 4,	      /* ALL */
	       KEY_FFP_ONLY = 8,      /* FFPO: SendTargets */
	       KEY_LEADING_ONLY = 16, /* session wide: only on the leading connection */
	       KEY_ANY_STAGE = 32,    /* Any-Stage: also in SecurityNegotiation */
	       KEY_SECURITY_ONLY =
		       64, /* in SecurityNegotiation and nowhere else, RFC 7143 section 12 */
};

enum key_sender { KEY_FROM_INITIATOR = 1, KEY_FROM_TARGET = 2, KEY_FROM_BOTH = 3 };

struct text_key {
	const char *name;
	size_t name_len;
	const char *section; /* "RFC 7145 6.7" */
	enum key_kind kind;
	unsigned use;
	enum key_sender sender;
	const char *default_value; /* as text; NULL when there is none */
	uint64_t min, max;	   /* of numbers; of other values max is the length in bytes */
	bool zero_is_legal; /* 0 allowed beside [min, max], as in MaxOutstandingUnexpectedPDUs */
	bool obsolete;	    /* RFC 7143 13.25: understood only to be rejected */
	const char *words;  /* comma list of the values that the RFC names, or NULL: any */
	/* Alternatives parted by '|', each a conjunction parted by '&':
	 * "SessionType=Discovery|InitialR2T=Yes& ImmediateData=No"; NULL: never. */
	const char *irrelevant_when;
};

enum { TEXT_KEYS_MAX = 64 }; /* there are no more of them */

const struct text_key *text_keys(size_t *count);
const struct text_key *text_key_by_name(const char *name, size_t len);

/* Numeric values: decimal, 0x hex; RFC 7143 6.1. No sign, blanks, octal or overflow. 0 or -1 with
 * *e. */
int text_number(struct bytes value, uint64_t *out, struct err *e);
int text_bool(struct bytes value, bool *out, struct err *e); /* exactly Yes or No */
int text_range(struct bytes value, uint64_t *lo, uint64_t *hi, struct err *e);
/* Binary values: hex 0x... or base64 0b...; writes at most size bytes. Length or -1. */
int text_binary(struct bytes value, uint8_t *out, size_t size, struct err *e);
/* The i-th element of a comma list, false past its end. The empty list has no element. */
bool text_list_item(struct bytes list, size_t i, struct bytes *out);
bool text_is_reserved_word(struct bytes value); /* None Reject Irrelevant NotUnderstood: see 6.2 */
/* Reserved words that no proposal may hold; None is one too, but lists may offer it (RFC 7143 6.2).
 */
bool text_is_answer_word(struct bytes value);
/* As a C string, cut to what fits. */
void bytes_copy(struct bytes b, char *out, size_t size);
/* Compares bytes with a C string, exactly. Inline: most are literals, whose length is known. */
static inline bool bytes_eq(struct bytes b, const char *s)
{
	/* Mostly it is another one, and asked of a dozen. */
	if (b.len && b.at[0] != (uint8_t)s[0])
		return false;
	size_t len = strlen(s);

	return b.len == len && (!len || !memcmp(b.at, s, len));
}

/* Are they the same bytes? */
static inline bool bytes_same(struct bytes a, struct bytes b)
{
	return a.len == b.len && (!a.len || (a.at[0] == b.at[0] && !memcmp(a.at, b.at, a.len)));
}

/*
 * The outcome of a negotiation: what the responder must answer to `offer` when it wants `want`.
 * Writes the answer to out. Returns 1 answer due, 0 none due (declarative; out is empty), -1 offer
 * illegal, with *e (answer "Reject" is then in out). RFC 7143 6.2.1, 6.2.2.
 *
 * `want` is a value as text, for lists a comma list of all that we know, in any order (the
 * proposer's order decides); NULL has no opinion and takes the offer as it stands. "Reject",
 * "Irrelevant" and "NotUnderstood" are answered as they are. A list without a value that we know is
 * legal and is answered Reject. A `want` that the key cannot have is our own mistake: -1 with
 * errnum EINVAL.
 */
int text_negotiate(const struct text_key *key, struct bytes offer, const char *want, char *out,
		   size_t size, struct err *e);

#endif
