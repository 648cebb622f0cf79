/* SPDX-License-Identifier: BSD-2-Clause */
/* The target's half of the login phase, RFC 7143 6.3, 11.13; RFC 7145 5.1.2. */
#include "login.h"

#include <stdio.h>
#include <string.h>

enum {
	SHORT_NAME = 128,
	SHORT_ALIAS = 254,
	SMALL_TEXT = 4096,
	LOGINS_AT_ONCE = 16
}; /* what mutants have room for */

static void response_pdu(struct peer *p, struct pdu *pdu)
{
	const struct pdu *request = &p->login->request;

	pdu_init(pdu, pdu_type_by_opcode(OP_LOGIN_RESPONSE));
	pdu->csg = request->csg;
	if (peer_knob(p, KNOB_ECHOES_VERSION_MAX))
		pdu->version_active = request->version_max;
	pdu->isid = request->isid;
	pdu->itt = request->itt;
	pdu->stat_sn = p->stat_sn;
	pdu->exp_cmd_sn = p->session->exp_cmd_sn;
	pdu->max_cmd_sn = p->session->max_cmd_sn;
}

void login_fail(struct peer *p, unsigned status, const char *why)
{
	struct pdu pdu;

	peer_note(p, "login refused with 0x%04x: %s", status, why);
	response_pdu(p, &pdu);
	pdu.status_class = status >> 8;
	pdu.status_detail = status & 0xff;
	p->login->out_len = p->login->out_at = 0;
	if (pdu.status_class == 1 && p->cfg.redirect_to[0]) {
		struct writer w = login_writer(p->login);
		text_put(&w, "TargetAddress", p->cfg.redirect_to);
		pdu.data = (struct bytes){p->login->out, writer_len(&w)};
	}
	peer_send(p, &pdu);
}

int login_refuse(struct peer *p, unsigned status, const char *section, const char *why)
{
	if (!p->violation.what[0])
		err_wire(&p->violation, ERR_NO_OFFSET, section, "%s", why);
	peer_note(p, "violation: %s (%s)", why, section);
	if (p->cfg.tolerant)
		return 0;
	login_fail(p, status, why);
	return -1;
}

/* A mutant's Login Response that lacks the iSER header. */
static void send_bare(struct peer *p, const struct pdu *pdu)
{
	uint8_t bytes[ISER_HEADER_SIZE + BHS_SIZE + TEXT_VALUE_LIMIT] = {0};
	const size_t len = pdu_encode(pdu, bytes, sizeof(bytes), NULL);
	struct peer_msg m = {.pdu = *pdu,
			     .raw = bytes + ISER_HEADER_SIZE,
			     .raw_len = len > ISER_HEADER_SIZE ? len - ISER_HEADER_SIZE : 0};

	if (m.raw_len)
		peer_send_chain(p, &m, 1);
}

static void send_response(struct peer *p)
{
	struct login_state *l = p->login;
	struct pdu pdu;

	response_pdu(p, &pdu);
	login_next_text(p, &pdu);
	pdu.t = pdu.t && l->request.t; /* RFC 7143 11.13.6 */
	if (pdu.csg == STAGE_OPERATIONAL && !l->request.t && !pdu.c &&
	    peer_knob(p, KNOB_TRANSIT_UNASKED)) {
		pdu.t = 1;
		pdu.nsg = STAGE_FULL;
	}
	if (!pdu.t)
		pdu.nsg = 0;
	if (pdu.t && pdu.nsg == STAGE_OPERATIONAL && peer_knob(p, KNOB_TRANSITS_TOO_FAR))
		pdu.nsg = STAGE_FULL;
	if (pdu.t && pdu.nsg == STAGE_FULL) {
		pdu.c = peer_knob(p, KNOB_RESPONSE_TRANSIT_WITH_CONTINUE);
		pdu.tsih = login_take_place(p);
		if (peer_knob(p, KNOB_FINAL_TSIH_ZERO))
			pdu.tsih = 0;
		if (peer_knob(p, KNOB_VERSION_MAX_CHANGES))
			pdu.version_max = 1;
		if (peer_knob(p, KNOB_VERSION_ACTIVE_CHANGES))
			pdu.version_active = 1;
		if (peer_knob(p, KNOB_EXP_CMD_SN_NOT_FROM_LOGIN))
			pdu.exp_cmd_sn++;
		/* Owned before the final Login Response leaves: RFC 7145 5.1.2. */
		login_terms(p);
		login_owns_buffers(p, &pdu);
		if (peer_knob(p, KNOB_EXECUTES_BEFORE_FINAL_RESPONSE)) {
			l->ended = true;
			l->late_response = pdu;
			peer_post_receives(p, 0);
			fab_timer(p->fab, fab_now(p->fab) + 20 * NS_PER_MS, TIMER_RECEIVES,
				  p->conn);
			peer_enter_full(p);
			return;
		}
	}
	peer_post_receives(p, 0);
	if (pdu.t && pdu.nsg == STAGE_FULL && l->sent &&
	    peer_knob(p, KNOB_FINAL_RESPONSE_WITHOUT_HEADER)) {
		send_bare(p, &pdu);
		return;
	}
	peer_send(p, &pdu);
	if (!pdu.t && peer_knob(p, KNOB_LOGIN_RESPONSE_TWICE)) {
		pdu.stat_sn = p->stat_sn;
		peer_send(p, &pdu);
	}
}

