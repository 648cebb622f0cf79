/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fabric.h promises, as checks that know no implementation: test_contract.c runs them on the
 * simulator, lab_contract.c on a device. A header, since each of the two is a program of its own.
 */
#ifndef TESTS_FABRIC_CONTRACT_H
#define TESTS_FABRIC_CONTRACT_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/fabric.h"

enum {
	STASH = 512,
	PATIENCE_S = 20,
	POLL_MS = 2, /* how long one side waits before the other is looked at again */
};

struct contract_side {
	struct fabric *f;
	struct fab_conn *c;
	struct fab_event stash[STASH];
	size_t count;
};

struct contract {
	/* Set by the caller: two endpoints; `active` reaches `passive` at host. */
	struct contract_side active, passive;
	const char *host;
	/* Parameters of the next connection, defaults at the start of each check. */
	struct fab_params active_params, passive_params;
	char failure[400]; /* of the running check, empty so far */
};

enum contract_needs {
	ANY = 0,
	WINDOWS = 1,
	RC = 2,	   /* acknowledgements, RNR NAKs, Immediate, and the InfiniBand CM's words */
	IWARP = 4, /* what takes their place */
};

struct contract_check {
	const char *name;
	unsigned needs; /* enum contract_needs */
	void (*run)(struct contract *k);
};

static void contract_fail(struct contract *k, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void contract_fail(struct contract *k, int line, const char *fmt, ...)
{
	int n;
	va_list ap;

	if (k->failure[0])
		return;
	n = snprintf(k->failure, sizeof(k->failure), "line %d: ", line);
	va_start(ap, fmt);
	vsnprintf(k->failure + n, sizeof(k->failure) - (size_t)n, fmt, ap);
	va_end(ap);
}

#define NEED(cond)                                               \
	do {                                                     \
		if (!(cond)) {                                   \
			contract_fail(k, __LINE__, "%s", #cond); \
			return;                                  \
		}                                                \
	} while (0)

static bool contract_poll(struct contract_side *s, uint64_t ns)
{
	struct fab_event ev;

	fab_wait(s->f, fab_now(s->f) + ns, &ev);
	if (ev.kind == FAB_TIMEOUT)
		return false;
	if (s->count < STASH)
		s->stash[s->count++] = ev;
	return true;
}

static struct contract_side *contract_other(struct contract *k, struct contract_side *s)
{
	return s == &k->active ? &k->passive : &k->active;
}

/* Takes the side's oldest stashed event of this kind. */
static bool contract_take(struct contract_side *s, enum fab_event_kind kind, struct fab_event *ev)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->stash[i].kind != kind)
			continue;
		*ev = s->stash[i];
		s->count--;
		memmove(&s->stash[i], &s->stash[i + 1], (s->count - i) * sizeof(*ev));
		return true;
	}
	return false;
}

static bool contract_wait(struct contract *k, struct contract_side *s, enum fab_event_kind kind,
			  struct fab_event *ev)
{
	struct contract_side *other = contract_other(k, s);
	uint64_t end = fab_now(s->f) + PATIENCE_S * NS_PER_S;

	while (!contract_take(s, kind, ev)) {
		bool any = contract_poll(s, 0);

		any = contract_poll(other, 0) || any;
		if (!any && !contract_poll(s, POLL_MS * NS_PER_MS) && fab_now(s->f) > end)
			return false;
	}
	return true;
}

#define WAIT(side, kind, ev)                                                            \
	do {                                                                            \
		if (!contract_wait(k, side, kind, ev)) {                                \
			contract_fail(k, __LINE__, "no %s came", fab_event_name(kind)); \
			return;                                                         \
		}                                                                       \
	} while (0)

/* The side's next completion is this one. */
#define WAIT_DONE(side, wr_id, wanted)                                                            \
	do {                                                                                      \
		struct fab_event done_;                                                           \
		WAIT(side, FAB_DONE, &done_);                                                     \
		if (done_.id != (wr_id) || done_.status != (wanted)) {                            \
			contract_fail(k, __LINE__, "%s %llu is %s, not %llu %s",                  \
				      fab_op_name(done_.op), (unsigned long long)done_.id,        \
				      fab_status_name(done_.status), (unsigned long long)(wr_id), \
				      fab_status_name(wanted));                                   \
			return;                                                                   \
		}                                                                                 \
	} while (0)

/* Lets both sides see what comes within ms; nothing is taken. */
static void contract_settle(struct contract *k, uint64_t ms)
{
	uint64_t end = fab_now(k->active.f) + ms * NS_PER_MS;

	while (fab_now(k->active.f) < end) {
		contract_poll(&k->active, NS_PER_MS);
		contract_poll(&k->passive, NS_PER_MS / 2);
	}
}

