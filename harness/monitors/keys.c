/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who says which text key, where and how often: stages and session types, senders, once in a login,
 * values of declarations, keys that everybody has to know (RFC 7145 3.3, 5.1, 6; RFC 7143 6.2, 6.3,
 * 12, 13). Whether an answer fits its offer is for `negotiation`.
 */
#include <inttypes.h>
#include <string.h>

#include "../oracle/watch.h"
#include "../oracle/whole_text.h"

struct keys {
	bool discovery; /* SessionType=Discovery was said */
	bool looked;	/* at the login of a further connection */
};

/* A key=value, and what surrounds it. */
struct word {
	struct watch *w;
	const struct traffic *t;
	const struct text_key *known;
	struct bytes value;
	const struct said_key *theirs,
		*ours;			 /* the same key as said before, by the others, by us */
	bool login, discovery, assisted; /* assisted: both said RDMAExtensions=Yes by now */
	bool names_session;		 /* the login may be that of a further connection */
};

static bool is_said(const struct word *k, const char *name)
{
	return word_is(k->known->name, name);
}

/* RFC 7143 12, 6.3: the security stage has keys of its own. Whoever only answers did not begin it.
 */
static void stage(const struct word *k)
{
	const bool operational = !(k->known->use & (KEY_ANY_STAGE | KEY_SECURITY_ONLY));
	if (!k->login || k->theirs)
		return;
	if (k->t->pdu.csg == 0)
		watch_rule(k->w, k->t->from, "I7143-12-1", !operational, k->t->ev, NULL,
			   "%s in the security stage", k->known->name);
	if (k->t->pdu.csg == 1)
		watch_rule(k->w, k->t->from, "I7143-6.3-5", !(k->known->use & KEY_SECURITY_ONLY),
			   k->t->ev, NULL, "%s in the operational stage", k->known->name);
}

/* RFC 7143 13: keys of the (leading) login are not brought up afterwards. */
static void after_login(const struct word *k)
{
	if (!k->login && k->t->from == FROM_INITIATOR)
		watch_rule(k->w, FROM_INITIATOR, "I7143-13-1",
			   k->known->use & (KEY_ANY | KEY_FFP_ONLY), k->t->ev, NULL,
			   "%s in full feature phase", k->known->name);
}

/* RFC 7143 6.3: no key twice in one login. */
static void once(const struct word *k)
{
	const bool not_theirs =
		k->theirs && !(k->known->sender &
			       (k->t->from == FROM_TARGET ? KEY_FROM_INITIATOR : KEY_FROM_TARGET));
	/* What the other side must not say at all may be answered beside what this one declares. */
	if (!k->login || is_said(k, "TargetAddress") || not_theirs)
		return;
	watch_rule(k->w, k->t->from, "I7143-6.3-12", !k->ours, k->t->ev, NULL,
		   "%s for the second time in one login, after %s=%s", k->known->name,
		   k->known->name, k->ours ? k->ours->value : "");
}

/* RFC 7145 6.9, 6.10: two keys that only an initiator declares. */
static void sender(const struct word *k)
{
	const char *rule = is_said(k, "iSERHelloRequired") ? "I7145-6.10-3" : "I7145-6.9-2";
	if (k->t->from == FROM_TARGET && k->login &&
	    (is_said(k, "iSERHelloRequired") || is_said(k, "TaggedBufferForSolicitedDataOnly")))
		watch_rule(k->w, FROM_TARGET, rule, k->theirs != NULL, k->t->ev, NULL,
			   "the target brings up %s, which is the initiator's", k->known->name);
}

/*
 * Values of declarations that section 6 of RFC 7145 bounds, and of the two lengths offered. The
 * word of whoever answers is none.
 */
