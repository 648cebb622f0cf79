/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as what the command line says: settings of a peer, a line each, as --with and the
 * `model` lines of cases have them; and each line as a number, a size, a time, a knob and an order.
 * A setting that is refused changes nothing, one that is taken says the same when it is said again.
 */
#include "../harness/cli/run_options.h"
#include "../harness/script/order.h"
#include "place.h"

/* To the byte, padding too: both came of one memcpy. */
static bool same(const void *a, const void *b)
{
	return !memcmp(a, b, sizeof(struct peer_config));
}

static void check_setting(struct peer_config *c, const char *text)
{
	static struct peer_config before, again;
	struct err e;

	memcpy(&before, c, sizeof(before));
	if (peer_config_set(c, text, &e)) {
		check_message(&e);
		REQUIRE(same(&before, c));
		return;
	}
	REQUIRE(c->key_count <= PEER_MAX_KEYS);
	memcpy(&again, c, sizeof(again));
	const bool adds = c->key_count && c->keys[c->key_count - 1].raw;
	if (!adds) {
		REQUIRE(!peer_config_set(&again, text, &e));
		REQUIRE(same(&again, c));
	}
}

static void check_numbers(const char *text)
{
	char again[64];
	unsigned long n = 0, n_again;
	uint64_t size = 0, time = 0, other;
	struct err e;

	if (option_count(text, 3, 99999, &n, "--count", &e)) {
		check_message(&e);
	} else {
		REQUIRE(n >= 3 && n <= 99999);
		snprintf(again, sizeof(again), "%lu", n);
		REQUIRE(!option_count(again, n, n, &n_again, "--count", &e) && n == n_again);
	}
	if (option_size(text, &size, "--size", &e)) {
		check_message(&e);
	} else {
		REQUIRE(size % 1024 == 0 && (size || !strcmp(text, "none")));
		snprintf(again, sizeof(again), "%lluKiB", (unsigned long long)size / 1024);
		REQUIRE(!size || (!option_size(again, &other, "--size", &e) && other == size));
	}
	if (option_time(text, &time, "--time", &e)) {
		check_message(&e);
	} else {
		const uint64_t us = OPTION_SECOND / 1000000;
		REQUIRE(time && time <= 24 * 3600 * OPTION_SECOND && time % us == 0);
		snprintf(again, sizeof(again), "%lluus", (unsigned long long)(time / us));
		REQUIRE(!option_time(again, &other, "--time", &e) && other == time);
	}
	const int knob = knob_by_name(text), workload = workload_by_name(text);
	REQUIRE(knob < 0 || !strcmp(knob_infos()[knob].name, text));
	REQUIRE(workload < 0 || !strcmp(workload_name((enum workload)workload), text));
}

/* --order: a window and where a run departs from the simplest order. */
static void check_order(const char *text)
{
	char again[ORDER_TEXT + 16], departures[ORDER_TEXT];
	enum order_window window, window_again;
	struct order order, order_again;
	struct err e;

	if (order_word_parse(text, &window, &order, &e)) {
		check_message(&e);
		return;
	}
	REQUIRE(order.count <= ORDER_DEPARTURES);
	snprintf(again, sizeof(again), "%s:%s", order_window_name(window),
		 order_text(&order, departures, sizeof(departures)));
	REQUIRE(!order_word_parse(again, &window_again, &order_again, &e));
	REQUIRE(window == window_again && order.count == order_again.count);
	for (size_t i = 0; i < order.count; i++)
		REQUIRE(order.departures[i].at == order_again.departures[i].at &&
			order.departures[i].pick == order_again.departures[i].pick);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct peer_config c;
	char *text = text_of_input(data, size), *rest = text;

	peer_config_default(&c, PEER_TARGET);
	for (char *line; (line = strsep(&rest, "\n"));) {
		char *exact = strdup(line);
		REQUIRE(exact);
		check_setting(&c, exact);
		check_numbers(exact);
		check_order(exact);
		free(exact);
	}
	free(text);
	return 0;
}
