/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SCSI Command of an initiator: its flags against its lengths (RFC 7143 11.3), the STags that
 * its data needs (RFC 7145 7.3.1, 9.5), and what its message holds.
 */
#include "../oracle/watch.h"
#include "../wire/ahs.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE, OPCODE_MASK = 0x3f };

/* Bytes that the command expects to read; *told is false when a command of both ways says nothing
 * of it. */
static uint64_t read_length(const struct pdu *p, bool *told)
{
	struct cursor c = cursor_of(p->ahs.at, p->ahs.len);
	struct ahs one;

	*told = true;
	if (!p->r)
		return 0;
	if (!p->w)
		return p->edtl;
	while (ahs_next(&c, &one, NULL) == 1) {
		struct cursor v = cursor_of(one.value.at, one.value.len);
		if (one.type != AHS_BIDI_READ_LENGTH)
			continue;
		cursor_take(&v, 1);
		return cursor_be(&v, 4);
	}
	*told = false;
	return 0;
}

static void flags(struct watch *w, const struct traffic *t, bool told)
{
	const struct pdu *p = &t->pdu;

	watch_rule(w, FROM_INITIATOR, "I7143-11.3.1-1", p->w || p->f, t->ev, NULL,
		   "neither W nor F is set");
	if (p->edtl)
		watch_rule(w, FROM_INITIATOR, "I7143-11.3.1-2", p->r || p->w, t->ev, NULL,
			   "%u bytes are expected, and neither R nor W is set", p->edtl);
	if (p->r && p->w)
		watch_rule(w, FROM_INITIATOR, "I7143-11.3.4-1", told, t->ev, NULL,
			   "a bidirectional command without the length that it reads");
}

static void read_stag(struct watch *w, const struct traffic *t, uint64_t to_read)
{
	static const char *const rules[] = {"I7145-7.3.1-10", "I7145-7.3.1-13", "I7145-9.5.2-3"};

	if (!to_read)
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		watch_rule(w, FROM_INITIATOR, rules[i], t->pdu.rsv, t->ev, NULL,
			   "a command that reads %llu bytes advertises no Read STag",
			   (unsigned long long)to_read);
}

/* What is left to the target to fetch: all but the immediate data, or, where Data-Outs follow, all
 * but the first burst. */
static void write_stag(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	static const char *const rules[] = {"I7145-7.3.1-5", "I7145-7.3.1-8", "I7145-9.5.1-3"};
	const struct pdu *p = &t->pdu;
	const uint64_t burst = p->edtl < d->terms.first_burst ? p->edtl : d->terms.first_burst;
	const uint64_t unsolicited = p->f || burst < p->data.len ? p->data.len : burst;

	if (!p->w || p->edtl <= unsolicited)
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		watch_rule(
			w, FROM_INITIATOR, rules[i], p->wsv, t->ev, NULL,
			"%llu bytes have to be fetched, and the command advertises no Write STag",
			(unsigned long long)(p->edtl - unsolicited));
}

/* Pads may be missing: the text does not say that they are in the message. */
static void whole(struct watch *w, const struct traffic *t)
{
	const uint8_t *at = t->ev->bytes.at;
	const size_t len = t->ev->bytes.len;

	if (len < HEADERS || at[0] >> 4 != ISER_CONTROL ||
	    (at[ISER_HEADER_SIZE] & OPCODE_MASK) != OP_SCSI_COMMAND)
		return;
	struct cursor c = cursor_of(at + ISER_HEADER_SIZE, len - ISER_HEADER_SIZE);
	cursor_take(&c, 1);
	const bool writes = cursor_be(&c, 1) & 0x20;
	cursor_take(&c, 2);
	const size_t ahs = (size_t)cursor_be(&c, 1) * 4, data = (size_t)cursor_be(&c, 3);
	watch_rule(w, FROM_INITIATOR, writes ? "I7145-9.5.1-2" : "I7145-9.5.2-2",
		   len >= HEADERS + ahs + data && len <= HEADERS + ahs + (data + 3) / 4 * 4, t->ev,
		   NULL,
		   "a command of %zu bytes, where headers, %zu bytes of additional headers and %zu "
		   "bytes "
		   "of data make %zu",
		   len, ahs, data, HEADERS + ahs + data);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	bool told;

	(void)state;
	if (t->from != FROM_INITIATOR || t->phase != DIALOGUE_FULL)
		return;
	whole(w, t);
	if (!t->pdu.type || t->pdu.type->iser_opcode != ISER_CONTROL ||
	    t->pdu.type->opcode != OP_SCSI_COMMAND)
		return;
	if (log_kind_known(t->ev))
		watch_rule(w, FROM_INITIATOR, "I7145-7.3.1-1",
			   !t->ev->has_imm && !t->ev->invalidated, t->ev, NULL,
			   "a SCSI Command came as another message than Send");
	const uint64_t to_read = read_length(&t->pdu, &told);
	flags(w, t, told);
	read_stag(w, t, to_read);
	write_stag(w, d, t);
}

const struct monitor monitor_command = {
	.name = "command",
	.doc = "a SCSI Command's flags, lengths and STags fit each other",
	.rules = "I7143-11.3.1-1 I7143-11.3.1-2 I7143-11.3.4-1 I7145-7.3.1-1 I7145-7.3.1-5 "
		 "I7145-7.3.1-8 I7145-7.3.1-10 I7145-7.3.1-13 I7145-9.5.1-2 I7145-9.5.1-3 "
		 "I7145-9.5.2-2 I7145-9.5.2-3",
	.message = message,
};
