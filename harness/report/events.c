/* SPDX-License-Identifier: BSD-2-Clause */
/* Event logs as JSON Lines: written while things happen, read back into a log. */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fabric/fabric.h"
#include "escape.h"
#include "file.h"
#include "memory.h"

/* No case makes nearly as many connections; monitors keep books for each number up to the highest.
 */
enum { EVENT_FILE_LIMIT = 1 << 30, CONNECTIONS_MAX = 4096 };

struct event_writer {
	int fd;
	char *path;
	const struct secrets *secrets;
	uint64_t limit, written; /* bytes; limit 0: none */
	bool cut;
	char *kept; /* lines that wait for the next event */
	size_t kept_len;
	int error; /* errno of the first write that failed */
};

static void put_text(json_t *o, const char *key, const char *text, const struct secrets *secrets)
{
	if (!text)
		return;
	char *clean = secrets_clean(secrets, text);
	json_object_set_new(o, key, must(json_string(clean)));
	free(clean);
}

static void put_int(json_t *o, const char *key, int64_t value)
{
	if (value)
		json_object_set_new(o, key, must(json_integer(value)));
}

static void put_hex(json_t *o, const char *key, uint64_t value)
{
	if (!value)
		return;
	char text[24];
	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	json_object_set_new(o, key, must(json_string(text)));
}

static void put_bytes(json_t *o, struct bytes b, const struct secrets *secrets)
{
	static const char digits[] = "0123456789abcdef";

	if (!b.len)
		return;
	uint8_t *copy = must(malloc(b.len));
	memcpy(copy, b.at, b.len);
	if (secrets_mask(secrets, copy, b.len))
		json_object_set_new(o, "masked", json_true());
	char *hex = must(malloc(b.len * 2 + 1));
	for (size_t i = 0; i < b.len; i++) {
		hex[2 * i] = digits[copy[i] >> 4];
		hex[2 * i + 1] = digits[copy[i] & 15];
	}
	hex[b.len * 2] = '\0';
	json_object_set_new(o, "bytes", must(json_string(hex)));
	free(hex);
	free(copy);
}

char *event_to_line(const struct log_event *ev, const struct secrets *secrets)
{
	json_t *o = must(json_object());

	put_int(o, "seq", (int64_t)ev->seq);
	json_object_set_new(o, "time", must(json_integer((json_int_t)ev->time)));
	put_text(o, "kind", log_kind_name(ev->kind), NULL);
	put_int(o, "conn", ev->conn);
	put_text(o, "name", ev->name, secrets);
	put_text(o, "status", ev->status, secrets);
	put_text(o, "text", ev->text, secrets);
	put_text(o, "rules", ev->rules, NULL);
	put_int(o, "line", ev->line);
	put_int(o, "id", (int64_t)ev->id);
	put_hex(o, "key", ev->key);
	put_hex(o, "addr", ev->addr);
	put_int(o, "len", (int64_t)ev->len);
	put_int(o, "a", ev->a);
	put_int(o, "b", ev->b);
	put_int(o, "c", ev->c);
	put_int(o, "waits", ev->waits);
	if (ev->device)
		json_object_set_new(o, "device", json_true());
	if (ev->number < 0 || ev->number > 0)
		json_object_set_new(o, "number", must(json_real(ev->number)));
	if (ev->has_imm)
		json_object_set_new(o, "imm", must(json_integer(ev->imm)));
	if (ev->invalidated)
		json_object_set_new(o, "invalidated_key", must(json_integer(ev->invalidated_key)));
	if (ev->bytes.len && (ev->kind == LOG_RECV || ev->kind == LOG_POST)) {
		char message[512];
		put_text(o, "message",
			 pdu_describe(ev->bytes.at, ev->bytes.len, message, sizeof(message)),
			 secrets);
	}
	put_bytes(o, ev->bytes, secrets);

	char *json = must(json_dumps(o, JSON_COMPACT));
	json_decref(o);
	const size_t len = strlen(json);
	json = must(realloc(json, len + 2));
	json[len] = '\n';
	json[len + 1] = '\0';
	return json;
}

struct event_writer *event_writer_open(const char *path, const struct secrets *secrets,
				       uint64_t limit, struct err *e)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0) {
		err_set(e, errno, "cannot write %s", path);
		return NULL;
	}
	struct event_writer *w = must(calloc(1, sizeof(*w)));
	w->fd = fd;
	w->path = must(strdup(path));
	w->secrets = secrets;
	w->limit = limit;
	return w;
}

