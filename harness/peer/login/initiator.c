/* SPDX-License-Identifier: BSD-2-Clause */
/* The initiator's half of the login phase, RFC 7143 6.3, 11.12; RFC 7145 5.1.1. */
#include "../initiator/initiator.h"
#include "login.h"

#include <string.h>

enum { SMALL_TEXT = 4096, /* a mutant's buffer */ IDLE_ROUNDS_MAX = 16 };

/* Text in pieces of one byte takes hundreds; a target that never ends its login has no number. */
enum { EXCHANGES_MAX = 2000 };

static void request_pdu(struct peer *p, struct pdu *pdu)
{
	pdu_init(pdu, pdu_type_by_opcode(OP_LOGIN_REQUEST));
	pdu->csg = p->login->stage;
	if (p->login->operational_sent && p->login->stage == STAGE_OPERATIONAL &&
	    peer_knob(p, KNOB_SECURITY_BEHIND_OPERATIONAL))
		pdu->csg = STAGE_SECURITY;
	pdu->isid = p->isid;
	pdu->tsih = p->tsih;
	pdu->cid = p->cid;
	if (p->login->sent && peer_knob(p, KNOB_CID_CHANGES))
		pdu->cid += p->login->sent;
	if (peer_knob(p, KNOB_LOGIN_VERSION_ONE))
		pdu->version_max = 1;
	pdu->itt = p->phase == PEER_LOGIN ? p->login->itt : p->session->next_itt;
	if (p->login->sent && peer_knob(p, KNOB_LOGIN_NEW_TAG))
		pdu->itt += p->login->sent;
	pdu->cmd_sn = p->session->cmd_sn;
	pdu->exp_stat_sn = p->exp_stat_sn;
}

/* What a mutant sends behind its first Login Request. */
static void send_too_much(struct peer *p, const struct pdu *first)
{
	struct pdu pdu;

	if (peer_knob(p, KNOB_LOGIN_REQUEST_TWICE)) {
		peer_post_receives(p, 1);
		peer_send(p, first);
	}
	if (peer_knob(p, KNOB_PING_DURING_LOGIN)) {
		pdu_init(&pdu, pdu_type_by_opcode(OP_NOP_OUT));
		pdu.i = 1;
		pdu.itt = pdu.ttt = TAG_NONE;
		pdu.cmd_sn = p->session->cmd_sn;
		peer_send(p, &pdu);
	}
}

/* A mutant's: as if the login had been on another connection. */
static void send_command(struct peer *p)
{
	struct pdu pdu;

	initiator_template(p, pdu_type_by_opcode(OP_SCSI_COMMAND), &pdu);
	peer_send(p, &pdu);
}

static void send_request(struct peer *p)
{
	struct pdu pdu;

	request_pdu(p, &pdu);
	login_next_text(p, &pdu);
	if (pdu.t && pdu.nsg == STAGE_FULL && peer_knob(p, KNOB_TRANSIT_WITH_CONTINUE))
		pdu.c = 1;
	/* Before the request that asks for full feature phase: RFC 7145 5.1.1. */
	login_owns_buffers(p, &pdu);
	peer_post_receives(p, 0);
	bool first = !p->login->sent;
	if (first && peer_knob(p, KNOB_COMMAND_BEFORE_LOGIN))
		send_command(p);
	peer_send(p, &pdu);
	if (first)
		send_too_much(p, &pdu);
}

static void send_empty(struct peer *p)
{
	struct pdu pdu;

	request_pdu(p, &pdu);
	if (peer_knob(p, KNOB_CONTINUE_ANSWERED_WITH_TEXT))
		pdu.data = (struct bytes){(const uint8_t *)"InitiatorAlias=x", 17};
	peer_post_receives(p, 0);
	peer_send(p, &pdu);
}

