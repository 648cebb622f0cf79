/* SPDX-License-Identifier: BSD-2-Clause */
#include "captures.h"

#include <stdlib.h>
#include <string.h>

#include "../report/events.h"
#include "../report/memory.h"

char *capture_name(const char *log_path)
{
	const char *slash = strrchr(log_path, '/');
	char *name = must(strdup(slash ? slash + 1 : log_path)), *dot = strrchr(name, '.');
	if (dot && dot != name)
		*dot = '\0';
	return name;
}

/* "siw0 (siw), fw ..." */
enum pcap_wire capture_wire(const struct report *r)
{
	return r->fabric && strstr(r->fabric, "(siw)") ? PCAP_IWARP : PCAP_BY_LOG;
}

char *capture_of(const char *log_path, const struct case_result *r, enum pcap_wire wire,
		 size_t *len, struct captures *made, struct err *e)
{
	struct pcap_counts counts;
	struct log *l = events_read(log_path, e);
	if (!l)
		return NULL;
	char *file = pcap_of_log(l, r, wire, len, &counts);
	log_free(l);
	made->files++;
	made->counts.frames += counts.frames;
	made->counts.messages += counts.messages;
	made->counts.unsent += counts.unsent;
	made->counts.unknown += counts.unknown;
	made->counts.large += counts.large;
	return file;
}

int captures_of_report(const struct report *r, const char *folder, enum pcap_wire wire,
		       int (*take)(void *data, const char *name, const void *at, size_t len,
				   struct err *e),
		       void *data, struct captures *made, struct err *e)
{
	int status = 0;
	for (size_t i = 0; !status && i < r->count; i++) {
		const struct report_case *c = &r->cases[i];
		size_t len;
		if (!c->log)
			continue;
		if (!report_log_is_inside(c->log))
			return err_set(e, 0, "%s: its log is not in the report's folder",
				       c->result.id);
		char *name = capture_name(c->log), *log_path = text_format("%s/%s", folder, c->log);
		char *file = capture_of(log_path, &c->result, wire, &len, made, e);
		status = file ? take(data, name, file, len, e) : -1;
		free(file);
		free(log_path);
		free(name);
	}
	return status;
}
