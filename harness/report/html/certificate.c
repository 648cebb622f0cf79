/* SPDX-License-Identifier: BSD-2-Clause */
/* A certificate as a page: of the frame, style and scripts of all pages, and certificate/. */
#include <stdlib.h>

#include "../memory.h"
#include "internal.h"

char *html_certificate(const json_t *facts, const char *title)
{
	const struct html_page page = {
		.title = title,
		.instead = "The same stands in certificate.txt and certificate.json beside it.",
		.styles = html_certificate_styles,
		.scripts = html_certificate_scripts,
		.data = facts,
	};
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));
	html_put(out, &page);
	must(fclose(out) ? NULL : text);
	return text;
}
