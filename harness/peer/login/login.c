/* SPDX-License-Identifier: BSD-2-Clause */
/* What both sides of a login do alike: text in pieces, settings, buffers, the outcome. */
#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int login_new(struct peer *p)
{
	p->login = malloc(sizeof(*p->login));
	if (!p->login)
		return -1;
	memset(p->login, 0, offsetof(struct login_state, nego));
	p->login->nego.count = 0;
	p->login->rounds_left = p->cfg.login_rounds;
	p->login->owns_buffers = p->cfg.early_receives;
	if (peer_knob(p, KNOB_DISCOVERY_OFFERS_RDMA_EXTENSIONS))
		p->cfg.discovery = true;
	if (peer_knob(p, KNOB_OPERATIONAL_KEY_IN_SECURITY) ||
	    peer_knob(p, KNOB_EXTENSIONS_IN_SECURITY))
		p->cfg.security_stage = true;

	/* A target's word on iSERHelloRequired is its stance. */
	const struct peer_key_setting *s = login_setting(p, "iSERHelloRequired");
	if (p->cfg.role == PEER_TARGET && s)
		p->cfg.hello_stance = s->omit			 ? HELLO_SILENT_YES
				      : word_is(s->value, "Yes") ? HELLO_YES
				      : word_is(s->value, "No")	 ? HELLO_NO
								 : HELLO_NOT_UNDERSTOOD;
	return 0;
}

void login_free(struct peer *p)
{
	free(p->login);
	p->login = NULL;
}

bool login_ended(const struct peer *p)
{
	return p->login->ended;
}

bool login_chose_digest(const struct peer *p)
{
	const char *digest = nego_result(&p->login->nego, "HeaderDigest");

	return digest && word_is(digest, "CRC32C");
}

bool login_has_buffers(const struct peer *p)
{
	return p->login->owns_buffers;
}

unsigned login_lost_buffers(const struct peer *p)
{
	return p->login->lost_buffers;
}

void login_lose_buffer(struct peer *p)
{
	p->login->lost_buffers++;
}

static bool is_final(const struct pdu *pdu)
{
	return pdu->t && pdu->nsg == STAGE_FULL && !pdu->status_class;
}

/* A target that is asked for more of a text (C=1) has not heard what it is to answer yet. */
static bool says_operational(const struct peer *p, const struct pdu *pdu)
{
	return pdu->csg == STAGE_OPERATIONAL &&
	       !(p->cfg.role == PEER_TARGET && p->login->request.c);
}

static bool says_key(const struct pdu *pdu, const char *key)
{
	struct cursor c = cursor_of(pdu->data.at, pdu->data.len);
	struct text_pair pair;
	int got;

	while ((got = text_next(&c, &pair, NULL)) != 0)
		if (got > 0 && bytes_eq(pair.key, key))
			return true;
	return false;
}

unsigned login_points(const struct peer *p, const struct pdu *pdu)
{
	const struct login_state *l = p->login;
	enum iscsi_opcode ours =
		p->cfg.role == PEER_INITIATOR ? OP_LOGIN_REQUEST : OP_LOGIN_RESPONSE;
	unsigned points = 0;

	if (pdu->type->iser_opcode != ISER_CONTROL || pdu->type->opcode != ours)
		return 0;
	points |= 1u << PEER_POINT_NEXT;
	if (p->hold_at == PEER_POINT_KEY && says_key(pdu, p->hold_key))
		points |= 1u << PEER_POINT_KEY;
	if (!l->sent)
		points |= 1u << PEER_POINT_FIRST;
	if (!l->sent && ours == OP_LOGIN_REQUEST)
		points |= 1u << PEER_POINT_CONNECTED;
	if (says_operational(p, pdu) && !l->operational_sent)
		points |= 1u << PEER_POINT_OPERATIONAL;
	if (is_final(pdu))
		points |= 1u << PEER_POINT_FINAL;
	return points;
}

