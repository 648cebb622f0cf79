/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The login as an exchange of PDUs: strictly one for one, stages in their order, T and C, what has
 * to stay the same, and what the first and the last one must say (RFC 7143 4.2.4, 6.2, 6.3, 11.12,
 * 11.13; RFC 7145 5.1.2). Keys are for `keys` and `negotiation`.
 */
#include <string.h>

#include "../oracle/watch.h"
#include "../oracle/whole_text.h"

enum { SECURITY, OPERATIONAL, FULL_FEATURE = 3 };

struct login {
	const struct log_event *first, *request, *response; /* the last of each */
	struct pdu asked, begun, answered; /* last request, first request, last response */
	bool outstanding;		   /* the request waits for its response */
	unsigned stage;			   /* once `first` */
	bool named, portal_group;	   /* first whole text of the initiator, of the target */
	bool with_header;		   /* Login Responses came behind an iSER header */
};

static void request(struct watch *w, const struct dialogue *d, struct login *s,
		    const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	if (s->first) {
		watch_rule(w, FROM_INITIATOR, "I7143-6.3-1", !s->outstanding, t->ev, s->request,
			   "a Login Request while the one before is not answered");
		watch_rule(w, FROM_INITIATOR, "I7143-11.12.6-1",
			   p->tsih == s->begun.tsih && p->cid == s->begun.cid &&
				   p->version_max == s->begun.version_max &&
				   p->version_min == s->begun.version_min,
			   t->ev, s->first,
			   "TSIH 0x%x, CID 0x%x, versions %u to %u, in a login that began with "
			   "0x%x, 0x%x, "
			   "%u to %u",
			   p->tsih, p->cid, p->version_min, p->version_max, s->begun.tsih,
			   s->begun.cid, s->begun.version_min, s->begun.version_max);
		watch_rule(w, FROM_INITIATOR, "I7143-4.6.3.2-1", p->itt == s->begun.itt, t->ev,
			   s->first, "ITT 0x%x, in a login that began with 0x%x", p->itt,
			   s->begun.itt);
		if (s->answered.type && s->answered.c)
			watch_rule(w, FROM_INITIATOR, "I7143-6.2-3", !p->data.len, t->ev,
				   s->response, "a Login Response with C=1 is answered by text");
		watch_rule(w, FROM_INITIATOR, "I7143-6.3-4",
			   !(s->stage == OPERATIONAL && p->csg == SECURITY), t->ev, s->response,
			   "the security stage after the operational one");
	} else {
		s->first = t->ev;
		s->begun = *p;
		s->stage = p->csg;
	}
	watch_rule(w, FROM_INITIATOR, "I7143-11.12.4-1", !p->version_max && !p->version_min, t->ev,
		   NULL, "versions %u to %u", p->version_min, p->version_max);
	watch_rule(w, FROM_INITIATOR, "I7143-6.2-1", !(p->c && p->t), t->ev, NULL,
		   "a Login Request with both T and C");
	watch_rule(w, FROM_INITIATOR, "I7143-6.3-9",
		   (p->csg == SECURITY || p->csg == OPERATIONAL) &&
			   (!p->t || (p->nsg > p->csg && p->nsg != 2)),
		   t->ev, NULL, "a Login Request from stage %u to stage %u", p->csg, p->nsg);
	(void)d;
	s->asked = *p;
	s->request = t->ev;
	s->outstanding = true;
}

static void last_response(struct watch *w, const struct login *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	if (s->asked.type)
		watch_rule(w, FROM_TARGET, "I7143-6.3-8",
			   s->asked.t && s->asked.nsg == FULL_FEATURE, t->ev, s->request,
			   "it enters full feature phase, which the initiator did not ask for");
	if (!s->begun.tsih)
		watch_rule(w, FROM_TARGET, "I7143-11.13.3-1", p->tsih != 0, t->ev, s->request,
			   "TSIH 0 in the final Login Response");
}

static void response(struct watch *w, struct login *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	watch_rule(w, FROM_TARGET, "I7143-6.3-1", s->outstanding, t->ev, s->response,
		   "a Login Response that no Login Request waits for");
	s->response = t->ev;
	s->outstanding = false;
	s->with_header = true;
	s->answered = *p;
	if (p->status_class)
		return;
	watch_rule(w, FROM_TARGET, "I7143-6.2-1", !(p->c && p->t), t->ev, NULL,
		   "a Login Response with both T and C");
	if (s->asked.type && s->asked.c)
		watch_rule(w, FROM_TARGET, "I7143-6.2-2", !p->data.len, t->ev, s->request,
			   "a Login Request with C=1 is answered by %zu bytes of text",
			   p->data.len);
	if (p->t && s->asked.type) {
		watch_rule(w, FROM_TARGET, "I7143-11.13.6-1", s->asked.t, t->ev, s->request,
			   "T=1 answers T=0");
		if (s->asked.t)
			watch_rule(w, FROM_TARGET, "I7143-6.3-6", p->nsg <= s->asked.nsg, t->ev,
				   s->request, "NSG=%u answers NSG=%u", p->nsg, s->asked.nsg);
		watch_rule(w, FROM_TARGET, "I7143-6.3-9",
			   p->csg == s->asked.csg && p->nsg > p->csg && p->nsg != 2, t->ev,
			   s->request,
			   "a transit from stage %u to stage %u in answer to one from %u", p->csg,
			   p->nsg, s->asked.csg);
		s->stage = p->nsg;
	}
	if (p->t && p->nsg == FULL_FEATURE)
		last_response(w, s, t);
	else if (!s->begun.tsih)
		watch_rule(w, FROM_TARGET, "I7143-11.13.3-1", !p->tsih, t->ev, s->request,
			   "TSIH 0x%x before the final Login Response", p->tsih);
}

