#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What tools/publish makes of its runs, which are of our models here, without a guest: what goes on, what is left out, what is
# said. From the top of the tree.
set -uo pipefail

# shellcheck source=harness/tests/is.bash
source harness/tests/is.bash
program=$(realpath "${1:-build}/iserspec") || exit 2

# publish OPTION...: with runs that take no time, and a kernel that cannot be had; sets said and status. $work/ran has what ran.
publish() {
	status=0
	: >"$work/ran"
	said=$(PROGRAM=$program WORK=$work bash -c '
		source tools/publish
		kernel() {
			[[ $1 != 6.12 || -e $WORK/has-6.12 ]] || { echo "lab: no <source> of it"; return 1; }
		}
		suite() {
			local name report knob
			for name in ${3//,/ }; do
				echo "$name $1 $2" >>"$WORK/ran"
				report=$1-$2/run-$name knob=
				[[ ! -e $WORK/none-$name ]] || continue
				[[ "$name $1" != "lio 6.12" ]] || knob=nop-echo-truncated
				"$PROGRAM" run --quiet --model "$(tools/sut/$name role)" --sut-name "$(tools/sut/$name name)" \
					${knob:+--knob "$knob"} --report "$work/$report" "*/nop/echo-7" "*/session/honest" >/dev/null 2>&1
				[[ ! -e $WORK/cut-$name ]] || sed -i "s/\"complete\": true/\"complete\": false/; s/\"planned\": [0-9]*/\"planned\": 9/" "$work/$report/report.json"
				ln -sfn "${report#*/}" "$work/$(report_of "$name" "$1" "$2")"
			done
			return 1
		}
		main --no-setup --work "$WORK/runs" --output "$WORK/published" "$@"' _ "$@" 2>&1) || status=$?
}

columns() {
	jq -r '[.reports[] | .report] | join(" ")' "$work/published/matrix.json"
}

touch "$work/cut-tgt" "$work/none-libiscsi"
publish
is 'something is missing' 4 "$status"
is 'all that can be run is run' 8 "$(wc -l <"$work/ran")"
is 'columns: targets first, the runs of a system beside each other' \
	'6.1-rxe/latest-lio 6.1-siw/latest-lio-siw 6.1-rxe/latest-tgt 6.1-rxe/latest-model-target 6.1-rxe/latest-open-iscsi 6.1-siw/latest-open-iscsi-siw 6.1-rxe/latest-model-initiator' "$(columns)"
is 'what was not run is said' \
	'Not run to its end: lio on kernel 6.12 over rxe: the kernel could not be had (no <source> of it).' "$(jq -r '.notes[0]' "$work/published/matrix.json")"
is 'and what did not end, and what left nothing' 2 "$(jq -r '.notes[]' "$work/published/matrix.json" | grep -c 'tgt.*: it did not come to its end\|libiscsi.*status 1 and left no report')"
is 'six in all' 6 "$(jq '.notes | length' "$work/published/matrix.json")"
is 'it is in Markdown' 6 "$(grep -c '^Not run to its end' "$work/published/matrix.md")"
is 'markup is none there' yes "$(grep -q '(no \\<source> of it)' "$work/published/matrix.md" && echo yes)"
is 'and in the page' yes "$(grep -q 'Not run to its end: libiscsi' "$work/published/matrix.html" && echo yes)"
is 'it is told at the end' 6 "$(grep -c '^publish: Not run to its end' <<<"$said")"

rm "$work/cut-tgt" "$work/none-libiscsi"
touch "$work/has-6.12"
publish
is 'all of it' 0 "$status"
is 'what was there is not run again' 'libiscsi 6.1 rxe|lio 6.12 rxe|lio 6.12 siw|open-iscsi 6.12 rxe|open-iscsi 6.12 siw|tgt 6.1 rxe' "$(sort "$work/ran" | paste -s -d '|')"
is 'twelve columns' 12 "$(columns | wc -w)"
is 'nothing is said to be missing' '[]' "$(jq -c .notes "$work/published/matrix.json")"
is 'what another kernel changes' 'target/nop/echo-7' "$(sed -n '/change: lio/,/^## What.*open/p' "$work/published/matrix.md" | grep -o '^| target/nop[^ ]*' | sed 's/^| //')"
is 'where a MUST is broken' 1 "$(sed -n '/^## Targets/,/^## Init/p' "$work/published/matrix.md" | grep -c '^| target/')"
is 'nothing is broken' 'None.' "$(sed -n '/^## Initiators/,$p' "$work/published/matrix.md" | tail -n 1)"
is 'three files and nothing else' 'matrix.html matrix.json matrix.md' "$(cd "$work/published" && echo *)"
publish
is 'all of it is there' '0 0' "$status $(wc -l <"$work/ran")"
publish --cases target/nop
is 'other cases are another run' 12 "$(wc -l <"$work/ran")"

publish --jobs none
is 'wrong usage' '2 publish: --jobs none is not a number' "$status $said"
echo "$passed passed, $failed failed"
((failed == 0))