/* The next text of the operational stage, behind the answers that are in l->out already. */
static void compose_operational(struct peer *p)
{
	struct login_state *l = p->login;
	struct writer w = login_writer(l);
	unsigned n = ++l->composed, last = login_last_setting(p);

	login_put_offers(p, &w, n);
	login_put_settings(p, &w, n, true);
	login_written(p, &w);
	l->want_transit = n >= last && n > p->cfg.login_rounds;
	l->want_next = STAGE_FULL;
}

static void put(struct peer *p, struct writer *w, const char *key, const char *value)
{
	const struct peer_key_setting *s = login_setting(p, key);

	if (s && s->omit)
		return;
	value = s ? s->value : value;
	nego_offer(&p->login->nego, key, value);
	text_put(w, key, value);
}

void login_initiator_start(struct peer *p)
{
	struct login_state *l = p->login;
	bool chap = p->cfg.chap_secret[0];
	struct writer w = login_writer(l);

	/* The other connections of the session go on while this one logs in. */
	l->itt = p->further ? initiator_fresh_itt(p) : p->session->next_itt;
	/* RFC 7143 6.3: names and session type in the first request of the connection */
	if (!peer_knob(p, KNOB_NO_INITIATOR_NAME))
		put(p, &w, "InitiatorName", p->cfg.initiator_name);
	if (!p->further)
		put(p, &w, "SessionType", p->cfg.discovery ? "Discovery" : "Normal");
	if (!p->cfg.discovery && !peer_knob(p, KNOB_NO_TARGET_NAME))
		put(p, &w, "TargetName", p->cfg.target_name);
	if (peer_knob(p, KNOB_KEY_NAME_LOWER_CASE))
		text_put(&w, "x-hint", "1");
	l->stage = chap || p->cfg.security_stage ? STAGE_SECURITY : STAGE_OPERATIONAL;
	if (l->stage == STAGE_SECURITY) {
		put(p, &w, "AuthMethod", chap ? "CHAP" : "None");
		if (peer_knob(p, KNOB_OPERATIONAL_KEY_IN_SECURITY))
			text_put(&w, "MaxBurstLength", "65536");
		if (peer_knob(p, KNOB_EXTENSIONS_IN_SECURITY))
			put(p, &w, "RDMAExtensions", "Yes");
		for (size_t i = 0; i < p->cfg.key_count; i++)
			if (p->cfg.keys[i].security)
				text_put(&w, p->cfg.keys[i].key, p->cfg.keys[i].value);
		l->want_transit = !chap;
		l->want_next = STAGE_OPERATIONAL;
	}
	login_written(p, &w);
	if (l->stage == STAGE_OPERATIONAL)
		compose_operational(p);
	send_request(p);
}

static int check_frame(struct peer *p, const struct pdu *pdu)
{
	const struct pdu *asked = &p->login->last;

	if (peer_knob(p, KNOB_LOGIN_RESPONSES_UNCHECKED))
		return 0;
	if (pdu->t && pdu->c)
		return peer_violation(p, "RFC 7143 6.2", "T and C are both set");
	if (pdu->csg != asked->csg)
		return peer_violation(p, "RFC 7143 11.13", "CSG=%u answers CSG=%u",
				      (unsigned)pdu->csg, (unsigned)asked->csg);
	if (pdu->t && !asked->t)
		return peer_violation(p, "RFC 7143 11.13.6", "T=1 answers T=0");
	if (pdu->t && (pdu->nsg > asked->nsg || pdu->nsg <= pdu->csg || pdu->nsg == 2))
		return peer_violation(p, "RFC 7143 6.3", "NSG=%u answers NSG=%u",
				      (unsigned)pdu->nsg, (unsigned)asked->nsg);
	if (pdu->itt != asked->itt)
		return peer_violation(p, "RFC 7143 11.13", "ITT 0x%x answers 0x%x",
				      (unsigned)pdu->itt, (unsigned)asked->itt);
	return 0;
}

