/* SPDX-License-Identifier: BSD-2-Clause */
/* Defaults and settings of a peer: legal variations and what it says for a text key. */
#include "internal.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum option_kind { NUMBER, BYTE, BOOL, TIME, TEXT, STANCE, STATUS, BASE };

struct option {
	const char *name;
	enum option_kind kind;
	size_t member, size;
};

static const struct option options[] = {
#define OPTION(option_name, option_kind, field, values, doc) \
	{.name = (option_name),                              \
	 .kind = (option_kind),                              \
	 .member = offsetof(struct peer_config, field),      \
	 .size = sizeof(((struct peer_config *)0)->field)},
#include "options.def"
#undef OPTION
};

static const struct peer_option_info infos[] = {
#define OPTION(option_name, option_kind, field, option_values, option_doc) \
	{.name = (option_name), .values = (option_values), .doc = (option_doc)},
#include "options.def"
#undef OPTION
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

const struct peer_option_info *peer_options(size_t *count)
{
	*count = OPTION_COUNT;
	return infos;
}

void peer_config_default(struct peer_config *c, enum peer_role role)
{
	memset(c, 0, offsetof(struct peer_config, keys));
	c->role = role;
	snprintf(c->initiator_name, sizeof(c->initiator_name), "%s",
		 "iqn.2026-01.net.iserspec:initiator");
	snprintf(c->target_name, sizeof(c->target_name), "%s", "iqn.2026-01.net.iserspec:target");
	c->port = 3260;
	fab_params_default(&c->fab);
	/* One for the first Login Response. A target has some more, so that it sees (and refuses)
	 * what comes too early. */
	c->fab.recv_initial = role == PEER_INITIATOR ? 1 : 4;
	c->cm.present = true;
	c->cm.zbva_not_supported = true;
	c->moup = 8;
	c->declare_moup = true;
	c->window = 32;
	c->nop_with_ttt = true;
	c->unexpected_delay = NS_PER_S; /* RFC 7145 5.1.3: "say, one second" */
	c->task_timeout_function = 1;
	c->disk_blocks = 16384;
	c->luns = c->target_names = c->target_portals = 1;
	c->first_cmd_sn = 1;
	c->first_stat_sn = 1;
	c->login_chunk = TEXT_VALUE_LIMIT;
	c->workload_io = true;
	sim_options_default(&c->sim);
	c->seed = 1;
}

void peer_config_copy(struct peer_config *to, const struct peer_config *from)
{
	memcpy(to, from,
	       offsetof(struct peer_config, keys) + from->key_count * sizeof(from->keys[0]));
}

static int parse_number(const char *text, uint64_t max, uint64_t *out, struct err *e)
{
	uint64_t number;

	if (text_number((struct bytes){(const uint8_t *)text, strlen(text)}, &number, e))
		return -1;
	if (number > max) {
		err_set(e, ERANGE, "%s is more than %llu", text, (unsigned long long)max);
		return -1;
	}
	*out = number;
	return 0;
}

static int parse_bool(const char *text, bool *out, struct err *e)
{
	bool yes = !strcasecmp(text, "yes");
	if (!yes && strcasecmp(text, "no") != 0)
		return err_set(e, EINVAL, "'%s' is neither yes nor no", text);
	*out = yes;
	return 0;
}

static int parse_time(const char *text, uint64_t *out, struct err *e)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {{"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}};

	if (!strcmp(text, "0")) {
		*out = 0;
		return 0;
	}
	size_t digits = strspn(text, "0123456789");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		char number[16];
		if (strcmp(text + digits, units[i].unit) != 0 || !digits ||
		    digits >= sizeof(number))
			continue;
		snprintf(number, sizeof(number), "%.*s", (int)digits, text);
		if (parse_number(number, 1000000000, out, e))
			return -1;
		*out *= units[i].ns;
		return 0;
	}
	return err_set(e, EINVAL, "'%s' is no time: a number with us, ms or s", text);
}

static int parse_word(const char *text, const char *const *words, size_t count, unsigned *out,
		      struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(text, words[i])) {
			*out = (unsigned)i;
			return 0;
		}
	}
	return err_set(e, EINVAL, "'%s' is no value for this option", text);
}

static int set_option(struct peer_config *c, const struct option *o, const char *value,
		      struct err *e)
{
	static const char *const stances[] = {"silent", "yes", "no", "not-understood"};
	static const char *const bases[] = {"solicited", "whole"};
	void *member = (char *)c + o->member;
	uint64_t number;
	unsigned word = 0;

