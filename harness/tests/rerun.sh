#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `iserspec verify --rerun`: what it does with a lab's answer, and what tools/conformance --as says of a machine. No guest: the lab
# is a file that hands out what a run is said to have come to, and a kernel is a folder.
#
# usage: harness/tests/rerun.sh [BUILD]     from the top of the tree
set -uo pipefail

source harness/tests/is.bash
build=$(realpath "${1:-build}")
mkdir -p "$work"/tree/{build,tools} "$work/kernel"
cp "$build/iserspec" "$work/tree/build/"
ln -s "$PWD/cases" "$work/tree/cases"
program=$work/tree/build/iserspec
export TMPDIR=$work

# ---- a run of the uml lab, as its report tells, and its certificate ----

cat >"$work/lab.json" <<-'END'
	{"lab": {"name": "uml", "clock": "inf-cpu", "fixed_addresses": true, "parts": 1, "kernel": {"package": "p", "digest": "d1"}},
	 "host": {"command": "tools/conformance --sut lio --lab uml", "system": "lio"}}
END
openssl genpkey -algorithm ed25519 -out "$work/key" 2>/dev/null
openssl pkey -in "$work/key" -pubout -out "$work/public"
"$program" run --model target --quiet --lab "$work/lab.json" --report "$work/true" target/nop/echo-0 target/nop/echo-1 >/dev/null

# certify NAME FOLDER
certify() {
	"$program" certify --key "$work/key" --output "$work/$1.tar" "$work/$2" >"$work/said" 2>&1
	is "$1: a certificate" 0 $?
}
certify true true

# forge FOLDER: a completion that nobody judges, a nanosecond later, in a log that is closed anew.
forge() {
	local log=$work/$1/logs/target.nop.echo-1.jsonl digest
	perl -pi -e 's/"time":\K\d+/$& + 1/e if /"kind":"done"/ && !$first++' "$log"
	digest=$(sed '$d' "$log" | sha256sum | cut -c 1-64)
	sed -i "\$s/\"text\":\"[0-9a-f]*\"/\"text\":\"$digest\"/" "$log"
}
cp -r "$work/true" "$work/forged"
forge forged
is 'one event is another' 2 "$(diff "$work/true/logs/target.nop.echo-1.jsonl" "$work/forged/logs/target.nop.echo-1.jsonl" | grep -c '^<')"
certify forged forged

# ---- the lab: gets ready as $work/ready says, and comes to what lies in $work/comes ----

cat >"$work/tree/tools/conformance" <<-'END'
	#!/bin/bash
	here=${0%/tree/*}
	printf '%s\n' "$*" >>"$here/called"
	if [[ " $* " == *' --prepare '* ]]; then
	    status=$(<"$here/ready")
	    ((status == 0)) || echo 'conformance: the kernel is another one' >&2
	    exit "$status"
	fi
	while [[ $1 != --reports ]]; do shift; done
	mkdir -p "$2"
	[[ ! -d $here/comes ]] || { cp -r "$here/comes" "$2/1-lio" && ln -s 1-lio "$2/latest-lio"; }
	exit "$(<"$here/ends")"
END
chmod +x "$work/tree/tools/conformance"

# lab READY COMES ENDS
lab() {
	rm -rf "$work/comes"
	: >"$work/called"
	echo "$1" >"$work/ready"
	echo "$3" >"$work/ends"
	[[ -z $2 ]] || cp -r "$work/$2" "$work/comes"
}

calls() {
	grep -c . "$work/called" 2>/dev/null || true
}

# verify CERTIFICATE [OPTION...]: sets `status`; what it says is in $work/said.
verify() {
	local name=$1
	shift
	status=0
	"$program" verify --rerun --public-key "$work/public" "$@" "$work/$name.tar" >"$work/said" 2>&1 || status=$?
}

last() {
	tail -n 1 "$work/said"
}

said() { # said NAME TEXT
	is "$1" "$2" "$(grep -m 1 -oF -- "$2" "$work/said")"
}

lab 0 true 0
verify true
is 'the same' '0 verified' "$status $(last)"
said 'the same: all logs' 'rerun: 3 of 3 logs the same'
said 'the same: the run' 'run 1      done again: 3 of 3 logs the same; journal the same; report the same'
is 'it is asked whether it can, and then done' '2 1' "$(calls) $(grep -c -- '--prepare' "$work/called")"
is 'by this command line' "--sut lio --no-variants --no-setup --lab uml --as DIR/run-1/report.json --seed 1 --parts 1 --reports DIR/again/run-1 --cases target/nop/echo-0 target/nop/echo-1" \
	"$(sed -n '2{s|/[^ ]*/iserspec-[^/]*/|DIR/|g;p}' "$work/called")"