static int take_offer(struct peer *p, const struct text_pair *pair, struct writer *w)
{
	const struct text_key *key = text_key_by_name((const char *)pair->key.at, pair->key.len);
	char name[TEXT_KEY_MAX + 1], answer[TEXT_VALUE_MAX + 1] = "NotUnderstood", buf[32];
	struct err e = {0};

	if (!key && peer_knob(p, KNOB_UNKNOWN_KEY_PASSED_OVER))
		return 0;
	bytes_copy(pair->key, name, sizeof(name));
	if (login_leaves_unanswered(p, name))
		return 0;
	const struct peer_key_setting *s = login_setting(p, name);
	/* Who prefers to do without a function declines it: RFC 7145 6.3 lets a node not bring
	 * RDMAExtensions up, and 7143 6.2.2 wants an answer to whoever does. */
	const char *want =
		s && s->omit && key && key->kind == KEY_BOOL_AND ? "No" : login_want(p, name, buf);
	if (key) {
		int due = text_negotiate(key, pair->value, want, answer, sizeof(answer), &e);
		if (login_bend_initiator(p, name, pair->value, answer, sizeof(answer)))
			due = 1;
		if (due < 0 &&
		    peer_violation(p, e.section ? e.section : key->section, "%s", e.what) &&
		    p->phase == PEER_CLOSED)
			return -1;
		if (due == 0)
			return 0;
	}
	nego_answer(&p->login->nego, pair->key, answer);
	text_put(w, name, answer);
	return 0;
}

static int take_keys(struct peer *p, struct login_security *s, uint8_t csg)
{
	struct login_state *l = p->login;
	struct cursor c = cursor_of(l->in, l->in_len);
	struct writer w = login_writer(l);
	struct text_pair pair;
	struct err e = {0};
	int got, rc = 0;

	while (!rc && (got = text_next(&c, &pair, &e)) != 0) {
		if (got < 0) { /* what is behind it may be sound */
			peer_violation(p, e.section ? e.section : "RFC 7143 6.1", "%s", e.what);
			rc = p->phase == PEER_CLOSED ? -1 : 0;
			continue;
		}
		login_heard(p, &pair, csg);
		if (login_take_security(s, &pair))
			continue;
		const struct nego_key *k;
		char name[TEXT_KEY_MAX + 1];
		switch (nego_hear(&l->nego, pair.key, pair.value)) {
		case NEGO_ANSWER:
			bytes_copy(pair.key, name, sizeof(name));
			k = nego_find(&l->nego, name);
			if (word_is(k->result, "NotUnderstood") &&
			    peer_knob(p, KNOB_DIES_ON_NOT_UNDERSTOOD))
				rc = peer_violation(p, "RFC 7143 6.2", "%s is not understood",
						    name);
			if (word_is(name, "RDMAExtensions") &&
			    peer_knob(p, KNOB_TAKES_MAYBE_FOR_YES))
				break;
			if (!peer_knob(p, KNOB_ACCEPTS_BAD_ANSWER) &&
			    !peer_knob(p, KNOB_TAKES_ANSWER_ABOVE_OFFER) &&
			    nego_check_answer(k, &e))
				rc = peer_violation(p, e.section ? e.section : "RFC 7143 6.2.2",
						    "%s", e.what);
			break;
		case NEGO_OFFER:
			rc = take_offer(p, &pair, &w);
			break;
		case NEGO_REPEATED:
			if (peer_knob(p, KNOB_OVERLOOKS_REPEATED_KEY))
				break;
			rc = peer_violation(p, "RFC 7143 6.3", "%.*s was said twice",
					    (int)pair.key.len, (const char *)pair.key.at);
			break;
		case NEGO_FULL:
			rc = peer_violation(p, "RFC 7143 7.12", "more than %d keys", NEGO_KEYS);
			break;
		}
		if (p->phase != PEER_CLOSED)
			rc = 0; /* the harness goes on */
	}
	l->in_len = 0;
	login_written(p, &w);
	return p->phase == PEER_CLOSED ? -1 : 0;
}

