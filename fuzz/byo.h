/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bring your own parser: three functions, in C or C++, and iserspec fuzzes whatever code they call
 * (README.md of this folder has the tutorial). This header stands alone.
 *
 *     make -C ISERSPEC byo BYO='/path/byo.c /path/parser.c' NAME=mine TIME=5m
 *
 * An input is a session: messages of either side, in an order and with lengths that no honest peer
 * would choose. They are fed one by one; what they do to the state of your parser is the point.
 */
#ifndef ISERSPEC_BYO_H
#define ISERSPEC_BYO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whom your code plays: the other one has sent the message. */
enum byo_role { BYO_INITIATOR, BYO_TARGET };

/* Where the sender believes the connection to be (RFC 7145 5.1, RFC 7143 7.3). A parser with a
 * state of its own need not look at it. */
enum byo_phase {
	BYO_SECURITY,	 /* SecurityNegotiation, and before any login */
	BYO_OPERATIONAL, /* LoginOperationalNegotiation */
	BYO_HELLO,	 /* iSER-assisted mode, before the Hello exchange is over */
	BYO_FULL_FEATURE,
	BYO_LOGOUT, /* behind a Logout Request */
};

/* How the message came. */
enum byo_kind { BYO_SEND, BYO_SEND_SOLICITED, BYO_SEND_INVALIDATE, BYO_SEND_IMMEDIATE };

/* When: with the one before, while that one is being worked on, when all is quiet again, past all
 * timers. There is no clock; your code may move its own. */
enum byo_delay { BYO_TOGETHER, BYO_SOON, BYO_SETTLED, BYO_LATE };

struct byo_message {
	const unsigned char *bytes; /* of one Send, from the iSER header (RFC 7145 9.1) on; the
				       heap block ends where the message does, and is gone after
				       the call. iSCSI begins at byte 28. */
	size_t length;		    /* any, 0 included */
	enum byo_phase phase;
	enum byo_role role;
	enum byo_kind kind;
	uint32_t key; /* BYO_SEND_INVALIDATE: the STag; BYO_SEND_IMMEDIATE: the immediate data */
	enum byo_delay delay;
};

/* Once, before anything else. Not 0: this process cannot run it. */
int byo_set_up(void);
/* One message. 0: the connection goes on; else it is over, and the session with it. */
int byo_feed(const struct byo_message *message);
/* The session is over, another one begins: free what it held, and forget it. A session must end as
 * if it were the first, or a finding cannot be repeated. */
void byo_reset(void);

#ifdef __cplusplus
}
#endif

#endif
