#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What `make install` puts in place runs from there, for any user, and completes and documents itself.
#
# usage: harness/tests/installed.sh [PREFIX]     from the top of the tree; PREFIX: an installation that is there, to be
# tried without this tree
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=harness/tests/is.bash
. harness/tests/is.bash
tree=$PWD prefix=${1:-$work/usr}
chmod 755 "$work"

# part NAME COMMAND...: a test of its own; its count goes into ours.
part() {
	local name=$1 counts
	shift
	"$@" >"$work/log" 2>&1 || true
	counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$work/log" | tail -n 1)
	if [[ -z $counts ]]; then
		is "$name ends" 'N passed' "$(tail -n 3 "$work/log")"
		return
	fi
	sed -n "s/^failed: /failed: $name: /p" "$work/log"
	passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
}

# Without a home of his own, and with nothing of ours to read or write. In a name space of its own, root hides this tree too.
as_anybody() {
	local -a hidden=()
	mkdir -p "$work/user"
	if ((EUID)); then
		(cd "$work/user" && env -i PATH="$PATH" HOME=/nonexistent TMPDIR="$work/user" "$@")
		return
	fi
	chmod 777 "$work/user"
	# shellcheck disable=SC2016 # the inner shell's words
	hidden=(unshare -m bash -c 'mount -t tmpfs -o mode=700 none "$1" && shift && exec "$@"' _ "$tree")
	(cd "$work/user" && "${hidden[@]}" setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -i PATH="$PATH" HOME=/nonexistent TMPDIR="$work/user" "$@")
}

if [[ -z ${1:-} ]]; then
	is 'make install' 0 "$(make -s --no-print-directory install DESTDIR="$work" PREFIX=/usr >"$work/log" 2>&1; echo $?)"
	find "$prefix" -type f -exec stat -c '%n %Y %s' {} + | sort >"$work/before"
fi
# What it links to of this installation is not for this user's own cache.
export ISERSPEC_CACHE=$work/cache
part manual harness/tests/manual.sh "$prefix"
part completion harness/tests/completion.sh "$prefix"

as_anybody "$prefix/bin/iserspec" run --model target --seed 3 --report report target/session >"$work/log" 2>&1
is 'a model, from where it is installed' 0 $?
is 'its cases' yes "$(jq -r 'if (.cases | length) > 2 and all(.cases[]; .verdict == "pass" or .verdict == "info" or .verdict == "not-applicable") then "yes" else "no" end' "$work/user/report/report.json")"
as_anybody "$prefix/bin/iserspec-conformance" --lab softverbs --sut model-target,model-initiator --cases '*/session/honest' --seed 7 >"$work/log" 2>&1
is 'iserspec-conformance' 0 $?
is 'its reports are where the user stands' 'initiator/session/honest pass target/session/honest pass' \
	"$(jq -r '.cases[] | .id + " " + .verdict' "$work"/user/iserspec-reports/latest-*/report.json | sort | tr '\n' ' ' | sed 's/ $//')"
as_anybody "$prefix/bin/iserspec" replay iserspec-reports/latest-model-target-softverbs target/session/honest >"$work/log" 2>&1
is 'a case of a report once more' 0 $?
as_anybody "$prefix/bin/iserspec-conformance" --lab softverbs --sut model-target --cases target/session/honest --reports other/place >"$work/log" 2>&1
is 'iserspec-conformance --reports' yes "$([[ -e $work/user/other/place/latest-model-target-softverbs/report.json ]] && echo yes)"
as_anybody "$prefix/bin/iserspec-conformance" --lab softverbs --sut model-target --cases target/session/honest --baselines no/such >"$work/log" 2>&1
is 'a folder of baselines that is none' '2 conformance: --baselines no/such: no such folder' "$? $(tail -n 1 "$work/log")"
as_anybody "$prefix/bin/iserspec-conformance" --sut none >"$work/log" 2>&1
is 'a system that is none' "2 conformance: no driver tools/sut/none" "$? $(sed 's/;.*//' "$work/log")"
if [[ -z ${1:-} ]]; then
	find "$prefix" -type f -exec stat -c '%n %Y %s' {} + | sort >"$work/after"
	is 'nothing was written where it is installed' '' "$(diff "$work/before" "$work/after")"
	is 'nothing in it is of this tree' '' "$(grep -rlF "$tree" "$prefix/share" "$prefix/bin/iserspec-conformance")"
	is 'make install twice' 0 "$(make -s --no-print-directory install DESTDIR="$work" PREFIX=/usr >"$work/log" 2>&1; echo $?)"
fi

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
