# SPDX-License-Identifier: BSD-2-Clause
# What iscsi-test-cu -V (CUnit's basic mode) printed, as lines VERDICT<TAB>FAMILY.SUITE.TEST<TAB>WORDS. A test without
# an end is `open`: the process ended in it. One that says that it was skipped was skipped, whatever else it says; and so was
# one that says nothing at all, since with -V each command is told.
# family: SCSI or iSCSI.

function end(verdict) {
	if (test == "")
		return
	if (verdict == "pass" && !spoke && skipped == "")
		skipped = "it sends nothing here"
	if (verdict == "pass" && skipped != "")
		verdict = "skip"
	words = verdict == "skip" ? skipped : where
	printf "%s\t%s.%s.%s\t%s\n", verdict, family, suite, test, words
	test = ""
}

/^Suite: / {
	if (failed)
		end("fail")
	failed = 0
	suite = $2
}
/^  Test: / {
	if (failed)
		end("fail")
	failed = 0
	skipped = where = ""
	spoke = 0
	test = $2
	line = $0
	sub(/^  Test: [^ ]+ \.\.\./, "", line)
	$0 = line
}
/\[SKIPPED\]/ && test != "" && skipped == "" {
	skipped = $0
	sub(/.*\[SKIPPED\] */, "", skipped)
}
test != "" && !/^passed/ && !/^ *$/ { spoke = 1 }
/^passed/ { end("pass") }
/^FAILED/ { failed = 1 }
# The assertions that failed, by their place, each once.
failed && /^ +[0-9]+\. [^ ]+:[0-9]+ / && index(where " ", $2 " ") == 0 {
	where = where (where == "" ? "" : " ") $2
}
/^Run Summary:/ && failed {
	end("fail")
	failed = 0
}
END {
	if (failed)
		end("fail")
	else
		end("open")
}