void login_owns_buffers(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;

	if (!is_final(pdu))
		return;
	if (p->cfg.role == PEER_INITIATOR) {
		if (peer_knob(p, KNOB_LATE_RECEIVES) || peer_knob(p, KNOB_RECEIVES_AFTER_DELAY))
			return;
		if (l->owns_buffers && peer_knob(p, KNOB_DOUBLE_POST)) {
			struct err e = {0};
			/* The receive queue has no room for them; that ends it, as it would a
			 * driver. */
			if (fab_post_recv(p->conn, p->cfg.fab.recv_depth / 2, &e))
				peer_close(p);
		}
	} else if (peer_knob(p, KNOB_SINGLE_LOGIN_RECEIVE) ||
		   peer_knob(p, KNOB_TARGET_LATE_RECEIVES_LOGIN)) {
		return;
	}
	l->owns_buffers = true;
}

void login_timer(struct peer *p)
{
	p->login->owns_buffers = true;
	peer_post_receives(p, 0);
	login_late_response(p);
}

void login_template(struct peer *p, const struct pdu_type *type, struct pdu *out)
{
	if (type->opcode == OP_LOGIN_REQUEST)
		login_request_template(p, out);
	else
		login_response_template(p, out);
}

/* The edge into full feature phase; buffers that a mutant did not have in time come now or later.
 */
void login_finish(struct peer *p)
{
	struct login_state *l = p->login;

	l->ended = true;
	login_terms(p);
	if (!l->owns_buffers) {
		if (p->cfg.role == PEER_TARGET || p->cfg.knob[KNOB_RECEIVES_AFTER_DELAY])
			fab_timer(p->fab, fab_now(p->fab) + 20 * NS_PER_MS, TIMER_RECEIVES,
				  p->conn);
		else
			l->owns_buffers = true;
	}
	if (p->cfg.role == PEER_INITIATOR && peer_knob(p, KNOB_PING_LOST_AT_EDGE))
		login_edge_begin(p);
	else
		peer_logged_in(p);
}

void login_sent(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;

	if (p->phase != PEER_LOGIN)
		return;
	l->sent++;
	if (says_operational(p, pdu))
		l->operational_sent++;
	l->last = *pdu;
	l->last.data = (struct bytes){0};
	if (p->cfg.role == PEER_INITIATOR)
		return;
	if (pdu->status_class) {
		/* RFC 7143 11.13.5: the login has failed, the connection ends. */
		l->ended = true;
		l->failed = true;
		if (!p->scripted && !peer_knob(p, KNOB_LOGIN_REJECT_WITHOUT_CLOSE) &&
		    !(pdu->status_class == 3 && peer_knob(p, KNOB_CROWD_STAYS)))
			peer_close_when_sent(p);
	} else if (is_final(pdu)) {
		login_finish(p);
	} else if (pdu->t) {
		l->stage = (uint8_t)pdu->nsg;
	}
}

/* RFC 7143 6.1: the order of keys means nothing. */
static void shuffle_keys(struct peer *p)
{
	struct login_state *l = p->login;
	uint8_t *copy = malloc(l->out_len);
	struct bytes pairs[NEGO_KEYS];
	size_t count = 0;

	if (!copy)
		return;
	memcpy(copy, l->out, l->out_len);
	for (size_t at = 0; at < l->out_len && count < NEGO_KEYS;) {
		const size_t len = strnlen((const char *)copy + at, l->out_len - at - 1) + 1;
		pairs[count++] = (struct bytes){copy + at, len};
		at += len;
	}
	uint8_t *to = l->out;
	for (uint64_t dice = p->cfg.key_order; count; count--) {
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		struct bytes *chosen = &pairs[(dice >> 33) % count];
		memcpy(to, chosen->at, chosen->len);
		to += chosen->len;
		*chosen = pairs[count - 1];
	}
	free(copy);
}

