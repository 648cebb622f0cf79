/* SPDX-License-Identifier: BSD-2-Clause */
/* Wires a model as system under test to the harness inside one simulator. */
#include "model_sut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char harness_host[] = "sim-harness", sut_host[] = "sim-sut";
enum { MODEL_PORT = 3260, MODEL_POLL_DELAY = 20 * NS_PER_US };

struct model_peer {
	struct model_peer *next;
	struct peer *peer;
};

struct model_sut {
	struct sim *sim;
	struct fabric *harness, *fab;
	struct peer_config cfg;
	struct model_peer *peers; /* newest first */
	bool leaving;		  /* the command begun last is a logout */
};

static struct peer *add_peer(struct model_sut *m, const struct peer_config *cfg)
{
	struct model_peer *mp = calloc(1, sizeof(*mp));
	if (!mp)
		return NULL;
	mp->peer = peer_new(m->fab, cfg);
	if (!mp->peer) {
		free(mp);
		return NULL;
	}
	mp->peer->older = m->peers ? m->peers->peer : NULL;
	mp->next = m->peers;
	m->peers = mp;
	return mp->peer;
}

static void handler(void *ctx, const struct fab_event *ev)
{
	struct model_sut *m = ctx;
	struct peer *p = ev->conn ? fab_conn_user(ev->conn) : NULL;

	if (ev->kind == FAB_CONNECT_REQUEST) {
		/* An initiator that is connected to refuses by itself. */
		p = add_peer(m, &m->cfg);
		if (!p)
			fab_reject(ev->conn, NULL, 0, NULL);
	}
	if (p)
		peer_event(p, ev);
}

/* ---- an initiator's control ---- */

static int begin_login(void *ctx, const char *host, uint16_t port, const char *iqn, bool io,
		       struct err *e)
{
	struct model_sut *m = ctx;
	struct peer_config cfg = m->cfg;
	m->leaving = false;
	snprintf(cfg.host, sizeof(cfg.host), "%s", host);
	snprintf(cfg.target_name, sizeof(cfg.target_name), "%s", iqn);
	cfg.port = port;
	cfg.workload_io = io;
	struct peer *p = add_peer(m, &cfg);
	if (!p)
		return err_set(e, ENOMEM, "cannot make a model");
	return peer_connect(p, e);
}

static int begin_logout(void *ctx, struct err *e)
{
	struct model_sut *m = ctx;
	m->leaving = true;
	for (const struct model_peer *mp = m->peers; mp; mp = mp->next)
		if (mp->peer->phase == PEER_FULL && peer_logout(mp->peer, e))
			return -1;
	return 0;
}

static int no_fd(void *ctx)
{
	(void)ctx;
	return -1;
}

/* A login ends with full feature phase or the connection, a logout with all connections. */
static int command_status(void *ctx, const char **last_line)
{
	const struct model_sut *m = ctx;
	*last_line = "";
	for (const struct model_peer *mp = m->peers; mp; mp = mp->next) {
		enum peer_phase phase = mp->peer->phase;
		if (m->leaving && (phase == PEER_FULL || phase == PEER_LOGOUT))
			return -1;
		if (!m->leaving)
			return phase == PEER_CLOSED ? 1 : phase >= PEER_FULL ? 0 : -1;
	}
	return 0;
}

/* ---- */

struct model_sut *model_sut_new(const struct sim_options *o, const struct peer_config *sut,
				struct log *log, struct err *e)
{
	struct model_sut *m = calloc(1, sizeof(*m));
	if (!m)
		goto no_memory;
	m->cfg = *sut;
	/* As all real implementations do; zero is the harness's way to see a missing buffer at
	 * once. */
	m->cfg.fab.rnr_retry = 7;
	m->cfg.autopilot = sut->role == PEER_INITIATOR;
	/* No implementation handles a completion in no time; that time is what late posting shows
	 * in. */
	struct sim_options options = *o;
	if (!options.poll_delay_ns)
		options.poll_delay_ns = MODEL_POLL_DELAY;
	m->sim = sim_new(&options);
	if (!m->sim)
		goto no_memory;
	m->harness = sim_endpoint(m->sim, harness_host, NULL, NULL, log);
	m->fab = sim_endpoint(m->sim, sut_host, handler, m, NULL);
	if (!m->harness || !m->fab)
		goto no_memory;
	if (sut->role == PEER_TARGET && fab_listen(m->fab, sut_host, MODEL_PORT, &m->cfg.fab, e)) {
		model_sut_free(m);
		return NULL;
	}
	return m;
no_memory:
	model_sut_free(m);
	err_set(e, ENOMEM, "cannot make a simulator");
	return NULL;
}

void model_sut_free(struct model_sut *m)
{
	if (!m)
		return;
	while (m->peers) {
		struct model_peer *mp = m->peers;
		m->peers = mp->next;
		peer_free(mp->peer);
		free(mp);
	}
	if (m->sim)
		sim_free(m->sim);
	free(m);
}

struct fabric *model_sut_fabric(const struct model_sut *m)
{
	return m->harness;
}

void model_sut_attach(struct model_sut *m, struct run_env *env)
{
	env->fab = m->harness;
	env->sut = (struct sut_control){.ctx = m};
	if (m->cfg.role == PEER_TARGET) {
		snprintf(env->base.host, sizeof(env->base.host), "%s", sut_host);
		env->base.port = MODEL_PORT;
		return;
	}
	env->sut.login = begin_login;
	env->sut.logout = begin_logout;
	env->sut.login_fd = no_fd;
	env->sut.login_status = command_status;
	env->listen_host = harness_host;
	env->listen_port = MODEL_PORT;
}
