/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a target's URL and as an address: what is taken apart and put together again is taken
 * apart alike, no error quotes a secret, and none is left after wiping. */
#include "../harness/cli/target_url.h"
#include "place.h"

static void check_address(const char *text)
{
	char host[256], back[256], again[300];
	uint16_t port, port_again;
	struct err e;

	if (address_parse(text, host, sizeof(host), &port, &e)) {
		check_message(&e);
		return;
	}
	REQUIRE(host[0] && strlen(host) < sizeof(host));
	const bool v6 = strchr(host, ':');
	snprintf(again, sizeof(again), v6 ? "[%s]:%u" : "%s:%u", host, port);
	REQUIRE(!address_parse(again, back, sizeof(back), &port_again, &e));
	REQUIRE(!strcmp(host, back) && port == port_again);

	/* A host that does not fit is refused, not cut. */
	char small[8];
	REQUIRE(!address_parse(text, small, sizeof(small), &port_again, &e) ==
		(strlen(host) < sizeof(small)));
}

static void check_same(const struct target_url *a, const struct target_url *b)
{
	REQUIRE(!strcmp(a->host, b->host) && a->port == b->port);
	REQUIRE(!strcmp(a->iqn, b->iqn) && a->lun == b->lun);
	REQUIRE(!strcmp(a->user, b->user) && !strcmp(a->secret, b->secret));
	REQUIRE(!strcmp(a->mutual_user, b->mutual_user));
	REQUIRE(!strcmp(a->mutual_secret, b->mutual_secret));
}

static void check_again(const struct target_url *u)
{
	char text[2048];
	const bool v6 = strchr(u->host, ':'), mutual = u->mutual_user[0];
	struct target_url again;
	struct err e;

	snprintf(text, sizeof(text), "iser://%s%s%s%s%s%s%s:%u/%s/%llu%s%s%s%s%s%s", u->user,
		 u->secret[0] ? "%" : "", u->secret, u->user[0] ? "@" : "", v6 ? "[" : "", u->host,
		 v6 ? "]" : "", u->port, u->iqn, (unsigned long long)u->lun,
		 mutual || u->mutual_secret[0] ? "?" : "",
		 u->mutual_secret[0] ? "target_password=" : "", u->mutual_secret,
		 mutual && u->mutual_secret[0] ? "&" : "", mutual ? "target_user=" : "",
		 u->mutual_user);
	REQUIRE(!target_url_parse(&again, text, &e));
	check_same(u, &again);
}

/* What is shown has stars for secrets, however it is read. */
static void check_wiped(const char *text)
{
	char *wiped = strdup(text);
	REQUIRE(wiped);
	target_url_wipe(wiped);
	REQUIRE(strlen(wiped) == strlen(text));
	struct target_url shown;
	if (!target_url_parse(&shown, wiped, NULL)) {
		REQUIRE(strspn(shown.secret, "*") == strlen(shown.secret));
		REQUIRE(strspn(shown.mutual_secret, "*") == strlen(shown.mutual_secret));
	}
	free(wiped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of_input(data, size);
	struct target_url u;
	struct err e;

	check_address(text);
	if (target_url_parse(&u, text, &e)) {
		check_message(&e);
		for (size_t i = 0; i < sizeof(u); i++)
			REQUIRE(!((const char *)&u)[i]);
	} else {
		check_again(&u);
		check_wiped(text);
	}
	free(text);
	return 0;
}
