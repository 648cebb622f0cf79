#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What tools/lab/run promises, tried on User Mode Linux (LAB=qemu: on QEMU): output, exit status, and what becomes of a guest
# that dies, hangs, is interrupted, or whose disk is full. harness/tests/lab.sh [TEST...]
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
lab=${LAB:-uml} passed=0 failed=0 tmp=$(mktemp -d)
chmod 755 "$tmp"
trap 'rm -rf "$tmp"' EXIT

guest() {
	tools/lab/run --lab "$lab" --timeout 60 "$@"
}

# expect WHAT WANTED GOT
expect() {
	if [[ $3 == "$2" ]]; then
		return 0
	fi
	printf '    %s: wanted %q, got %q\n' "$1" "$2" "$3"
	wrong=1
}

# No process of a guest outlives it.
nothing_left() {
	# What ended and was not waited for is the concern of this machine's first process.
	# shellcheck disable=SC2009  # pgrep does not tell states
	expect 'processes left' '' "$(ps -o stat=,pid=,args= -s "$1" | grep -v '^Z')"
	expect 'folders left' '' "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'iserspec-lab.*' -newer "$tmp" -user "$(id -un)")"
}

test_command() {
	local status=0
	guest --share "$tmp/share" -- bash -c "echo out; echo err >&2; echo kept >$tmp/share/file; echo lost >/etc/lost; exit 7" \
		>"$tmp/out" 2>"$tmp/err" || status=$?
	expect status 7 "$status"
	expect stdout out "$(cat "$tmp/out")"
	expect stderr err "$(cat "$tmp/err")"
	expect 'what is written to the share' kept "$(cat "$tmp/share/file")"
	[[ ! -e /etc/lost ]] || expect 'what is written elsewhere' lost-with-the-guest here
}

test_silence_is_free() {
	[[ $lab == uml ]] || return 0
	local began=$SECONDS
	expect 'a day asleep' awake "$(guest -- bash -c 'sleep 86400; echo awake' 2>&1)"
	((SECONDS - began < 20)) || expect 'seconds for a day asleep' 'some' "$((SECONDS - began))"
}

test_death() {
	local status=0 word=c
	# UML has no crash by sysrq; a reset is the same to the host.
	[[ $lab == qemu ]] || word=b
	guest --console "$tmp/console" -- bash -c "echo $word >/proc/sysrq-trigger; sleep 60" >/dev/null 2>"$tmp/err" || status=$?
	expect status 126 "$status"
	grep -q '^lab: the guest died' "$tmp/err" || expect 'its word' 'the guest died' "$(cat "$tmp/err")"
}

# A driver's own reset is no death.
test_reset() {
	local status=0
	guest --console "$tmp/console" -- bash -c \
		'echo "iserspec: sut: cannot be stopped: resetting the lab" >/dev/kmsg; echo b >/proc/sysrq-trigger; sleep 60' \
		>/dev/null 2>"$tmp/err" || status=$?
	expect status 122 "$status"
	expect 'its word' 'lab: the guest was reset on purpose: sut: cannot be stopped' "$(cat "$tmp/err")"
}

test_power_off() {
	local status=0
	guest --console "$tmp/console" -- bash -c 'echo o >/proc/sysrq-trigger; sleep 60' >/dev/null 2>&1 || status=$?
	expect status 126 "$status"
}