/* Names in the first text of each side: RFC 7143 6.3, 6.3.1, 13.9. */
static void names(struct watch *w, const struct dialogue *d, struct login *s,
		  const struct traffic *t)
{
	struct bytes value, type;

	if (!t->text)
		return;
	if (t->from == FROM_INITIATOR && !s->named) {
		const bool normal =
			!whole_text_find(t->text, "SessionType", &type) || bytes_eq(type, "Normal");
		s->named = true;
		watch_rule(w, FROM_INITIATOR, "I7143-6.3-2",
			   whole_text_find(t->text, "InitiatorName", &value), t->ev, NULL,
			   "no InitiatorName in the first Login Request");
		if (normal)
			watch_rule(w, FROM_INITIATOR, "I7143-6.3-3",
				   whole_text_find(t->text, "TargetName", &value), t->ev, NULL,
				   "no TargetName in the first Login Request of a Normal session");
	} else if (t->from == FROM_TARGET && s->named && !s->portal_group && !s->asked.c) {
		s->portal_group = true;
		if (!t->pdu.status_class && dialogue_said(d, FROM_INITIATOR, "TargetName"))
			watch_rule(w, FROM_TARGET, "I7143-6.3.1-1",
				   whole_text_find(t->text, "TargetPortalGroupTag", &value), t->ev,
				   s->request,
				   "no TargetPortalGroupTag in its first answer to TargetName");
	}
}

/*
 * A Login Response without the 28 bytes in front that the others of this login had (5.1.2: the last
 * one too goes out as the login did). It does not decode, so it is known by its own first bytes.
 */
static void undecoded(struct watch *w, struct login *s, const struct traffic *t)
{
	const struct bytes *b = &t->ev->bytes;

	/* It may be refused, or taken for a Login Request: either way its answer answers something.
	 */
	if (t->from == FROM_INITIATOR) {
		s->outstanding = true;
		s->asked.type = NULL;
	}
	if (t->from == FROM_TARGET && s->with_header && b->len >= BHS_SIZE &&
	    (b->at[0] & 0x3f) == OP_LOGIN_RESPONSE)
		watch_rule(w, FROM_TARGET, "I7145-5.1.2-9", false, t->ev, s->response,
			   "a Login Response without an iSER header, unlike those before it");
}

/* RFC 7143 4.2.4: one login a connection. */
static void second(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	if (d->final_response && p->type && p->type->iser_opcode == ISER_CONTROL &&
	    p->type->sender == t->from &&
	    (p->type->opcode == OP_LOGIN_REQUEST ||
	     (p->type->opcode == OP_LOGIN_RESPONSE && !p->status_class)))
		watch_rule(w, t->from, "I7143-4.2.4-2", false, t->ev, d->final_response,
			   "a %s on a connection that has had its login", p->type->title);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct login *s = state;

	if (t->delivery == NOT_DELIVERED)
		return;
	if (d->phase != DIALOGUE_LOGIN) {
		second(w, d, t);
		return;
	}
	if (!t->pdu.type) {
		undecoded(w, s, t);
		return;
	}
	const bool login = is_login_pdu(d, t);
	watch_rule(w, t->from, "I7143-4.2.4-1", login, t->ev, s->response,
		   "%s before the end of the login", t->pdu.type->title);
	if (!login)
		return;
	if (t->from == FROM_INITIATOR) {
		request(w, d, s, t);
	} else {
		if (s->with_header)
			watch_rule(w, FROM_TARGET, "I7145-5.1.2-9", true, t->ev, NULL, "-");
		response(w, s, t);
	}
	names(w, d, s, t);
}

const struct monitor monitor_login = {
	.name = "login",
	.doc = "login PDUs alternate, keep to the stages and say what they must",
	.rules = "I7143-4.2.4-1 I7143-4.2.4-2 I7143-4.6.3.2-1 I7143-6.2-1 I7143-6.2-2 I7143-6.2-3 "
		 "I7143-6.3-1 "
		 "I7143-6.3-2 "
		 "I7143-6.3-3 "
		 "I7143-6.3-4 I7143-6.3-6 I7143-6.3-8 I7143-6.3-9 I7143-6.3.1-1 I7143-11.12.4-1 "
		 "I7143-11.12.6-1 I7143-11.13.3-1 I7143-11.13.6-1 I7145-5.1.2-9",
	.state_size = sizeof(struct login),
	.message = message,
};
