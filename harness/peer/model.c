/* SPDX-License-Identifier: BSD-2-Clause */
/* A peer for each connection of one endpoint. */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/disk.h"
#include "internal.h"

enum { SESSIONS_KEPT = 8, STATUS_NOT_FOUND = 0x0203 };

void model_init(struct model *m, const struct peer_config *cfg)
{
	const size_t behind = offsetof(struct model, cfg) + sizeof(m->cfg);

	memset((uint8_t *)m + behind, 0, sizeof(*m) - behind);
	m->fab = NULL;
	peer_config_copy(&m->cfg, cfg);
	/* As all real implementations do; zero is the harness's way to see a missing buffer at
	 * once. */
	m->cfg.fab.rnr_retry = 7;
	m->cfg.autopilot = cfg->role == PEER_INITIATOR;
	m->cfg.fab.one_domain = cfg->knob[KNOB_STAGS_OUTLIVE_CONNECTION] ||
				cfg->knob[KNOB_STAG_NOT_INVALIDATED] ||
				cfg->knob[KNOB_REASSIGNED_STAGS_LIVE];
}

static struct model_peer *add_peer(struct model *m, const struct peer_config *cfg)
{
	if (cfg->role == PEER_TARGET && !m->disk)
		m->disk = disk_new(cfg->disk_blocks, cfg->target_name);
	if (cfg->role == PEER_TARGET &&
	    (!m->disk || disk_units(m->disk, cfg->luns, cfg->target_name)))
		return NULL;
	struct model_peer *mp = calloc(1, sizeof(*mp));
	if (!mp)
		return NULL;
	mp->peer = peer_new(m->fab, cfg);
	if (!mp->peer) {
		free(mp);
		return NULL;
	}
	mp->peer->disk = m->disk;
	mp->peer->older = m->peers ? m->peers->peer : NULL;
	mp->number = ++m->made;
	mp->next = m->peers;
	m->peers = mp;
	return mp;
}

static bool keeps_queue_pair(struct peer *p)
{
	return peer_knob(p, KNOB_TARGET_KEEPS_QUEUE_PAIRS) ||
	       peer_knob(p, KNOB_INITIATOR_KEEPS_QUEUE_PAIRS);
}

static void remove_peer(struct model *m, struct model_peer **at)
{
	struct model_peer *mp = *at;
	if (m->doing == mp)
		m->doing = NULL;
	*at = mp->next;
	m->kept_regions += mp->peer->kept_regions;
	/* The fabric has it until its own end. */
	if (keeps_queue_pair(mp->peer))
		mp->peer->conn = NULL;
	peer_free(mp->peer);
	free(mp);
}

void model_end(struct model *m)
{
	while (m->peers)
		remove_peer(m, &m->peers);
	disk_free(m->disk);
	m->disk = NULL;
	free(m->due_data);
	m->due_data = NULL;
}

/*
 * Who serves for long keeps little of connections that are over: nothing of a login that was cut. A
 * session that was not logged out of is still there (RFC 7143 6.3.5 lets a login take its place),
 * though not for ever.
 */
static void forget(struct model *m)
{
	struct peer *newer = NULL;
	unsigned kept = 0;
	for (struct model_peer **at = &m->peers; *at;) {
		const struct peer *p = (*at)->peer;
		if ((*at)->over && (p->logged_out || !p->tsih || ++kept > SESSIONS_KEPT)) {
			if (newer)
				newer->older = p->older;
			remove_peer(m, at);
		} else {
			newer = (*at)->peer;
			at = &(*at)->next;
		}
	}
}

static struct model_peer *peer_of(struct model *m, const struct fab_conn *c)
{
	for (struct model_peer *mp = m->peers; mp; mp = mp->next)
		if (mp->peer->conn == c)
			return mp;
	return NULL;
}

/* The newest session. */
static struct model_peer *session_of(struct model *m)
{
	for (struct model_peer *mp = m->peers; mp; mp = mp->next)
		if (mp->peer->phase == PEER_FULL)
			return mp;
	return NULL;
}

/* What an initiator was told waits until a login that is under way has come to its end. */
static void begin_due(struct model *m)
{
	struct model_peer *mp = session_of(m);

	if (!mp && (!m->peers || m->peers->peer->phase == PEER_CLOSED))
		m->did = DEED_FAILED;
	if (!mp || m->did >= 0 || m->doing)
		return;
	if (initiator_deed_begin(mp->peer, &m->due, (struct bytes){m->due_data, m->due_len}))
		m->doing = mp;
	else
		m->did = DEED_NOT_SUPPORTED;
}