# Packets pass between two interfaces, each way through what --link says.
test_link() {
	local status=0 said
	# shellcheck disable=SC2016  # for the guest's shell
	said=$(guest --link 'delay=100ms,loss=2%,reorder=10%' -- bash -c '
		rping -s -a 10.9.0.1 -C 20 >/dev/null 2>&1 & sleep 0.2
		before=${EPOCHREALTIME/./}
		rping -c -a 10.9.0.1 -C 20 >/dev/null 2>&1 || exit
		((${EPOCHREALTIME/./} - before > 2000000)) && echo slow
		tc -s qdisc show dev lab1 | grep -q "Sent [1-9]" && echo passed' 2>&1) || status=$?
	expect status 0 "$status"
	expect 'what the link does' $'slow\npassed' "$said"
	for said in loss=1 delay=5 reorder=10% delay=1ms,delay=2ms sloth=1; do
		status=0
		guest --link "$said" -- true >/dev/null 2>&1 || status=$?
		expect "status of --link $said" 2 "$status"
	done
}

# Two guests and a network between them: commands, data and exit status go across, packets pass and are recorded, and the end of
# the system's guest is the end of both, told as its own.
test_hosts() {
	local status=0
	if [[ $lab != qemu ]]; then
		guest --hosts 2 -- true >/dev/null 2>"$tmp/err" || status=$?
		expect status 2 "$status"
		expect 'its word' 'lab: --hosts 2 wants --lab qemu: guests in virtual time have a clock each' "$(cat "$tmp/err")"
		return
	fi
	# shellcheck disable=SC2016  # for the guests' shells
	guest --hosts 2 --capture "$tmp/capture" -- bash -c '
		printf "there\n" >/tmp/data
		export ISERSPEC_DO_DATA=/tmp/data ISERSPEC_WORD="two words"
		tools/lab/across bash -c '\''cat "$ISERSPEC_DO_DATA"; echo back >"$ISERSPEC_DO_DATA"; echo "$ISERSPEC_WORD" >&2; exit 7'\'' 2>/tmp/err
		echo "$? $(cat /tmp/data /tmp/err)"
		unset ISERSPEC_DO_DATA
		tools/lab/across rping -s -a 10.9.0.1 -C 3 >/dev/null 2>&1 &
		until tools/lab/across rdma resource show cm_id | grep -q LISTEN; do :; done
		rping -c -a 10.9.0.1 -C 3 >/dev/null 2>&1 && echo pinged
		tools/lab/across bash -c "echo c >/proc/sysrq-trigger; sleep 60"; sleep 60' >"$tmp/out" 2>"$tmp/err" || status=$?
	expect status 126 "$status"
	expect 'what is said' $'there\n7 back\ntwo words\npinged' "$(cat "$tmp/out")"
	grep -q '^lab: the system under test: the guest died.*Kernel panic' "$tmp/err" || expect 'its word' 'a panic' "$(cat "$tmp/err")"
	# UDP's port of RoCEv2, 4791.
	LC_ALL=C grep -q -a -P '\x12\xb7' "$tmp/capture" || expect 'the capture' 'RoCEv2 packets' none
}

# A guest that works and never sleeps reaches no deadline of its own; the host's clock ends it.
test_hang() {
	local status=0
	: >"$tmp/progress"
	ISERSPEC_SILENCE_S=4 guest --progress "$tmp/progress" -- bash -c 'while :; do :; done' >/dev/null 2>"$tmp/err" || status=$?
	if [[ $lab == uml ]]; then
		expect status 123 "$status"
		grep -q 'was silent for 4 s' "$tmp/err" || expect 'its word' silent "$(cat "$tmp/err")"
	fi
}

test_timeout() {
	local status=0
	tools/lab/run --lab "$lab" --timeout 3 -- bash -c 'while :; do :; done' >/dev/null 2>"$tmp/err" || status=$?
	expect status 124 "$status"
}

test_interrupt() {
	local pid sid status=0 line
	coproc run { exec tools/lab/run --lab "$lab" --pidfile "$tmp/pid" -- bash -c 'echo begun; sleep 1; while :; do :; done' 2>/dev/null; }
	# shellcheck disable=SC2154  # coproc has set it
	pid=$run_PID
	read -r -t 60 -u "${run[0]}" line
	expect 'its first line' begun "${line:-}"
	sid=$(cat "$tmp/pid")
	kill -TERM "$pid"
	wait "$pid" || status=$?
	expect status 143 "$status"
	nothing_left "$sid"
}

# What the host cannot keep, the guest's program is told; the guest goes on.
test_full_disk() {
	((EUID == 0)) || return 0
	mkdir "$tmp/small"
	mount -t tmpfs -o size=66M,mode=777 none "$tmp/small" 2>/dev/null || return 0
	expect 'a full disk' 'No space left on device' "$(guest --share "$tmp/small" -- bash -c "dd if=/dev/zero of=$tmp/small/file bs=1M count=80 conv=fsync" 2>&1 |
		grep -o 'No space left on device')"
	umount "$tmp/small"
}

test_two_at_once() {
	guest -- echo one >"$tmp/one" 2>&1 &
	guest -- echo two >"$tmp/two" 2>&1
	wait "$!"
	expect 'the first' one "$(cat "$tmp/one")"
	expect 'the second' two "$(cat "$tmp/two")"
}