void login_next_text(struct peer *p, struct pdu *pdu)
{
	struct login_state *l = p->login;
	size_t left = l->out_len - l->out_at;
	size_t chunk = p->cfg.login_chunk ? p->cfg.login_chunk : TEXT_VALUE_LIMIT;

	if (chunk > TEXT_VALUE_LIMIT)
		chunk = TEXT_VALUE_LIMIT; /* RFC 7143 6.3: login keeps to the default of 8192 */
	bool more = left > chunk;
	/* What has to be in the first PDU stays there: a text in pieces keeps its order. */
	if (p->cfg.key_order && !l->out_at && l->out_len && !more)
		shuffle_keys(p);
	pdu->data.at = l->out + l->out_at;
	pdu->data.len = more ? chunk : left;
	pdu->c = more;
	l->out_at += pdu->data.len;
	if (!more && pdu->data.len &&
	    peer_knob(p, p->cfg.role == PEER_INITIATOR ? KNOB_TEXT_WITHOUT_NUL
						       : KNOB_RESPONSE_TEXT_WITHOUT_NUL))
		pdu->data.len--;
	if (!more) {
		l->out_len = l->out_at = 0;
		pdu->t = l->want_transit;
		pdu->nsg = l->want_transit ? l->want_next : 0;
	}
}

struct writer login_writer(struct login_state *l)
{
	struct writer w = writer_of(l->out, sizeof(l->out));

	w.at += l->out_len;
	return w;
}

void login_written(struct peer *p, const struct writer *w)
{
	if (w->failed)
		peer_note(p, "login text does not fit %d bytes", LOGIN_TEXT_MAX);
	p->login->out_len = writer_len(w);
}

int login_collect(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;

	if (pdu->data.len > sizeof(l->in) - l->in_len)
		return -1;
	if (pdu->data.len)
		memcpy(l->in + l->in_len, pdu->data.at, pdu->data.len);
	l->in_len += pdu->data.len;
	if (pdu->c && l->in_len && l->in_len < sizeof(l->in) && l->in[l->in_len - 1] &&
	    peer_knob(p,
		      p->cfg.role == PEER_TARGET ? KNOB_PIECES_END_KEYS : KNOB_PIECES_END_ANSWERS))
		l->in[l->in_len++] = 0;
	return !pdu->c;
}

bool login_is_secret(struct bytes key)
{
	return bytes_eq(key, "CHAP_R");
}

void login_heard(struct peer *p, const struct text_pair *pair, uint8_t csg)
{
	/* Full when the count is a power of two. */
	const size_t n = p->heard_count;
	struct peer_heard_key *grown =
		n & (n - 1) ? p->heard : realloc(p->heard, (n ? 2 * n : 1) * sizeof(*p->heard));
	if (!grown)
		return;
	p->heard = grown;

	struct peer_heard_key *h = &p->heard[p->heard_count];
	memset(h, 0, sizeof(*h));
	bytes_copy(pair->key, h->key, sizeof(h->key));
	h->value = login_is_secret(pair->key)
			   ? strdup("(hidden)")
			   : strndup((const char *)pair->value.at, pair->value.len);
	if (login_is_secret(pair->key))
		login_hear_response(p, pair->value);
	h->csg = csg;
	h->pdu = p->login_pdus_heard;
	if (h->value)
		p->heard_count++;
}

bool login_take_security(struct login_security *s, const struct text_pair *pair)
{
	struct {
		const char *name;
		struct bytes *at;
	} const all[] = {{"AuthMethod", &s->auth}, {"CHAP_A", &s->a}, {"CHAP_I", &s->i},
			 {"CHAP_C", &s->c},	   {"CHAP_N", &s->n}, {"CHAP_R", &s->r}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (bytes_eq(pair->key, all[i].name)) {
			*all[i].at = pair->value;
			return true;
		}
	}
	return false;
}

const struct peer_key_setting *login_setting(const struct peer *p, const char *key)
{
	for (size_t i = 0; i < p->cfg.key_count; i++)
		if (!p->cfg.keys[i].raw && word_is(p->cfg.keys[i].key, key))
			return &p->cfg.keys[i];
	return NULL;
}

unsigned login_last_setting(const struct peer *p)
{
	unsigned last =
		p->cfg.role == PEER_INITIATOR && p->cfg.knob[KNOB_RDMA_EXTENSIONS_LATE] ? 2 : 1;

	for (size_t i = 0; i < p->cfg.key_count; i++)
		if (!p->cfg.keys[i].omit && p->cfg.keys[i].round > last)
			last = p->cfg.keys[i].round;
	return last;
}