void login_late_response(struct peer *p)
{
	struct login_state *l = p->login;

	if (!l->late_response.type)
		return;
	struct pdu pdu = l->late_response;
	l->late_response.type = NULL;
	pdu.stat_sn = p->stat_sn;
	peer_send(p, &pdu);
}

/* RFC 7143 6.3, 11.12: first, constant and legal header fields. */
static int check_frame(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;
	const struct pdu *before = &l->request;
	bool first = !l->first_request_seen;
	bool stage_is_bad = pdu->csg > STAGE_OPERATIONAL || (!first && pdu->csg != l->stage);

	if (!first && pdu->cid != before->cid && peer_knob(p, KNOB_CID_OF_LAST_REQUEST))
		p->cid = (uint16_t)pdu->cid;
	else if (!first && (pdu->isid != before->isid || pdu->cid != before->cid ||
			    pdu->tsih != before->tsih))
		if (login_refuse(p, INITIATOR_ERROR, "RFC 7143 11.12.6",
				 "ISID, TSIH or CID changed in login"))
			return -1;
	l->request = *pdu;
	l->request.data = (struct bytes){0};
	l->first_request_seen = true;
	if (first) {
		l->stage = (uint8_t)pdu->csg;
		p->isid = pdu->isid;
		p->cid = (uint16_t)pdu->cid;
		if (!p->further) {
			p->session->exp_cmd_sn = pdu->cmd_sn;
			p->session->max_cmd_sn = pdu->cmd_sn + p->cfg.window - 1;
		}
		if (pdu->version_min > 0 && !peer_knob(p, KNOB_TAKES_ANY_VERSION) &&
		    login_refuse(p, UNSUPPORTED_VERSION, "RFC 7143 11.12.4",
				 "Version-min is above 0"))
			return -1;
	}
	if (pdu->t && pdu->c && !peer_knob(p, KNOB_TAKES_TRANSIT_WITH_CONTINUE) &&
	    login_refuse(p, INITIATOR_ERROR, "RFC 7143 6.2", "T and C are both set"))
		return -1;
	if (stage_is_bad && peer_knob(p, KNOB_TAKES_ANY_STAGE)) {
		l->stage = (uint8_t)pdu->csg;
		return 0;
	}
	if (stage_is_bad &&
	    login_refuse(p, INITIATOR_ERROR, "RFC 7143 6.3", "CSG is not the current stage"))
		return -1;
	if (pdu->t && (pdu->nsg <= pdu->csg || pdu->nsg == 2) &&
	    !peer_knob(p, KNOB_TAKES_ANY_STAGE) &&
	    login_refuse(p, INITIATOR_ERROR, "RFC 7143 6.3", "no such stage transition"))
		return -1;
	return 0;
}

static void defer(struct login_state *l, const char *key, const char *value, unsigned round)
{
	snprintf(l->late_key, sizeof(l->late_key), "%s", key);
	snprintf(l->late_value, sizeof(l->late_value), "%s", value);
	l->late_round = round;
}

static unsigned answer_round(struct peer *p, const char *key)
{
	const struct peer_key_setting *s = login_setting(p, key);
	unsigned n = p->login->composed + 1;

	if (s && s->round > n)
		return s->round;
	if (word_is(key, "RDMAExtensions") && peer_knob(p, KNOB_RDMA_EXTENSIONS_ANSWERED_LATE))
		return n + 1;
	return n;
}