# A folder for memory that is too small or lets nothing be executed is passed over; where none is left, one line says so.
test_memory_dir() {
	[[ $lab == uml ]] || return 0
	local status=0
	ISERSPEC_MEMORY_DIR=/proc guest -- true >/dev/null 2>"$tmp/err" || status=$?
	expect status 2 "$status"
	expect lines 1 "$(wc -l <"$tmp/err")"
	((EUID == 0)) || return 0
	mkdir "$tmp/noexec"
	mount -t tmpfs -o noexec,mode=1777 none "$tmp/noexec" 2>/dev/null || return 0
	expect 'beside a noexec place' good "$(ISERSPEC_MEMORY_DIR="$tmp/noexec /tmp" guest -- echo good 2>&1)"
	umount "$tmp/noexec"
}

# No root, no home, no KVM, no device.
test_nobody() {
	((EUID == 0)) && [[ $lab == uml ]] || return 0
	local dir=$tmp/nobody cache
	mkdir -p "$dir/tools"
	cp -r tools/lab "$dir/tools/"
	cache=$(readlink -f "$(bash -c '. tools/lab/lib.sh; cache_dir')/uml/6.1-plain")
	mkdir -p "$dir/cache"
	cp -r "$(dirname "$cache")" "$dir/cache/" 2>/dev/null
	chown -R nobody "$dir"
	chmod 711 "$tmp"
	# shellcheck disable=SC2016  # the guest's
	expect "nobody's guest" 'rxe0 root' "$(cd "$dir" && setpriv --reuid nobody --regid nogroup --clear-groups \
		env -i PATH="$PATH" ISERSPEC_CACHE="$dir/cache" tools/lab/run --lab uml --timeout 60 -- bash -c 'echo $(ls /sys/class/infiniband) $(id -un)' 2>&1)"
}

# What fabric.h promises, on both transports (make build/lab_contract).
test_contract() {
	local fabric
	[[ $lab == uml && -x build/lab_contract ]] || return 0
	for fabric in rxe siw; do
		guest --fabric "$fabric" -- build/lab_contract >"$tmp/out" 2>&1 ||
			expect "the contract over $fabric" kept "$(grep FAILED "$tmp/out" || cat "$tmp/out")"
	done
}

# suite FAULT CASES [OPTION...]: all of tools/conformance with harness/tests/fake-driver, whose driver or machine has that fault;
# sets `status`; its output is in $tmp/out.
suite() {
	local fault=$1 wanted=$2 name
	shift 2
	mkdir -p "$tmp/drivers" "$tmp/cases/target/fake"
	cp harness/tests/fake-driver "$tmp/drivers/fake"
	cp -r cases/rules "$tmp/cases/"
	for name in one two; do
		printf 'title A case of the test\nsut target\nrules I7145-5.1-3\ngrade MUST\nlogin\nexpect alive within 1s rules I7145-5.1-3\n' \
			>"$tmp/cases/target/fake/$name.iser"
	done
	# shellcheck disable=SC2016  # the cases' own words
	printf 'title No case for the plain one\nsut target\nrules I7145-5.1-3\ngrade MUST\nlogin\nneeds $sut.RDMAExtensions == No "of a variant"\nexpect alive within 1s rules I7145-5.1-3\n' \
		>"$tmp/cases/target/fake/own.iser"
	rm -rf "$tmp/reports"
	status=0
	ISERSPEC_FAKE=$fault ISERSPEC_DRIVERS=$tmp/drivers ISERSPEC_CASES=$tmp/cases tools/conformance --no-setup --lab "$lab" --sut fake \
		--reports "$tmp/reports" --cases "$wanted" "$@" >"$tmp/out" 2>&1 || status=$?
}

verdicts() {
	jq -r '[.cases[] | .verdict] | join(" ")' "$tmp/reports/latest-fake/report.json"
}

told() {
	grep -q -- "$1" "$tmp/out" || expect "what is told" "$1" "$(tail -n 20 "$tmp/out")"
}

not_told() {
	! grep -q -- "$1" "$tmp/out" || expect "what is not told" '' "$(grep -- "$1" "$tmp/out")"
}

test_driver_starts_late() {
	suite busy target/fake/one
	expect status 0 "$status"
	expect verdicts pass "$(verdicts)"
	told 'did not start: tried once more'
	told '1 guest)'
}

test_driver_never_starts() {
	suite never target/fake/one
	expect status 75 "$status"
	told 'a tool is missing'
	told 'fake did not come back: given up after 2 guests'
	told 'remains: fake: there is no report'
}

# The system died, and neither a restart nor a second one helps: a new guest does, and the run goes on.
test_sut_lost() {
	suite lost 'target/fake/one target/fake/two'
	expect status 1 "$status"
	expect verdicts 'crash pass' "$(verdicts)"
	told 'its guest was reset on purpose, fake: does not start again'
	told '2 guests)'
	not_told 'guest died'
}