is 'nothing is left' '' "$(cd "$work" && echo iserspec-* | grep -v '\*')"

# A system that is red, or of which something is not known, has been run.
lab 0 true 1
verify true
is 'the same, red' '0 verified' "$status $(last)"

lab 0 true 0
verify true --reports "$work/kept"
is 'what came out is kept' '0 yes' "$status $([[ -e $work/kept/run-1/latest-lio/report.json ]] && echo yes)"
verify true --reports "$work/kept"
is 'not over what is there' '2 not verified: all of it holds, and it cannot be run again here' "$status $(last)"
rm -rf "$work/kept"
verify true --kernel /some/linux
said 'a kernel of my own' 'rerun: 3 of 3 logs the same'
is 'a kernel of my own is the one' 2 "$(grep -c -- '--kernel /some/linux' "$work/called")"

lab 0 true 0
status=0
"$program" verify --rerun "$work/true.tar" >"$work/said" 2>&1 || status=$?
is 'by whom nobody knows' '4 not verified: all of it holds, and who signed it is not known' "$status $(last)"
said 'by whom nobody knows, and the same' 'rerun: 3 of 3 logs the same'

# ---- forged so that it holds ----

"$program" verify --public-key "$work/public" "$work/forged.tar" >"$work/said" 2>&1
is 'what nobody judges holds' '0 verified' "$? $(last)"
lab 0 true 0
verify forged
is 'and does not come again' '1 NOT VERIFIED' "$status $(last)"
said 'how many' 'rerun: 2 of 3 logs the same'
said 'which' 'differs: logs/target.nop.echo-1.jsonl, event 24'
said 'how it was' '  was  event 24, 0.'
said 'what it is' '  now  event 24, 0.'

cp -r "$work/true" "$work/other"
sed -i 's/"seconds": [0-9.e-]*/"seconds": 7.5/' "$work/other/report.json"
lab 0 other 0
verify true
is 'a report that is another' '1 rerun: 3 of 3 logs the same' "$status $(grep '^rerun' "$work/said")"
said 'a report that is another: where' 'differs: report.json: seconds was '

# Guests of the host's choice: that the bytes are others may be this machine's fault.
not_said() { # not_said NAME TEXT
	is "$1" '' "$(grep -m 1 -oF -- "$2" "$work/said")"
}
not_said 'as many guests' 'guests'
jq '.host.guests = 2' "$work/other/report.json" >"$work/report" && mv "$work/report" "$work/other/report.json"
lab 0 other 0
verify true
said 'another number of guests' '(it took 2 guests, and 0 then: '

# ---- not verified, so not run ----

head -c -600 "$work/true.tar" >"$work/cut.tar"
lab 0 true 0
verify cut
is 'what does not hold is not run' 0 "$(calls)"
LC_ALL=C sed '0,/CONFORM/s//CONFIRM/' "$work/true.tar" >"$work/changed.tar"
verify changed
is 'what was changed is not run' '1 0' "$status $(calls)"

# ---- cannot be had ----

cannot() { # cannot NAME CERTIFICATE TEXT CALLS
	verify "$2"
	is "$1" '2 not verified: all of it holds, and it cannot be run again here' "$status $(last)"
	said "$1: why" "$3"
	is "$1: calls" "$4" "$(calls)"
}

lab 2 true 0
cannot 'a lab that is not as then' true 'conformance: the kernel is another one' 1
said 'a lab that is not as then: which run' 'iserspec: run 1 cannot be done again here'
lab 0 '' 77
cannot 'a lab that ran nothing' true 'run 1 could not be done again (exit status 77)' 2
lab 0 true 2
cannot 'a lab that is wrong' true 'run 1 could not be done again (exit status 2)' 2
lab 0 true 0
mv "$work/tree/tools/conformance" "$work/aside"
cannot 'no lab' true 'there is neither tools/conformance nor iserspec-conformance beside the program' 0
mv "$work/aside" "$work/tree/tools/conformance"
# refuses NAME FILTER TEXT: a report that is another, and its certificate.
refuses() {
	cp -r "$work/true" "$work/$1"
	jq "$2" "$work/true/report.json" >"$work/$1/report.json"
	certify "$1" "$1"
	cannot "$1" "$1" "$3" 0
}
refuses qemu '.lab.name = "qemu" | .lab.clock = "real"' 'run 1 took place in the lab qemu (clock: real)'
refuses strange '.host.command += " -- --restart '\''rm -rf /'\''"' 'is not taken from a report: --restart'

