/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors that a node looks at. */
#include "softverbs.h"

#include <sys/epoll.h>
#include <unistd.h>

int sv_watch(struct sv_source *s, uint32_t events)
{
	struct sv_node *n = sv_here();
	struct epoll_event ev = {.events = events, .data.ptr = s};

	if (epoll_ctl(n->epoll, EPOLL_CTL_ADD, s->fd, &ev) < 0)
		return -1;
	s->at = &n->sources;
	s->next = n->sources;
	if (s->next)
		s->next->at = &s->next;
	n->sources = s;
	return 0;
}

int sv_rewatch(struct sv_source *s, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};

	return epoll_ctl(sv_here()->epoll, EPOLL_CTL_MOD, s->fd, &ev);
}

void sv_unwatch(struct sv_source *s)
{
	struct sv_node *n = sv_here();

	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	/* Closing alone would not do: a child that is about to exec may have it open, too. */
	epoll_ctl(n->epoll, EPOLL_CTL_DEL, s->fd, NULL);
	close(s->fd);
	s->fd = -1;
	s->next = n->dead;
	n->dead = s;
}
