/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One Send, one message, and its lengths agree with the bytes that came (RFC 7145 4.1, 9.1; RFC
 * 7143 11.1, 11.2). In full feature phase only: what frames a login PDU the text leaves open.
 */
#include "../oracle/watch.h"
#include "../wire/ahs.h"

enum {
	HEADERS = ISER_HEADER_SIZE + BHS_SIZE,
	AT_TOTAL_AHS_LENGTH = ISER_HEADER_SIZE + 4,
	AT_DATA_SEGMENT_LENGTH
};

static void unreadable(struct watch *w, const struct traffic *t)
{
	const struct bytes *msg = &t->ev->bytes;
	const char *what = t->why.what;

	if (!watch_rule_always(w, t->from, "I7145-9.1-1", msg->len >= ISER_HEADER_SIZE, t->ev, NULL,
			       "a message of %zu bytes: %s", msg->len, what))
		return;
	const unsigned opcode = msg->at[0] >> 4;
	const bool assigned = opcode >= ISER_CONTROL && opcode <= ISER_HELLO_REPLY;
	watch_rule_always(w, t->from, "I7145-9.1-2", assigned, t->ev, NULL, "%s", what);
	if (msg->len > ISER_HEADER_SIZE && !assigned)
		watch_rule_always(w, t->from, "I7145-9.2-1", false, t->ev, NULL,
				  "a PDU behind an iSER header with opcode %u", opcode);
	/* Hello and HelloReply have rules of their own; so has an unassigned iSCSI opcode. */
	if (opcode != ISER_CONTROL || t->why.offset == ISER_HEADER_SIZE)
		return;
	if (t->why.offset == AT_TOTAL_AHS_LENGTH)
		watch_rule_always(w, t->from, "I7143-11.2.1.5-1", false, t->ev, NULL, "%s", what);
	if (t->why.offset == AT_DATA_SEGMENT_LENGTH && msg->len == HEADERS)
		watch_rule_always(w, t->from, "I7143-11.2.1.6-1", false, t->ev, NULL, "%s", what);
	watch_rule_always(w, t->from, "I7145-4.1-3", false, t->ev, NULL, "%s", what);
}

/* An Extended CDB that is cut, or has no byte beyond the 16 of the BHS. */
static bool cdb_is_extended(const struct pdu *p)
{
	struct cursor c = cursor_of(p->ahs.at, p->ahs.len);
	struct ahs one = {0};
	int got;

	while ((got = ahs_next(&c, &one, NULL)) > 0)
		;
	return !got || one.type != AHS_EXTENDED_CDB;
}

static void ahs(struct watch *w, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const size_t len = p->ahs.len;

	if (t->from == FROM_TARGET)
		watch_rule_always(w, FROM_TARGET, "I7143-11.2-2", !len, t->ev, NULL,
				  "%s with %zu bytes of AHS", p->type->title, len);
	else if (p->type->opcode != OP_SCSI_COMMAND)
		watch_rule_always(w, t->from, "I7143-11.2.1.5-1", !len, t->ev, NULL,
				  "%s with %zu bytes of AHS", p->type->title, len);
	else if (len)
		watch_rule_always(w, t->from, "I7143-11.2.2.3-1", cdb_is_extended(p), t->ev, NULL,
				  "an Extended CDB in %zu bytes of AHS extends no CDB", len);
}

static void padding(struct watch *w, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const struct bytes *msg = &t->ev->bytes;
	const size_t end = HEADERS + p->ahs.len + p->data.len, due = (4 - p->data.len % 4) % 4;
	bool zero = true;

	if (!due)
		return;
	watch_rule_always(w, t->from, "I7143-11.2-1", msg->len == end + due, t->ev, NULL,
			  "%s with %zu bytes of data and %zu of %zu pad bytes", p->type->title,
			  p->data.len, msg->len - end, due);
	for (size_t i = end; i < msg->len; i++)
		zero = zero && !msg->at[i];
	if (msg->len > end)
		watch_rule_always(w, t->from, "I7143-11.1-1", zero, t->ev, NULL,
				  "%s whose pad bytes are not 0", p->type->title);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	(void)d;
	(void)state;
	if (t->phase == DIALOGUE_LOGIN)
		return;
	if (!t->pdu.type) {
		unreadable(w, t);
		return;
	}
	watch_rule_always(w, t->from, "I7145-9.1-1", true, t->ev, NULL, " ");
	if (t->pdu.type->iser_opcode != ISER_CONTROL || t->pdu.type->sender != t->from)
		return;
	watch_rule_always(w, t->from, "I7145-9.2-1", true, t->ev, NULL, " ");
	watch_rule_always(w, t->from, "I7145-4.1-3", true, t->ev, NULL, " ");
	ahs(w, t);
	padding(w, t);
}

const struct monitor monitor_frame = {
	.name = "frame",
	.doc = "each Send is one whole message: header, lengths, AHS and padding agree with its "
	       "bytes",
	.rules = "I7145-9.1-1 I7145-9.1-2 I7145-9.2-1 I7145-4.1-3 I7143-11.2.1.5-1 I7143-11.2-1 "
		 "I7143-11.2-2 I7143-11.1-1 I7143-11.2.2.3-1 I7143-11.2.1.6-1",
	.alone = true,
	.message = message,
};