# of_others NAME FILTER TEXT: the same, of another iserspec, whose judgement is not ours to repeat.
of_others() {
	cp -r "$work/true" "$work/$1"
	jq "$2" "$work/true/report.json" >"$work/$1/report.json"
	certify "$1" "$1"
	verify "$1"
	is "$1" '2 0 0' "$status $(calls) $(grep -c 'judged again' "$work/said")"
	said "$1: why" "$3"
}
of_others commit '.provenance.commit = "0123456789ab"' 'run 1 is of commit 0123456789ab, this iserspec of '
of_others texts '.provenance.cases.sha256 = "00"' 'run 1 was of other cases, or other texts of them'
of_others rules '.provenance.ledger.sha256 = "00"' 'run 1 was judged by other rules than these'

status=0
"$program" verify --kernel debug "$work/true.tar" >"$work/said" 2>&1 || status=$?
is 'a kernel for nothing' '2 iserspec: --kernel and --reports belong to --rerun' "$status $(last)"
verify true --cases cases
is 'cases of my own' '2 iserspec: --rerun runs the cases beside the program: no --cases' "$status $(last)"

# ---- tools/conformance --as ----

digest=$(printf kernel | sha256sum | cut -c 1-64)
printf '#!/bin/true' >"$work/kernel/linux"
chmod +x "$work/kernel/linux"
echo "$digest" >"$work/kernel/digest"
echo linux-source_1 >"$work/kernel/package"
echo 6.1.1 >"$work/kernel/release"
jq -n --arg digest "$digest" --arg commit "$("$build/iserspec" --version | sed 's/.*(commit \(.*\))/\1/')" \
	'{provenance: {commit: $commit}, sut: {version: "Linux 6.1.1"}, lab: {kernel: {digest: $digest, package: "linux-source_1"}}}' >"$work/as.json"

# as NAME STATUS TEXT FILTER [OPTION...]: of a report that the filter has changed.
as() {
	local name=$1 want=$2 text=$3
	jq "$4" "$work/as.json" >"$work/now.json"
	shift 4
	tools/conformance --no-setup --no-variants --lab uml --sut lio --kernel "$work/kernel" --cases target/session --reports "$work/none" \
		--prepare --as "$work/now.json" "$@" >"$work/said" 2>&1
	is "--as: $name" "$want $text" "$? $(grep -oF -- "$text" "$work/said")"
}
if [[ $build == "$PWD/build" ]] && setarch -R true 2>/dev/null; then
	as 'as then' 0 '' .
	is '--prepare: nothing is run' no "$([[ -e $work/none ]] && echo yes || echo no)"
	as 'another kernel' 2 "the kernel is another one than then: other_2, SHA-256 d2 then, linux-source_1, SHA-256 $digest here" \
		'.lab.kernel = {digest: "d2", package: "other_2"}'
	as 'another kernel: text of a stranger' 2 'the kernel is another one than then: ?[31m, SHA-256 d2 then' '.lab.kernel = {digest: "d2", package: "\u001b[31m"}'
	as 'another system' 2 'the system is another one than then: Linux 6.1.9 then, Linux 6.1.1 here' '.sut.version = "Linux 6.1.9"'
	as 'another commit' 2 "the program's commit is another one than then: 0123456789ab then" '.provenance.commit = "0123456789ab"'
	as 'a report that tells nothing' 2 "the program's commit is another one than then: not told then" '{}'
	as 'two systems' 2 '--as is for one system' . --sut lio,tgt
	as 'another lab' 2 '--as is for --lab uml' . --lab qemu
	as 'no report' 2 'now.json: no report' '"text"'
else
	echo 'rerun.sh: --as is not tried: another build than build/, or no setarch -R'
fi

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
