/* SPDX-License-Identifier: BSD-2-Clause */
/* Wires a model as system under test to the harness inside one simulator. */
#include "model_sut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../peer/model.h"

static const char harness_host[] = "sim-harness", sut_host[] = "sim-sut";
enum { MODEL_PORT = 3260, MODEL_POLL_DELAY = 20 * NS_PER_US };

struct model_sut {
	struct sim *sim;
	struct fabric *harness;
	struct model model;
};

static void handler(void *ctx, const struct fab_event *ev)
{
	model_event(&((struct model_sut *)ctx)->model, ev);
}

/* ---- an initiator's control ---- */

static int begin_login(void *ctx, const char *host, uint16_t port, const char *iqn,
		       enum workload workload, struct err *e)
{
	return model_login(&((struct model_sut *)ctx)->model, host, port, iqn, workload, e);
}

static int begin_logout(void *ctx, struct err *e)
{
	return model_logout(&((struct model_sut *)ctx)->model, e);
}

static int no_fd(void *ctx)
{
	(void)ctx;
	return -1;
}

/* A login command ends with full feature phase or the connection, a logout with all connections. */
static int command_status(void *ctx, const char **last_line)
{
	*last_line = "";
	return model_status(&((const struct model_sut *)ctx)->model);
}

/* ---- what either is told to do ---- */

static int act(void *ctx, const char *line, struct bytes data, bool reads, struct err *e)
{
	(void)reads;
	(void)e;
	model_do(&((struct model_sut *)ctx)->model, line, data);
	return 0;
}

static int act_status(void *ctx, const char **last_line)
{
	return model_did(&((const struct model_sut *)ctx)->model, last_line);
}

static size_t act_data(void *ctx, const uint8_t **at)
{
	return model_did_data(&((const struct model_sut *)ctx)->model, at);
}

/* ---- */

struct model_sut *model_sut_new(const struct sim_options *o, const struct peer_config *sut,
				struct log *log, struct err *e)
{
	/* Its configuration is large, and copied. */
	struct model_sut *m = malloc(sizeof(*m));
	if (!m)
		goto no_memory;
	m->sim = NULL;
	m->harness = NULL;
	model_init(&m->model, sut);
	/* No implementation handles a completion in no time; that time is what late posting shows
	 * in. */
	struct sim_options options = *o;
	if (!options.poll_delay_ns)
		options.poll_delay_ns = MODEL_POLL_DELAY;
	m->sim = sim_new(&options);
	if (!m->sim)
		goto no_memory;
	m->harness = sim_endpoint(m->sim, harness_host, NULL, NULL, log);
	m->model.fab = sim_endpoint(m->sim, sut_host, handler, m, NULL);
	if (!m->harness || !m->model.fab)
		goto no_memory;
	sim_pass_flushed(m->model.fab);
	if (sut->role == PEER_TARGET && model_listen(&m->model, sut_host, MODEL_PORT, e)) {
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
	model_end(&m->model);
	if (m->sim)
		sim_free(m->sim);
	free(m);
}

void model_sut_follow(struct model_sut *m, struct order_follower *f, const struct log *log)
{
	f->model = &m->model;
	f->log = log;
	const struct sim_chooser c = order_chooser(f);
	sim_choose(m->sim, &c);
}

uint64_t model_sut_steps(const struct model_sut *m)
{
	return sim_steps(m->sim);
}

struct fabric *model_sut_fabric(const struct model_sut *m)
{
	return m->harness;
}

void model_sut_attach(struct model_sut *m, struct run_env *env)
{
	env->fab = m->harness;
	env->listens = false;
	env->sut = (struct sut_control){
		.ctx = m,
		.act_ctx = m,
		.act = act,
		.act_fd = no_fd,
		.act_status = act_status,
		.act_data = act_data,
	};
	if (m->model.cfg.role == PEER_TARGET) {
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