static void put_answer(struct peer *p, struct writer *w, struct bytes key, const char *answer)
{
	struct login_state *l = p->login;
	char name[TEXT_KEY_MAX + 1];

	bytes_copy(key, name, sizeof(name));
	const struct peer_key_setting *s = login_setting(p, name);
	bool silent = s && s->omit;
	if (word_is(name, "RDMAExtensions") && peer_knob(p, KNOB_RDMA_EXTENSIONS_UNANSWERED))
		silent = true;
	if (silent && !p->cfg.knob[KNOB_RDMA_EXTENSIONS_UNANSWERED]) {
		nego_answer(&l->nego, key, ""); /* no outcome: the default holds */
		return;
	}
	nego_answer(&l->nego, key, answer);
	if (silent)
		return;
	unsigned round = answer_round(p, name);
	if (round > l->composed + 1)
		defer(l, name, answer, round);
	else
		text_put(w, name, answer);
}

/* RFC 7145 5.1.3 and 6.10 differ on whether an answer is due; all four stances exist. */
static void take_hello_required(struct peer *p, struct writer *w, const struct text_pair *pair)
{
	static const char *const answers[] = {
		[HELLO_YES] = "Yes", [HELLO_NO] = "No", [HELLO_NOT_UNDERSTOOD] = "NotUnderstood"};
	bool asked;

	if (text_bool(pair->value, &asked, NULL)) {
		text_put(w, "iSERHelloRequired", "Reject");
		return;
	}
	if (asked && peer_knob(p, KNOB_ANSWERS_HELLO_NOT_UNDERSTOOD))
		p->cfg.hello_stance = HELLO_NOT_UNDERSTOOD;
	if (asked && p->cfg.hello_stance != HELLO_SILENT_YES)
		text_put(w, "iSERHelloRequired", answers[p->cfg.hello_stance]);
}

static bool is_section_6(const char *name)
{
	return word_is(name, "MaxOutstandingUnexpectedPDUs") || word_is(name, "MaxAHSLength") ||
	       word_is(name, "TaggedBufferForSolicitedDataOnly");
}

/* Said in the login of a further connection, though it is the leading one's: RFC 7143 13. */
static bool is_of_leading(struct peer *p, const struct text_key *key)
{
	if (!key || !(key->use & KEY_LEADING_ONLY) || word_is(key->name, "SessionType") ||
	    !login_is_further(p))
		return false;
	return !peer_knob(p, KNOB_LEADING_KEYS_TAKEN_AGAIN) &&
	       !p->cfg.knob[KNOB_EXTENSIONS_WANTED_AGAIN];
}

static int take_offer(struct peer *p, struct writer *w, const struct text_pair *pair)
{
	const struct text_key *key = text_key_by_name((const char *)pair->key.at, pair->key.len);
	char answer[TEXT_VALUE_MAX + 1] = "NotUnderstood", name[TEXT_KEY_MAX + 1];
	char buf[32], first[32];
	const char *want = NULL;
	struct err e = {0};
	int due = 1;

	bytes_copy(pair->key, name, sizeof(name));
	if (word_is(name, "iSERHelloRequired")) {
		take_hello_required(p, w, pair);
		return 0;
	}
	if (word_is(name, "RDMAExtensions")) {
		p->login->rdma_offered_late = p->login->texts > 1;
		if (p->login->rdma_offered_late &&
		    peer_knob(p, KNOB_DIES_ON_LATE_RDMA_EXTENSIONS)) {
			p->login->ended = true;
			return -1;
		}
	}
	if (is_of_leading(p, key)) {
		put_answer(p, w, pair->key, "Reject");
		return 0;
	}
	if ((is_section_6(name) && peer_knob(p, KNOB_NOT_UNDERSTOOD_FOR_SECTION_6)) ||
	    ((word_is(name, "MaxBurstLength") || word_is(name, "InitiatorAlias")) &&
	     peer_knob(p, KNOB_KNOWN_KEY_NOT_UNDERSTOOD)) ||
	    (key && key->obsolete && peer_knob(p, KNOB_MARKERS_NOT_UNDERSTOOD))) {
		put_answer(p, w, pair->key, answer);
		return 0;
	}
	if ((word_is(name, "ImmediateData") && peer_knob(p, KNOB_BOOLEAN_UNANSWERED)) ||
	    (word_is(name, "MaxBurstLength") && peer_knob(p, KNOB_NUMBER_UNANSWERED)))
		return 0;
	const char *type = peer_heard(p, "SessionType");
	if (key && word_is(name, "RDMAExtensions") && type && word_is(type, "Discovery") &&
	    !peer_knob(p, KNOB_RDMA_EXTENSIONS_IN_DISCOVERY))
		snprintf(answer, sizeof(answer), "Irrelevant"); /* RFC 7145 5.1 */
	else if (key) {
		want = login_want(p, name, buf);
		if (word_is(name, "FirstBurstLength"))
			want = login_first_burst(p, want, first);
		due = text_negotiate(key,
				     word_is(name, "MaxBurstLength")
					     ? neighbours_offer(p, name, pair->value)
					     : pair->value,
				     want, answer, sizeof(answer), &e);
	}
	if (due < 0) {
		peer_note(p, "%s: %s", name, e.what);
		login_bend_reject(p, pair->value, want, answer, sizeof(answer));
	}
	if (!key && peer_knob(p, KNOB_UNKNOWN_KEY_UNANSWERED))
		return 0;
	login_bend_answer(p, name, pair->value, answer, sizeof(answer));
	if (due)
		put_answer(p, w, pair->key, answer);
	return 0;
}