/* Starts a connection and accepts it; both sides see it established. */
static bool contract_join(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	k->active.c = fab_connect(k->active.f, k->host, fab_listen_port(k->passive.f),
				  &k->active_params, &e);
	if (!k->active.c || !contract_wait(k, &k->passive, FAB_CONNECT_REQUEST, &ev))
		return false;
	k->passive.c = ev.conn;
	return fab_accept(ev.conn, &k->passive_params, &e) == 0 &&
	       contract_wait(k, &k->active, FAB_ESTABLISHED, &ev) && ev.conn == k->active.c &&
	       contract_wait(k, &k->passive, FAB_ESTABLISHED, &ev) && ev.conn == k->passive.c;
}

static void contract_part(struct contract *k)
{
	fab_conn_free(k->active.c);
	fab_conn_free(k->passive.c);
	k->active.c = k->passive.c = NULL;
	contract_settle(k, 20);
	k->active.count = k->passive.count = 0;
}

static struct bytes contract_bytes(const void *at, size_t len)
{
	return (struct bytes){at, len};
}

static bool contract_is(struct bytes b, const char *text)
{
	return b.len == strlen(text) && (!b.len || memcmp(b.at, text, b.len) == 0);
}

/* ---- connections ---- */

static void contract_connect(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	memcpy(k->active_params.private_data, "hello", 5);
	k->active_params.private_data_len = 5;
	k->active_params.responder_resources = 3;
	k->active_params.initiator_depth = 5;
	k->active_params.advertised_rnr_retry = 6;
	memcpy(k->passive_params.private_data, "welcome", 7);
	k->passive_params.private_data_len = 7;
	k->passive_params.responder_resources = 2;
	k->passive_params.initiator_depth = 1;

	k->active.c = fab_connect(k->active.f, k->host, fab_listen_port(k->passive.f),
				  &k->active_params, &e);
	NEED(k->active.c);
	NEED(!fab_conn_up(k->active.c));
	WAIT(&k->passive, FAB_CONNECT_REQUEST, &ev);
	k->passive.c = ev.conn;
	NEED(ev.conn && fab_conn_number(ev.conn) > 0);
	/* What the peer said of itself, not what we should answer. */
	NEED(ev.responder_resources == 3 && ev.initiator_depth == 5 && ev.rnr_retry == 6);
	NEED(ev.private_data.len == CM_PRIVATE_DATA_MAX);
	NEED(memcmp(ev.private_data.at, "hello\0\0", 7) == 0);
	NEED(fab_accept(k->passive.c, &k->passive_params, &e) == 0);
	WAIT(&k->active, FAB_ESTABLISHED, &ev);
	NEED(ev.conn == k->active.c && fab_conn_up(k->active.c));
	NEED(ev.responder_resources == 2 && ev.initiator_depth == 1);
	NEED(ev.private_data.len >= 8 && memcmp(ev.private_data.at, "welcome", 8) == 0);
	WAIT(&k->passive, FAB_ESTABLISHED, &ev);
	NEED(ev.conn == k->passive.c && fab_conn_up(k->passive.c));
	NEED(fab_recv_posted(k->active.c) == k->active_params.recv_initial);
	NEED(fab_recv_posted(k->passive.c) == k->passive_params.recv_initial);
}

static void contract_reject(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	k->active.c = fab_connect(k->active.f, k->host, fab_listen_port(k->passive.f),
				  &k->active_params, &e);
	NEED(k->active.c);
	WAIT(&k->passive, FAB_CONNECT_REQUEST, &ev);
	k->passive.c = ev.conn;
	NEED(fab_reject(ev.conn, "no", 2, &e) == 0);
	WAIT(&k->active, FAB_REJECTED, &ev);
	NEED(ev.conn == k->active.c && ev.reason == 28);
	/* InfiniBand's messages are longer than what was put in; MPA's (RFC 5044) are not. */
	const size_t len = fab_proves_delivery(k->active.f) ? 3 : 2;
	NEED(ev.private_data.len >= len && memcmp(ev.private_data.at, "no\0", len) == 0);
	NEED(!fab_conn_up(k->active.c));
}

static void contract_nobody(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	k->active.c =
		fab_connect(k->active.f, k->host, (uint16_t)(fab_listen_port(k->passive.f) ^ 1),
			    &k->active_params, &e);
	NEED(k->active.c);
	WAIT(&k->active, FAB_REJECTED, &ev);
	NEED(ev.reason == 8);
}