	switch (o->kind) {
	case NUMBER:
		if (parse_number(value, UINT32_MAX, &number, e))
			return -1;
		*(uint32_t *)member = (uint32_t)number;
		return 0;
	case BYTE:
		if (parse_number(value, UINT8_MAX, &number, e))
			return -1;
		*(uint8_t *)member = (uint8_t)number;
		return 0;
	case STATUS:
		if (parse_number(value, UINT16_MAX, &number, e))
			return -1;
		*(uint16_t *)member = (uint16_t)number;
		return 0;
	case BOOL:
		return parse_bool(value, member, e);
	case TIME:
		return parse_time(value, member, e);
	case TEXT:
		if (strlen(value) >= o->size)
			return err_set(e, ENAMETOOLONG, "%s: more than %zu bytes", o->name,
				       o->size - 1);
		memcpy(member, value, strlen(value) + 1);
		return 0;
	case STANCE:
		if (parse_word(value, stances, 4, &word, e))
			return -1;
		c->hello_stance = (enum hello_stance)word;
		return 0;
	case BASE:
		if (parse_word(value, bases, 2, &word, e))
			return -1;
		c->write_base = (enum write_base)word;
		return 0;
	}
	return err_set(e, EINVAL, "option %s has no parser", o->name);
}

/* "Key", "Key@2": name and round. */
static int parse_key(struct peer_key_setting *k, const char *text, size_t len, struct err *e)
{
	const char *at = memchr(text, '@', len);
	size_t name = at ? (size_t)(at - text) : len;

	if (name == 0 || name > TEXT_KEY_MAX)
		return err_wire(e, ERR_NO_OFFSET, "RFC 7143 6.1", "a key has 1 to %d characters",
				TEXT_KEY_MAX);
	memcpy(k->key, text, name);
	k->key[name] = 0;
	if (!at)
		return 0;

	char round[8];
	uint64_t number;
	snprintf(round, sizeof(round), "%.*s", (int)(len - name - 1), at + 1);
	if (parse_number(round, 100, &number, e))
		return -1;
	k->round = (unsigned)number;
	return 0;
}

static int set_key(struct peer_config *c, const char *text, bool omit, bool raw, struct err *e)
{
	struct peer_key_setting k = {.omit = omit, .raw = raw};
	const char *equals = strchr(text, '=');

	if (omit)
		equals = text + strlen(text);
	if (!equals)
		return err_set(e, EINVAL, "'%s' has no '='", text);
	if (parse_key(&k, text, (size_t)(equals - text), e))
		return -1;
	if (!omit) {
		if (strlen(equals + 1) > TEXT_VALUE_MAX)
			return err_wire(e, ERR_NO_OFFSET, "RFC 7143 6.1",
					"value of %s is longer than %d bytes", k.key,
					TEXT_VALUE_MAX);
		memcpy(k.value, equals + 1, strlen(equals + 1) + 1);
	}

	/* The last word on a key counts; raw text only adds up. */
	for (size_t i = 0; !raw && i < c->key_count; i++) {
		if (!c->keys[i].raw && !strcmp(c->keys[i].key, k.key)) {
			c->keys[i] = k;
			return 0;
		}
	}
	if (c->key_count == PEER_MAX_KEYS)
		return err_set(e, E2BIG, "more than %d key settings", PEER_MAX_KEYS);
	c->keys[c->key_count++] = k;
	return 0;
}

int peer_config_set(struct peer_config *c, const char *setting, struct err *e)
{
	if (!strncmp(setting, "omit=", 5))
		return set_key(c, setting + 5, true, false, e);
	if (!strncmp(setting, "raw:", 4))
		return set_key(c, setting + 4, false, true, e);
	if (!strncmp(setting, "security:", 9)) {
		if (set_key(c, setting + 9, false, true, e))
			return -1;
		c->keys[c->key_count - 1].security = true;
		return 0;
	}
	if (isupper((unsigned char)setting[0]) || text_key_by_name(setting, strcspn(setting, "=@")))
		return set_key(c, setting, false, false, e);

	const char *equals = strchr(setting, '=');
	for (size_t i = 0; equals && i < OPTION_COUNT; i++) {
		size_t len = strlen(options[i].name);
		if (len == (size_t)(equals - setting) && !strncmp(setting, options[i].name, len))
			return set_option(c, &options[i], equals + 1, e);
	}
	return err_set(e, EINVAL, "unknown option '%s'", setting);
}

static const char *const workloads[] = {"login", "io", "discovery"};

int workload_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (!strcmp(workloads[i], name))
			return (int)i;
	return -1;
}

const char *workload_name(enum workload workload)
{
	return workloads[workload];
}