/* Session reinstatement, RFC 7143 6.3.5: TSIH 0, and the ISID that it had. */
static void come_back(struct model *m, struct peer *lost)
{
	struct peer_config cfg;

	peer_config_copy(&cfg, &lost->cfg);
	cfg.isid = (uint32_t)lost->isid + peer_knob(lost, KNOB_RETURNS_WITH_NEW_ISID);
	const struct model_peer *mp = add_peer(m, &cfg);
	if (mp && initiator_resumes(lost)) /* the connection instead: 6.3.4 */
		initiator_resume(mp->peer, lost);
	if (mp)
		peer_connect(mp->peer, NULL);
}

/* What it was set to say for keys of the leading login, it says there. */
static void drop_leading_keys(struct peer_config *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->key_count; i++) {
		const struct text_key *key =
			text_key_by_name(c->keys[i].key, strlen(c->keys[i].key));
		if (!key || !(key->use & KEY_LEADING_ONLY))
			c->keys[kept++] = c->keys[i];
	}
	c->key_count = kept;
}

/* RFC 7143 6.3.1: as many further connections as it wants and MaxConnections allows, which has no
 * meaning in a Discovery session (13.2). */
static void join_more(struct model *m, struct peer *leading)
{
	uint32_t n = leading->terms.max_connections - 1;
	struct peer_config cfg;

	peer_config_copy(&cfg, &leading->cfg);
	drop_leading_keys(&cfg);
	n = leading->cfg.discovery ? 0 : n < leading->cfg.joins ? n : leading->cfg.joins;
	for (; n; n--) {
		const struct model_peer *mp = add_peer(m, &cfg);
		if (!mp)
			return;
		peer_join(mp->peer, leading);
		peer_connect(mp->peer, NULL);
	}
}

void model_event(struct model *m, const struct fab_event *ev)
{
	struct model_peer *mp = NULL;

	if (ev->kind != FAB_CONNECT_REQUEST) {
		mp = ev->conn ? peer_of(m, ev->conn) : NULL;
	} else {
		/* An initiator that is connected to refuses by itself. */
		forget(m);
		if (!m->portal_down)
			mp = add_peer(m, &m->cfg);
		if (mp && m->deleted)
			mp->peer->cfg.login_status = STATUS_NOT_FOUND;
		if (!mp)
			fab_reject(ev->conn, NULL, 0, NULL);
	}
	if (!mp)
		return;
	if (ev->kind == FAB_DISCONNECTED && !mp->over) {
		mp->over = true;
		m->kept += keeps_queue_pair(mp->peer);
	}
	const bool full = mp->peer->phase == PEER_FULL;
	peer_event(mp->peer, ev);
	if (!full && mp->peer->phase == PEER_FULL && m->cfg.joins && !mp->peer->further)
		join_more(m, mp->peer);
	if (m->did < 0 && !m->doing)
		begin_due(m);
	if (full && mp->peer->phase == PEER_CLOSED && m->cfg.comes_back && !m->leaving)
		come_back(m, mp->peer);
	if (ev->kind == FAB_DISCONNECTED && m->cfg.role == PEER_TARGET && !mp->peer->tsih)
		forget(m);
}

int model_listen(struct model *m, const char *host, uint16_t port, struct err *e)
{
	return fab_listen(m->fab, host, port, &m->cfg.fab, e);
}

/* A session that lives keeps its ISID for itself; one that ended gives it back (RFC 7143 4.4.3.1).
 */
static uint32_t free_isid(const struct model *m)
{
	uint32_t isid = m->cfg.seed & 0xffffff;

	for (const struct model_peer *mp = m->peers; mp;) {
		const bool taken =
			mp->peer->phase != PEER_CLOSED && (mp->peer->isid & 0xffffff) == isid;
		isid = taken ? (isid + 1) & 0xffffff : isid;
		mp = taken ? m->peers : mp->next;
	}
	return isid;
}

int model_login(struct model *m, const char *host, uint16_t port, const char *iqn,
		enum workload workload, struct err *e)
{
	struct peer_config cfg;