static void contract_disconnect(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	k->active_params.recv_initial = 3;
	k->passive_params.recv_initial = 2;
	NEED(contract_join(k));
	NEED(fab_disconnect(k->active.c, &e) == 0);
	NEED(!fab_conn_up(k->active.c));
	WAIT(&k->passive, FAB_DISCONNECTED, &ev);
	NEED(ev.conn == k->passive.c && !fab_conn_up(k->passive.c));
	WAIT(&k->active, FAB_DISCONNECTED, &ev);
	for (int i = 0; i < 2; i++) {
		WAIT(&k->passive, FAB_RECV_FAILED, &ev);
		NEED(ev.status == FAB_FLUSHED);
	}
	for (int i = 0; i < 3; i++) {
		WAIT(&k->active, FAB_RECV_FAILED, &ev);
		NEED(ev.status == FAB_FLUSHED);
	}
	NEED(fab_recv_posted(k->active.c) == 0 && fab_recv_posted(k->passive.c) == 0);
}

static void contract_free_disconnects(struct contract *k)
{
	struct fab_event ev;

	NEED(contract_join(k));
	fab_conn_free(k->passive.c);
	k->passive.c = NULL;
	WAIT(&k->active, FAB_DISCONNECTED, &ev);
}

static void contract_early_post(struct contract *k)
{
	struct fab_wr wr = {.op = FAB_SEND, .msg = contract_bytes("x", 1)};
	struct err e;

	k->active.c = fab_connect(k->active.f, k->host, fab_listen_port(k->passive.f),
				  &k->active_params, &e);
	NEED(k->active.c);
	NEED(fab_post(k->active.c, &wr, 1, &e) == -1);
}

/* ---- messages ---- */

static void contract_messages(struct contract *k)
{
	char text[16] = "one";
	struct fab_wr wr[] = {
		{.op = FAB_SEND, .id = 11, .msg = contract_bytes(text, 3)},
		{.op = FAB_SEND_IMM, .id = 12, .msg = contract_bytes("two", 3), .imm = 0xabcd},
		{.op = FAB_SEND, .id = 13, .msg = contract_bytes("", 0), .solicited = true},
	};
	struct fab_event ev;
	struct err e;

	NEED(contract_join(k));
	NEED(fab_post(k->active.c, wr, 3, &e) == 0);
	memcpy(text, "xxx", 3); /* it was copied */
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(ev.conn == k->passive.c && contract_is(ev.msg, "one") && !ev.has_imm &&
	     !ev.invalidated);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "two") && ev.has_imm && ev.imm == 0xabcd);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "") && !ev.has_imm);
	for (uint64_t id = 11; id <= 13; id++)
		WAIT_DONE(&k->active, id, FAB_OK);
	NEED(fab_recv_posted(k->passive.c) == k->passive_params.recv_initial - 3);
	NEED(fab_post_recv(k->passive.c, 2, &e) == 0);
	NEED(fab_recv_posted(k->passive.c) == k->passive_params.recv_initial - 1);
	/* And the other way. */
	NEED(fab_post(k->passive.c, &wr[1], 1, &e) == 0);
	WAIT(&k->active, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "two"));
}

static void contract_census(struct contract *k)
{
	static const enum fab_status wanted[] = {FAB_OK, FAB_OK, FAB_RNR_EXCEEDED, FAB_FLUSHED,
						 FAB_FLUSHED};
	struct fab_wr wr[5];
	struct fab_event ev;
	struct err e;

	for (unsigned i = 0; i < 5; i++)
		wr[i] = (struct fab_wr){
			.op = FAB_SEND, .id = i, .msg = contract_bytes(&"abcde"[i], 1)};
	k->active_params.rnr_retry = 0;
	/* The peer wants us to try for ever; our own parameter wins. */
	k->passive_params.advertised_rnr_retry = 7;
	k->passive_params.recv_initial = 2;
	NEED(contract_join(k));
	NEED(fab_post(k->active.c, wr, 5, &e) == 0);
	for (uint64_t i = 0; i < 5; i++)
		WAIT_DONE(&k->active, i, wanted[i]);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "a"));
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "b"));
	NEED(!contract_take(&k->passive, FAB_RECV, &ev));
	NEED(!fab_conn_up(k->active.c));
	/* What comes after the error flushes, too. */
	NEED(fab_post(k->active.c, wr, 1, &e) == 0);
	WAIT_DONE(&k->active, 0, FAB_FLUSHED);
}

