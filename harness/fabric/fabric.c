/* SPDX-License-Identifier: BSD-2-Clause */
/* The fabric's public calls: hands each to the implementation and logs what succeeded. */
#include "impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The longest data segment of login and of most full feature PDUs; more needs a recv_size of the
 * caller's. */
enum { DEFAULT_DATA = 8192 };

void fab_params_default(struct fab_params *p)
{
	*p = (struct fab_params){
		.rnr_retry = 0,
		.retry_cnt = 7,
		.ack_timeout = 18, /* 1.07 s: an emulated machine may be slow to answer */
		.min_rnr_timer = 12,
		.responder_resources = 16,
		.initiator_depth = 16,
		.advertised_rnr_retry = 7,
		.send_depth = 1024,
		.recv_depth = 1024,
		.recv_size = ISER_HEADER_SIZE + BHS_SIZE + AHS_MAX + DEFAULT_DATA,
		.recv_initial = 64,
	};
}

/* The log's view of one CM call of ours. */
static void log_cm_call(struct fabric *f, const struct fab_conn *c, const char *name,
			const char *text, const struct fab_params *p)
{
	struct log_event le = {.kind = LOG_CM, .name = name, .text = text};

	if (!f->log)
		return;
	le.time = fab_sample(f);
	le.conn = c ? c->number : 0;
	if (p) {
		le.a = p->responder_resources;
		le.b = p->initiator_depth;
		le.c = p->advertised_rnr_retry;
		le.bytes.at = p->private_data;
		le.bytes.len = p->private_data_len;
	}
	log_add(f->log, &le);
}

static void log_memory(struct fab_region *r, const char *name)
{
	struct fabric *f = r->conn->fabric;
	struct log_event le = {
		.kind = LOG_MEMORY,
		.conn = r->conn->number,
		.name = name,
		.key = r->key,
		/* Where our own source or sink lies nobody else gets to see. */
		.addr = r->access == FAB_LOCAL_ONLY ? 0 : r->addr,
		.len = r->len,
		.a = r->access,
		.b = r->window,
		.lasting = true,
	};

	if (!f->log)
		return;
	le.time = fab_sample(f);
	log_add(f->log, &le);
}

static int check_params(const struct fab_params *p, struct err *e)
{
	if (p && p->private_data_len > sizeof(p->private_data))
		return err_set(e, EINVAL, "%zu bytes of private data: at most %zu fit",
			       p->private_data_len, sizeof(p->private_data));
	if (p && (p->rnr_retry > 7 || p->retry_cnt > 7 || p->ack_timeout > 31 ||
		  p->min_rnr_timer > 31 || p->advertised_rnr_retry > 7))
		return err_set(e, EINVAL, "retry counts go to 7, timer codes to 31");
	if (p && (!p->send_depth || !p->recv_depth || p->recv_initial > p->recv_depth))
		return err_set(e, EINVAL, "recv_initial %u, recv_depth %u, send_depth %u",
			       p->recv_initial, p->recv_depth, p->send_depth);
	return 0;
}

void fab_close(struct fabric *f)
{
	if (f)
		f->ops->close(f);
}

uint64_t fab_now(struct fabric *f)
{
	return f->stepped ? f->clock : f->ops->now(f);
}

struct log *fab_log(struct fabric *f)
{
	return f->log;
}

struct log *fab_conn_log(const struct fab_conn *c)
{
	return c->fabric->log;
}

bool fab_is_simulated(const struct fabric *f)
{
	return f->simulated;
}

int fab_listen(struct fabric *f, const char *host, uint16_t port, const struct fab_params *defaults,
	       struct err *e)
{
	char text[300];
	struct err why = {0};

	if (check_params(defaults, e))
		return -1;
	if (f->ops->listen(f, host, port, defaults, &why))
		return fab_failed(f, NULL, "listen", &why, e);
	snprintf(text, sizeof(text), "%s port %u", host ? host : "any address",
		 f->ops->listen_port(f));
	log_cm_call(f, NULL, "listen", text, defaults);
	return 0;
}

