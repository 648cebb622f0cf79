/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Hello exchange: only where it was agreed on, first of all there, 28 bytes of version 10, and
 * read depths that can be kept (RFC 7145 5.1.1, 5.1.3, 6.10, 9.3, 9.4).
 */
#include <string.h>

#include "../oracle/watch.h"

enum { VERSION = 10 };

struct hello {
	const struct log_event *hello; /* the first that was sent */
	uint32_t ird;
	int64_t cm_ird; /* responder_resources of the initiator's connection request */
	bool cm_known;
};

/* RFC 7145 9.3 and 9.4 say 10. The figures of appendix B show 1; it is "NOT part of the standard".
 */
static bool is_version(uint32_t version)
{
	return version == VERSION;
}

static void reserved(struct watch *w, const struct traffic *t, const char *rule)
{
	const struct bytes *b = &t->ev->bytes;
	size_t first = 0;
	const bool none = !pdu_reserved_set(t->pdu.type, b->at, b->len, &first);

	watch_rule_always(w, t->from, rule, none, t->ev, NULL,
			  "a reserved bit of the %s is set, in byte %zu", t->pdu.type->title,
			  first);
}

/* A Hello that was not agreed on: 5.1.3 and 5.1.1; after NotUnderstood the RFC has two readings. */
static void unasked(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct said_key *asked = dialogue_said(d, FROM_INITIATOR, "iSERHelloRequired");
	const struct said_key *answer = dialogue_said(d, FROM_TARGET, "iSERHelloRequired");

	if (answer && !strcmp(answer->value, "NotUnderstood"))
		return;
	if (asked && (!strcmp(asked->value, "No") || (answer && !strcmp(answer->value, "No"))))
		watch_rule(w, FROM_INITIATOR, "I7145-5.1.3-2", false, t->ev, d->final_response,
			   "Hello under iSERHelloRequired=No");
	else if (!asked)
		watch_rule(w, FROM_INITIATOR, "I7145-5.1.1-9", false, t->ev, d->final_response,
			   "Hello, and iSERHelloRequired was never said");
}

static void take_hello(struct watch *w, const struct dialogue *d, struct hello *s,
		       const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	watch_rule(w, t->from, "I7145-9.3-1", t->ev->bytes.len == ISER_HEADER_SIZE, t->ev, NULL,
		   "a Hello of %zu bytes", t->ev->bytes.len);
	watch_rule(w, t->from, "I7145-9.3-3", is_version(p->max_ver), t->ev, NULL,
		   "a Hello of MaxVer %u", p->max_ver);
	watch_rule(w, t->from, "I7145-9.3-4", is_version(p->min_ver), t->ev, NULL,
		   "a Hello of MinVer %u", p->min_ver);
	reserved(w, t, "I7145-9.3-5");
	watch_rule(w, t->from, "I7145-9.3-7", !s->hello, t->ev, s->hello, "a second Hello");
	if (d->phase == DIALOGUE_FULL && !d->hello_sent && !d->hello_replied)
		unasked(w, d, t);
	if (s->cm_known)
		watch_rule(w, FROM_INITIATOR, "I7145-5.1.1-5", (int64_t)p->iser_ird <= s->cm_ird,
			   t->ev, d->established,
			   "iSER-IRD %u, and its connection request grants %lld RDMA Reads",
			   p->iser_ird, (long long)s->cm_ird);
	if (!s->hello) {
		s->hello = t->ev;
		s->ird = p->iser_ird;
	}
}

static void take_reply(struct watch *w, const struct hello *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	watch_rule(w, t->from, "I7145-9.4-1", t->ev->bytes.len == ISER_HEADER_SIZE, t->ev, NULL,
		   "a HelloReply of %zu bytes", t->ev->bytes.len);
	watch_rule(w, t->from, "I7145-9.4-3", is_version(p->max_ver), t->ev, NULL,
		   "a HelloReply of MaxVer %u", p->max_ver);
	watch_rule(w, t->from, "I7145-9.4-4", is_version(p->cur_ver), t->ev, NULL,
		   "a HelloReply of CurVer %u", p->cur_ver);
	reserved(w, t, "I7145-9.4-5");
	watch_rule(w, t->from, "I7145-6.10-2", s->hello != NULL, t->ev, NULL,
		   "a HelloReply without a Hello");
	if (!s->hello || p->rej)
		return;
	watch_rule(w, t->from, "I7145-5.1.3-5", p->iser_ord <= s->ird, t->ev, s->hello,
		   "iSER-ORD %u answers iSER-IRD %u", p->iser_ord, s->ird);
	watch_rule(w, t->from, "I7145-5.1.3-8", !s->ird || p->iser_ord, t->ev, s->hello,
		   "iSER-ORD 0 answers iSER-IRD %u, without REJ", s->ird);
}

