/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the login phase share; RFC 7143 section 6. Nobody else includes this. */
#ifndef PEER_LOGIN_H
#define PEER_LOGIN_H

#include "chap.h"
#include "../internal.h"
#include "negotiate.h"

/* The keys of one text that the authentication needs together. */
struct login_security {
	struct bytes auth, a, i, c, n, r;
};

enum { STAGE_SECURITY = 0, STAGE_OPERATIONAL = 1, STAGE_FULL = 3 };

/* What the target waits for in the security stage. */
enum auth_step { AUTH_METHOD, AUTH_ALGORITHM, AUTH_RESPONSE, AUTH_DONE };

/* The other side's last CHAP_R. */
enum proof { PROOF_NONE, PROOF_WRONG, PROOF_RIGHT };

/* Text of one sequence of PDUs with the C bit; more is refused (RFC 7143 6.1 asks for 8192 at
 * least). */
enum { LOGIN_TEXT_MAX = 65536 };

struct login_state {
	struct chap chap;
	uint8_t stage; /* CSG of what we send */

	size_t out_len, out_at;
	bool want_transit; /* T=1 with the last piece of `out` */
	uint8_t want_next;
	size_t in_len;

	uint32_t itt;	      /* initiator: one tag for the whole login, RFC 7143 4.6.3.2 */
	unsigned idle_rounds; /* initiator: responses of the security stage without a word */
	unsigned sent, operational_sent; /* login PDUs of ours, of them in the operational stage */
	unsigned composed;		 /* texts of the operational stage made up so far */
	struct pdu last;		 /* login PDU sent last, without data */
	struct pdu request;		 /* target: the request being answered, without data */
	bool first_request_seen;
	bool ended; /* nothing of the login comes any more */
	bool failed;

	bool owns_buffers;     /* those of full feature phase: RFC 7145 5.1.1, 5.1.2 */
	unsigned lost_buffers; /* a mutant's */

	enum proof proof;
	enum auth_step auth_step; /* target */
	bool auth_done; /* target: initiator proved itself; initiator: target did (mutual) */
	/* target */
	struct login_security security;
	bool identified, discovery;
	bool moup_said;
	bool rdma_offered_late;
	unsigned texts; /* whole texts heard in the operational stage */
	unsigned rounds_left;
	unsigned late_round; /* when the answer kept back is due; 0 = none */
	char late_key[TEXT_KEY_MAX + 1], late_value[TEXT_VALUE_MAX + 1];
	struct pdu late_response; /* a mutant's final response that comes after full feature phase
				     began */

	/* A mutant's way into full feature phase: 1 and 2 are its halves, 0 is none. */
	unsigned edge, edge_posted;
	size_t edge_kept;
	bool edge_late, edge_holds;
	struct fab_event edge_held;

	/* Hello exchange */
	bool hello_sent, hello_done; /* initiator; target: seen, answered */
	bool full_heard;	     /* target: a control-type PDU came in full feature phase */
	struct pdu hello;	     /* target: the last Hello heard; initiator: sent */

	/* Large and mostly never used, so that login_new() does not clear them: their counts say
	 * what is in them. */
	struct nego nego;
	uint8_t out[LOGIN_TEXT_MAX]; /* text still to be sent */
	uint8_t in[LOGIN_TEXT_MAX];  /* text that came with C=1 so far */
};

/* The next piece of l->out as data of *pdu, with T, NSG and C. */
void login_next_text(struct peer *p, struct pdu *pdu);
/* Collects text over the C bit. 1: whole, in l->in; 0: more to come; -1: too much. */
int login_collect(struct peer *p, const struct pdu *pdu);
/* Remembers one key of the other side; CHAP_R is not kept. */
void login_heard(struct peer *p, const struct text_pair *pair, uint8_t csg);
bool login_is_secret(struct bytes key);
/* Keeps the value when it is a key of the security stage's exchange. */
bool login_take_security(struct login_security *s, const struct text_pair *pair);
/* A writer at the end of l->out, and its end. */
struct writer login_writer(struct login_state *l);
void login_written(struct peer *p, const struct writer *w);
/* login/proof.c: was it the right one? */
void login_hear_response(struct peer *p, struct bytes value);
/* Challenges the other side anew: at random, of which the log is told, or in a simulator from
 * `seed`. */
