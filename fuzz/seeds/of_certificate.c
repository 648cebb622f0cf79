/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds of what a certificate is made of beside its runs: claims, manifests. */
#include <string.h>

#include "save.h"

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OTHER  "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static void save_all(const char *target, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		seed_save(target, texts[i], strlen(texts[i]));
}

void seeds_of_certificate(void)
{
	static const char *const claims[] = {
		"# ours\n\nsystem Acme 7000\nversion 4.2\nvendor Acme\ncontact lab@acme.example\n",
		"has hello\nhas chap\nhas chap-mutual\n",
		"  has\timmediate-data  ",
		"system a\nsystem b\n",
		"has wings\n",
		"vendor\n",
		"lacks hello\n",
		"vendor \x1b[1m\xff\xe2\x80\xae\n",
		"",
	};
	static const char *const manifests[] = {
		DIGEST "  certificate.json\n" OTHER "  runs/1/report.json\n",
		DIGEST "  a b\n" DIGEST "  b\n",
		DIGEST "  b\n" DIGEST "  a\n",
		DIGEST "  a\n" DIGEST "  a\n",
		DIGEST " *a\n",
		DIGEST "  a",
		DIGEST "  \n",
		"e3b0  a\n",
		"\n",
		"",
	};
	save_all("claims", claims, sizeof(claims) / sizeof(claims[0]));
	save_all("manifest", manifests, sizeof(manifests) / sizeof(manifests[0]));
}