# Lost to the driver, and found out in the end.
test_driver_in_trouble() {
	suite trouble 'target/fake/one target/fake/two'
	expect status 0 "$status"
	expect verdicts 'pass pass' "$(verdicts)"
	told 'inconclusive, run once more in a fresh guest: target/fake/one'
	not_told 'remains:'
}

test_driver_stays_in_trouble() {
	suite always target/fake/one
	expect status 4 "$status"
	expect verdicts inconclusive "$(verdicts)"
	told '^remains: fake: target/fake/one inconclusive: driver: the watch command: fake: no idea how it is'
	not_told '\.\.\. crash'
}

test_guest_ends_silently() {
	suite silent-death 'target/fake/one target/fake/two'
	expect status 0 "$status"
	expect verdicts 'pass pass' "$(verdicts)"
	told 'its guest ended without a word in target/fake/one, which is run once more'
}

test_guest_panics() {
	suite panic 'target/fake/one target/fake/two'
	expect status 1 "$status"
	expect verdicts 'crash pass' "$(verdicts)"
	expect 'why' 'the machine running the SUT died while this case ran: BUG: a test; Kernel panic - not syncing: a test (console-1.log)' \
		"$(jq -r '.cases[0].reason' "$tmp/reports/latest-fake/report.json")"
}

# Behind the plain system its variant runs what did not apply, and nothing else.
test_variants() {
	suite none 'target/fake/one target/fake/own' --variants
	expect verdicts 'pass not-applicable' "$(verdicts)"
	expect "the variant's cases" target/fake/own "$(jq -r '.cases[].id' "$tmp/reports/latest-fake-Tone-Low/report.json")"
	told '^fake, Tone=Low '
	suite none target/fake/one --sut fake:Tone=High
	expect status 2 "$status"
	told "there is no variant 'Tone=High'; there are: Tone=Low"
	suite none target/fake/one --sut fake:Tone=Low
	expect status 0 "$status"
	expect 'its report' pass "$(jq -r '.cases[0].verdict' "$tmp/reports/latest-fake-Tone-Low/report.json")"
}

# Parts are one run, the same one however many go on at a time.
test_parts() {
	[[ $lab == uml ]] || return 0
	local report=$tmp/reports/latest-fake
	suite none target/fake --parts 2 --jobs 2
	expect status 0 "$status"
	expect verdicts 'pass not-applicable pass' "$(verdicts)"
	expect 'its preflight' pass "$(jq -r .preflight.verdict "$report/report.json")"
	told '3 guests)'
	told '^fake 1/2 | \[2/2 .*target/fake/two'
	told '^fake 2/2 | \[1/1 .*target/fake/own'
	expect 'what is left' 'console-1-1.log console-1.log console-2-1.log journal.jsonl junit.xml lab.json logs report.html report.json report.tap sut sut-1 sut-2' \
		"$(cd "$report" && echo *)"
	expect 'judged again' 'the same' "$(build/iserspec audit --judge "$report" | tail -n 1 | grep -o 'the same')"
	cp -r "$report/" "$tmp/at-once"
	suite none target/fake --parts 2 --jobs 1
	for report in "$tmp/at-once" "$tmp/reports/latest-fake"; do
		jq -S 'del(.host)' "$report/report.json" >"$report/no-host"
	done
	expect 'one at a time' '' "$(cd "$report" && diff -r logs "$tmp/at-once/logs" && diff journal.jsonl "$tmp/at-once/" && diff no-host "$tmp/at-once/")"
}

# A stranger has a certificate's run done again, and the same bytes come out; not so of a run that none has left.
test_rerun() {
	[[ $lab == uml ]] || return 0
	local log=$tmp/reports/latest-fake/logs/target.fake.one.jsonl digest name logs
	local -x ISERSPEC_FAKE=none ISERSPEC_DRIVERS=$tmp/drivers ISERSPEC_CASES=$tmp/cases
	openssl genpkey -algorithm ed25519 -out "$tmp/key" 2>/dev/null
	openssl pkey -in "$tmp/key" -pubout -out "$tmp/public"
	suite none 'target/fake/one target/fake/own' --parts 2
	for name in true forged; do
		build/iserspec certify --key "$tmp/key" --output "$tmp/$name.tar" "$tmp/reports/latest-fake" >"$tmp/out" 2>&1 ||
			expect 'a certificate' some "$(cat "$tmp/out")"
		# A completion that nobody judges, a nanosecond later, and the log closed anew.
		perl -pi -e 's/"time":\K\d+/$& + 1/e if /"kind":"done"/ && !$first++' "$log"
		digest=$(sed '$d' "$log" | sha256sum | cut -c 1-64)
		sed -i "\$s/\"text\":\"[0-9a-f]*\"/\"text\":\"$digest\"/" "$log"
	done
	for name in true forged; do
		status=0
		build/iserspec verify --rerun --public-key "$tmp/public" "$tmp/$name.tar" >"$tmp/out" 2>&1 || status=$?
		[[ $name == forged ]] && logs='2 of 3' || logs='3 of 3'
		expect "status of the $name one" "$([[ $name == forged ]] && echo 1 || echo 0)" "$status"
		told "^rerun: $logs logs the same"
	done
	told '^differs: logs/target.fake.one.jsonl, event '
}