static int take_key(struct peer *p, struct writer *w, const struct text_pair *pair)
{
	struct login_state *l = p->login;
	char why[160];

	login_heard(p, pair, (uint8_t)l->request.csg);
	if (!login_key_fits_stage(pair->key, (uint8_t)l->request.csg) &&
	    !(bytes_eq(pair->key, "RDMAExtensions") &&
	      peer_knob(p, KNOB_ACCEPTS_SECURITY_RDMA_EXTENSIONS)) &&
	    !(!bytes_eq(pair->key, "RDMAExtensions") &&
	      peer_knob(p, KNOB_ACCEPTS_SECURITY_OPERATIONAL))) {
		snprintf(why, sizeof(why), "%.*s does not belong in stage %u", (int)pair->key.len,
			 (const char *)pair->key.at, (unsigned)l->request.csg);
		if (login_refuse(p, INITIATOR_ERROR, "RFC 7143 12", why))
			return -1;
	}
	if (login_take_security(&l->security, pair))
		return 0;
	switch (nego_hear(&l->nego, pair->key, pair->value)) {
	case NEGO_REPEATED:
		if (peer_knob(p, KNOB_TAKES_KEY_TWICE))
			return 0;
		snprintf(why, sizeof(why), "%.*s was said twice", (int)pair->key.len,
			 (const char *)pair->key.at);
		return login_refuse(p, INITIATOR_ERROR, "RFC 7143 6.3", why);
	case NEGO_FULL:
		return login_refuse(p, OUT_OF_RESOURCES, "RFC 7143 7.12", "too many keys");
	case NEGO_ANSWER:
		if (!bytes_eq(pair->value, "NotUnderstood") ||
		    !peer_knob(p, KNOB_TARGET_DIES_ON_NOT_UNDERSTOOD))
			return 0;
		peer_close(p);
		return -1;
	case NEGO_OFFER:
		return take_offer(p, w, pair);
	}
	return 0;
}

static int take_keys(struct peer *p)
{
	struct login_state *l = p->login;
	struct cursor c = cursor_of(l->in, l->in_len);
	struct writer w = login_writer(l);
	struct text_pair pair;
	struct err e = {0};
	int got;

	memset(&l->security, 0, sizeof(l->security));
	while ((got = text_next(&c, &pair, &e)) == 1) {
		if (take_key(p, &w, &pair))
			return -1;
	}
	l->in_len = 0;
	login_written(p, &w);
	if (got < 0 && !peer_knob(p, KNOB_TEXT_ENDS_AT_MALFORMED))
		return login_refuse(p, INITIATOR_ERROR, "RFC 7143 6.1", e.what);
	return 0;
}

/* Mutants: a text that may be longer, of a login that they refuse. */
static bool has_no_room(struct peer *p, const char *key, size_t most, enum knob knob)
{
	const char *value = peer_heard(p, key);
	char why[64];

	if (!value || strlen(value) <= most || !peer_knob(p, knob))
		return false;
	snprintf(why, sizeof(why), "%s is too long", key);
	login_fail(p, INITIATOR_ERROR, why);
	return true;
}

