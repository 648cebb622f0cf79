/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the page together. */
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "../escape.h"
#include "../file.h"
#include "../memory.h"
#include "internal.h"

/* One text, of the pieces that the build has made of the files. */
static char *joined(const char *first, const char *const *pieces)
{
	size_t len = strlen(first);
	char *all = must(strdup(first));
	for (; *pieces; pieces++) {
		const size_t more = strlen(*pieces);
		all = must(realloc(all, len + more + 1));
		memcpy(all + len, *pieces, more + 1);
		len += more;
	}
	return all;
}

/* "sha256-...": what a content security policy names a text by. */
static void put_hash(FILE *out, const char *text)
{
	struct sha256_ctx ctx;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char base64[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1];
	sha256_init(&ctx);
	sha256_update(&ctx, strlen(text), (const uint8_t *)text);
	sha256_digest(&ctx, sizeof(digest), digest);
	base64_encode_raw(base64, sizeof(digest), digest);
	base64[sizeof(base64) - 1] = '\0';
	fprintf(out, "'sha256-%s'", base64);
}

/* JSON that holds no markup, whatever a SUT had sent: '<' is the only character that a browser's
 * parser heeds in a script element. */
static void put_json(FILE *out, const json_t *o)
{
	char *text =
		must(json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12)));
	for (const char *at = text; *at;) {
		const size_t n = strcspn(at, "<");
		fwrite(at, 1, n, out);
		at += n;
		if (*at) {
			fputs("\\u003c", out);
			at++;
		}
	}
	free(text);
}

static void put_markup(FILE *out, const char *text)
{
	char *clean = escape_text(text);
	for (const char *at = clean; *at; at++) {
		if (*at == '<')
			fputs("&lt;", out);
		else if (*at == '&')
			fputs("&amp;", out);
		else
			fputc(*at, out);
	}
	free(clean);
}

static void put_logs(FILE *out, const json_t *logs)
{
	size_t i;
	json_t *log;
	json_array_foreach(logs, i, log)
	{
		fprintf(out, "<script type=\"text/plain\" id=\"log-%zu\">%s</script>\n", i,
			json_string_value(log));
	}
}

static bool is(const char *name, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(name, word, len);
}

static void put_data(FILE *out, const struct html_page *page)
{
	fputs("<script type=\"application/json\" id=\"data\">", out);
	put_json(out, page->data);
	fputs("</script>\n", out);
	put_logs(out, page->logs);
}

/* What stands in the frame for "{{NAME}}". */
static void put_part(FILE *out, const char *name, size_t len, const struct html_page *page,
		     const char *style, const char *script)
{
	if (is(name, len, "title"))
		put_markup(out, page->title);
	else if (is(name, len, "instead"))
		put_markup(out, page->instead);
	else if (is(name, len, "script-hash"))
		put_hash(out, script);
	else if (is(name, len, "style-hash"))
		put_hash(out, style);
	else if (is(name, len, "style"))
		fputs(style, out);
	else if (is(name, len, "script"))
		fputs(script, out);
	else if (is(name, len, "data"))
		put_data(out, page);
}

void html_put(FILE *out, const struct html_page *page)
{
	char *style = joined("", page->styles);
	char *script = joined("'use strict';\n", page->scripts);
	for (const char *at = html_frame; *at;) {
		const char *mark = strstr(at, "{{"), *end = mark ? strstr(mark, "}}") : NULL;
		if (!end) {
			fputs(at, out);
			break;
		}
		fwrite(at, 1, (size_t)(mark - at), out);
		put_part(out, mark + 2, (size_t)(end - mark) - 2, page, style, script);
		at = end + 2;
	}
	free(script);
	free(style);
}

int html_write(const struct html_input *in, const char *path, struct err *e)
{
	char *text = NULL;
	size_t len = 0;
	json_t *logs = must(json_array()), *data = html_data(in, logs);
	const struct html_page page = {
		.title = in->report->sut_name,
		.instead = "The same stands in report.json and junit.xml beside it.",
		.styles = html_report_styles,
		.scripts = html_report_scripts,
		.data = data,
		.logs = logs,
	};
	FILE *out = must(open_memstream(&text, &len));
	html_put(out, &page);
	must(fclose(out) ? NULL : text);
	const int status = file_replace(path, text, len, e);
	free(text);
	json_decref(data);
	json_decref(logs);
	return status;
}