/* The exchange is due: whatever else comes first is wrong (5.1.3, 10.1.3.4). */
static void due(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const bool hello = t->pdu.type == pdu_hello_type();
	const bool reply = t->pdu.type == pdu_hello_reply_type();

	if (t->from == FROM_INITIATOR && !d->hello_sent)
		watch_rule(w, FROM_INITIATOR, "I7145-5.1.3-1", hello, t->ev, d->final_response,
			   "%s where Hello is due", t->pdu.type->title);
	if (t->from == FROM_TARGET)
		watch_rule(w, FROM_TARGET, "I7145-5.1.3-3", reply, t->ev, d->final_response,
			   "%s where HelloReply is due", t->pdu.type->title);
}

/* A Hello or HelloReply whose length is wrong does not decode. */
static void undecoded(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct bytes *b = &t->ev->bytes;
	const unsigned opcode = b->len ? b->at[0] >> 4 : 0;
	const bool logged_in = d->final_response != NULL;

	if (b->len == ISER_HEADER_SIZE || !logged_in)
		return;
	if (opcode == ISER_HELLO && t->from == FROM_INITIATOR)
		watch_rule(w, t->from, "I7145-9.3-1", false, t->ev, NULL, "a Hello of %zu bytes",
			   b->len);
	if (opcode == ISER_HELLO_REPLY && t->from == FROM_TARGET)
		watch_rule(w, t->from, "I7145-9.4-1", false, t->ev, NULL,
			   "a HelloReply of %zu bytes", b->len);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct hello *s = state;

	if (t->delivery == NOT_DELIVERED || d->phase == DIALOGUE_LOGIN || d->phase == DIALOGUE_OVER)
		return;
	if (!t->pdu.type) {
		undecoded(w, d, t);
		return;
	}
	if (d->phase == DIALOGUE_HELLO)
		due(w, d, t);
	if (t->pdu.type == pdu_hello_type() && t->from == FROM_INITIATOR)
		take_hello(w, d, s, t);
	else if (t->pdu.type == pdu_hello_reply_type() && t->from == FROM_TARGET)
		take_reply(w, s, t);
	else if (t->from == FROM_INITIATOR && t->pdu.type->iser_opcode == ISER_CONTROL &&
		 t->pdu.type->opcode == OP_SCSI_COMMAND && t->pdu.wsv && s->cm_known)
		/* A Write STag announces solicited data; an IRD of 0, that there is none. */
		watch_rule(w, FROM_INITIATOR, "I7145-5.1.1-2", s->cm_ird > 0, t->ev, d->established,
			   "a Write STag, and the connection request grants no RDMA Read");
}

/* The depths of an initiator's request: as it came to us, or as we asked for it ourselves. */
static void event(struct watch *w, const struct dialogue *d, void *state,
		  const struct log_event *ev)
{
	struct hello *s = state;
	const char *request = d->sut_is_target ? "connect" : "connect-request";

	(void)w;
	if (ev->kind == LOG_CM && ev->name && !strcmp(ev->name, request)) {
		s->cm_known = true;
		s->cm_ird = ev->a;
	}
}

const struct monitor monitor_hello = {
	.name = "hello",
	.doc = "Hello and HelloReply come when and as they must, and their read depths hold",
	.rules = "I7145-5.1.1-2 I7145-5.1.1-5 I7145-5.1.1-9 I7145-5.1.3-1 I7145-5.1.3-2 "
		 "I7145-5.1.3-3 "
		 "I7145-5.1.3-5 I7145-5.1.3-8 I7145-6.10-2 I7145-9.3-1 I7145-9.3-3 I7145-9.3-4 "
		 "I7145-9.3-5 I7145-9.3-7 I7145-9.4-1 I7145-9.4-3 I7145-9.4-4 I7145-9.4-5",
	.state_size = sizeof(struct hello),
	.message = message,
	.events = WATCH(LOG_CM),
	.event = event,
};