static bool was_offered(const struct peer *p, const char *key, struct bytes value)
{
	const struct nego_key *k = nego_find(&p->login->nego, key);
	struct bytes item, list = {0};

	if (k && k->offered)
		list = (struct bytes){(const uint8_t *)k->offer, strlen(k->offer)};
	for (size_t i = 0; text_list_item(list, i, &item); i++)
		if (item.len == value.len && !memcmp(item.at, value.at, item.len))
			return true;
	return false;
}

/* Its answer to the target's challenge, and a challenge of its own where that has to prove itself.
 */
static int answer_challenge(struct peer *p, const struct login_security *s, struct writer *w,
			    struct err *e)
{
	struct login_state *l = p->login;
	uint64_t algorithm;

	if (text_number(s->a, &algorithm, NULL) ||
	    (!was_offered(p, "CHAP_A", s->a) && !peer_knob(p, KNOB_CHAP_STEP_NOT_CHECKED)))
		return err_wire(e, ERR_NO_OFFSET, "RFC 7143 12.1.3",
				"an algorithm that was not offered");
	if (s->c.len > 1 && (s->c.at[1] == 'b' || s->c.at[1] == 'B') &&
	    peer_knob(p, KNOB_INITIATOR_CHAP_BASE64_UNKNOWN))
		return err_wire(e, ERR_NO_OFFSET, "RFC 7143 12.1.3", "a challenge in base64");
	l->chap.algorithm = algorithm < 5 || algorithm > 8 ? 0 : (unsigned)algorithm;
	if (chap_read_challenge(&l->chap.theirs, s->i, s->c, e) ||
	    chap_answer(w, &l->chap,
			peer_knob(p, KNOB_CHAP_NAME_LEFT_OUT) ? NULL : p->cfg.chap_user,
			p->cfg.chap_secret, e))
		return -1;
	if (!p->cfg.mutual_secret[0])
		return 0;
	if (peer_knob(p, KNOB_CHAP_CHALLENGE_REUSED))
		l->chap.ours = l->chap.theirs;
	else
		login_new_challenge(p, p->cfg.seed ^ 1);
	chap_put_challenge(w, &l->chap.ours);
	return 0;
}

static void begin_chap(struct peer *p, struct writer *w)
{
	if (peer_knob(p, KNOB_CHAP_NOT_BEGUN))
		return;
	const char *list = peer_knob(p, KNOB_CHAP_WITHOUT_MD5) ? "7" : "5";

	nego_offer(&p->login->nego, "CHAP_A", list);
	text_put(w, "CHAP_A", list);
}

