/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has of softverbs, in the words of `tools/sut/NAME resources`:
 *
 *	build/softverbs/held PID
 *
 * Exit status 1 when no process of that id has opened it.
 */
#include "softverbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Of the node with this number; false: there is none. */
static bool ask(unsigned node, struct sv_held *held)
{
	const struct sv_frame f = {.type = SV_FRAME_HELD};
	const struct timeval patience = {.tv_sec = 5};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	char name[SV_NAME_MAX];
	socklen_t len;
	bool told;

	if (fd < 0)
		return false;
	sv_name(name, "node/%u", node);
	len = sv_name_address(name, &a);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	told = connect(fd, (struct sockaddr *)&a, len) == 0 &&
	       send(fd, &f, sizeof(f), MSG_NOSIGNAL) == sizeof(f) &&
	       recv(fd, held, sizeof(*held), MSG_WAITALL) == sizeof(*held);
	close(fd);
	return told;
}

int main(int argc, char **argv)
{
	struct sv_held h;

	if (argc != 2) {
		fprintf(stderr, "usage: %s PID\n", argv[0]);
		return 2;
	}
	for (unsigned node = 1; node < SV_NODES; node++) {
		if (!ask(node, &h) || h.pid != (int32_t)strtol(argv[1], NULL, 10))
			continue;
		printf("qp=%u mr=%u pd=%u cq=%u cm_id=%u\n", h.qp, h.mr, h.pd, h.cq, h.cm_id);
		return 0;
	}
	return 1;
}