/* A target brings up what needs no answer; what is negotiated it only answers. */
static bool may_say(const struct peer *p, const char *name)
{
	const struct text_key *key = text_key_by_name(name, strlen(name));

	if (nego_find(&p->login->nego, name) || word_is(name, "AuthMethod"))
		return false;
	if (p->cfg.role == PEER_INITIATOR || !key)
		return true;
	return (key->kind == KEY_DECLARE_NUMBER || key->kind == KEY_DECLARE_TEXT) &&
	       !word_is(name, "MaxOutstandingUnexpectedPDUs");
}

void login_put_settings(struct peer *p, struct writer *w, unsigned n, bool known_too)
{
	for (size_t i = 0; i < p->cfg.key_count; i++) {
		const struct peer_key_setting *k = &p->cfg.keys[i];
		if (k->omit || k->security || (k->round ? k->round : 1) != n)
			continue;
		if (k->raw) {
			/* The answer to a key that nobody knows is no offer. */
			if (!text_key_by_name(k->key, strlen(k->key)))
				nego_offer(&p->login->nego, k->key, k->value);
			text_put(w, k->key, k->value);
		} else if (known_too && may_say(p, k->key)) {
			nego_offer(&p->login->nego, k->key, k->value);
			text_put(w, k->key, k->value);
		}
	}
}

bool login_key_fits_stage(struct bytes key, uint8_t csg)
{
	/* RFC 7143 12: the security stage has these keys and no others; names and addresses go
	 * anywhere. */
	static const char *const security[] = {"AuthMethod", "CHAP_A", "CHAP_I",
					       "CHAP_C",     "CHAP_N", "CHAP_R"};
	static const char *const anywhere[] = {
		"InitiatorName", "TargetName",	  "SessionType",	 "InitiatorAlias",
		"TargetAlias",	 "TargetAddress", "TargetPortalGroupTag"};
	for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
		if (bytes_eq(key, anywhere[i]))
			return true;
	bool is_security = false;
	for (size_t i = 0; i < sizeof(security) / sizeof(security[0]); i++)
		is_security |= bytes_eq(key, security[i]);
	if (is_security)
		return csg == STAGE_SECURITY;
	return csg != STAGE_SECURITY || !text_key_by_name((const char *)key.at, key.len);
}

static bool yes(const struct peer *p, const char *key, bool def)
{
	const char *value = nego_result(&p->login->nego, key);

	if (value && word_is(value, "Yes"))
		return true;
	if (value && word_is(value, "No"))
		return false;

	/* An offer that fixes the result alone needs no answer: RFC 7143 6.2.2. */
	const struct nego_key *k = nego_find(&p->login->nego, key);
	const struct text_key *known = text_key_by_name(key, strlen(key));
	if (k && k->offered && !k->has_result && known) {
		if (known->kind == KEY_BOOL_AND && word_is(k->offer, "No"))
			return false;
		if (known->kind == KEY_BOOL_OR && word_is(k->offer, "Yes"))
			return true;
	}
	return def;
}

static uint32_t number(const struct peer *p, const char *key, uint32_t def)
{
	const char *value = nego_result(&p->login->nego, key);
	uint64_t n;

	if (!value ||
	    text_number((struct bytes){(const uint8_t *)value, strlen(value)}, &n, NULL) ||
	    n > UINT32_MAX)
		return def;
	return (uint32_t)n;
}

/* Yes, and the other side did not say No or NotUnderstood: RFC 7145 5.1.3, 6.10 (silence accepts).
 */
static bool hello_due(const struct peer *p)
{
	if (!p->terms.hello_asked || !p->terms.rdma_extensions)
		return false;
	if (p->cfg.role == PEER_TARGET)
		return p->cfg.hello_stance == HELLO_SILENT_YES || p->cfg.hello_stance == HELLO_YES;
	const struct nego_key *k = nego_find(&p->login->nego, "iSERHelloRequired");
	return !k || !k->has_result || word_is(k->result, "Yes");
}

