/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a report.json, which may be a stranger's: written again it is read as the same, and
 * nothing in it reaches a terminal but what can be read there. */
#include "../harness/report/lab.h"
#include "../harness/report/matrix.h"
#include "../harness/report/report.h"
#include "place.h"

static const char name[] = "report.json";

static void check_again(const struct report *r)
{
	struct report back;
	struct err e;
	char *text = report_to_json(r);
	REQUIRE(!report_parse_json(&back, name, text, strlen(text), &e));
	REQUIRE(back.count == r->count && back.monitor_count == r->monitor_count &&
		back.rule_count == r->rule_count);
	REQUIRE(report_exit_status(&back) == report_exit_status(r));
	char *again = report_to_json(&back);
	REQUIRE(!strcmp(text, again));
	free(again);
	report_free(&back);
	free(text);
}

/* Of the page only its own scripts are markup: the data and the code. */
static void check_page(const struct matrix *m)
{
	char *text = NULL;
	size_t size = 0, scripts = 0;
	FILE *out = open_memstream(&text, &size);
	REQUIRE(out);
	matrix_html(out, m);
	REQUIRE(!fclose(out));
	for (const char *at = text; (at = strstr(at, "<script")); at++)
		scripts++;
	REQUIRE(scripts == 2);
	free(text);
}

static void check_terminal(struct report *r)
{
	char *text = NULL, *path = (char *)name;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	REQUIRE(out);
	const struct terminal t = {.out = out, .total = r->count};
	for (size_t i = 0; i < r->count; i++)
		terminal_ended(&t, i + 1, 1.5, &r->cases[i]);
	terminal_place(out, r);
	terminal_summary(&t, r);
	const struct matrix_wish all = {
		.kinds = 1U << MATRIX_CASE | 1U << MATRIX_MONITOR | 1U << MATRIX_RULE,
	};
	struct matrix m;
	matrix_make(&m, r, &path, 1, &all);
	matrix_text(out, &m);
	matrix_markdown(out, &m);
	matrix_json(out, &m);
	check_page(&m);
	matrix_free(&m);
	REQUIRE(!fclose(out));
	for (size_t i = 0; i < size; i++)
		REQUIRE((uint8_t)text[i] >= 0x20 || text[i] == '\n');
	free(text);
}

/* The same bytes as what a lab says of itself. */
static void check_lab(const uint8_t *data, size_t size)
{
	struct report r = {0};
	struct err e;
	char *text = text_of_input(data, size);
	if (lab_parse(&r, name, text, size, NULL, &e))
		check_place(&e, name, true, data, size);
	else
		REQUIRE(*lab_text(&r, "clock") || lab_clock_is_real(&r));
	json_decref(r.lab);
	json_decref(r.host);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	struct report r;
	struct err e;

	if (report_parse_json(&r, name, (const char *)text, size, &e)) {
		check_message(&e);
		REQUIRE(!strncmp(e.what, name, strlen(name)));
	} else {
		check_again(&r);
		check_terminal(&r);
	}
	report_free(&r);
	check_lab(text, size);
	input_done(text);
	return 0;
}
