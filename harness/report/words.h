/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of the log in words for people. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

/* Who ended a connection and by what, of the text of a CM event "end" (fab_end_name()): "the system
 * under test closed it". That text itself when it is none of them; NULL gives "". */
const char *words_of_end(const char *end);

#endif
