/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's own files, made into string literals by the build (Makefile). */
#include "internal.h"
#include "page.h"

const size_t html_script_count = sizeof(html_scripts) / sizeof(html_scripts[0]);