static void contract_rnr_for_ever(struct contract *k)
{
	struct fab_wr wr[2] = {{.op = FAB_SEND, .id = 1, .msg = contract_bytes("late", 4)},
			       {.op = FAB_SEND, .id = 2, .msg = contract_bytes("last", 4)}};
	struct fab_event ev;
	struct err e;

	k->active_params.rnr_retry = 7;
	k->passive_params.recv_initial = 0;
	NEED(contract_join(k));
	NEED(fab_post(k->active.c, wr, 2, &e) == 0);
	contract_settle(k, 100);
	NEED(!contract_take(&k->active, FAB_DONE, &ev));
	NEED(fab_post_recv(k->passive.c, 2, &e) == 0);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "late"));
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "last"));
	WAIT_DONE(&k->active, 1, FAB_OK);
	WAIT_DONE(&k->active, 2, FAB_OK);
}

static void contract_too_long(struct contract *k)
{
	struct fab_wr wr = {.op = FAB_SEND, .id = 4, .msg = contract_bytes("123456789", 9)};
	struct fab_event ev;
	struct err e;

	k->passive_params.recv_size = 8;
	k->passive_params.recv_initial = 2;
	NEED(contract_join(k));
	NEED(fab_post(k->active.c, &wr, 1, &e) == 0);
	/* IBTA has NAK Invalid Request for it; rdma_rxe answers Remote Operational Error instead.
	 */
	WAIT(&k->active, FAB_DONE, &ev);
	NEED(ev.id == 4 && (ev.status == FAB_REMOTE_INVALID || ev.status == FAB_REMOTE_OP));
	WAIT(&k->passive, FAB_RECV_FAILED, &ev);
	NEED(ev.status == FAB_REMOTE_INVALID || ev.status == FAB_LOCAL_LENGTH ||
	     ev.status == FAB_LOCAL_QP);
	WAIT(&k->passive, FAB_RECV_FAILED, &ev);
	NEED(ev.status == FAB_FLUSHED);
}

static void contract_send_queue_full(struct contract *k)
{
	struct fab_wr wr[5];
	struct fab_event ev;
	struct err e;

	for (unsigned i = 0; i < 5; i++)
		wr[i] = (struct fab_wr){.op = FAB_SEND, .id = i, .msg = contract_bytes("m", 1)};
	k->active_params.send_depth = 4;
	NEED(contract_join(k));
	NEED(fab_post(k->active.c, wr, 5, &e) == -1);
	contract_settle(k, 20);
	NEED(!contract_take(&k->passive, FAB_RECV, &ev)); /* all or nothing */
	NEED(fab_post(k->active.c, wr, 4, &e) == 0);
	for (uint64_t i = 0; i < 4; i++)
		WAIT_DONE(&k->active, i, FAB_OK);
	NEED(fab_post(k->active.c, wr, 4, &e) == 0); /* the room is back */
	for (uint64_t i = 0; i < 4; i++)
		WAIT_DONE(&k->active, i, FAB_OK);
}

/* ---- memory ---- */

enum { CANARY = 0xca, GUARD = 64, ROOM = 256 };

struct contract_memory {
	uint8_t before[GUARD], at[ROOM], after[GUARD];
};

static bool contract_all(const uint8_t *at, size_t len, int value)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != value)
			return false;
	return true;
}

static void contract_write_read(struct contract *k)
{
	static struct contract_memory theirs, ours;
	struct fab_region *remote, *local;
	struct fab_event ev;
	struct err e;

	memset(&theirs, CANARY, sizeof(theirs));
	memset(&ours, CANARY, sizeof(ours));
	NEED(contract_join(k));
	remote = fab_register(k->passive.c, theirs.at, ROOM, FAB_REMOTE_READ | FAB_REMOTE_WRITE,
			      false, &e);
	local = fab_register(k->active.c, ours.at, ROOM, FAB_LOCAL_ONLY, false, &e);
	NEED(remote && local && remote->key && remote->valid);
	memcpy(ours.at, "written", 7);
	{
		struct fab_wr wr[] = {
			{.op = FAB_WRITE,
			 .id = 1,
			 .peer_key = remote->key,
			 .peer_addr = remote->addr + 10,
			 .local = local,
			 .len = 7},
			{.op = FAB_SEND, .id = 2, .msg = contract_bytes("go", 2)},
			{.op = FAB_READ,
			 .id = 3,
			 .peer_key = remote->key,
			 .peer_addr = remote->addr + ROOM - 8,
			 .local = local,
			 .local_offset = ROOM - 8,
			 .len = 8},
			{.op = FAB_WRITE_IMM,
			 .id = 4,
			 .imm = 99,
			 .peer_key = remote->key,
			 .peer_addr = remote->addr,
			 .local = local,
			 .len = 1},
		};

		memcpy(theirs.at + ROOM - 8, "served!!", 8);
		NEED(fab_post(k->active.c, wr, 4, &e) == 0);
	}
	/* The data of a Write is there when a later Send is. */
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "go") && memcmp(theirs.at + 10, "written", 7) == 0);
	for (uint64_t id = 1; id <= 4; id++)
		WAIT_DONE(&k->active, id, FAB_OK);
	NEED(memcmp(ours.at + ROOM - 8, "served!!", 8) == 0);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(ev.has_imm && ev.imm == 99 && theirs.at[0] == 'w');
	NEED(contract_all(theirs.before, GUARD, CANARY) &&
	     contract_all(theirs.after, GUARD, CANARY));
	NEED(contract_all(theirs.at + 1, 9, CANARY) &&
	     contract_all(theirs.at + 17, ROOM - 17 - 8, CANARY));
	NEED(contract_all(ours.at + 7, ROOM - 7 - 8, CANARY) &&
	     contract_all(ours.after, GUARD, CANARY));
	fab_unregister(local);
	fab_unregister(remote);
}

