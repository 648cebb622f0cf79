/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes what a test has put into a temporary folder, and the folder. */
#ifndef TESTS_FOLDER_REMOVE_H
#define TESTS_FOLDER_REMOVE_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>

static inline int folder_remove_one(const char *path, const struct stat *st, int flag,
				    struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void folder_remove(const char *path)
{
	ck_assert_int_eq(nftw(path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
