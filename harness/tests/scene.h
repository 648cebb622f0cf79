/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event log made by hand, for tests of monitors: who said what on one connection, then which
 * rules one monitor finds broken or kept.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/log.h"
#include "../oracle/watch.h"

struct scene {
	struct log *log;
	bool sut_is_target;
	uint64_t time, id;
	unsigned conn; /* of what is said from here on; 0: 1 */
	struct case_result result;
	bool judged;
};

static struct scene scene;

/* The SUT is the side that `sut` names. The connection stands, nothing is sent. */
static inline void scene_open(enum pdu_sender sut)
{
	scene = (struct scene){.log = log_new(NULL, NULL), .sut_is_target = sut == FROM_TARGET};
	result_init(&scene.result, "x");
	log_add(scene.log, &(struct log_event){.kind = LOG_CM, .conn = 1, .name = "established"});
}

static inline void scene_close(void)
{
	result_free(&scene.result);
	log_free(scene.log);
}

/* Any event, on the connection in hand unless it says otherwise, one microsecond after the one
 * before. */
static inline const struct log_event *scene_add(struct log_event ev)
{
	ev.time = scene.time += 1000;
	ev.conn = ev.conn ? ev.conn : scene.conn ? scene.conn : 1;
	return log_add(scene.log, &ev);
}

/* Lets time pass. */
static inline void scene_wait(uint64_t ns)
{
	scene.time += ns;
}

static inline bool scene_is_sut(enum pdu_sender from)
{
	return (from == FROM_TARGET) == scene.sut_is_target;
}

/* These bytes as one message; ours also complete. */
static inline const struct log_event *say_bytes(enum pdu_sender from, const uint8_t *at, size_t len)
{
	const struct bytes bytes = {at, len};
	if (scene_is_sut(from))
		return scene_add(
			(struct log_event){.kind = LOG_RECV, .name = "recv", .bytes = bytes});
	const uint64_t id = ++scene.id;
	const struct log_event *ev = scene_add(
		(struct log_event){.kind = LOG_POST, .name = "send", .id = id, .bytes = bytes});
	scene_add((struct log_event){.kind = LOG_DONE, .name = "send", .id = id, .status = "ok"});
	return ev;
}

/* Encodes "FIELD=VALUE ..." (names of pdu_types.c; numbers, or `none`) on top of pdu_init(). */
static inline size_t scene_encode(const char *type, const char *fields, const void *data,
				  size_t data_len, uint8_t *out, size_t size)
{
	struct pdu pdu;
	struct err e = {0};
	char text[512], *rest = text;
	pdu_init(&pdu, pdu_type_by_name(type));
	snprintf(text, sizeof(text), "%s", fields);
	for (char *word; (word = strsep(&rest, " "));) {
		char *value = strchr(word, '=');
		if (!*word)
			continue;
		ck_assert_msg(value, "'%s' is no FIELD=VALUE", word);
		*value++ = '\0';
		const struct pdu_field *f = pdu_field_by_name(pdu.type, word);
		ck_assert_msg(f, "%s has no field '%s'", type, word);
		pdu_set(&pdu, f, !strcmp(value, "none") ? TAG_NONE : strtoull(value, NULL, 0));
	}
	pdu.data = (struct bytes){data, data_len};
	size_t len = pdu_encode(&pdu, out, size, &e);
	ck_assert_msg(len, "%s", e.what);
	return len;
}

static inline const struct log_event *say_data(const char *type, const char *fields,
					       const void *data, size_t len)
{
	static uint8_t buf[1 << 17];
	const size_t n = scene_encode(type, fields, data, len, buf, sizeof(buf));
	return say_bytes(pdu_type_by_name(type)->sender, buf, n);
}

/* One message of that type, from the side that sends such messages. */
static inline const struct log_event *say(const char *type, const char *fields)
{
	return say_data(type, fields, NULL, 0);
}

/* The same with text: keys parted by blanks, "A=1 B=2". */
static inline const struct log_event *say_keys(const char *type, const char *fields,
					       const char *keys)
{
	char text[4096];
	const size_t len = strlen(keys);
	ck_assert_uint_lt(len + 1, sizeof(text));
	memcpy(text, keys, len + 1);
	for (char *at = text; (at = strchr(at, ' '));)
		*at++ = '\0';
	return say_data(type, fields, text, len ? len + 1 : 0);
}

/* A whole login in one exchange, CmdSN 1, StatSN 1: full feature phase afterwards (or Hello). */
static inline void scene_login(const char *initiator_keys, const char *target_keys)
{
	char text[2048];
	snprintf(text, sizeof(text), "RDMAExtensions=Yes%s%s", *initiator_keys ? " " : "",
		 initiator_keys);
	say_keys("login-request", "T=1 CSG=1 NSG=3 ITT=1 CmdSN=1 ExpStatSN=0", text);
	snprintf(text, sizeof(text), "RDMAExtensions=Yes%s%s", *target_keys ? " " : "",
		 target_keys);
	say_keys("login-response", "T=1 CSG=1 NSG=3 ITT=1 StatSN=1 ExpCmdSN=1 MaxCmdSN=32 TSIH=1",
		 text);
}

/* What is said from here on goes over that connection. */
static inline void scene_on(unsigned conn)
{
	scene.conn = conn;
}

/* Connection 2 joins the session of connection 1, saying `keys`, CmdSN as it stands; it is in hand
 * then. */
static inline void scene_join(const char *cmd_sn, const char *keys)
{
	char fields[120];
	scene_on(2);
	scene_add((struct log_event){.kind = LOG_CM, .name = "established"});
	snprintf(fields, sizeof(fields),
		 "T=1 CSG=1 NSG=3 ITT=0x100 TSIH=1 CID=1 ExpStatSN=0 CmdSN=%s", cmd_sn);
	say_keys("login-request", fields, keys);
	snprintf(fields, sizeof(fields),
		 "T=1 CSG=1 NSG=3 ITT=0x100 StatSN=1 TSIH=1 MaxCmdSN=32 ExpCmdSN=%s", cmd_sn);
	say_keys("login-response", fields, "TargetPortalGroupTag=1");
}

static inline void scene_judge(const char *monitor)
{
	const struct monitor *m = monitor_by_name(monitor);
	ck_assert_msg(m, "no monitor '%s'", monitor);
	watch_log(scene.log, scene.sut_is_target, NULL, m, &scene.result);
	scene.judged = true;
}

static inline const struct finding *scene_finding(const char *rule, bool broken)
{
	ck_assert(scene.judged);
	for (size_t i = 0; i < scene.result.finding_count; i++) {
		const struct finding *f = &scene.result.findings[i];
		const char *at = strstr(f->rules, rule);
		const size_t len = strlen(rule);
		if ((f->verdict != VERDICT_PASS) == broken && at &&
		    (at[len] == '\0' || at[len] == ' '))
			return f;
	}
	return NULL;
}

/* After scene_judge(): that rule was found broken, kept, or nothing was found broken at all. */
static inline const struct finding *scene_broke(const char *rule)
{
	const struct finding *f = scene_finding(rule, true);
	ck_assert_msg(f, "%s was not found broken", rule);
	return f;
}

static inline void scene_kept(const char *rule)
{
	ck_assert_msg(scene_finding(rule, false), "%s was not seen kept", rule);
}

static inline void scene_nothing_broken(void)
{
	ck_assert(scene.judged);
	for (size_t i = 0; i < scene.result.finding_count; i++)
		ck_assert_msg(scene.result.findings[i].verdict == VERDICT_PASS, "%s: %s",
			      scene.result.findings[i].rules, scene.result.findings[i].reason);
}

#endif