/* One RDMA operation that must be refused, at both ends. */
static void contract_refused(struct contract *k, int line, enum fab_op op, unsigned access,
			     int64_t shift, uint32_t key_flip, size_t len)
{
	static struct contract_memory theirs, ours;
	struct fab_region *remote, *local;
	struct fab_event ev;
	struct err e;
	struct fab_wr wr = {.op = op, .id = 8, .len = len};

	memset(&theirs, CANARY, sizeof(theirs));
	memset(&ours, 0, sizeof(ours));
	k->passive_params.recv_initial = 1;
	if (!contract_join(k)) {
		contract_fail(k, line, "no connection");
		return;
	}
	remote = fab_register(k->passive.c, theirs.at, ROOM, access, false, &e);
	local = fab_register(k->active.c, ours.at, ROOM, FAB_LOCAL_ONLY, false, &e);
	wr.peer_key = remote ? remote->key ^ key_flip : 0;
	wr.peer_addr = remote ? remote->addr + (uint64_t)shift : 0;
	wr.local = local;
	if (!remote || !local || fab_post(k->active.c, &wr, 1, &e) ||
	    !contract_wait(k, &k->active, FAB_DONE, &ev) || ev.id != 8)
		contract_fail(k, line, "the operation did not complete");
	else if (ev.status != FAB_REMOTE_ACCESS)
		contract_fail(k, line, "status %s", fab_status_name(ev.status));
	else if (!contract_wait(k, &k->passive, FAB_RECV_FAILED, &ev) || ev.status != FAB_FLUSHED)
		contract_fail(k, line, "the responder's queue pair lives");
	else if (!contract_all(theirs.before, sizeof(theirs), CANARY))
		contract_fail(k, line, "memory was written");
	contract_part(k);
}

static void contract_access(struct contract *k)
{
	const unsigned both = FAB_REMOTE_READ | FAB_REMOTE_WRITE;

	contract_refused(k, __LINE__, FAB_WRITE, FAB_REMOTE_READ, 0, 0, 4);
	contract_refused(k, __LINE__, FAB_READ, FAB_REMOTE_WRITE, 0, 0, 4);
	contract_refused(k, __LINE__, FAB_WRITE, FAB_LOCAL_ONLY, 0, 0, 4);
	contract_refused(k, __LINE__, FAB_WRITE, both, 1, 0, ROOM);
	contract_refused(k, __LINE__, FAB_READ, both, 1, 0, ROOM);
	contract_refused(k, __LINE__, FAB_WRITE, both, -1, 0, 4);
	contract_refused(k, __LINE__, FAB_WRITE, both, ROOM, 0, 1);
	contract_refused(k, __LINE__, FAB_WRITE, both, 0, 1, 4);      /* the key's last byte */
	contract_refused(k, __LINE__, FAB_READ, both, 0, 0x7f00u, 4); /* another index */
}

static void contract_nothing_at_nowhere(struct contract *k)
{
	struct fab_wr wr[] = {
		{.op = FAB_WRITE, .id = 1, .peer_key = 0x1234, .peer_addr = 5},
		{.op = FAB_READ, .id = 2, .peer_key = 0x1234, .peer_addr = 5},
	};
	struct err e;

	NEED(contract_join(k));
	NEED(fab_post(k->active.c, wr, 2, &e) == 0);
	WAIT_DONE(&k->active, 1, FAB_OK);
	WAIT_DONE(&k->active, 2, FAB_OK);
}

static void contract_no_reads_served(struct contract *k)
{
	static uint8_t theirs[8], ours[8];
	struct fab_region *remote, *local;
	struct err e;

	k->passive_params.responder_resources = 0;
	NEED(contract_join(k));
	remote = fab_register(k->passive.c, theirs, 8, FAB_REMOTE_READ, false, &e);
	local = fab_register(k->active.c, ours, 8, FAB_LOCAL_ONLY, false, &e);
	NEED(remote && local);
	NEED(fab_post(k->active.c,
		      &(struct fab_wr){.op = FAB_READ,
				       .id = 5,
				       .peer_key = remote->key,
				       .peer_addr = remote->addr,
				       .local = local,
				       .len = 8},
		      1, &e) == 0);
	WAIT_DONE(&k->active, 5, FAB_REMOTE_INVALID);
}

