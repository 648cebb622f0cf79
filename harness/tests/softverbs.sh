#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# softverbs: the fabric's contract, programs of others between processes, ends that nobody says, and two real systems. No
# device, no root. From the top of the tree, with `make softverbs softverbs-san tools build/unit`; O is the build folder.
set -uo pipefail

source harness/tests/is.bash

readonly build=${O:-build} plain=${O:-build}/softverbs san=${O:-build}/softverbs-san
sanitizer=$(gcc -print-file-name=libasan.so)
readonly sanitizer
# Nobody else's ports.
export SOFTVERBS_SPACE=test-$$

with() { # with LIBRARY COMMAND...
	local library=$1
	shift
	if [[ $library == "$san" ]]; then
		LD_PRELOAD=$sanitizer LD_LIBRARY_PATH=$library "$@"
	else
		LD_LIBRARY_PATH=$library "$@"
	fi
}

# ---- names ----

# What programs are bound to when they start.
names() { # names LIBRARY NODE
	nm -D --defined-only --with-symbol-versions "$1" | sed -n "s/.* [TtiWD] \(.*\)@@\($2_[A-Z0-9_.]*\)$/\1 \2/p" | sort
}
for pair in libibverbs:IBVERBS librdmacm:RDMACM; do
	real=$(gcc -print-file-name="${pair%:*}.so")
	is "$pair has names" yes "$([[ -n $(names "$real" "${pair#*:}") ]] && echo yes)"
	is "names of $pair that are missing" '' "$(comm -23 <(names "$real" "${pair#*:}") <(names "$plain/${pair%:*}.so.1" "${pair#*:}"))"
done

# ---- the contract ----

for library in "$plain" "$san"; do
	for program in lab_contract lab_verbs; do
		with "$library" "$build/$program" 127.0.0.1 ::1 >"$work/out" 2>&1
		is "$program on $library" '0 failed' "$(tail -n 1 "$work/out" | grep -o '[0-9]* failed')"
		grep -E 'FAILED|ERROR|runtime error' "$work/out"
	done
done

# The same by Check, a process a check; the tests have the sanitizers in them.
LD_LIBRARY_PATH=$san ISERSPEC_DEVICE_ADDRESS=::1 "$build/unit" contract >"$work/out" 2>&1
is "the contract by Check" "0 failed" "$(tail -n 1 "$work/out" | grep -o '0 failed')"
is "its checks" yes "$(awk '/^unit:/ && $2 >= 60 { print "yes" }' "$work/out")"
grep -E ':[EF]:' "$work/out"

# ---- programs of others ----

mkfifo "$work/nap"
nap() {
	read -r -t 0.05 <>"$work/nap" || true
}

# listening PORT: in softverbs, or by TCP, as perftest and ibv_rc_pingpong exchange their numbers.
listening() {
	# A name is taken before its owner listens: flags, SO_ACCEPTCON; or st, TCP_LISTEN.
	awk -v name="/$SOFTVERBS_SPACE/port/$1/" -v port="$(printf ':%04X$' "$1")" '
		FILENAME ~ /unix/ ? $4 == "00010000" && $8 ~ /^@softverbs/ && index($8, name) : $4 == "0A" && $2 ~ port { found = 1 }
		END { exit !found }' /proc/net/unix /proc/net/tcp /proc/net/tcp6
}

until_listening() { # until_listening PORT: not for ever
	local tries
	for ((tries = 0; tries < 400; tries++)); do
		! listening "$1" || break
		nap
	done
}

# both LIBRARY PORT SERVER CLIENT: prints the status of both.
both() {
	local library=$1 server client
	# shellcheck disable=SC2086  # split into words
	with "$library" timeout 60 $3 >"$work/server" 2>&1 &
	server=$!
	until_listening "$2"
	# shellcheck disable=SC2086
	with "$library" timeout 60 $4 >"$work/client" 2>&1
	client=$?
	wait "$server"
	echo "$? $client"
}

# pair NAME LIBRARY PORT SERVER CLIENT: both end well; else what they said is shown.
pair() {
	local status
	status=$(both "$2" "$3" "$4" "$5")
	is "$1" '0 0' "$status"
	[[ $status == '0 0' ]] || tail -n 30 "$work/server" "$work/client"
}

for library in "$plain" "$san"; do
	# Not its status, and each line at once: its thread for events goes on while its main one closes their channel, and
	# then both end the process.
	for address in 127.0.0.1 ::1; do
		both "$library" 7174 "stdbuf -oL rping -s -a $address -C 20 -v -V" "stdbuf -oL rping -c -a $address -C 20 -v -V" >"$work/status"
		is "pings over $address on $library" '20 20' "$(grep -c '^ping data' "$work/client") $(grep -c '^server ping data' "$work/server")"
	done
	pair "ibv_rc_pingpong on $library" "$library" 18515 'ibv_rc_pingpong -n 200 -e -c' 'ibv_rc_pingpong -n 200 -e -c 127.0.0.1'
done
# perftest: not with -R: it then connects twice, and does not wait for who listens the second time. With -F, or who is
# interrupted while it measures its processor's clock has no bandwidth to report, and fails for that.
pair "ib_write_bw" "$plain" 18600 'ib_write_bw -F -n 200 -p 18600' 'ib_write_bw -F -n 200 -p 18600 127.0.0.1'
pair "ib_read_bw" "$plain" 18602 'ib_read_bw -F -n 200 -p 18602' 'ib_read_bw -F -n 200 -p 18602 127.0.0.1'
pair "ib_send_lat" "$plain" 18601 'ib_send_lat -F -n 200 -p 18601' 'ib_send_lat -F -n 200 -p 18601 127.0.0.1'
pair "eight queue pairs that fill their queues" "$plain" 18603 'ib_send_bw -F -q 8 -n 200 -p 18603' 'ib_send_bw -F -q 8 -n 200 -p 18603 127.0.0.1'
pair "rdma_client" "$plain" 7471 'rdma_server -s 127.0.0.1 -p 7471' 'rdma_client -s 127.0.0.1 -p 7471'
is "ibv_devinfo" softverbs0 "$(with "$plain" ibv_devinfo | awk '/hca_id/ { print $2 }')"
is "what is left out says so" 1 "$(
	with "$plain" timeout 10 ibv_ud_pingpong >/dev/null 2>&1
	echo $?
)"

# ---- ends that nobody says ----

# One that is killed leaves the peer a disconnection, as its kernel would. Others have other spaces, and their listeners.
mkfifo "$work/pings"
LD_LIBRARY_PATH=$plain rping -s -a 127.0.0.1 -v >"$work/pings" 2>&1 &
server=$!
exec {pings}<"$work/pings"
until_listening 7174
SOFTVERBS_SPACE=other-$$ with "$plain" timeout 30 rping -c -a 127.0.0.1 -C 1 >"$work/client" 2>&1
is "another space" yes "$(grep -q REJECTED "$work/client" && echo yes)"
with "$plain" timeout 60 rping -c -a 127.0.0.1 >"$work/client" 2>&1 &
client=$!
# A ping is under way, so the connection stands.
read -r -t 30 -u "$pings" _
disown "$server"
kill -KILL "$server"
wait "$client"
is "the peer of who was killed" yes "$(grep -q DISCONNECT "$work/client" && echo yes)"
exec {pings}<&-

# ---- a target that is changed ----

# Whatever ends a case, its target is put back: here its process is killed, by our Ctrl-C.
mkdir -p "$work/cases/target/deeds" "$work/cases/rules"
cp cases/rules/* "$work/cases/rules/"
cat >"$work/cases/target/deeds/long.iser" <<'end'
title    A target is changed for longer than anybody waits
sut      target
rules    I7145-3.3-1
grade    MUST
purpose  What was changed is put back.
deadline 300s

login
sut lun-remove lun=0
wait 200s
end
cat >"$work/do" <<'end'
echo "$ISERSPEC_DO" >>"${0%/*}/done"
end
LD_LIBRARY_PATH=$plain "$build/iserspec" model target --listen 127.0.0.1:3290 >"$work/model" 2>&1 &
model=$!
until_listening 3290
LD_LIBRARY_PATH=$plain "$build/iserspec" run --target "iser://127.0.0.1:3290/iqn.2026-01.net.iserspec:target/0" --cases "$work/cases" \
	--do "sh $work/do" target/deeds/long >"$work/run" 2>&1 &
run=$!
for ((tries = 0; tries < 1200; tries++)); do
	! grep -q lun-remove "$work/done" 2>/dev/null || break
	nap
done
kill -INT "$run"
wait "$run"
is "who is interrupted" 130 $?
is "what was told to the target" 'lun-remove lun=0 restore' "$(xargs <"$work/done")"
kill "$model"
wait "$model"

# ---- real systems ----

unset SOFTVERBS_SPACE
tools/conformance --no-setup --lab softverbs --sut tgt,libiscsi --baselines reports/baselines --reports "$work/reports" --no-variants \
	--cases 'target/session/honest target/nop/echo-0 target/buffers/window-only initiator/session/honest initiator/nop/echoes-ttt' \
	>"$work/conformance" 2>&1
is "a run on tgt and libiscsi" 0 $?
for sut in tgt libiscsi; do
	is "verdicts of $sut" pass "$(jq -r '[.cases[].verdict] | unique | join(" ")' "$work/reports/latest-$sut-softverbs/report.json")"
	is "lab of $sut" 'softverbs real' "$(jq -r '.lab | .fabric + " " + .clock' "$work/reports/latest-$sut-softverbs/report.json")"
done
grep -E '(conformance|iserspec): ' "$work/conformance"
# The parts' logs prove the whole's verdicts.
is "judged again" 0 "$(
	tools/judge "$work"/reports/latest-* >/dev/null 2>&1
	echo $?
)"

# QEMU's block driver, and the library's own tools.
mkdir "$work/state"
tgt() {
	SOFTVERBS_SPACE=disk-$$ ISERSPEC_LAB=softverbs ISERSPEC_STATE=$work/state ISERSPEC_SUT_ADDRESS=127.0.0.1 ISERSPEC_SUT_TCP=127.9.9.9 \
		ISERSPEC_SUT_INITIATORS='iqn.2008-11.org.linux-kvm iqn.2026-01.net.iserspec:initiator' with "$plain" "$@"
}
tgt tools/sut/tgt start || echo "tgt does not start"
url=$(tools/sut/tgt url)
url=${url/10.9.0.1/127.0.0.1}
tgt timeout 60 qemu-io -f raw -c 'write -P 0x5a 0 64k' -c 'read -P 0x5a 0 64k' -c 'write -P 0x11 4096 512' -c 'read -P 0x11 4096 512' "$url" >"$work/qemu" 2>&1
is "QEMU's iSER" 0 $?
is "its reads and writes" 4 "$(grep -cE '^(wrote|read) ' "$work/qemu")"
is "iscsi-inq" DIRECT_ACCESS "$(tgt timeout 60 iscsi-inq -i iqn.2026-01.net.iserspec:initiator "$url" 2>/dev/null | sed -n 's/^Peripheral Device Type://p')"
tgt tools/sut/tgt stop

echo "$passed passed, $failed failed"
((failed == 0))