# Each part has guests of its own, which may die.
test_parts_that_panic() {
	[[ $lab == uml ]] || return 0
	suite panic target/fake --parts 2
	expect status 1 "$status"
	expect verdicts 'crash crash pass' "$(verdicts)"
	told '5 guests)'
	expect 'why' '(console-2-1.log)' "$(jq -r '.cases[1].reason' "$tmp/reports/latest-fake/report.json" | grep -o '(.*)')"
}

# Where the set-up is wrong, one part has said so for all.
test_parts_set_up() {
	[[ $lab == uml ]] || return 0
	suite none target/fake --parts 3 --jobs 1 -- --profile none-such
	expect status 2 "$status"
	told '^fake 1/3 | iserspec: --profile: there is no none-such'
	not_told '^fake 2/3'
	suite none target/fake --parts none
	expect status 2 "$status"
	told '--parts none is not a number from 1 to 99'
	suite none target/fake --parts 2 --lab qemu
	expect status 2 "$status"
	told '--parts is for --lab uml and softverbs'
}

# A kernel of `dpkg -x`: modules without the index that the package makes as it is installed.
test_modules_without_index() {
	local image=$tmp/bzImage out
	# What the lab reads of an image: its magic, and where the release stands in it.
	{
		head -c 514 /dev/zero
		printf 'HdrS'
		head -c 8 /dev/zero
		printf '\0\1'
		head -c 240 /dev/zero
		printf '9.9.9-test (us)\0'
		head -c 4096 /dev/zero
	} >"$image"
	mkdir -p "$tmp/unpacked/lib/modules/9.9.9-test/kernel" "$tmp/into" "$tmp/other/lib/modules/8.8.8"
	: >"$tmp/unpacked/lib/modules/9.9.9-test/modules.order"
	out=$(tools/lab/kernel --into "$tmp/into" "$image" "$tmp/unpacked" 2>&1)
	expect "what it says" "lab/kernel: $tmp/unpacked/lib/modules/9.9.9-test has no modules.dep: making one" "${out%%$'\n'*}"
	[[ -e $tmp/into/lib/modules/9.9.9-test/modules.dep ]] || expect 'an index' some none
	[[ ! -e $tmp/unpacked/lib/modules/9.9.9-test/modules.dep ]] || expect "the package's own folder" untouched written
	out=$(tools/lab/kernel --into "$tmp/into" "$image" "$tmp/other" 2>&1)
	expect "another kernel's modules" "lab/kernel: $tmp/other has no lib/modules/9.9.9-test, which $image needs; it has: ./lib/modules/8.8.8 " "$out"
}

test_wrong_usage() {
	local words status
	for words in '--lab vbox' '--fabric tcp' '--kernel 99.9' '--lab qemu --fabric siw' '--lab qemu --clock inf-cpu' '--lab uml --smp 2' '--seed x'; do
		status=0
		# shellcheck disable=SC2086  # words
		tools/lab/run $words -- true >/dev/null 2>"$tmp/err" || status=$?
		expect "status of $words" 2 "$status"
		expect "lines about $words" 1 "$(grep -c . "$tmp/err")"
	done
}

tests=("$@")
((${#tests[@]})) || mapfile -t tests < <(declare -F | sed -n 's/^declare -f test_//p')
for name in "${tests[@]}"; do
	wrong=0
	"test_$name"
	if ((wrong)); then
		failed=$((failed + 1))
		echo "lab.sh: $name: FAILED"
	else
		passed=$((passed + 1))
		echo "lab.sh: $name: ok"
	fi
done
echo "$passed passed, $failed failed"
((failed == 0))
