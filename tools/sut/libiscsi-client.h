/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two files of the client share. */
#ifndef LIBISCSI_CLIENT_H
#define LIBISCSI_CLIENT_H

/* The library's headers use its types and do not include it. */
#include <stdint.h>

#include <iscsi/iscsi.h>
#include <signal.h>
#include <stdbool.h>

/* What an answer is waited for with. */
struct answer {
	const sigset_t *mask;
	bool here;
	int status;
};

void on_answer(struct iscsi_context *iscsi, int status, void *data, void *private_data);
/* 0: answered, a->status says how; -1: the connection is gone, or no answer came. */
int wait_for(struct iscsi_context *iscsi, struct answer *a);

/* libiscsi-deeds.c: a socket at `path` by which it can be told to do something; -1 on failure. */
int deeds_listen(const char *path);
/* Somebody has come to it. -1: the connection is gone. */
int deeds_serve(int fd, struct iscsi_context *iscsi, int lun, const sigset_t *mask);
/* The other end: has the client at `path` do `line`, and returns the exit status that it has. */
int deeds_tell(const char *path, const char *line);

#endif