uint16_t fab_listen_port(const struct fabric *f)
{
	return f->ops->listen_port(f);
}

struct fab_conn *fab_connect(struct fabric *f, const char *host, uint16_t port,
			     const struct fab_params *params, struct err *e)
{
	struct fab_params defaults;
	struct fab_conn *c;
	char text[300];
	struct err why = {0};

	fab_params_default(&defaults);
	if (!params)
		params = &defaults;
	if (check_params(params, e))
		return NULL;
	c = f->ops->connect(f, host, port, params, &why);
	if (!c) {
		fab_failed(f, NULL, "connect", &why, e);
		return NULL;
	}
	snprintf(text, sizeof(text), "%s port %u", host, port);
	log_cm_call(f, c, "connect", text, params);
	/* cppcheck-suppress returnDanglingLifetime ; nobody keeps `why` */
	return c;
}

int fab_accept(struct fab_conn *c, const struct fab_params *params, struct err *e)
{
	struct err why = {0};

	if (check_params(params, e))
		return -1;
	if (c->fabric->ops->accept(c, params, &why))
		return fab_failed(c->fabric, c, "accept", &why, e);
	log_cm_call(c->fabric, c, "accept", NULL, params);
	return 0;
}

int fab_reject(struct fab_conn *c, const void *private_data, size_t len, struct err *e)
{
	struct fabric *f = c->fabric;
	struct log_event le = {
		.kind = LOG_CM,
		.conn = c->number,
		.name = "reject",
		.bytes = {.at = private_data, .len = len},
	};

	struct err why = {0};

	if (f->ops->reject(c, private_data, len, &why))
		return fab_failed(f, c, "reject", &why, e);
	if (f->log) {
		le.time = fab_sample(f);
		log_add(f->log, &le);
	}
	return 0;
}

int fab_post_recv(struct fab_conn *c, unsigned n, struct err *e)
{
	struct fabric *f = c->fabric;
	struct err why = {0};

	if (f->ops->post_recv(c, n, &why))
		return fab_failed(f, c, "post-recv", &why, e);
	if (f->log && n) {
		log_add(f->log, &(struct log_event){.kind = LOG_POST_RECV,
						    .time = fab_sample(f),
						    .conn = c->number,
						    .name = "recv",
						    .a = n,
						    .b = c->recv_posted,
						    .lasting = true});
		c->told.recv_posted = c->recv_posted;
	}
	return 0;
}

static void log_posts(struct fab_conn *c, uint64_t now, const struct fab_wr *wr, size_t n)
{
	struct fabric *f = c->fabric;

	for (size_t i = 0; i < n; i++) {
		struct log_event le = {
			.kind = LOG_POST,
			.time = now,
			.conn = c->number,
			.name = fab_op_name(wr[i].op),
			.id = wr[i].id,
			.a = (int64_t)i,
			.b = (int64_t)n,
			.c = wr[i].solicited,
			.lasting = true,
		};

		switch (wr[i].op) {
		case FAB_SEND_INV:
			le.invalidated = true;
			le.invalidated_key = wr[i].peer_key;
			le.bytes = wr[i].msg;
			break;
		case FAB_SEND_IMM:
			le.has_imm = true;
			le.imm = wr[i].imm;
			le.bytes = wr[i].msg;
			break;
		case FAB_SEND:
			le.bytes = wr[i].msg;
			break;
		case FAB_WRITE_IMM:
			le.has_imm = true;
			le.imm = wr[i].imm;
			/* fall through */
		case FAB_WRITE:
		case FAB_READ:
			le.key = wr[i].peer_key;
			le.addr = wr[i].peer_addr;
			le.len = wr[i].len;
			break;
		case FAB_BIND:
		case FAB_INVALIDATE:
			le.key = wr[i].peer_key;
			break;
		}
		log_add(f->log, &le);
	}
}

