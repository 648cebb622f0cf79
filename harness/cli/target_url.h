/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a target is, in libiscsi's form:
 * iser://[USER%SECRET@]HOST[:PORT]/IQN[/LUN][?target_user=U&target_password=S]; USER:SECRET does as
 * well, unless USER is an iSCSI name, which has colons. */
#ifndef CLI_TARGET_URL_H
#define CLI_TARGET_URL_H

#include <stdint.h>

#include "../peer/peer.h"
#include "../wire/err.h"

enum { ISCSI_PORT = 3260 };

struct target_url {
	char host[256]; /* IPv4, IPv6 without its brackets, or a name */
	uint16_t port;	/* 3260 when not given */
	char iqn[PEER_NAME_MAX];
	uint64_t lun; /* 0 when not given */
	/* CHAP, "" when not given: the initiator proves itself; the target proves itself. */
	char user[PEER_NAME_MAX], secret[PEER_SECRET_MAX];
	char mutual_user[PEER_NAME_MAX], mutual_secret[PEER_SECRET_MAX];
};

/* -1 with *e, which never quotes the URL: part of it may be a secret. */
int target_url_parse(struct target_url *u, const char *text, struct err *e);
/* Overwrites the secrets inside a command line argument, so that a process listing does not show
 * them. */
void target_url_wipe(char *text);

/* ADDR[:PORT], [IPv6][:PORT] or a bare IPv6 address. size is that of host. -1 with *e. */
int address_parse(const char *text, char *host, size_t size, uint16_t *port, struct err *e);

#endif