/* One step of CHAP as the initiator, RFC 7143 12.1.3. */
static int take_chap(struct peer *p, const struct login_security *s)
{
	struct login_state *l = p->login;
	struct writer w = login_writer(l);
	bool mutual = p->cfg.mutual_secret[0];
	struct err e = {0};
	int rc = 0;

	if (s->auth.at && bytes_eq(s->auth, "CHAP") && p->cfg.chap_secret[0]) {
		begin_chap(p, &w);
	} else if (s->auth.at && bytes_eq(s->auth, "None")) {
		if (!was_offered(p, "AuthMethod", s->auth))
			rc = peer_violation(p, "RFC 7143 12.1", "AuthMethod=None was not offered");
		l->want_transit = true;
	} else if (s->auth.at) {
		rc = peer_violation(p, "RFC 7143 12.1", "AuthMethod=%.*s", (int)s->auth.len,
				    (const char *)s->auth.at);
	} else if (s->a.at && s->i.at && s->c.at) {
		rc = answer_challenge(p, s, &w, &e);
		if (rc)
			peer_violation(p, "RFC 7143 12.1.3", "%s", e.what);
		l->want_transit = true;
	} else if (s->n.at && s->r.at) {
		l->auth_done = mutual && bytes_eq(s->n, p->cfg.mutual_user) &&
			       chap_verify(&l->chap, p->cfg.mutual_secret, s->r) &&
			       !peer_knob(p, KNOB_CHAP_PROOF_NEVER_RIGHT);
		if (!l->auth_done && !peer_knob(p, KNOB_CHAP_PROOF_NOT_CHECKED))
			rc = peer_violation(p, "RFC 7143 12.1.3",
					    "the target did not prove who it is");
		if (l->auth_done && !p->cfg.tolerant &&
		    chap_verify(&l->chap, p->cfg.chap_secret, s->r) &&
		    !peer_knob(p, KNOB_CHAP_ONE_SECRET_ACCEPTED))
			rc = peer_violation(p, "RFC 7143 9.2.1",
					    "the response is the one that we would have given");
	} else if (mutual && s->n.at && peer_knob(p, KNOB_CHAP_NAME_IS_PROOF)) {
		l->auth_done = true;
	} else if (s->a.at || s->i.at || s->c.at || s->n.at || s->r.at) {
		if (!peer_knob(p, KNOB_CHAP_STEP_NOT_CHECKED))
			rc = peer_violation(p, "RFC 7143 9.2", "a key of CHAP is missing");
	}
	login_written(p, &w);
	return rc && p->phase == PEER_CLOSED ? -1 : 0;
}

static void next_stage(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;

	if (l->stage == STAGE_SECURITY && p->cfg.mutual_secret[0] && !l->auth_done &&
	    !p->cfg.knob[KNOB_CHAP_PROOF_NOT_CHECKED] &&
	    peer_violation(p, "RFC 7143 12.1.3", "the stage ends, the target has proved nothing") &&
	    p->phase == PEER_CLOSED)
		return;
	l->stage = p->cfg.knob[KNOB_LOGIN_RESPONSES_UNCHECKED] ? STAGE_FULL : (uint8_t)pdu->nsg;
	if (l->stage != STAGE_FULL) {
		compose_operational(p);
		send_request(p);
		return;
	}

	if (!pdu->tsih)
		peer_violation(p, "RFC 7143 11.13.3", "the final Login Response has TSIH=0");
	if (p->further && pdu->tsih != p->tsih)
		peer_violation(p, "RFC 7143 4.4.3", "TSIH 0x%x to who joins session 0x%x",
			       (unsigned)pdu->tsih, (unsigned)p->tsih);
	p->tsih = (uint16_t)pdu->tsih;
	p->session->next_itt += !p->further;
	login_terms(p);
	if (p->further && !nego_find(&p->login->nego, "RDMAExtensions") &&
	    peer_knob(p, KNOB_EXTENSIONS_NEEDED_AGAIN)) {
		peer_close(p);
		return;
	}
	if (!p->terms.error_recovery_level && peer_knob(p, KNOB_INSISTS_ON_LEVEL_1)) {
		peer_close(p);
		return;
	}
	/* RFC 7145 5.1, 6.3: without a Yes of both there is no iSER, and this transport carries
	 * nothing else. */
	if (!p->terms.rdma_extensions && !p->cfg.discovery && p->phase != PEER_CLOSED &&
	    !peer_knob(p, KNOB_IGNORES_REFUSED_EXTENSIONS) &&
	    !peer_knob(p, KNOB_TAKES_MAYBE_FOR_YES) && !peer_knob(p, KNOB_NO_RDMA_EXTENSIONS) &&
	    !peer_knob(p, KNOB_RDMA_EXTENSIONS_NO))
		peer_violation(p, "RFC 7145 5.1", "RDMAExtensions was not agreed on");
	if (p->phase != PEER_CLOSED)
		login_finish(p);
}

