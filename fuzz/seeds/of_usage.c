/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds of what the command line takes: addresses, URLs, settings. */
#include <stdio.h>
#include <string.h>

#include "../../harness/peer/peer.h"
#include "save.h"

static void urls(void)
{
	static const char *const texts[] = {
		"iser://192.0.2.1/iqn.2001-04.com.example:disk",
		"iser://192.0.2.1:3261/iqn.2001-04.com.example:disk/3",
		"iser://[2001:db8::1]:3260/eui.02004567A425678D",
		"iser://[fe80::1%eth0]/naa.52004567BA64678D/0",
		"iser://host.example/iqn.2001-04.com.example:disk/16383",
		"iser://user%secret@host/iqn.2001-04.com.example:disk",
		"iser://user:sec@ret@host/iqn.2001-04.com.example:disk",
		"iser://iqn.2001-04.com.example:me%secret@host/iqn.2001-04.com.example:disk/1",
		"iser://u%s@h/iqn.2001-04.com.example:d?target_user=t&target_password=p",
		"ISER://h/iqn.a?target_password=p",
		"192.0.2.1",
		"192.0.2.1:3260",
		"[2001:db8::1]:65535",
		"2001:db8::1",
		"host-1.example_2:0",
		"iser://h:0/iqn.a",
		"iser://h/iqn.a/x",
		"iser://h/iqn.a?user=b",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		seed_save("url", texts[i], strlen(texts[i]));
}

/* The first value that each option is documented to take, and some that keys have. */
static void options(void)
{
	static const char *const texts[] = {
		"InitialR2T=Yes",
		"omit=RDMAExtensions",
		"RDMAExtensions@2=Yes",
		"raw:Key=Value",
		"security:CHAP_A=5",
		"moup=4\nmoup=0x10",
		"nop-interval=5s",
		"nop-interval=250ms\nresponse-delay=0",
		"send-inv=no",
		"hello=not-understood",
		"login-status=0x0201",
		"write-base=whole",
		"64MiB",
		"none",
		"90s",
		"15min",
		"3",
		"99999",
		"login:17=1,23=2",
		"logout:0",
		"late-receives",
		"discovery",
		"raw:A=1\nraw:B=2\nA=x\n",
		"omit=A\nA=1\nomit=A",
	};
	size_t count;
	const struct peer_option_info *all = peer_options(&count);

	for (size_t i = 0; i < count; i++) {
		char text[256];
		const size_t len = strcspn(all[i].values, "|");
		snprintf(text, sizeof(text), "%s=%.*s", all[i].name, (int)len, all[i].values);
		seed_save("options", text, strlen(text));
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		seed_save("options", texts[i], strlen(texts[i]));
}

void seeds_of_usage(void)
{
	urls();
	options();
}
