#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What tools/interop makes of what a guest left: the results of iscsi-test-cu, the table of what is known, the last line. No
# guest. From the top of the tree.
set -uo pipefail

source harness/tests/is.bash

# ---- iscsi-test-cu ----

cat >"$work/log" <<-'END'
	    [SKIPPED] before any test
	Suite: Inquiry
	  Test: Standard ...
	    Send INQUIRY
	passed
	  Test: Short ...passed
	  Test: BlockLimits ...    [SKIPPED] Fully provisioned.
	    [SKIPPED] again
	passed
	  Test: AllocLength ...
	    [FAILED] said
	FAILED
	    1. test_a.c:97  - CU_ASSERT_EQUAL(ret,0)
	    2. test_a.c:9  - CU_ASSERT_EQUAL(ret,0)
	    3. test_a.c:97  - CU_ASSERT_EQUAL(ret,0)
	  Test: Last ...
	    Send
END
# CUnit writes blanks where the here document has tabs cut off.
sed -i 's/^Test:/  Test:/; s/^[123]\. /    &/' "$work/log"
is "verdicts" "pass Standard|skip Short it sends nothing here|skip BlockLimits Fully provisioned.|fail AllocLength test_a.c:97 test_a.c:9|open Last" \
	"$(awk -v family=SCSI -f tools/interop.awk "$work/log" | sed 's/SCSI\.Inquiry\.//; s/\t/ /g; s/ *$//' | paste -s -d '|')"

# ---- the table ----

part() { # part NAME STATUS <CHECKS
	mkdir -p "$work/out/$1"
	cat >"$work/out/$1/checks"
	echo "$2" >"$work/out/$1/status"
	: >"$work/out/$1/output"
}

evaluate() { # evaluate PART...: sets said and status
	status=0
	said=$(tools/interop --evaluate --out "$work/out" --known "$work/known.md" "$@" 2>&1) || status=$?
}

cat >"$work/known.md" <<-'END'
	# Title
	| check | words | reason | source |
	|---|---|---|---|
	| `a/one` | died, status * | theirs | x.c |
	| `a/two` | x.c:1 | theirs | x.c |
END
printf 'pass\ta/zero\t\nfail\ta/one\tdied, status 139\nfail\ta/two\tx.c:1\nskip\ta/three\tnot here\n' | part targets 0
evaluate targets
is "all known" "0 interop: 1 passed, 2 known, 0 failed; 1 skipped in their own words" "$status ${said##*$'\n'}"
is "a skip in its own words" "skip    a/three: not here" "$(grep '^skip' <<<"$said")"
is "the reason" "known   a/two: x.c:1; theirs (x.c)" "$(grep 'a/two' <<<"$said")"

printf 'fail\ta/two\tx.c:1 x.c:7\n' | part targets 0
evaluate targets
is "other words" "1 fail    a/two: x.c:1 x.c:7" "$status $(grep 'a/two' <<<"$said")"

printf 'pass\ta/two\t\n' | part targets 0
evaluate targets
is "listed and better" "0 pass    a/two: listed in $work/known.md as failing, and does not" "$status $(grep 'a/two' <<<"$said")"

printf 'pass\ta/two\t\n' | part targets 126
evaluate targets
is "a guest that died" "1 interop: 1 passed, 0 known, 1 failed; 0 skipped in their own words" "$status ${said##*$'\n'}"

: | part targets 0
evaluate targets
is "nothing checked" "1 fail    targets/guest: it checked nothing" "$status $(grep 'guest' <<<"$said")"

printf 'pass\ta/zero\t\n' | part targets 0
printf 'pass\tb/zero\t\n' | part libiscsi 0
printf 'pass\tc/zero\t\n' | part open-iscsi 0
evaluate
is "a row about nothing" "1 2" "$status $(grep -c 'there is no such check' <<<"$said")"

# shellcheck disable=SC2016  # backquotes of the table
echo '| `a/three` | words | | |' >>"$work/known.md"
evaluate targets
is "a row without reason" "2 interop: $work/known.md:6: check, words, reason and source" "$status $said"
status=0
said=$(tools/interop nobody 2>&1) || status=$?
is "no such part" "2 interop: 'nobody' is neither an option nor a part (see --help)" "$status $said"

printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
