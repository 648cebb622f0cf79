/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection as the script has it: made with its settings, and freed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* ---- settings ---- */

static bool hex_bytes(const char *text, uint8_t *out, size_t size, size_t *len)
{
	size_t n = strlen(text) / 2;
	if (n > size)
		return false;
	for (size_t i = 0; i < n; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], '\0'}, *end;
		out[i] = (uint8_t)strtoul(pair, &end, 16);
		if (*end)
			return false;
	}
	*len = n;
	return true;
}

/* Settings of the connection itself. 1: it was one, -1: out of range. */
static int set_fab(struct peer_config *c, const char *name, const char *value)
{
	uint64_t n = 0;
	struct bytes b = {(const uint8_t *)value, strlen(value)};
	if (!strcmp(name, "private-data"))
		return hex_bytes(value, c->fab.private_data, sizeof(c->fab.private_data),
				 &c->fab.private_data_len)
			       ? 1
			       : -1;
	struct {
		const char *name;
		uint8_t *to;
		uint8_t max;
	} small[] = {{"rnr-retry", &c->fab.rnr_retry, 7},
		     {"responder-resources", &c->fab.responder_resources, 255},
		     {"initiator-depth", &c->fab.initiator_depth, 255},
		     {"advertised-rnr-retry", &c->fab.advertised_rnr_retry, 7}};
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		if (strcmp(small[i].name, name) != 0)
			continue;
		if (text_number(b, &n, NULL) || n > small[i].max)
			return -1;
		*small[i].to = (uint8_t)n;
		return 1;
	}
	if (strcmp(name, "receives") != 0)
		return 0;
	if (text_number(b, &n, NULL) || n > c->fab.recv_depth)
		return -1;
	c->fab.recv_initial = (uint32_t)n;
	return 1;
}

static const struct setting *find_setting(const struct setting_list *l, const char *name)
{
	for (size_t i = 0; l && i < l->count; i++)
		if (!strcmp(l->at[i].name, name))
			return &l->at[i];
	return NULL;
}

bool run_apply(struct run *r, struct peer_config *c, const struct setting *s)
{
	char *value = run_fill(r, &s->value), *whole = NULL;
	struct err e = {0};
	int rc = set_fab(c, s->name, value);
	if (!rc) {
		if (asprintf(&whole, "%s=%s", s->name, value) < 0)
			abort();
		rc = peer_config_set(c, whole, &e) ? -1 : 1;
		free(whole);
	}
	if (rc < 0)
		run_trouble(r, "setting %s=%.100s: %s", s->name, value,
			    e.what[0] ? e.what : "value out of range");
	free(value);
	return rc > 0;
}

/* ---- a new connection ---- */

static bool listen_once(struct run *r, const struct peer_config *c)
{
	struct err e = {0};
	if (r->env->listens)
		return true;
	if (fab_listen(r->env->fab, r->env->listen_host, r->env->listen_port, &c->fab, &e)) {
		run_trouble(r, "cannot listen: %.200s", e.what);
		return false;
	}
	r->env->listens = true;
	return true;
}

/*
 * An ISID of each connection's own (type 10b, random: RFC 7143 11.12.5). With one that was used
 * before, a target first ends the session it belonged to, and the case would judge that.
 */
static uint64_t fresh_isid(struct run *r)
{
	uint32_t hash = 2166136261u ^ (uint32_t)r->env->base.seed;
	for (const char *c = r->script->id; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return 0x800000000000u | (uint64_t)(hash & 0xffffff) << 16 | (++r->connections & 0xffff);
}

/* Whose session is to be joined; NULL: it has none, which was said. */
static const struct peer *session_of(struct run *r, const struct setting *s)
{
	char *name = run_fill(r, &s->value);
	const struct link *l = NULL;

	for (size_t i = 1; i < r->talk_count; i++)
		if (!strcmp(r->script->talks.at[i - 1], name))
			l = r->talks[i].link;
	if (!l || !l->peer->tsih)
		run_trouble(r, "connection %s has no session that could be joined", name);
	free(name);
	return l && l->peer->tsih ? l->peer : NULL;
}

bool run_link_make(struct run *r, const struct setting_list *settings)
{
	struct peer_config *c = malloc(sizeof(*c));
	struct link *l = calloc(1, sizeof(*l));
	struct err e = {0};
	bool ok = c && l;
	if (!ok)
		run_trouble(r, "out of memory");
	if (ok)
		peer_config_copy(c, &r->env->base);
	const struct setting *session = find_setting(settings, "session");
	for (size_t i = 0; ok && settings && i < settings->count; i++)
		ok = &settings->at[i] == session || run_apply(r, c, &settings->at[i]);
	const struct peer *with = ok && session ? session_of(r, session) : NULL;
	ok = ok && (with || !session);
	/* What SendTargets tells where it tells of more than one portal. */
	if (ok && c->target_portals > 1 && !c->host[0] && r->env->listen_host) {
		snprintf(c->host, sizeof(c->host), "%s", r->env->listen_host);
		c->port = r->env->listen_port;
	}
	if (ok) {
		l->peer = peer_new(r->env->fab, c);
		ok = l->peer != NULL;
		if (!ok)
			run_trouble(r, "out of memory");
	}
	if (ok && find_setting(settings, "receives"))
		l->peer->manual_receives = true;
	if (ok && !run_we_initiate(r))
		ok = listen_once(r, c);
	int64_t rnr = fab_counter(r->env->fab, FAB_RNR_NAK_SENT);
	free(c);
	if (!ok) {
		if (l && l->peer)
			peer_free(l->peer);
		free(l);
		return false;
	}
	if (with)
		peer_join(l->peer, with);
	else if (run_we_initiate(r) && !l->peer->cfg.isid)
		l->peer->isid = fresh_isid(r);
	l->rnr_before = rnr < 0 ? 0 : (uint64_t)rnr;
	r->talk->link = l;
	if (r->talk == r->talks)
		r->marked = false;
	r->talk->waiting_for_sut = !run_we_initiate(r);
	if (!run_we_initiate(r))
		return true;
	if (peer_connect(l->peer, &e)) {
		run_trouble(r, "cannot connect: %.200s", e.what);
		return false;
	}
	l->conn = l->peer->conn;
	return true;
}

void run_link_free(struct run *r)
{
	struct link *l = r->talk->link;
	if (!l)
		return;
	run_look_at_memory(r);
	run_besides(r);
	r->talk->link = NULL;
	r->talk->waiting_for_sut = false;
	/* Completions that have not come by now never will, and the next send waits for them all.
	 */
	for (size_t i = 0; i < r->talk->chain_count; i++) {
		if (!r->talk->chain[i].done)
			r->talk->chain[i].status = FAB_FLUSHED;
		r->talk->chain[i].done = true;
	}
	/* A connection takes its regions with it: they go first. */
	run_memory_free(r, l->conn);
	for (size_t i = 0; i < l->buffer_count; i++)
		guarded_free(&l->buffers[i]);
	free(l->buffers);
	free(l->advertised);
	peer_free(l->peer);
	free(l->messages);
	free(l);
}