void login_new_challenge(struct peer *p, uint64_t seed);

/* The setting that replaces the default of a key, or NULL. */
const struct peer_key_setting *login_setting(const struct peer *p, const char *key);
/* Keys and raw text that the settings want in the n-th text of the operational stage. */
void login_put_settings(struct peer *p, struct writer *w, unsigned n, bool known_too);
unsigned login_last_setting(const struct peer *p);
bool login_key_fits_stage(struct bytes key, uint8_t csg);
/* terms from what was negotiated */
void login_terms(struct peer *p);
void login_finish(struct peer *p);
/* login/keys.c: what we want for a key (settings included), NULL: nothing; `buf` may hold it */
const char *login_want(const struct peer *p, const char *key, char buf[32]);
/* login/bursts.c: the target's wish for FirstBurstLength, at most what MaxBurstLength comes to. */
const char *login_first_burst(const struct peer *p, const char *want, char buf[32]);
/* The initiator's offers that belong in its n-th text of the operational stage. */
void login_put_offers(struct peer *p, struct writer *w, unsigned n);
void login_late_response(struct peer *p);
void login_request_template(struct peer *p, struct pdu *out);
void login_response_template(struct peer *p, struct pdu *out);

enum { /* of a Login Response: Status-Class * 256 + Status-Detail, RFC 7143 11.13.5 */
       INITIATOR_ERROR = 0x0200,
       AUTHENTICATION_FAILURE = 0x0201,
       NOT_FOUND = 0x0203,
       UNSUPPORTED_VERSION = 0x0205,
       TOO_MANY_CONNECTIONS = 0x0206,
       MISSING_PARAMETER = 0x0207,
       UNSUPPORTED_SESSION_TYPE = 0x0209,
       SESSION_DOES_NOT_EXIST = 0x020a,
       INVALID_REQUEST = 0x020b,
       SERVICE_UNAVAILABLE = 0x0301,
       OUT_OF_RESOURCES = 0x0302,
};
/* login/target.c: ends the login with that status. */
void login_fail(struct peer *p, unsigned status, const char *why);
/* What the RFC forbids and the harness bears: 0 to go on, -1 when the login was ended. */
int login_refuse(struct peer *p, unsigned status, const char *section, const char *why);
/* login/target_lies.c: what a mutant says instead of the Reject that an illegal offer deserves, */
void login_bend_reject(struct peer *p, struct bytes offer, const char *want, char *answer,
		       size_t size);
/* and of the answer that an offer has. */
void login_bend_answer(struct peer *p, const char *name, struct bytes offer, char *answer,
		       size_t size);
/* and what it says of its own behind the keys of its first response. */
void login_say_too_much(struct peer *p, struct writer *w);
/* login/initiator_lies.c: does a mutant pass over this key, which the target brought up? */
bool login_leaves_unanswered(struct peer *p, const char *name);
/* Or does it answer otherwise? Then *answer is what it says. */
bool login_bend_initiator(struct peer *p, const char *name, struct bytes offer, char *answer,
			  size_t size);
/* Does it go on no more behind this response: silent, or in full feature phase already? */
bool login_initiator_leaves(struct peer *p, const struct pdu *pdu);
/* login/session.c: may this login be, by its ISID, TSIH and CID and the sessions that there are?
 * Once the InitiatorName is known; -1 when the login was ended. RFC 7143 6.3.1 */
int login_join(struct peer *p);
/* Does this login add a connection to a session? Keys of the leading one have no place in it, 13.
 */
bool login_is_further(const struct peer *p);
/* target: the resources of full feature phase; -1: there are none, which was said. */
int login_allocate(struct peer *p);
/* The login is done: it takes the place of the session or connection that it was meant to. Returns
 * its TSIH. */
uint16_t login_take_place(struct peer *p);
/* login/target_auth.c: one request of the security stage; -1 when the login was ended. */
int login_authenticate(struct peer *p);

#endif
