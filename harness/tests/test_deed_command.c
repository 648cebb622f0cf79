/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of the command that does things beside a case, and undoes them behind it. */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "../cli/deed_command.h"
#include "suites.h"

static struct case_link link_to_nobody;
static struct deed_command deeds;
static struct sut_control control;

static void begin(void)
{
	link_to_nobody.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(link_to_nobody.fd, 0);
	deeds = (struct deed_command){.link = &link_to_nobody};
	deed_command_init(&deeds, &control);
}

static void end(void)
{
	deed_command_free(&deeds);
	close(link_to_nobody.fd);
}

/* Has the driver do this, to its end where `waits`. */
static void act(const char *driver, const char *what, bool waits)
{
	struct err e;
	deeds.line = driver;
	ck_assert_int_eq(control.act(control.act_ctx, what, (struct bytes){0}, false, &e), 0);
	struct pollfd ended = {.fd = control.act_fd(control.act_ctx), .events = POLLIN};
	if (waits)
		ck_assert_int_eq(poll(&ended, 1, 20000), 1);
}

static const struct {
	const char *driver, *what, *trouble;
} ends[] = {
	{"echo done", "restore", NULL},
	{"echo no such portal; exit 1", "restore", "driver: the restore command: no such portal"},
	{"exit 3", "restore", "driver: the restore command: it does not say why it failed"},
	{"echo cannot do that; exit 69", "restore", "driver: the restore command: cannot do that"},
	/* What a case asked for is for the case to judge. */
	{"echo it refuses; exit 1", "lun-remove", NULL},
	{"echo no targetcli; exit 75", "lun-remove", "driver: the do command: no targetcli"},
};

START_TEST(trouble)
{
	act(ends[_i].driver, ends[_i].what, true);
	const char *told = deed_command_trouble(&deeds);
	if (ends[_i].trouble)
		ck_assert_str_eq(told, ends[_i].trouble);
	else
		ck_assert_ptr_null(told);
}
END_TEST

START_TEST(a_deed_that_failed_before_a_good_restore)
{
	act("echo it refuses; exit 1", "lun-remove", true);
	act("true", "restore", true);
	ck_assert_ptr_null(deed_command_trouble(&deeds));
}
END_TEST

START_TEST(a_restore_without_end)
{
	act("exec sleep 60", "restore", false);
	ck_assert_str_eq(deed_command_trouble(&deeds),
			 "driver: the restore command: it did not end in time");
}
END_TEST

Suite *deed_command_suite(void)
{
	Suite *s = suite_create("deed_command");
	TCase *t = tcase_create("deed_command");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, trouble, 0, sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(t, a_deed_that_failed_before_a_good_restore);
	tcase_add_test(t, a_restore_without_end);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