static void not_the_final_one(struct peer *p)
{
	const struct login_state *l = p->login;

	if (!l->last.t || l->last.nsg != STAGE_FULL)
		return;
	if (peer_knob(p, KNOB_ROUNDS_EAT_RECEIVES))
		login_lose_buffer(p);
	if (peer_knob(p, KNOB_DIES_ON_EXTRA_ROUNDS))
		peer_close(p);
}

static void failed(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;
	struct login_security s = {0};

	l->failed = true;
	l->ended = true;
	peer_note(p, "login failed: Status-Class %u, Status-Detail %u", (unsigned)pdu->status_class,
		  (unsigned)pdu->status_detail);
	l->in_len = 0; /* what it had begun to say it does not end */
	if (login_collect(p, pdu) == 1)
		take_keys(p, &s, (uint8_t)pdu->csg); /* TargetAddress of a redirection */
	if (!peer_knob(p, KNOB_IGNORES_LOGIN_FAILURE) && peer_answers(p, pdu->type))
		peer_close(p); /* RFC 7143 11.13.5, RFC 7145 10.1.4.6 */
}

void login_initiator_input(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;
	struct login_security s = {0};

	if (pdu->type != pdu_type_by_opcode(OP_LOGIN_RESPONSE)) {
		if (!peer_knob(p, KNOB_ACCEPTS_NOP_IN_DURING_LOGIN))
			peer_violation(p, "RFC 7143 4.2.4", "%s during login", pdu->type->title);
		return;
	}
	if (!l->sent) {
		peer_violation(p, "RFC 7143 6.3", "a Login Response before any request");
		return;
	}
	if (!p->login_pdus_heard++)
		p->exp_stat_sn = pdu->stat_sn;
	if (p->login_pdus_heard > EXCHANGES_MAX) {
		peer_note(p, "no end of the login in %d exchanges: given up", EXCHANGES_MAX);
		peer_close(p);
		return;
	}
	sequence_status(p, pdu);
	sequence_window(p, pdu);
	p->login_status_class = (uint8_t)pdu->status_class;
	p->login_status_detail = (uint8_t)pdu->status_detail;
	if (p->phase == PEER_CLOSED)
		return;
	if (pdu->status_class) {
		failed(p, pdu);
		return;
	}
	if (check_frame(p, pdu) && p->phase == PEER_CLOSED)
		return;

	int whole = login_collect(p, pdu);
	if (l->in_len > SMALL_TEXT && peer_knob(p, KNOB_LITTLE_TEXT_IN_LOGIN))
		whole = -1;
	if (whole < 0) {
		peer_violation(p, "RFC 7143 6.1", "more than %d bytes of text", LOGIN_TEXT_MAX);
		return;
	}
	if (!whole) {
		send_empty(p);
		return;
	}
	if (l->out_at < l->out_len) { /* they acknowledged one piece of ours: RFC 7143 6.2 */
		send_request(p);
		return;
	}
	if (take_keys(p, &s, (uint8_t)pdu->csg))
		return;
	if (l->stage == STAGE_SECURITY && take_chap(p, &s))
		return;
	if (l->stage == STAGE_SECURITY && !pdu->t && !pdu->data.len &&
	    ++l->idle_rounds > IDLE_ROUNDS_MAX) {
		peer_note(p, "nobody says anything in the security stage: given up");
		peer_close(p); /* RFC 7143 6.2 leaves the number to us */
	}
	if (!pdu->t)
		not_the_final_one(p);
	if (p->phase == PEER_CLOSED || login_initiator_leaves(p, pdu))
		return;
	if (pdu->t) {
		next_stage(p, pdu);
	} else {
		const bool asked = l->last.t;
		if (l->stage == STAGE_OPERATIONAL)
			compose_operational(p);
		if (asked && peer_knob(p, KNOB_TRANSIT_TAKEN_BACK))
			l->want_transit = false;
		send_request(p);
	}
}

void login_request_template(struct peer *p, struct pdu *out)
{
	request_pdu(p, out);
}