static void contract_deregistered(struct contract *k)
{
	static uint8_t theirs[8], ours[8];
	struct fab_region *remote, *local;
	struct err e;

	NEED(contract_join(k));
	remote = fab_register(k->passive.c, theirs, 8, FAB_REMOTE_WRITE, false, &e);
	local = fab_register(k->active.c, ours, 8, FAB_LOCAL_ONLY, false, &e);
	NEED(remote && local);
	NEED(fab_invalidate(remote, &e) == 0 && !remote->valid);
	NEED(fab_post(k->active.c,
		      &(struct fab_wr){.op = FAB_WRITE,
				       .id = 5,
				       .peer_key = remote->key,
				       .peer_addr = remote->addr,
				       .local = local,
				       .len = 8},
		      1, &e) == 0);
	WAIT_DONE(&k->active, 5, FAB_REMOTE_ACCESS);
}

/* ---- windows ---- */

static void contract_window(struct contract *k)
{
	static struct contract_memory theirs, ours;
	struct fab_region *window, *local;
	struct fab_event ev;
	struct fab_wr write = {.op = FAB_WRITE, .id = 1, .len = 4};
	struct fab_wr inv = {.op = FAB_SEND_INV, .id = 2, .msg = contract_bytes("done", 4)};
	struct err e;

	memset(&theirs, CANARY, sizeof(theirs));
	NEED(contract_join(k));
	window = fab_register(k->passive.c, theirs.at, ROOM, FAB_REMOTE_WRITE, true, &e);
	local = fab_register(k->active.c, ours.at, ROOM, FAB_LOCAL_ONLY, false, &e);
	NEED(window && local && window->window && window->valid);
	WAIT(&k->passive, FAB_DONE, &ev);
	NEED(ev.op == FAB_BIND && ev.id == 0 && ev.status == FAB_OK);
	write.local = local;
	write.peer_key = inv.peer_key = window->key;
	write.peer_addr = window->addr;
	NEED(fab_post(k->active.c, &write, 1, &e) == 0);
	WAIT_DONE(&k->active, 1, FAB_OK);
	NEED(contract_all(theirs.at, 4, 0));
	NEED(fab_post(k->active.c, &inv, 1, &e) == 0);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "done") && ev.invalidated && ev.invalidated_key == window->key);
	NEED(!window->valid);
	WAIT_DONE(&k->active, 2, FAB_OK);
	NEED(fab_post(k->active.c, &write, 1, &e) == 0);
	WAIT_DONE(&k->active, 1, FAB_REMOTE_ACCESS);
}

static void contract_window_invalidated_by_its_owner(struct contract *k)
{
	static uint8_t theirs[16], ours[16];
	struct fab_region *window, *local;
	struct fab_event ev;
	struct err e;

	NEED(contract_join(k));
	window = fab_register(k->passive.c, theirs, 16, FAB_REMOTE_READ, true, &e);
	local = fab_register(k->active.c, ours, 16, FAB_LOCAL_ONLY, false, &e);
	NEED(window && local);
	NEED(fab_invalidate(window, &e) == 0 && !window->valid);
	WAIT(&k->passive, FAB_DONE, &ev);
	NEED(ev.op == FAB_BIND && ev.status == FAB_OK);
	WAIT(&k->passive, FAB_DONE, &ev);
	NEED(ev.op == FAB_INVALIDATE && ev.status == FAB_OK);
	NEED(fab_post(k->active.c,
		      &(struct fab_wr){.op = FAB_READ,
				       .id = 5,
				       .peer_key = window->key,
				       .peer_addr = window->addr,
				       .local = local,
				       .len = 8},
		      1, &e) == 0);
	WAIT_DONE(&k->active, 5, FAB_REMOTE_ACCESS);
}

static void contract_plain_key_is_not_invalidated(struct contract *k)
{
	static uint8_t theirs[16];
	struct fab_region *plain;
	struct fab_event ev;
	struct err e;

	k->passive_params.recv_initial = 2;
	NEED(contract_join(k));
	plain = fab_register(k->passive.c, theirs, 16, FAB_REMOTE_READ, false, &e);
	NEED(plain);
	NEED(fab_post(k->active.c,
		      &(struct fab_wr){.op = FAB_SEND_INV,
				       .id = 5,
				       .msg = contract_bytes("x", 1),
				       .peer_key = plain->key},
		      1, &e) == 0);
	WAIT(&k->passive, FAB_RECV_FAILED, &ev);
	NEED(ev.status != FAB_OK && ev.status != FAB_FLUSHED);
	WAIT(&k->passive, FAB_RECV_FAILED, &ev);
	NEED(ev.status == FAB_FLUSHED);
	NEED(!contract_take(&k->passive, FAB_RECV, &ev));
}

