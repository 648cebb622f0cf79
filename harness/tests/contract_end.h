/* SPDX-License-Identifier: BSD-2-Clause */
/* Who ended the connection, and by what: fab_conn_end(). Part of fabric_contract.h. */
#ifndef TESTS_CONTRACT_END_H
#define TESTS_CONTRACT_END_H

#include "fabric_contract.h"

/* Posts one work request of the active side's. */
#define POST(...) NEED(fab_post(k->active.c, &(struct fab_wr){__VA_ARGS__}, 1, &e) == 0)

#define ENDS(side, wanted)                                                   \
	do {                                                                 \
		if (fab_conn_end((side)->c) != (wanted)) {                   \
			contract_fail(k, __LINE__, "it ended by %s, not %s", \
				      fab_end_name(fab_conn_end((side)->c)), \
				      fab_end_name(wanted));                 \
			return;                                              \
		}                                                            \
	} while (0)

static void contract_end_closed(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	NEED(contract_join(k));
	ENDS(&k->active, FAB_END_NONE);
	NEED(fab_disconnect(k->active.c, &e) == 0);
	ENDS(&k->active, FAB_END_OURS);
	WAIT(&k->passive, FAB_DISCONNECTED, &ev);
	ENDS(&k->passive, FAB_END_CLOSED);
}

/* A DREQ goes another way than the messages before it, and is told after them all the same. */
static void contract_end_behind_messages(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	NEED(contract_join(k));
	for (uint64_t i = 1; i <= 8; i++)
		POST(.op = FAB_SEND, .id = i, .msg = contract_bytes("the last words", 14));
	WAIT_DONE(&k->active, 1, FAB_OK);
	NEED(fab_disconnect(k->active.c, &e) == 0);
	WAIT(&k->passive, FAB_DISCONNECTED, &ev);
	NEED(contract_take(&k->passive, FAB_RECV, &ev));
	ENDS(&k->passive, FAB_END_CLOSED);
}

/* The three things that a peer can do to our queue pair. First: an RDMA operation without right. */
static void contract_end_operation(struct contract *k)
{
	static uint8_t ours[8];
	struct fab_region *local;
	struct fab_event ev;
	struct err e;

	k->passive_params.recv_initial = 2;
	NEED(contract_join(k));
	local = fab_register(k->active.c, ours, 8, FAB_LOCAL_ONLY, false, &e);
	NEED(local);
	POST(.op = FAB_WRITE, .id = 5, .peer_key = 0x12345600, .peer_addr = 64, .local = local,
	     .len = 8);
	if (fab_proves_delivery(k->active.f)) {
		WAIT_DONE(&k->active, 5, FAB_REMOTE_ACCESS);
		WAIT(&k->passive, FAB_RECV_FAILED, &ev);
	} else {
		WAIT(&k->active, FAB_DISCONNECTED, &ev);
		WAIT(&k->passive, FAB_DISCONNECTED, &ev);
	}
	ENDS(&k->active, FAB_END_REFUSED);
	/* Soft-RoCE raises no QP_ACCESS_ERR, siw none for a key that it does not know. */
	if (fab_conn_end(k->passive.c) != FAB_END_ACCESS)
		ENDS(&k->passive, FAB_END_OPERATION);
}

/* Second: a Send that is longer than our buffer. */
static void contract_end_long_message(struct contract *k)
{
	static uint8_t much[4096];
	struct fab_event ev;
	struct err e;

	k->passive_params.recv_size = 512;
	NEED(contract_join(k));
	POST(.op = FAB_SEND, .id = 5, .msg = contract_bytes(much, sizeof(much)));
	WAIT(&k->passive, FAB_RECV_FAILED, &ev);
	NEED(ev.status != FAB_FLUSHED);
	ENDS(&k->passive, FAB_END_MESSAGE);
	/* Soft-RoCE has another word for it than the simulator. */
	WAIT(&k->active, FAB_DONE, &ev);
	NEED(ev.status == FAB_REMOTE_INVALID || ev.status == FAB_REMOTE_OP);
	ENDS(&k->active, FAB_END_REFUSED);
}

/* Third: a Send with Invalidate of a key that is no window. */
static void contract_end_wrong_invalidate(struct contract *k)
{
	static uint8_t theirs[16];
	struct fab_region *plain;
	struct fab_event ev;
	struct err e;

	NEED(contract_join(k));
	plain = fab_register(k->passive.c, theirs, 16, FAB_REMOTE_READ, false, &e);
	NEED(plain);
	POST(.op = FAB_SEND_INV, .id = 5, .msg = contract_bytes("x", 1), .peer_key = plain->key);
	WAIT(&k->passive, FAB_RECV_FAILED, &ev);
	ENDS(&k->passive, FAB_END_MESSAGE);
}

static void contract_end_lost(struct contract *k)
{
	struct err e;

	k->active_params.ack_timeout = 14;
	k->active_params.retry_cnt = 1;
	NEED(contract_join(k));
	fab_vanish(k->passive.c);
	ENDS(&k->passive, FAB_END_OURS);
	POST(.op = FAB_SEND, .id = 6, .msg = contract_bytes("anybody?", 8));
	WAIT_DONE(&k->active, 6, FAB_RETRY_EXCEEDED);
	ENDS(&k->active, FAB_END_LOST);
}

static void contract_end_no_buffer(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	k->passive_params.recv_initial = 0;
	NEED(contract_join(k));
	POST(.op = FAB_SEND, .id = 6, .msg = contract_bytes("anybody?", 8));
	if (fab_proves_delivery(k->active.f))
		WAIT_DONE(&k->active, 6, FAB_RNR_EXCEEDED);
	else
		WAIT(&k->active, FAB_DISCONNECTED, &ev);
	ENDS(&k->active, FAB_END_NO_BUFFER);
}

#undef POST
#undef ENDS

#endif