	peer_config_copy(&cfg, &m->cfg);
	m->leaving = false;
	snprintf(cfg.host, sizeof(cfg.host), "%s", host);
	snprintf(cfg.target_name, sizeof(cfg.target_name), "%s", iqn);
	cfg.port = port;
	cfg.workload_io = workload == WORKLOAD_IO;
	cfg.discovery |= workload == WORKLOAD_DISCOVERY;
	if (!cfg.isid)
		cfg.isid = free_isid(m);
	const struct model_peer *mp = add_peer(m, &cfg);
	if (!mp)
		return err_set(e, ENOMEM, "cannot make a model");
	return peer_connect(mp->peer, e);
}

int model_logout(struct model *m, struct err *e)
{
	m->leaving = true;
	for (const struct model_peer *mp = m->peers; mp; mp = mp->next)
		if (mp->peer->phase == PEER_FULL && peer_logout(mp->peer, e))
			return -1;
	return 0;
}

int model_status(const struct model *m)
{
	for (const struct model_peer *mp = m->peers; mp; mp = mp->next) {
		enum peer_phase phase = mp->peer->phase;
		if (m->leaving && (phase == PEER_FULL || phase == PEER_LOGOUT))
			return -1;
		if (!m->leaving)
			return phase == PEER_CLOSED ? 1 : phase >= PEER_FULL ? 0 : -1;
	}
	return 0;
}

/* What was changed is as it was. */
static int restore(struct model *m)
{
	m->portal_down = m->deleted = false;
	for (uint64_t lun = 0; m->disk && lun < m->cfg.luns; lun++)
		disk_present(m->disk, lun, true);
	return DEED_DONE;
}

/* A target does it to all sessions. */
static int target_do(struct model *m, const struct peer_deed *d)
{
	if (!strcmp(d->name, "restore"))
		return restore(m);
	m->portal_down = !strcmp(d->name, "portal-down") ||
			 (m->portal_down && strcmp(d->name, "portal-up") != 0);
	m->deleted |= !strcmp(d->name, "target-delete");
	for (struct model_peer *mp = m->peers; mp; mp = mp->next)
		if (!target_deed(mp->peer, d))
			return DEED_NOT_SUPPORTED;
	return DEED_DONE;
}

/* As the line of a driver. Of a connection that is over nothing is left but what a login may take
 * the place of; memory is registered for the time of a task, and counted here where it outlives it.
 */
static void count(struct model *m)
{
	unsigned pairs = m->kept, regions = m->kept_regions, sessions = 0;
	for (const struct model_peer *mp = m->peers; mp; mp = mp->next) {
		pairs += !mp->over && mp->peer->phase != PEER_CLOSED;
		sessions += !mp->over && mp->peer->phase == PEER_FULL;
		regions += mp->peer->kept_regions;
	}
	snprintf(m->counted, sizeof(m->counted), "qp=%u mr=%u cq=%u cm_id=%u sessions=%u", pairs,
		 regions, pairs, pairs, sessions);
}

void model_do(struct model *m, const char *line, struct bytes data)
{
	struct peer_deed d;

	m->counted[0] = '\0';
	if (!strcmp(line, "resources")) {
		m->doing = NULL;
		m->did = DEED_DONE;
		count(m);
		return;
	}
	m->doing = NULL;
	m->did = DEED_NOT_SUPPORTED;
	if (!deed_parse(line, &d))
		return;
	if (m->cfg.role == PEER_TARGET) {
		m->did = target_do(m, &d);
		return;
	}
	free(m->due_data);
	m->due_data = NULL;
	m->due_len = data.len;
	m->due = d;
	m->did = data.len && !(m->due_data = malloc(data.len)) ? DEED_FAILED : -1;
	if (m->due_data)
		memcpy(m->due_data, data.at, data.len);
	begin_due(m);
}

int model_did(const struct model *m, const char **why)
{
	*why = m->counted[0]	       ? m->counted
	       : m->did == DEED_FAILED ? "there is no session"
				       : "a model cannot do that";
	return m->doing ? initiator_deed_status(m->doing->peer, why) : m->did;
}

size_t model_did_data(const struct model *m, const uint8_t **at)
{
	*at = NULL;
	return m->doing ? initiator_deed_data(m->doing->peer, at) : 0;
}

bool peer_asked_full(const struct peer *p)
{
	return login_has_buffers(p);
}