static void write_kept(struct event_writer *w)
{
	if (w->kept_len && !w->error && write_all(w->fd, w->kept, w->kept_len))
		w->error = errno;
	w->kept_len = 0;
}

static void keep(struct event_writer *w, const char *line)
{
	const size_t len = strlen(line);

	w->kept = must(realloc(w->kept, w->kept_len + len));
	memcpy(w->kept + w->kept_len, line, len);
	w->kept_len += len;
}

static const char cut_name[] = "log-cut";

/* In place of the event that has no room any more. */
static char *cut_line(const struct event_writer *w, const struct log_event *ev)
{
	char text[160];
	snprintf(text, sizeof(text),
		 "the log has come to its limit of %" PRIu64
		 " bytes: this event and all later ones are left out (--log-limit)",
		 w->limit);
	const struct log_event note = {
		.seq = ev->seq, .time = ev->time, .kind = LOG_NOTE, .name = cut_name, .text = text};
	return event_to_line(&note, NULL);
}

/* Each event is on disk before anything else happens, since what happens may be the end of this
 * machine. The receives that a queue pair flushes, hundreds at once, may wait for the next event.
 */
void event_writer_sink(void *ctx, const struct log_event *ev)
{
	struct event_writer *w = ctx;
	if (w->error || w->cut)
		return;
	char *line = event_to_line(ev, w->secrets);
	w->cut = w->limit && w->written + strlen(line) > w->limit;
	if (w->cut) {
		free(line);
		line = cut_line(w, ev);
	}
	w->written += strlen(line);
	keep(w, line);
	free(line);
	if (w->cut || ev->kind != LOG_DONE || !ev->status ||
	    strcmp(ev->status, fab_status_name(FAB_FLUSHED)) != 0)
		write_kept(w);
}

int event_writer_close(struct event_writer *w, struct err *e)
{
	write_kept(w);
	if (close(w->fd) && !w->error)
		w->error = errno;
	const int status = w->error ? err_set(e, w->error, "cannot write %s", w->path) : 0;
	free(w->path);
	free(w->kept);
	free(w);
	return status;
}

/* ---- reading ---- */

bool event_log_is_cut(const char *path)
{
	char end[512];
	bool cut = false;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	const off_t size = lseek(fd, 0, SEEK_END);
	const off_t from = size > (off_t)sizeof(end) - 1 ? size - (off_t)sizeof(end) + 1 : 0;
	const ssize_t n = pread(fd, end, sizeof(end) - 1, from);
	close(fd);
	if (n <= 0)
		return false;
	end[n] = '\0';
	if (end[n - 1] == '\n')
		end[n - 1] = '\0';
	const char *newline = strrchr(end, '\n');
	json_t *last = json_loads(newline ? newline + 1 : end, 0, NULL);
	const char *name = json_string_value(json_object_get(last, "name"));
	const char *kind = json_string_value(json_object_get(last, "kind"));
	cut = name && kind && !strcmp(name, cut_name) && !strcmp(kind, log_kind_name(LOG_NOTE));
	json_decref(last);
	return cut;
}

static uint64_t get_hex(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? strtoull(text, NULL, 16) : 0;
}