/* ---- rude ends ---- */

static void contract_break(struct contract *k)
{
	struct fab_wr wr = {.op = FAB_SEND, .id = 6, .msg = contract_bytes("anybody?", 8)};
	struct fab_event ev;
	struct err e;

	k->active_params.ack_timeout = 14; /* 67 ms */
	k->active_params.retry_cnt = 1;
	k->passive_params.recv_initial = 3;
	NEED(contract_join(k));
	NEED(fab_break(k->passive.c, &e) == 0);
	for (int i = 0; i < 3; i++) {
		WAIT(&k->passive, FAB_RECV_FAILED, &ev);
		NEED(ev.status == FAB_FLUSHED);
	}
	NEED(!fab_conn_up(k->passive.c) && fab_conn_up(k->active.c));
	NEED(fab_post(k->active.c, &wr, 1, &e) == 0);
	WAIT_DONE(&k->active, 6, FAB_RETRY_EXCEEDED);
	NEED(!contract_take(&k->active, FAB_DISCONNECTED, &ev));
}

static void contract_vanish(struct contract *k)
{
	struct fab_wr wr = {.op = FAB_SEND, .id = 6, .msg = contract_bytes("anybody?", 8)};
	struct fab_event ev;
	struct err e;

	k->active_params.ack_timeout = 14;
	k->active_params.retry_cnt = 1;
	NEED(contract_join(k));
	fab_vanish(k->passive.c);
	NEED(fab_post(k->passive.c, &wr, 1, &e) == -1);
	contract_settle(k, 50);
	NEED(!contract_take(&k->active, FAB_DISCONNECTED, &ev));
	NEED(fab_post(k->active.c, &wr, 1, &e) == 0);
	WAIT_DONE(&k->active, 6, FAB_RETRY_EXCEEDED);
	NEED(!contract_take(&k->active, FAB_DISCONNECTED, &ev));
	NEED(!contract_take(&k->passive, FAB_RECV_FAILED, &ev));
}

/* ---- iWARP ---- */

/* What completes has left; that it came shows at the other end alone. */
static void contract_iwarp_messages(struct contract *k)
{
	struct fab_wr wr[] = {
		{.op = FAB_SEND, .id = 11, .msg = contract_bytes("one", 3)},
		{.op = FAB_SEND, .id = 12, .msg = contract_bytes("", 0), .solicited = true},
	};
	struct fab_event ev;
	struct err e;

	NEED(contract_join(k));
	NEED(fab_post(k->active.c, wr, 2, &e) == 0);
	WAIT_DONE(&k->active, 11, FAB_OK);
	WAIT_DONE(&k->active, 12, FAB_OK);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "one"));
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, ""));
	contract_settle(k, 50);
	NEED(fab_conn_up(k->active.c) && fab_conn_up(k->passive.c));
}

static void contract_iwarp_no_buffer(struct contract *k)
{
	struct fab_wr wr[5];
	struct fab_event ev;
	struct err e;

	for (unsigned i = 0; i < 5; i++)
		wr[i] = (struct fab_wr){
			.op = FAB_SEND, .id = i, .msg = contract_bytes(&"abcde"[i], 1)};
	k->passive_params.recv_initial = 2;
	NEED(contract_join(k));
	NEED(fab_post(k->active.c, wr, 5, &e) == 0);
	WAIT(&k->active, FAB_DISCONNECTED, &ev);
	NEED(!fab_conn_up(k->active.c));
	NEED(fab_conn_terminate(k->active.c) == FAB_TERM_NO_BUFFER);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "a"));
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "b"));
	WAIT(&k->passive, FAB_DISCONNECTED, &ev);
	NEED(!contract_take(&k->passive, FAB_RECV, &ev));
	NEED(fab_conn_terminate(k->passive.c) == FAB_TERM_UNKNOWN);
}

/* An end in good order is no TERMINATE, whatever the one before it was. */
static void contract_iwarp_close(struct contract *k)
{
	struct fab_event ev;
	struct err e;

	NEED(contract_join(k));
	NEED(fab_disconnect(k->passive.c, &e) == 0);
	WAIT(&k->active, FAB_DISCONNECTED, &ev);
	NEED(fab_conn_terminate(k->active.c) == FAB_TERM_UNKNOWN);
}

