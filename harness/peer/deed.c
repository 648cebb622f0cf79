/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that tell a model what to do. */
#include "deed.h"

#include <stdlib.h>
#include <string.h>

static bool hex_cdb(const char *text, size_t len, struct peer_deed *d)
{
	if (len % 2 || len > 2 * sizeof(d->cdb))
		return false;
	for (size_t i = 0; i < len; i += 2) {
		const char pair[3] = {text[i], text[i + 1], '\0'};
		char *end;
		d->cdb[i / 2] = (uint8_t)strtoul(pair, &end, 16);
		if (*end)
			return false;
	}
	d->has_cdb = true;
	return true;
}

static bool argument(const char *word, size_t len, struct peer_deed *d)
{
	const struct {
		const char *name;
		uint64_t *to;
	} numbers[] = {
		{"lun=", &d->lun},
		{"offset=", &d->offset},
		{"length=", &d->length},
		{"size=", &d->size},
		{"in-flight=", &d->in_flight},
		{"read=", &d->read},
		{"abort-after=", &d->abort_after_ms},
		{"align=", NULL}, /* of memory and caches, which a model has not */
		{"buffered=", NULL},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const size_t n = strlen(numbers[i].name);
		if (len <= n || strncmp(word, numbers[i].name, n) != 0)
			continue;
		if (numbers[i].to)
			*numbers[i].to = strtoull(word + n, NULL, 10);
		d->has_lun |= numbers[i].to == &d->lun;
		return true;
	}
	return len > 4 && !strncmp(word, "cdb=", 4) && hex_cdb(word + 4, len - 4, d);
}

bool deed_parse(const char *line, struct peer_deed *d)
{
	size_t len = strcspn(line, " ");
	*d = (struct peer_deed){0};
	if (!len || len >= sizeof(d->name))
		return false;
	memcpy(d->name, line, len);
	for (line += len; *(line += strspn(line, " ")); line += len) {
		len = strcspn(line, " ");
		if (!argument(line, len, d))
			return false;
	}
	return true;
}
