/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fabric.h promises, on a device: two endpoints of one process, connected to each other.
 *
 *   build/lab_verbs [ADDRESS [IPV6-ADDRESS]]     in the lab: 10.9.0.1 fd09::1
 */
#include "../fabric/fabric.h"
#include "../fabric/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUEUE = 4096, SECOND = 1000 };

struct side {
	struct fabric *fabric;
	struct fab_event queue[QUEUE];
	size_t head, tail;
};

static struct side target, initiator; /* target listens; initiator connects */
static struct fab_conn *tconn, *iconn;
static const char *address = "10.9.0.1", *address6 = "fd09::1";
static unsigned passed, failed;

static void check(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void check(bool ok, const char *fmt, ...)
{
	va_list ap;

	*(ok ? &passed : &failed) += 1;
	printf("%s ", ok ? "ok    " : "FAILED");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void must(int rc, const struct err *e)
{
	char text[400];

	if (rc >= 0)
		return;
	printf("FAILED %s\n%u passed, %u failed\n", err_text(e, text, sizeof(text)), passed,
	       failed + 1);
	exit(1);
}

static void pump(struct side *s)
{
	struct fab_event ev;

	fab_wait(s->fabric, fab_now(s->fabric) + NS_PER_MS / 2, &ev);
	if (ev.kind == FAB_TIMEOUT)
		return;
	if (s->tail - s->head == QUEUE)
		abort();
	s->queue[s->tail++ % QUEUE] = ev;
}

/* The side's next event within ms; FAB_TIMEOUT when there is none. */
static struct fab_event next(struct side *s, unsigned ms)
{
	uint64_t end = fab_now(s->fabric) + ms * NS_PER_MS;

	while (s->head == s->tail) {
		if (fab_now(s->fabric) >= end)
			return (struct fab_event){.kind = FAB_TIMEOUT};
		pump(&initiator);
		pump(&target);
	}
	return s->queue[s->head++ % QUEUE];
}

static bool expect(struct side *s, enum fab_event_kind kind, struct fab_event *ev)
{
	*ev = next(s, 15 * SECOND);
	if (ev->kind != kind)
		printf("       (wanted %s, got %s: %s, status %s, reason %d)\n",
		       fab_event_name(kind), fab_event_name(ev->kind), ev->name ? ev->name : "",
		       fab_status_name(ev->status), ev->reason);
	return ev->kind == kind;
}

/* n completions of the side, each with its status of this list. */
static void expect_done(struct side *s, const char *what, size_t n, const enum fab_status *statuses)
{
	bool ok = true;
	char got[512] = "";

	for (size_t i = 0; i < n; i++) {
		struct fab_event ev = next(s, 15 * SECOND);

		while (ev.kind == FAB_RECV_FAILED) /* flushes of the other queue */
			ev = next(s, 15 * SECOND);
		ok = ok && ev.kind == FAB_DONE && ev.status == statuses[i];
		snprintf(got + strlen(got), sizeof(got) - strlen(got), " %s",
			 ev.kind == FAB_DONE ? fab_status_name(ev.status)
					     : fab_event_name(ev.kind));
	}
	check(ok, "%s:%s", what, got);
}

static void end(void)
{
	fab_conn_free(iconn);
	fab_conn_free(tconn);
	iconn = NULL;
	tconn = NULL;
	for (int i = 0; i < 20; i++) {
		pump(&initiator);
		pump(&target);
	}
	initiator.head = initiator.tail;
	target.head = target.tail;
}

static void connect_as(const char *host, const struct fab_params *ip, const struct fab_params *tp)
{
	struct fab_event ev;
	struct err e;

	iconn = fab_connect(initiator.fabric, host, fab_listen_port(target.fabric), ip, &e);
	must(iconn ? 0 : -1, &e);
	if (!expect(&target, FAB_CONNECT_REQUEST, &ev))
		must(-1, (err_set(&e, 0, "no connection request"), &e));
	tconn = ev.conn;
	must(fab_accept(tconn, tp, &e), &e);
	if (!expect(&initiator, FAB_ESTABLISHED, &ev) || !expect(&target, FAB_ESTABLISHED, &ev))
		must(-1, (err_set(&e, 0, "not established"), &e));
}

static struct fab_params params(uint32_t receives)
{
	struct fab_params p;

	fab_params_default(&p);
	p.recv_initial = receives;
	p.ack_timeout = 14; /* 67 ms: what waits for a retry to fail should not take long */
	p.retry_cnt = 2;
	return p;
}

static void post_sends(struct fab_conn *c, unsigned n, size_t len)
{
	struct fab_wr wr[64] = {0};
	uint8_t *bytes = malloc(len * n + 1);
	struct err e;

	for (unsigned i = 0; i < n; i++) {
		memset(bytes + i * len, (int)(i + 1), len);
		wr[i] = (struct fab_wr){.op = FAB_SEND, .id = i + 1, .msg = {bytes + i * len, len}};
	}
	must(fab_post(c, wr, n, &e), &e);
	free(bytes); /* fab_post has copied them */
}

static void test_chain(void)
{
	static const enum fab_status want[] = {FAB_OK, FAB_OK, FAB_RNR_EXCEEDED, FAB_FLUSHED,
					       FAB_FLUSHED};
	struct fab_params ip = params(8), tp = params(2);
	int64_t before = fab_counter(target.fabric, FAB_RNR_NAK_SENT);
	struct fab_event ev;
	bool got;

	connect_as(address, &ip, &tp);
	check(fab_recv_posted(tconn) == 2, "two receives posted");
	post_sends(iconn, 5, 76);
	expect_done(&initiator, "chain of 5 on 2 receives", 5, want);
	for (unsigned i = 1; i <= 2; i++) {
		got = expect(&target, FAB_RECV, &ev);
		check(got && ev.msg.len == 76 && ev.msg.at[0] == i && ev.msg.at[75] == i,
		      "message %u arrived whole", i);
	}
	check(fab_recv_posted(tconn) == 0, "no receive left");
	check(fab_counter(target.fabric, FAB_RNR_NAK_SENT) == before + 1, "one RNR NAK counted");
	check(!fab_conn_up(iconn), "the sender's queue pair is not up any more");
	end();
}

static void test_rnr_waits(void)
{
	static const enum fab_status want[] = {FAB_OK, FAB_OK, FAB_OK};
	struct fab_params ip = params(8), tp = params(2);
	struct fab_event ev;
	struct err e;

	ip.rnr_retry = 7;
	tp.min_rnr_timer = 1;
	connect_as(address, &ip, &tp);
	post_sends(iconn, 3, 76);
	expect_done(&initiator, "rnr_retry 7, two of three", 2, want);
	ev = next(&initiator, 50);
	check(ev.kind == FAB_TIMEOUT, "the third waits");
	must(fab_post_recv(tconn, 1, &e), &e);
	expect_done(&initiator, "a receive later", 1, want);
	end();
}

static void test_too_long(void)
{
	struct fab_params ip = params(8), tp = params(2);
	struct fab_event ev;
	bool got;

	/* IBTA has NAK Invalid Request for it; rxe also sends Remote Operational Error. */
	tp.recv_size = 64;
	connect_as(address, &ip, &tp);
	post_sends(iconn, 1, 65);
	got = expect(&initiator, FAB_DONE, &ev);
	check(got && (ev.status == FAB_REMOTE_INVALID || ev.status == FAB_REMOTE_OP),
	      "65 bytes into a receive of 64: %s", fab_status_name(ev.status));
	got = expect(&target, FAB_RECV_FAILED, &ev);
	check(got && ev.status != FAB_OK, "the receiver sees it: %s", ev.name);
	end();
}

static void test_bulk(void)
{
	enum { N = 48, LEN = 100000 };
	enum fab_status want[N] = {FAB_OK};
	struct fab_params ip = params(1), tp = params(N);
	struct fab_event ev;
	unsigned good = 0;

	tp.recv_size = LEN;
	connect_as(address, &ip, &tp);
	post_sends(iconn, N, LEN);
	expect_done(&initiator, "48 messages of 100000 bytes", N, want);
	for (unsigned i = 1; i <= N; i++) {
		if (!expect(&target, FAB_RECV, &ev) || ev.msg.len != LEN)
			break;
		good += ev.msg.at[0] == i && memcmp(ev.msg.at, ev.msg.at + 1, LEN - 1) == 0;
	}
	check(good == N, "%u of 48 arrived in order and whole", good);
	end();
}

static void test_rdma(void)
{
	static const enum fab_status ok[] = {FAB_OK, FAB_OK}, no[] = {FAB_REMOTE_ACCESS};
	struct fab_params ip = params(4), tp = params(4);
	uint8_t theirs[3 * 512], ours[512];
	struct fab_region *remote, *local;
	struct fab_wr wr[2] = {0};
	struct fab_event ev;
	bool got;
	struct err e;

	connect_as(address, &ip, &tp);
	memset(theirs, 0x11, sizeof(theirs));
	memset(ours, 0x22, sizeof(ours));
	remote = fab_register(iconn, theirs + 512, 512, FAB_REMOTE_WRITE | FAB_REMOTE_READ, false,
			      &e);
	must(remote ? 0 : -1, &e);
	local = fab_register(tconn, ours, sizeof(ours), FAB_LOCAL_ONLY, false, &e);
	must(local ? 0 : -1, &e);
	check(remote->key != 0, "key 0x%08x", remote->key);
	wr[0] = (struct fab_wr){.op = FAB_WRITE,
				.peer_key = remote->key,
				.peer_addr = remote->addr,
				.local = local,
				.len = 256};
	wr[1] = (struct fab_wr){.op = FAB_READ,
				.peer_key = remote->key,
				.peer_addr = remote->addr + 256,
				.local = local,
				.local_offset = 256,
				.len = 256};
	must(fab_post(tconn, wr, 2, &e), &e);
	expect_done(&target, "RDMA Write, then Read", 2, ok);
	check(theirs[511] == 0x11 && theirs[512] == 0x22 && theirs[767] == 0x22 &&
		      theirs[768] == 0x11 && ours[255] == 0x22 && ours[256] == 0x11 &&
		      ours[511] == 0x11,
	      "exactly those bytes moved");
	wr[0].op = FAB_WRITE_IMM;
	wr[0].imm = 0x01020304;
	must(fab_post(tconn, wr, 1, &e), &e);
	expect_done(&target, "RDMA Write with Immediate", 1, ok);
	got = expect(&initiator, FAB_RECV, &ev);
	check(got && ev.op == FAB_WRITE_IMM && ev.has_imm && ev.imm == 0x01020304 &&
		      ev.msg.len == 0,
	      "its immediate 0x%08x", ev.imm);
	wr[0].op = FAB_WRITE;
	wr[0].peer_addr = remote->addr + 257;
	must(fab_post(tconn, wr, 1, &e), &e);
	expect_done(&target, "one byte beyond the end", 1, no);
	check(theirs[1024] == 0x11, "and nothing written there");
	end();
}

static void test_access(void)
{
	static const enum fab_status no[] = {FAB_REMOTE_ACCESS};
	uint8_t theirs[512], ours[512] = {0};

	for (int which = 0; which < 3; which++) {
		static const char *const what[] = {"write to what may be read",
						   "read of what may be written",
						   "key invalidated"};
		struct fab_params ip = params(4), tp = params(4);
		struct fab_region *remote, *local;
		struct err e;

		connect_as(address, &ip, &tp);
		remote = fab_register(iconn, theirs, sizeof(theirs),
				      which == 0 ? FAB_REMOTE_READ : FAB_REMOTE_WRITE, false, &e);
		must(remote ? 0 : -1, &e);
		local = fab_register(tconn, ours, sizeof(ours), FAB_LOCAL_ONLY, false, &e);
		must(local ? 0 : -1, &e);
		if (which == 2)
			must(fab_invalidate(remote, &e), &e);
		struct fab_wr wr = {.op = which == 1 ? FAB_READ : FAB_WRITE,
				    .peer_key = remote->key,
				    .peer_addr = remote->addr,
				    .local = local,
				    .len = 8};
		must(fab_post(tconn, &wr, 1, &e), &e);
		expect_done(&target, what[which], 1, no);
		fab_unregister(remote);
		fab_unregister(local);
		end();
	}
}

static void test_window(void)
{
	static const enum fab_status ok[] = {FAB_OK}, no[] = {FAB_REMOTE_ACCESS};
	struct fab_params ip = params(4), tp = params(4);
	uint8_t theirs[512] = {0}, ours[512];
	struct fab_region *window, *second, *local;
	struct fab_event ev;
	bool got;
	struct err e;

	if (!fab_has_windows(initiator.fabric)) {
		printf("       this device has no type 2 memory windows\n");
		return;
	}
	connect_as(address, &ip, &tp);
	memset(ours, 0x33, sizeof(ours));
	window = fab_register(iconn, theirs, sizeof(theirs), FAB_REMOTE_WRITE, true, &e);
	must(window ? 0 : -1, &e);
	got = expect(&initiator, FAB_DONE, &ev);
	check(got && ev.op == FAB_BIND && ev.status == FAB_OK && ev.id == 0, "window bound");
	second = fab_register(iconn, theirs, sizeof(theirs), FAB_REMOTE_WRITE, true, &e);
	must(second ? 0 : -1, &e);
	got = expect(&initiator, FAB_DONE, &ev);
	check(got && ev.op == FAB_BIND && ev.status == FAB_OK,
	      "another bound, key 0x%08x beside 0x%08x", second->key, window->key);
	local = fab_register(tconn, ours, sizeof(ours), FAB_LOCAL_ONLY, false, &e);
	must(local ? 0 : -1, &e);

	struct fab_wr wr[2] = {
		{.op = FAB_WRITE,
		 .peer_key = window->key,
		 .peer_addr = window->addr,
		 .local = local,
		 .len = 8},
		{.op = FAB_SEND_INV, .id = 7, .peer_key = window->key, .msg = {ours, 76}},
	};
	must(fab_post(tconn, &wr[0], 1, &e), &e);
	expect_done(&target, "write through the window", 1, ok);
	check(theirs[0] == 0x33 && theirs[7] == 0x33 && theirs[8] == 0, "8 bytes moved");
	must(fab_post(tconn, &wr[1], 1, &e), &e);
	expect_done(&target, "Send with Invalidate", 1, ok);
	got = expect(&initiator, FAB_RECV, &ev);
	check(got && ev.invalidated && ev.invalidated_key == window->key && ev.msg.len == 76,
	      "arrived (%zu bytes, op %s), invalidated 0x%08x", ev.msg.len, fab_op_name(ev.op),
	      ev.invalidated_key);
	check(!window->valid && second->valid, "that region is invalid, the other is not");
	must(fab_invalidate(second, &e), &e);
	got = expect(&initiator, FAB_DONE, &ev);
	check(got && ev.op == FAB_INVALIDATE && ev.status == FAB_OK, "local invalidate completed");
	must(fab_post(tconn, &wr[0], 1, &e), &e);
	expect_done(&target, "write through the invalidated window", 1, no);
	fab_unregister(window);
	end();
}

static void test_disconnect(void)
{
	static const enum fab_status ok[] = {FAB_OK};
	struct fab_params ip = params(4), tp = params(4);
	struct fab_event ev;
	bool got;
	struct err e;

	connect_as(address, &ip, &tp);
	post_sends(iconn, 1, 76);
	/* The target looks only after both have happened. */
	do
		fab_wait(initiator.fabric, fab_now(initiator.fabric) + NS_PER_S, &ev);
	while (ev.kind != FAB_DONE && ev.kind != FAB_TIMEOUT);
	check(ev.kind == FAB_DONE && ev.status == ok[0], "sent before the DREQ");
	must(fab_disconnect(iconn, &e), &e);
	usleep(50000);
	got = expect(&target, FAB_RECV, &ev);
	check(got, "the message comes first");
	got = expect(&target, FAB_DISCONNECTED, &ev);
	check(got && ev.conn == tconn, "then %s", ev.name);
	for (unsigned i = 0; i < 3; i++) {
		got = expect(&target, FAB_RECV_FAILED, &ev);
		check(got && ev.status == FAB_FLUSHED, "receive %u flushed", i + 1);
	}
	for (unsigned i = 0; i < 4; i++) {
		got = expect(&initiator, FAB_RECV_FAILED, &ev);
		check(got && ev.status == FAB_FLUSHED, "our receive %u flushed", i + 1);
	}
	check(!fab_conn_up(iconn) && !fab_conn_up(tconn), "both down");
	got = expect(&initiator, FAB_DISCONNECTED, &ev);
	check(got && ev.conn == iconn, "and its end of the connection is told too");
	end();
}

static void test_reject(void)
{
	struct fab_params ip = params(4);
	uint8_t reason[] = {0xde, 0xad};
	struct fab_event ev;
	bool got;
	struct err e;

	iconn = fab_connect(initiator.fabric, address, fab_listen_port(target.fabric), &ip, &e);
	must(iconn ? 0 : -1, &e);
	got = expect(&target, FAB_CONNECT_REQUEST, &ev);
	check(got, "a request to reject");
	tconn = ev.conn;
	must(fab_reject(tconn, reason, sizeof(reason), &e), &e);
	got = expect(&initiator, FAB_REJECTED, &ev);
	check(got && ev.reason == 28 && ev.private_data.len >= 2 &&
		      memcmp(ev.private_data.at, reason, 2) == 0,
	      "rejected by the consumer (%d), %zu bytes of private data", ev.reason,
	      ev.private_data.len);
	end();
	iconn = fab_connect(initiator.fabric, address, 9, &ip, &e);
	must(iconn ? 0 : -1, &e);
	got = expect(&initiator, FAB_REJECTED, &ev);
	check(got && ev.reason == 8, "nobody listens (%d)", ev.reason);
	end();
}

static bool nobody(void *ctx, const struct sockaddr *from)
{
	unsigned *asked = ctx;
	*asked += from->sa_family == AF_INET;
	return false;
}

static void test_strangers(void)
{
	struct fab_params p;
	struct fab_event ev;
	struct err e;
	unsigned asked = 0;

	fab_params_default(&p);
	fab_admit(target.fabric, nobody, &asked);
	iconn = fab_connect(initiator.fabric, address, fab_listen_port(target.fabric), &p, &e);
	must(iconn ? 0 : -1, &e);
	check(expect(&initiator, FAB_REJECTED, &ev) && asked == 1, "a stranger is refused");
	check(next(&target, SECOND / 4).kind == FAB_TIMEOUT, "and nobody hears of him");
	fab_conn_free(iconn);
	iconn = NULL;
	fab_admit(target.fabric, NULL, NULL);
}

static void test_cm_params(void)
{
	struct fab_params ip = params(4), tp = params(4);
	struct fab_event ev;
	bool got;
	struct err e;

	ip.responder_resources = 5;
	ip.initiator_depth = 3;
	ip.advertised_rnr_retry = 6;
	ip.private_data_len = CM_PRIVATE_DATA_MAX;
	for (size_t i = 0; i < ip.private_data_len; i++)
		ip.private_data[i] = (uint8_t)(i + 1);
	tp.responder_resources = 7;
	tp.initiator_depth = 2;
	tp.advertised_rnr_retry = 4;
	tp.private_data[0] = 0x40;
	tp.private_data_len = 4;
	iconn = fab_connect(initiator.fabric, address, fab_listen_port(target.fabric), &ip, &e);
	must(iconn ? 0 : -1, &e);
	got = expect(&target, FAB_CONNECT_REQUEST, &ev);
	check(got, "request");
	check(ev.responder_resources == 5 && ev.initiator_depth == 3 && ev.rnr_retry == 6,
	      "its responder_resources %u, initiator_depth %u, rnr_retry %u",
	      ev.responder_resources, ev.initiator_depth, ev.rnr_retry);
	check(ev.private_data.len == CM_PRIVATE_DATA_MAX &&
		      memcmp(ev.private_data.at, ip.private_data, CM_PRIVATE_DATA_MAX) == 0,
	      "its %zu bytes of private data", ev.private_data.len);
	tconn = ev.conn;
	must(fab_accept(tconn, &tp, &e), &e);
	got = expect(&initiator, FAB_ESTABLISHED, &ev);
	check(got, "established (%s)", ev.name);
	check(ev.responder_resources == 7 && ev.initiator_depth == 2 && ev.rnr_retry == 4,
	      "reply: responder_resources %u, initiator_depth %u, rnr_retry %u",
	      ev.responder_resources, ev.initiator_depth, ev.rnr_retry);
	check(ev.private_data.len >= 4 && ev.private_data.at[0] == 0x40,
	      "reply: %zu bytes of private data", ev.private_data.len);
	end();
}

static void test_vanish(void)
{
	static const enum fab_status gone[] = {FAB_RETRY_EXCEEDED};
	struct fab_params ip = params(4), tp = params(4);
	struct fab_event ev;
	bool got;
	struct err e;

	connect_as(address, &ip, &tp);
	fab_vanish(iconn);
	check(fab_post_recv(iconn, 1, &e) < 0 && e.errnum == ENOTCONN,
	      "nothing can be posted any more");
	check(next(&target, 200).kind == FAB_TIMEOUT, "the peer learns nothing");
	post_sends(tconn, 1, 76);
	expect_done(&target, "until its Send gets no answer", 1, gone);
	for (unsigned i = 0; i < 4; i++)
		expect(&target, FAB_RECV_FAILED, &ev);
	fab_conn_free(iconn);
	iconn = NULL;
	got = expect(&target, FAB_DISCONNECTED, &ev);
	check(got, "the DREQ comes when the connection is freed");
	end();
}

static void test_break(void)
{
	static const enum fab_status gone[] = {FAB_RETRY_EXCEEDED};
	struct fab_params ip = params(4), tp = params(4);
	struct fab_event ev;
	bool got;
	struct err e;

	connect_as(address, &ip, &tp);
	must(fab_break(iconn, &e), &e);
	got = expect(&initiator, FAB_RECV_FAILED, &ev);
	check(got && ev.status == FAB_FLUSHED, "our receives flush");
	check(next(&target, 200).kind == FAB_TIMEOUT, "the peer learns nothing");
	post_sends(tconn, 1, 76);
	expect_done(&target, "until its Send gets no answer", 1, gone);
	end();
}

static void test_addresses(void)
{
	struct fab_params ip = params(4), tp = params(4);
	struct fab_conn *c;
	char host[80];
	struct err e;

	if (*address6) {
		connect_as(address6, &ip, &tp);
		check(fab_conn_up(iconn) && fab_conn_up(tconn), "connected to %s", address6);
		end();
		snprintf(host, sizeof(host), "[%s]", address6);
		connect_as(host, &ip, &tp);
		check(fab_conn_up(iconn), "connected to %s", host);
		end();
	}
	c = fab_connect(initiator.fabric, "no-such-host.invalid", 1, &ip, &e);
	check(!c && strstr(e.what, "no-such-host.invalid"), "a name that does not resolve: %s",
	      e.what);
	/* A network for documentation (RFC 5737): nobody's. */
	c = fab_connect(initiator.fabric, "203.0.113.1", 1, &ip, &e);
	if (c) { /* the kernel may take it and fail later */
		struct fab_event ev;
		bool got;

		got = expect(&initiator, FAB_UNREACHABLE, &ev);
		check(got, "no device leads there: %s (%d)", ev.name, ev.reason);
		fab_conn_free(c);
	} else {
		check(e.errnum != 0, "no device leads there: %s (%s)", e.what, strerror(e.errnum));
	}
	check(fab_listen(initiator.fabric, "192.0.2.1", 0, &ip, &e) < 0 && e.errnum, "listen: %s",
	      e.what);
}

static void test_waiting(void)
{
	struct fabric *f = initiator.fabric;
	uint64_t start = fab_now(f);
	struct fab_event ev;
	int fds[2];

	fab_wait(f, start + 20 * NS_PER_MS, &ev);
	check(ev.kind == FAB_TIMEOUT && fab_now(f) >= start + 20 * NS_PER_MS,
	      "timeout after %.1f ms", (double)(fab_now(f) - start) / NS_PER_MS);
	start = fab_now(f);
	fab_timer(f, start + 10 * NS_PER_MS, 2, NULL);
	fab_timer(f, start + 5 * NS_PER_MS, 1, NULL);
	fab_timer(f, start + 7 * NS_PER_MS, 3, NULL);
	fab_timer_cancel(f, 3, NULL);
	fab_wait(f, FAB_FOREVER, &ev);
	check(ev.kind == FAB_TIMER && ev.id == 1, "first timer");
	fab_wait(f, FAB_FOREVER, &ev);
	check(ev.kind == FAB_TIMER && ev.id == 2 && ev.time >= start + 10 * NS_PER_MS,
	      "second timer");
	if (pipe(fds))
		abort();
	fab_watch_fd(f, fds[0]);
	fab_wait(f, fab_now(f) + NS_PER_MS, &ev);
	check(ev.kind == FAB_TIMEOUT, "a silent descriptor");
	check(write(fds[1], "x", 1) == 1, "written");
	fab_wait(f, FAB_FOREVER, &ev);
	check(ev.kind == FAB_FD, "a readable descriptor");
	fab_watch_fd(f, -1);
	close(fds[0]);
	close(fds[1]);
}

/* A number each, times that do not run backwards. */
static void check_log(const struct log *log)
{
	size_t wrong = 0;

	for (size_t i = 0; i < log_count(log); i++)
		if (log_at(log, i)->seq != i + 1 ||
		    (i && log_at(log, i)->time < log_at(log, i - 1)->time))
			wrong++;
	check(log_count(log) > 100 && wrong == 0, "a log of %zu events, %zu out of order",
	      log_count(log), wrong);
}

int main(int argc, char **argv)
{
	struct fab_params listen = params(4);
	struct log *logs[2] = {log_new(NULL, NULL), log_new(NULL, NULL)};
	char text[400];
	struct err e;

	if (argc > 1) {
		address = argv[1];
		address6 = argc > 2 ? argv[2] : "";
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	target.fabric = verbs_open(logs[0], &e);
	initiator.fabric = target.fabric ? verbs_open(logs[1], &e) : NULL;
	if (!initiator.fabric) {
		printf("%s\n", err_text(&e, text, sizeof(text)));
		return e.errnum == ENODEV ? 77 : 1;
	}
	printf("%s\n", fab_description(target.fabric));
	must(fab_listen(target.fabric, NULL, 0, &listen, &e), &e);
	test_waiting();
	test_chain();
	test_rnr_waits();
	test_too_long();
	test_bulk();
	test_rdma();
	test_access();
	test_window();
	test_disconnect();
	test_reject();
	test_strangers();
	test_cm_params();
	test_vanish();
	test_break();
	test_addresses();
	fab_close(initiator.fabric);
	fab_close(target.fabric);
	for (size_t i = 0; i < 2; i++)
		check_log(logs[i]);
	log_free(logs[0]);
	log_free(logs[1]);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