int fab_post(struct fab_conn *c, const struct fab_wr *wr, size_t n, struct err *e)
{
	/* A device may work off the chain before its call returns: the time is that of the
	 * doorbell. */
	uint64_t now = n ? fab_sample(c->fabric) : 0;
	struct err why = {0};

	if (c->fabric->ops->post(c, wr, n, &why))
		return fab_failed(c->fabric, c, "post", &why, e);
	for (size_t i = 0; i < n; i++)
		c->tagged |=
			wr[i].op == FAB_WRITE || wr[i].op == FAB_WRITE_IMM || wr[i].op == FAB_READ;
	if (c->fabric->log)
		log_posts(c, now, wr, n);
	return 0;
}

struct fab_region *fab_register(struct fab_conn *c, void *at, size_t len, unsigned access,
				bool window, struct err *e)
{
	struct err why = {0};
	struct fab_region *r = c->fabric->ops->register_memory(c, at, len, access, window, &why);

	if (r)
		log_memory(r, "register");
	else
		fab_failed(c->fabric, c, "register", &why, e);
	/* cppcheck-suppress returnDanglingLifetime ; nobody keeps `why` */
	return r;
}

int fab_invalidate(struct fab_region *r, struct err *e)
{
	struct err why = {0};

	if (r->conn->fabric->ops->invalidate(r, &why))
		return fab_failed(r->conn->fabric, r->conn, "invalidate", &why, e);
	log_memory(r, "invalidate");
	return 0;
}

void fab_unregister(struct fab_region *r)
{
	if (!r)
		return;
	log_memory(r, "unregister");
	r->conn->fabric->ops->unregister(r);
}

int fab_disconnect(struct fab_conn *c, struct err *e)
{
	struct err why = {0};

	if (c->fabric->ops->disconnect(c, &why))
		return fab_failed(c->fabric, c, "disconnect", &why, e);
	c->told.up = false;
	log_cm_call(c->fabric, c, "disconnect", NULL, NULL);
	fab_end_set(c, FAB_END_OURS);
	return 0;
}

void fab_vanish(struct fab_conn *c)
{
	c->fabric->ops->vanish(c);
	c->told.up = false;
	c->told.recv_posted = 0;
	log_cm_call(c->fabric, c, "vanish", NULL, NULL);
	fab_end_set(c, FAB_END_OURS);
}

int fab_break(struct fab_conn *c, struct err *e)
{
	struct err why = {0};

	if (c->fabric->ops->break_(c, &why))
		return fab_failed(c->fabric, c, "break", &why, e);
	c->told.up = false;
	log_cm_call(c->fabric, c, "break", NULL, NULL);
	fab_end_set(c, FAB_END_OURS);
	return 0;
}

void fab_conn_free(struct fab_conn *c)
{
	if (!c)
		return;
	log_cm_call(c->fabric, c, "free", NULL, NULL);
	c->fabric->ops->conn_free(c);
}

unsigned fab_conn_number(const struct fab_conn *c)
{
	return c->number;
}

void fab_conn_set_user(struct fab_conn *c, void *user)
{
	c->user = user;
}

void *fab_conn_user(const struct fab_conn *c)
{
	return c->user;
}

void fab_timer(struct fabric *f, uint64_t at, uint64_t id, struct fab_conn *c)
{
	f->ops->timer(f, at, id, c);
}

void fab_timer_cancel(struct fabric *f, uint64_t id, struct fab_conn *c)
{
	f->ops->timer_cancel(f, id, c);
}

void fab_admit(struct fabric *f, bool (*admit)(void *ctx, const struct sockaddr *from), void *ctx)
{
	f->admit = admit;
	f->admit_ctx = ctx;
}

void fab_watch_fd(struct fabric *f, int fd)
{
	f->ops->watch_fd(f, fd);
}

void fab_wait(struct fabric *f, uint64_t deadline, struct fab_event *ev)
{
	f->ops->wait(f, deadline, ev);
	fab_log_event(f, ev);
	fab_waited(f, deadline, ev);
	fab_end_event(ev);
}

const char *fab_description(struct fabric *f)
{
	return f->ops->description(f);
}

const char *fab_kind(struct fabric *f)
{
	return f->ops->kind(f);
}