static void bounds(const struct word *k)
{
	static const struct {
		const char *key, *rule;
	} rows[] = {
		{"MaxOutstandingUnexpectedPDUs", "I7145-6.7-2"},
		{"MaxAHSLength", "I7145-6.8-2"},
		{"TargetRecvDataSegmentLength", "I7145-6.4-2"},
		{"InitiatorRecvDataSegmentLength", "I7145-6.5-1"},
		{"TaggedBufferForSolicitedDataOnly", "I7145-6.9-3"},
		{"iSERHelloRequired", "I7145-6.10-3"},
		{"RDMAExtensions", "I7145-6.3-7"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n = 0;
		bool flag;
		if (!is_said(k, rows[i].key) || text_is_answer_word(k->value))
			continue;
		const bool good = k->known->max
					  ? !text_number(k->value, &n, NULL) &&
						    ((n >= k->known->min && n <= k->known->max) ||
						     (!n && k->known->zero_is_legal))
					  : !text_bool(k->value, &flag, NULL);
		watch_rule(k->w, k->t->from, rows[i].rule, good, k->t->ev, NULL,
			   "%s=%.*s is no legal value", k->known->name,
			   (int)(k->value.len < 80 ? k->value.len : 80), (const char *)k->value.at);
	}
}

/*
 * NotUnderstood where the key has to be known. The keys that RFC 5046 did not have yet are left
 * out: RFC 7145 forbids the answer (3.3) and foresees it (5.1.3, 6.8). So are those of RFC 7144 and
 * later, and those of the leading login where there may be another (13).
 */
static void understood(const struct word *k)
{
	const bool answered = bytes_eq(k->value, "NotUnderstood");
	if (!k->theirs || is_said(k, "iSERHelloRequired") || is_said(k, "MaxAHSLength") ||
	    is_said(k, "TaggedBufferForSolicitedDataOnly"))
		return;
	if (!strncmp(k->known->section, "RFC 7145", 8)) {
		/* Used as specified: of an assisted session, in its place. */
		if (k->login && k->t->pdu.csg == 1 && !k->discovery &&
		    (k->assisted || is_said(k, "RDMAExtensions")))
			watch_rule(k->w, k->t->from, "I7145-3.3-9", !answered, k->t->ev, NULL,
				   "%s=NotUnderstood", k->known->name);
	} else if (k->known->obsolete) {
		watch_rule(k->w, k->t->from, "I7143-13.25-1", !answered, k->t->ev, NULL,
			   "%s=NotUnderstood", k->known->name);
	} else if (!strncmp(k->known->section, "RFC 7143 13.", 12) &&
		   !strstr(k->known->section, "RFC 7144") &&
		   strncmp(k->known->name, "X#", 2) != 0 && k->login && k->t->pdu.csg == 1 &&
		   !(k->names_session && k->known->use & KEY_LEADING_ONLY)) {
		watch_rule(k->w, k->t->from, "I7143-6.2-7", !answered, k->t->ev, NULL,
			   "%s=NotUnderstood", k->known->name);
	}
}

/* RFC 7145 5.1: not in a Discovery session, neither to offer it nor to agree. */
static void discovery(const struct word *k)
{
	if (k->discovery && k->login && is_said(k, "RDMAExtensions"))
		watch_rule(k->w, k->t->from, "I7145-5.1-5",
			   k->theirs ? !bytes_eq(k->value, "Yes") : text_is_answer_word(k->value),
			   k->t->ev, NULL, "RDMAExtensions=%.*s in a Discovery session",
			   (int)k->value.len, (const char *)k->value.at);
}

/* Keys of the leading login alone have no place in that of a further connection, which a login
 * turns out to be when it has succeeded. SessionType may be said in each (RFC 7143 6.3). */
static void of_further(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct said_key *broken = NULL;

	for (size_t i = 0; i < d->key_count && !broken; i++) {
		const struct said_key *k = &d->keys[i];
		if (k->from == FROM_INITIATOR && !k->answer && k->csg != 3 && k->known &&
		    k->known->use & KEY_LEADING_ONLY && strcmp(k->key, "SessionType") != 0)
			broken = k;
	}
	watch_rule(w, FROM_INITIATOR, "I7143-13-1", !broken, t->ev, d->final_request,
		   "%s in the login of a further connection", broken ? broken->key : "");
}

/* Is the same key among the pairs in front of that one? */
static bool said_before(const struct whole_text *text, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (text->pairs[i].known == text->pairs[at].known)
			return true;
	return false;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct keys *s = state;
	struct bytes value;

	if (dialogue_is_further(d) && !s->looked) {
		s->looked = true;
		of_further(w, d, t);
	}

	if (!t->text)
		return;
	if (whole_text_find(t->text, "SessionType", &value))
		s->discovery |= bytes_eq(value, "Discovery");
	const struct said_key *yes = dialogue_said(
		d, t->from == FROM_TARGET ? FROM_INITIATOR : FROM_TARGET, "RDMAExtensions");
	const bool assisted =
		d->terms.rdma_extensions ||
		(yes && !strcmp(yes->value, "Yes") &&
		 whole_text_find(t->text, "RDMAExtensions", &value) && bytes_eq(value, "Yes"));
	const enum pdu_sender other = t->from == FROM_TARGET ? FROM_INITIATOR : FROM_TARGET;
	for (size_t i = 0; i < t->text->count; i++) {
		const struct whole_pair *pair = &t->text->pairs[i];
		struct word k = {.w = w,
				 .t = t,
				 .value = pair->value,
				 .login = is_login_pdu(d, t),
				 .discovery = s->discovery,
				 .assisted = assisted,
				 .names_session = d->names_session,
				 .known = pair->known};
		if (!k.known)
			continue;
		k.theirs = dialogue_said_key(d, other, k.known);
		k.ours = dialogue_said_key(d, t->from, k.known);
		/* Twice within this very text: the second one is told of. */
		static char another[] = "another value";
		const struct said_key here = {.value = another};
		if (!k.ours && said_before(t->text, i))
			k.ours = &here;
		stage(&k);
		after_login(&k);
		once(&k);
		sender(&k);
		bounds(&k);
		understood(&k);
		discovery(&k);
	}
}

const struct monitor monitor_keys = {
	.name = "keys",
	.doc = "each text key comes from whom, where and as often as it may, with a legal value",
	.rules = "I7143-12-1 I7143-6.3-5 I7143-13-1 I7143-6.3-12 I7145-6.9-2 I7145-6.10-3 "
		 "I7145-6.7-2 "
		 "I7145-6.8-2 I7145-6.4-2 I7145-6.5-1 I7145-6.9-3 I7145-6.3-7 I7145-3.3-9 "
		 "I7143-13.25-1 "
		 "I7143-6.2-7 I7145-5.1-5",
	.state_size = sizeof(struct keys),
	.message = message,
};
