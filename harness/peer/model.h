/* SPDX-License-Identifier: BSD-2-Clause */
/* The honest peer (or a mutant of it) as an implementation: a peer of its own for each connection,
 * on any fabric. */
#ifndef PEER_MODEL_H
#define PEER_MODEL_H

#include "deed.h"
#include "peer.h"

struct model_peer {
	struct model_peer *next;
	struct peer *peer;
	unsigned number; /* 1, 2, ... of the model's; addresses come back, numbers do not */
	bool over;	 /* its connection has ended for both sides */
};

struct model {
	struct fabric *fab;
	struct peer_config cfg;
	struct model_peer *peers; /* newest first */
	struct disk *disk;	  /* a target's, the same for all sessions */
	unsigned made;		  /* peers so far */
	struct model_peer *doing; /* initiator: who does what it was told last */
	int did;		  /* else how that ended: enum in deed.h; -1: not begun */
	struct peer_deed due;	  /* that, with what it writes */
	uint8_t *due_data;
	size_t due_len;
	bool portal_down, deleted;   /* a target, by what it was told */
	bool leaving;		     /* the command begun last is a logout */
	unsigned kept, kept_regions; /* of connections that are over, by knobs */
	char counted[120];	     /* the last answer to `resources` */
};

/* cfg is copied; what every implementation does alike is set on the copy. */
void model_init(struct model *m, const struct peer_config *cfg);
/* Ends all connections; the fabric stays. */
void model_end(struct model *m);

/* Every event of the model's fabric. */
void model_event(struct model *m, const struct fab_event *ev);

/* A target serves there. -1 with *e. */
int model_listen(struct model *m, const char *host, uint16_t port, struct err *e);
/* An initiator begins a session; it does what `workload` says. -1 with *e.
 */
int model_login(struct model *m, const char *host, uint16_t port, const char *iqn,
		enum workload workload, struct err *e);
/* It begins to log out of all sessions. -1 with *e. */
int model_logout(struct model *m, struct err *e);
/* What that led to: -1 nothing yet; a login: 0 full feature phase, 1 it is closed; a logout: 0 all
 * is closed. */
int model_status(const struct model *m);

/* It begins to do what the line says; data is what it writes. */
void model_do(struct model *m, const char *line, struct bytes data);
/* As a driver's exit status; -1: not over yet. */
int model_did(const struct model *m, const char **why);
size_t model_did_data(const struct model *m, const uint8_t **at);

/* The final Login Request or Response of this connection has left, or is about to. */
bool peer_asked_full(const struct peer *p);

#endif