static int64_t get_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of a hex string, malloc'd; NULL when it is none. */
static uint8_t *unhex(const char *hex, size_t *len)
{
	const size_t digits = strlen(hex);
	if (digits % 2)
		return NULL;
	uint8_t *out = must(malloc(digits / 2 + 1));
	for (size_t i = 0; i < digits; i += 2) {
		const int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
		if (high < 0 || low < 0) {
			free(out);
			return NULL;
		}
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	*len = digits / 2;
	return out;
}

/* What each reader of a log may count on (fabric/log.h), or what is missing. */
static const char *lacking(const struct log_event *ev)
{
	if (!ev->name && ev->kind != LOG_STEP)
		return "the event has no name";
	const bool told = ev->kind == LOG_DONE ||
			  (ev->kind == LOG_MEMORY &&
			   (!strcmp(ev->name, "look") || !strncmp(ev->name, "remote-", 7)));
	return told && !ev->status ? "the event has no status" : NULL;
}

static int add_line(struct log *l, const char *text, size_t len, const char **problem)
{
	uint8_t *bytes = NULL;
	int status = -1;
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o)) {
		*problem = "not a JSON object";
		goto out;
	}
	const char *kind = json_string_value(json_object_get(o, "kind"));
	const int k = kind ? log_kind_by_name(kind) : -1;
	if (k < 0) {
		*problem = "no known kind of event";
		goto out;
	}
	const int64_t conn = get_int(o, "conn");
	if (conn < 0 || conn > CONNECTIONS_MAX) {
		*problem = "conn is no connection number";
		goto out;
	}
	struct log_event ev = {
		.kind = (enum log_kind)k,
		.time = (uint64_t)get_int(o, "time"),
		.conn = (unsigned)conn,
		.name = json_string_value(json_object_get(o, "name")),
		.status = json_string_value(json_object_get(o, "status")),
		.text = json_string_value(json_object_get(o, "text")),
		.rules = json_string_value(json_object_get(o, "rules")),
		.line = (unsigned)get_int(o, "line"),
		.id = (uint64_t)get_int(o, "id"),
		.key = (uint32_t)get_hex(o, "key"),
		.addr = get_hex(o, "addr"),
		.len = (uint64_t)get_int(o, "len"),
		.a = get_int(o, "a"),
		.b = get_int(o, "b"),
		.c = get_int(o, "c"),
		.waits = (unsigned)get_int(o, "waits"),
		.device = json_is_true(json_object_get(o, "device")),
		.number = json_number_value(json_object_get(o, "number")),
		.has_imm = json_object_get(o, "imm"),
		.imm = (uint32_t)get_int(o, "imm"),
		.invalidated = json_object_get(o, "invalidated_key"),
		.invalidated_key = (uint32_t)get_int(o, "invalidated_key"),
	};
	*problem = lacking(&ev);
	if (*problem)
		goto out;
	const char *hex = json_string_value(json_object_get(o, "bytes"));
	if (hex) {
		bytes = unhex(hex, &ev.bytes.len);
		if (!bytes) {
			*problem = "bytes are not hex";
			goto out;
		}
		ev.bytes.at = bytes;
	}
	if ((uint64_t)get_int(o, "seq") != log_count(l) + 1) {
		*problem = "events are missing or out of order";
		goto out;
	}
	log_add(l, &ev);
	status = 0;
out:
	free(bytes);
	json_decref(o);
	return status;
}

struct log *events_parse(const char *name, const char *text, size_t len, struct err *e)
{
	struct log *l = log_new(NULL, NULL);
	unsigned line = 1;
	for (const char *at = text, *end; (end = memchr(at, '\n', len - (size_t)(at - text)));
	     at = end + 1, line++) {
		const char *problem = "";
		if (add_line(l, at, (size_t)(end - at), &problem)) {
			err_set(e, 0, "%s:%u: %s", name, line, problem);
			log_free(l);
			return NULL;
		}
	}
	return l;
}

struct log *events_read(const char *path, struct err *e)
{
	size_t len = 0;
	char *text = file_read(path, EVENT_FILE_LIMIT, &len, e);
	if (!text)
		return NULL;
	struct log *l = events_parse(path, text, len, e);
	free(text);
	return l;
}

/* ---- adding to what another process left ---- */

static size_t lines_of(const char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* Of the last line, which ends at `len`. */
static uint64_t last_time(const char *text, size_t len)
{
	const char *before = len > 1 ? memrchr(text, '\n', len - 1) : NULL;
	const char *line = before ? before + 1 : text;
	json_t *o = json_loadb(line, len - (size_t)(line - text), 0, NULL);
	const int64_t time = get_int(o, "time");
	json_decref(o);
	return (uint64_t)time;
}

int events_append(const char *path, const struct secrets *secrets, struct log_event ev,
		  struct err *e)
{
	size_t len = 0;
	struct err inner = {0};
	char *line = NULL, *text = file_read(path, EVENT_FILE_LIMIT, &len, &inner);
	int status = -1, fd = -1;

	if (!text && inner.errnum != ENOENT) {
		err_set(e, inner.errnum, "%s", inner.what);
		goto out;
	}
	const char *end = text ? memrchr(text, '\n', len) : NULL;
	len = end ? (size_t)(end - text) + 1 : 0;
	ev.seq = lines_of(text, len) + 1;
	ev.time = len ? last_time(text, len) : 0;
	line = event_to_line(&ev, secrets);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, (off_t)len) || write_all(fd, line, strlen(line)))
		err_set(e, errno, "cannot write %s", path);
	else
		status = 0;
out:
	if (fd >= 0 && close(fd) && !status)
		status = err_set(e, errno, "cannot write %s", path);
	free(line);
	free(text);
	return status;
}
