/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a session: found, read, written, moved. */
#include <string.h>

#include "session.h"

void session_index(struct session *s)
{
	struct cursor c = cursor_of(s->bytes.at, s->bytes.len);
	struct sequence_message m;
	size_t at = 0;

	for (s->count = 0; s->count < SESSION_RECORDS && sequence_next(&c, &m); s->count++) {
		size_t end = cursor_offset(&c);
		s->records[s->count] = (struct record){at, end - at};
		at = end;
	}
}

struct sequence_message session_get(const struct session *s, size_t i)
{
	struct cursor c = cursor_of(s->bytes.at + s->records[i].at, s->records[i].len);
	struct sequence_message m;

	(void)sequence_next(&c, &m);
	return m;
}

static bool put(struct session *s, size_t at, size_t gone, const struct sequence_message *m)
{
	struct writer w = writer_of(s->record, sizeof(s->record));

	sequence_put(&w, m);
	if (w.failed || !edit_replace(&s->bytes, at, gone, s->record, writer_len(&w)))
		return false;
	session_index(s);
	return true;
}

bool session_replace(struct session *s, size_t i, const struct sequence_message *m)
{
	return put(s, s->records[i].at, s->records[i].len, m);
}

static size_t end_of(const struct session *s)
{
	return s->count ? s->records[s->count - 1].at + s->records[s->count - 1].len : 0;
}

bool session_insert(struct session *s, size_t i, const struct sequence_message *m)
{
	/* A last record whose length says more than there is would swallow what comes behind it. */
	if (i >= s->count && s->count) {
		struct sequence_message last = session_get(s, s->count - 1);
		(void)session_replace(s, s->count - 1, &last);
	}
	return put(s, i < s->count ? s->records[i].at : end_of(s), 0, m);
}

void session_drop(struct session *s, size_t i)
{
	(void)edit_replace(&s->bytes, s->records[i].at, s->records[i].len, NULL, 0);
	session_index(s);
}

void session_move(struct session *s, size_t from, size_t to)
{
	struct sequence_message m = session_get(s, from);

	memcpy(s->message, m.bytes.at, m.bytes.len);
	m.bytes.at = s->message;
	session_drop(s, from);
	(void)session_insert(s, to, &m);
}