static void contract_iwarp_invalidate(struct contract *k)
{
	static struct contract_memory theirs, ours;
	struct fab_region *key, *local;
	struct fab_event ev;
	struct fab_wr write = {.op = FAB_WRITE, .id = 1, .len = 4};
	struct fab_wr inv = {.op = FAB_SEND_INV, .id = 2, .msg = contract_bytes("done", 4)};
	struct err e;

	memset(&theirs, CANARY, sizeof(theirs));
	NEED(contract_join(k));
	key = fab_register(k->passive.c, theirs.at, ROOM, FAB_REMOTE_WRITE, true, &e);
	local = fab_register(k->active.c, ours.at, ROOM, FAB_LOCAL_ONLY, false, &e);
	NEED(key && local && key->window && key->valid);
	contract_settle(k, 5); /* a window has to be bound */
	write.local = local;
	write.peer_key = inv.peer_key = key->key;
	write.peer_addr = key->addr;
	NEED(fab_post(k->active.c, &write, 1, &e) == 0);
	NEED(fab_post(k->active.c, &inv, 1, &e) == 0);
	WAIT(&k->passive, FAB_RECV, &ev);
	NEED(contract_is(ev.msg, "done"));
	NEED(ev.kind_unknown || (ev.invalidated && ev.invalidated_key == key->key));
	NEED(contract_all(theirs.at, 4, 0));
	NEED(fab_post(k->active.c, &write, 1, &e) == 0);
	WAIT(&k->active, FAB_DISCONNECTED, &ev);
	NEED(fab_conn_terminate(k->active.c) == FAB_TERM_ACCESS);
}

#include "contract_end.h"

static const struct contract_check contract_checks[] = {
	{"connect", RC, contract_connect},
	{"reject", ANY, contract_reject},
	{"nobody listens", RC, contract_nobody},
	{"disconnect", ANY, contract_disconnect},
	{"free disconnects", ANY, contract_free_disconnects},
	{"no post before the connection", ANY, contract_early_post},
	{"messages", RC, contract_messages},
	{"census", RC, contract_census},
	{"rnr_retry 7 waits", RC, contract_rnr_for_ever},
	{"too long a message", RC, contract_too_long},
	{"send queue full", ANY, contract_send_queue_full},
	{"write and read", RC, contract_write_read},
	{"access errors", RC, contract_access},
	{"length 0 needs no key", ANY, contract_nothing_at_nowhere},
	{"no reads served", RC, contract_no_reads_served},
	{"deregistered memory", RC, contract_deregistered},
	{"window", RC | WINDOWS, contract_window},
	{"window invalidated by its owner", RC | WINDOWS, contract_window_invalidated_by_its_owner},
	{"a plain key is not invalidated", RC, contract_plain_key_is_not_invalidated},
	{"break", RC, contract_break},
	{"vanish", RC, contract_vanish},
	{"end: closed", ANY, contract_end_closed},
	{"end: behind messages", RC, contract_end_behind_messages},
	{"end: an operation of theirs", ANY, contract_end_operation},
	{"end: too long a message", RC, contract_end_long_message},
	{"end: a key not to be invalidated", RC, contract_end_wrong_invalidate},
	{"end: lost", RC, contract_end_lost},
	{"end: no buffer", ANY, contract_end_no_buffer},
	{"iWARP: messages", IWARP, contract_iwarp_messages},
	{"iWARP: no buffer", IWARP, contract_iwarp_no_buffer},
	{"iWARP: close", IWARP, contract_iwarp_close},
	{"iWARP: a key is invalidated", IWARP | WINDOWS, contract_iwarp_invalidate},
};

enum { CONTRACT_CHECKS = (int)(sizeof(contract_checks) / sizeof(*contract_checks)) };

enum contract_verdict { CONTRACT_PASSED, CONTRACT_FAILED, CONTRACT_NOT_APPLICABLE };

/* Runs one check. The passive side listens already. Why it failed is in k->failure. */
static enum contract_verdict contract_run(struct contract *k, const struct contract_check *check)
{
	k->failure[0] = 0;
	if (((check->needs & WINDOWS) && !fab_has_windows(k->passive.f)) ||
	    ((check->needs & RC) && !fab_proves_delivery(k->passive.f)) ||
	    ((check->needs & IWARP) && fab_proves_delivery(k->passive.f)))
		return CONTRACT_NOT_APPLICABLE;
	fab_params_default(&k->active_params);
	fab_params_default(&k->passive_params);
	check->run(k);
	contract_part(k);
	return k->failure[0] ? CONTRACT_FAILED : CONTRACT_PASSED;
}

#endif