bool login_declares_moup(const struct peer *p)
{
	if (p->further)
		return p->terms.we_declared_moup;
	/* 6.7 wants it declared and 3.3 makes every initiator know the key, yet open-iscsi breaks
	 * off a login over a key that it did not use itself. */
	return p->cfg.declare_moup && (p->cfg.role == PEER_INITIATOR || p->cfg.moup_unasked ||
				       peer_heard(p, "MaxOutstandingUnexpectedPDUs"));
}

/* What a key does not say is as it was: of a further connection, as the leading one has it. */
static void their_terms(struct peer *p)
{
	struct peer_terms *t = &p->terms;
	const char *moup = peer_heard(p, "MaxOutstandingUnexpectedPDUs");
	const char *ahs = peer_heard(p, "MaxAHSLength");
	uint64_t n = 0;

	if (moup) {
		t->they_declared_moup =
			!text_number((struct bytes){(const uint8_t *)moup, strlen(moup)}, &n, NULL);
		t->their_moup = t->they_declared_moup && n <= UINT32_MAX ? (uint32_t)n : 0;
	}
	if (ahs && !text_number((struct bytes){(const uint8_t *)ahs, strlen(ahs)}, &n, NULL))
		t->their_max_ahs = n <= UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static void hello_terms(struct peer *p)
{
	struct peer_terms *t = &p->terms;
	const struct nego_key *hello = nego_find(&p->login->nego, "iSERHelloRequired");

	if (!hello && p->further)
		return;
	if (p->cfg.role == PEER_INITIATOR)
		t->hello_asked = hello && hello->offered && word_is(hello->offer, "Yes");
	else
		t->hello_asked = hello && hello->heard && peer_heard(p, "iSERHelloRequired") &&
				 word_is(peer_heard(p, "iSERHelloRequired"), "Yes");
	t->hello_due = hello_due(p);
}

void login_terms(struct peer *p)
{
	struct peer_terms *t = &p->terms;

	t->rdma_extensions = yes(p, "RDMAExtensions", t->rdma_extensions);
	t->initial_r2t = yes(p, "InitialR2T", t->initial_r2t);
	t->immediate_data = yes(p, "ImmediateData", t->immediate_data);
	t->data_pdu_in_order = yes(p, "DataPDUInOrder", t->data_pdu_in_order);
	t->initiator_rdsl = number(p, "InitiatorRecvDataSegmentLength", 8192);
	t->target_rdsl = number(p, "TargetRecvDataSegmentLength", 8192);
	t->max_burst = number(p, "MaxBurstLength", t->max_burst);
	t->first_burst = number(p, "FirstBurstLength", t->first_burst);
	if (t->first_burst > t->max_burst)
		t->first_burst = t->max_burst; /* RFC 7143 13.14 */
	t->max_outstanding_r2t = number(p, "MaxOutstandingR2T", t->max_outstanding_r2t);
	t->error_recovery_level = number(p, "ErrorRecoveryLevel", t->error_recovery_level);
	t->max_connections = number(p, "MaxConnections", t->max_connections);

	const struct nego_key *ours = nego_find(&p->login->nego, "MaxOutstandingUnexpectedPDUs");
	if (ours)
		t->we_declared_moup = ours->offered;
	t->our_moup = t->we_declared_moup ? p->cfg.moup : 0;
	their_terms(p);
	hello_terms(p);
	t->tagged_buffer_for_solicited_only = peer_base_is_solicited(p);
}

void login_new_challenge(struct peer *p, uint64_t seed)
{
	struct chap_challenge *c = &p->login->chap.ours;
	const bool repeatable = fab_is_simulated(p->fab);
	struct fab_answer id = {.name = "chap-id"}, challenge = {.name = "chap-challenge"};

	chap_new_challenge(c, repeatable, seed);
	if (repeatable)
		return;
	id.at = &c->id;
	id.len = 1;
	challenge.at = c->at;
	challenge.len = c->len;
	fab_answer(p->fab, p->conn, &id);
	fab_answer(p->fab, p->conn, &challenge);
}