/* Who is it and what does it want: RFC 7143 6.3, first request of a connection. */
static int identify(struct peer *p)
{
	struct login_state *l = p->login;
	const char *type = peer_heard(p, "SessionType"), *name = peer_heard(p, "TargetName");

	if (l->identified)
		return 0;
	l->identified = true;
	const char *initiator = peer_heard(p, "InitiatorName");
	if (!initiator &&
	    login_refuse(p, MISSING_PARAMETER, "RFC 7143 6.3", "InitiatorName is missing"))
		return -1;
	if (has_no_room(p, "InitiatorName", SHORT_NAME, KNOB_SHORT_NAMES) ||
	    has_no_room(p, "InitiatorAlias", SHORT_ALIAS, KNOB_LONG_ALIAS_REFUSED))
		return -1;
	if (login_join(p))
		return -1;
	l->discovery = type && word_is(type, "Discovery");
	if (type && !l->discovery && !word_is(type, "Normal") &&
	    !peer_knob(p, KNOB_ANY_SESSION_TYPE) &&
	    login_refuse(p, UNSUPPORTED_SESSION_TYPE, "RFC 7143 13.21", "no such SessionType"))
		return -1;
	if (!l->discovery && !name &&
	    login_refuse(p, MISSING_PARAMETER, "RFC 7143 6.3", "TargetName is missing"))
		return -1;
	if (!l->discovery && name && !word_is(name, p->cfg.target_name)) {
		login_fail(p, NOT_FOUND, "another TargetName");
		return -1;
	}
	if (neighbours_in_login(p) >= LOGINS_AT_ONCE && peer_knob(p, KNOB_PARKED_LOGINS_EXHAUST)) {
		login_fail(p, OUT_OF_RESOURCES, "too many logins under way for a mutant");
		return -1;
	}
	if (p->cfg.login_status) {
		login_fail(p, p->cfg.login_status, "as configured");
		return -1;
	}
	if (name && !peer_knob(p, KNOB_NO_PORTAL_GROUP_TAG)) { /* RFC 7143 6.3.1: in the first
								  response that may carry it */
		struct writer w = login_writer(l);
		text_put(&w, "TargetPortalGroupTag", "1");
		login_say_too_much(p, &w);
		login_written(p, &w);
	}
	return 0;
}

/* What we say of our own in the n-th response of the operational stage. */
static void compose_operational(struct peer *p, const char *rdma)
{
	struct login_state *l = p->login;
	struct writer w = login_writer(l);
	unsigned n = ++l->composed;
	char buf[32];

	if (l->late_round == n) {
		text_put(&w, l->late_key, l->late_value);
		l->late_round = 0;
	}
	const struct peer_key_setting *s = login_setting(p, "MaxOutstandingUnexpectedPDUs");
	const char *moup = login_want(p, "MaxOutstandingUnexpectedPDUs", buf);
	if (moup && peer_knob(p, KNOB_TARGET_MOUP_ONE))
		moup = "1";
	if (moup && peer_knob(p, KNOB_TARGET_MOUP_UNDECLARED))
		moup = NULL;
	if (rdma && word_is(rdma, "Yes") && !l->moup_said && moup && !(s && s->omit) &&
	    (s || login_declares_moup(p)) && (s && s->round ? s->round : n) == n) {
		nego_offer(&l->nego, "MaxOutstandingUnexpectedPDUs", moup);
		text_put(&w, "MaxOutstandingUnexpectedPDUs", moup);
		l->moup_said = true;
	}
	if (n == 2 && !rdma && peer_knob(p, KNOB_EXTENSIONS_OFFERED_LATE)) {
		nego_offer(&l->nego, "RDMAExtensions", "Yes");
		text_put(&w, "RDMAExtensions", "Yes");
	}
	if (l->request.t && peer_knob(p, KNOB_OFFERS_IN_FINAL_RESPONSE))
		text_put(&w, "TaskReporting", "ResponseFence,RFC3720");
	if (n == 1 && !peer_heard(p, "iSERHelloRequired") && peer_knob(p, KNOB_SAYS_HELLO_REQUIRED))
		text_put(&w, "iSERHelloRequired", "No");
	if (n == 1 && peer_knob(p, KNOB_TARGET_MAX_AHS_ONE))
		text_put(&w, "MaxAHSLength", "1");
	if (n == 1 && peer_knob(p, KNOB_SAYS_TAGGED_BUFFER) &&
	    !peer_heard(p, "TaggedBufferForSolicitedDataOnly"))
		text_put(&w, "TaggedBufferForSolicitedDataOnly", "No");
	login_put_settings(p, &w, n, true);
	login_written(p, &w);
}

