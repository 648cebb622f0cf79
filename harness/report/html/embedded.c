/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages' own files, made into string literals by the build (Makefile). */
#include "internal.h"
#include "page.h"
