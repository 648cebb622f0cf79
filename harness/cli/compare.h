/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands share that put reports side by side. */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include "../report/report.h"

enum compare_format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_JSON, FORMAT_HTML };

/* One of those up to `last`. 0, or an exit status after one line of complaint. */
int compare_format(const char *word, enum compare_format last, enum compare_format *format);
/* Reads DIR/report.json of each; the caller report_free()s and frees all n in any case. */
int compare_read(char *const *dirs, size_t n, struct report **reports);

#endif