/* RFC 7145 5.1, 6.3: no iSER without a Yes of both, and this transport carries nothing else. */
static int check_extensions(struct peer *p)
{
	const char *rdma = nego_result(&p->login->nego, "RDMAExtensions");

	const bool inherited = p->further && p->terms.rdma_extensions &&
			       !peer_knob(p, KNOB_EXTENSIONS_WANTED_AGAIN);

	if (p->login->discovery || (rdma && word_is(rdma, "Yes")) || inherited ||
	    peer_knob(p, KNOB_RDMA_EXTENSIONS_IGNORED))
		return 0;
	const char *offer = peer_heard(p, "RDMAExtensions");
	if (!offer && peer_knob(p, KNOB_SILENT_WITHOUT_RDMA_EXTENSIONS)) {
		p->login->ended = true;
		return -1;
	}
	if (offer && word_is(offer, "Yes") && p->cfg.tolerant)
		return 0; /* the script declined it: no fault of the initiator */
	return login_refuse(p, INITIATOR_ERROR, "RFC 7145 3.3",
			    "RDMAExtensions=Yes was not offered");
}

static void respond(struct peer *p)
{
	struct login_state *l = p->login;
	bool wants_full = l->request.t && l->request.nsg == STAGE_FULL;

	if (l->stage == STAGE_SECURITY) {
		if (login_authenticate(p))
			return;
		if (wants_full && (check_extensions(p) || login_allocate(p)))
			return;
		l->want_transit = l->request.t && l->auth_done;
	} else {
		if (p->cfg.chap_secret[0] && !l->auth_done &&
		    !peer_knob(p, KNOB_CHAP_STAGE_OPTIONAL)) {
			login_fail(p, AUTHENTICATION_FAILURE, "no security stage");
			return;
		}
		compose_operational(p, nego_result(&l->nego, "RDMAExtensions"));
		if (wants_full && (check_extensions(p) || login_allocate(p)))
			return;
		l->want_transit =
			l->request.t && l->composed >= login_last_setting(p) && !l->late_round;
		if (l->want_transit && wants_full && l->rounds_left) {
			l->rounds_left--; /* RFC 7143 6.3.3: a target may prolong the stage */
			l->want_transit = false;
		}
	}
	l->want_next = (uint8_t)l->request.nsg;
	send_response(p);
}

static void no_login_request(struct peer *p, const struct pdu *pdu)
{
	bool first = !p->login->first_request_seen;

	if (peer_knob(p, first ? KNOB_IGNORES_FIRST_PDU : KNOB_IGNORES_PDU_DURING_LOGIN))
		return;
	if (first) /* RFC 7143 4.2.4: no answer, just the end */
		peer_violation(p, "RFC 7143 4.2.4", "%s as the first message", pdu->type->title);
	else
		login_refuse(p, INVALID_REQUEST, "RFC 7143 4.2.4", "no Login Request during login");
}

void login_target_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	struct login_state *l = p->login;

	(void)ev;
	if (l->ended || (neighbours_in_login(p) && peer_knob(p, KNOB_SILENT_LOGIN_BLOCKS)))
		return;
	if (pdu->type != pdu_type_by_opcode(OP_LOGIN_REQUEST)) {
		no_login_request(p, pdu);
		return;
	}
	p->login_pdus_heard++;
	if (check_frame(p, pdu))
		return;

	int whole = login_collect(p, pdu);
	if (!whole && pdu->t && peer_knob(p, KNOB_TAKES_TRANSIT_WITH_CONTINUE))
		whole = 1;
	if (l->in_len > SMALL_TEXT && peer_knob(p, KNOB_LITTLE_TEXT)) {
		login_fail(p, INITIATOR_ERROR, "too much text for a mutant");
		return;
	}
	if (whole < 0) {
		login_fail(p, OUT_OF_RESOURCES, "too much text");
		return;
	}
	if (!whole) { /* RFC 7143 6.2: an empty response asks for the rest */
		struct pdu empty;
		response_pdu(p, &empty);
		if (peer_knob(p, KNOB_ANSWERS_CONTINUED_TEXT))
			empty.data = (struct bytes){(const uint8_t *)"TargetAlias=x", 14};
		peer_post_receives(p, 0);
		peer_send(p, &empty);
		return;
	}
	if (l->out_at < l->out_len) {
		send_response(p);
		return;
	}
	if (l->request.csg == STAGE_OPERATIONAL)
		l->texts++;
	if (take_keys(p) || identify(p))
		return;
	if (l->texts > 5 && peer_knob(p, KNOB_IMPATIENT_LOGIN)) {
		login_fail(p, INITIATOR_ERROR, "too many exchanges");
		return;
	}
	respond(p);
}

void login_response_template(struct peer *p, struct pdu *out)
{
	response_pdu(p, out);
}
