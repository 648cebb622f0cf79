#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What other programs read of a report, as strangers read it: JSON by python3-jsonschema and reports/schema, TAP by
# Perl's parser, JUnit by libxml2; and all three say the same.
#
# usage: harness/tests/reports.sh PROGRAM     from the top of the tree
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=harness/tests/is.bash
. harness/tests/is.bash
program=$(realpath "${1:?usage: reports.sh PROGRAM}") || exit 2

# report NAME STATUS OPTION...: a run of a model, which ends so.
report() {
	local name=$1 status=$2
	shift 2
	"$program" run --report "$work/$name" --quiet "$@" >"$work/out" 2>&1
	is "$name: exit status" "$status" $?
	folders+=("$work/$name")
}

# What a reader of each makes of it: points that are red, known, skipped, and all.
of_json() {
	jq -r --argjson strict "$(jq .strict "$1/report.json")" '[(.preflight // empty), .cases[], .monitors[]] |
		map(.known = (.baseline.state == "known") | .bad = (.verdict | IN("fail", "crash", "inconclusive") or (. == "warn" and $strict))) |
		[(map(select(.bad and (.known | not))) | length), (map(select(.verdict == "not-applicable")) | length), length] | join(" ")' "$1/report.json"
}
of_junit() {
	xmllint --xpath 'concat(//testsuite/@failures + //testsuite/@errors, " ", //testsuite/@skipped, " ", //testsuite/@tests)' "$1/junit.xml" | xargs
}
of_tap() {
	perl -MTAP::Parser -e 'my $p = TAP::Parser->new({source => $ARGV[0]}); $p->run;
		my %skipped = map { $_ => 1 } $p->skipped;
		print join(" ", scalar($p->failed), scalar(keys %skipped), $p->tests_run), "\n";
		print "$_\n" for $p->parse_errors' "$1/report.tap"
}

folders=()
report honest 0 --model target --seed 3 target/session target/buffers/census-at-login target/nop/echo-sizes
report strict 1 --model target --strict --knob stat-sn-stuck --knob nop-echo-missing target/nop target/session
report warned 3 --model initiator --strict --profile linux --knob late-receives initiator/buffers/burst-two-pings
report initiator 0 --model initiator --knob late-receives --timeout-scale 2 --log-limit 4KiB initiator/buffers
report refused 2 --model target --option login-status=0x0201 target/session
report crash 1 --model target --watch 'echo "BUG: <&>]]"; exit 1' --sut-name $'\e[31m"<&]]>\xff' target/session
report inconclusive 4 --model target --watch 'exit 75' --repeat 2 target/session/honest
report inconclusive 0 --model target --resume --again --repeat 2 target/session/honest
report shard 0 --model target --shard 2/3 --initiator-name iqn.2026-01.x:a --target-name iqn.2026-01.x:b target/session
# A baseline of what is known, and of what has become better.
jq -r '.cases[], .monitors[] | select(.verdict == "fail") | .id + " fail 2026-01-01 known # and \"so\" on"' "$work/strict/report.json" >"$work/baseline"
echo 'target/session/honest fail 2026-01-01 once' >>"$work/baseline"
awk '!seen[$1]++' "$work/baseline" >"$work/baseline.once"
report known 1 --model target --baseline "$work/baseline.once" --knob stat-sn-stuck --knob nop-echo-missing target/nop target/session
# A family with points, measurements, and what one log tells of the network.
printf '{"lab": {"name": "mine", "clock": "real", "room": 7}, "host": {"door": "open"}}' >"$work/lab.json"
report lab 0 --model target --lab "$work/lab.json" target/nop/echo-sizes

for folder in "${folders[@]}" "$PWD/harness/tests/golden"; do
	name=${folder##*/}
	[[ $name != golden ]] || { cp -r "$folder" "$work/golden"; folder=$work/golden; }
	is "$name: JUnit says what JSON says" "$(of_json "$folder")" "$(of_junit "$folder")"
	# The plan of a run that is not complete is longer than the run.
	if [[ $(jq .complete "$folder/report.json") == true ]]; then
		is "$name: TAP says what JSON says" "$(of_json "$folder")" "$(of_tap "$folder")"
	else
		is "$name: TAP says what JSON says, and that points are missing" "$(of_json "$folder") Bad plan." "$(of_tap "$folder" | tr '\n' ' ' | sed 's/Bad plan\..*/Bad plan./')"
	fi
done
is 'junit.xml fits its schema' '' "$(xmllint --noout --schema harness/tests/junit.xsd "$work"/*/junit.xml 2>&1 | grep -v ' validates$')"
is 'JSON fits the schemas' '0 wrong' "$(harness/tests/schema.py "${folders[@]}" harness/tests/golden/report.json | tee "$work/log" | sed -n 's/^schema: [1-9][0-9]* looked at, //p')"
sed 's/^/    /' "$work/log" | grep -v '  schema: '

# prove, as a user calls it: what is red fails, what is known and what does not apply does not.
prove -Q --exec cat "$work/honest/report.tap" >"$work/log" 2>&1
is 'prove: an honest one' 0 $?
prove -Q --exec cat "$work/strict/report.tap" >"$work/log" 2>&1
is 'prove: a liar' 1 $?
prove -Q --exec "$program run --tap --model target" target/session/honest >"$work/log" 2>&1
is 'prove: iserspec itself' 0 $?
"$program" run --tap --model target target/session/honest >"$work/out" 2>"$work/err"
is '--tap: nothing else on stdout' '' "$(grep -vE '^(ok|not ok) [0-9]+ - |^TAP version 13$|^1\.\.[0-9]+$|^# |^  ' "$work/out")"
is '--tap: what is for people' yes "$(grep -q '1 of 1 cases' "$work/err" && echo yes)"

# The schemas themselves: what is wrong is found, what is new is for readers to bear.
wrong() { # wrong NAME FILE
	harness/tests/schema.py "$2" >"$work/log" 2>&1
	is "$1" 1 $?
}
jq '.cases[0].findings[0].extra = 1' "$work/strict/report.json" >"$work/more.json"
wrong 'a member that the schema does not name' "$work/more.json"
harness/tests/schema.py --loose "$work/more.json" >"$work/log"
is 'a member more, for a reader' 0 $?
for change in 'del(.summary.crash)' '.cases[0].verdict = "good"' '.rules[0].id = 7' '.schema = 2' '.provenance.options.seed = "1"' '.cases[0].findings[0].events = [0]'; do
	jq "$change" "$work/strict/report.json" >"$work/changed.json"
	wrong "report.json: $change" "$work/changed.json"
done
mkdir "$work/changed"
for change in '.boat = .boot' 'del(.boot)' '.start = 1'; do
	grep -m 1 '^{"start"' "$work/strict/journal.jsonl" | jq -c "$change" >"$work/changed/journal.jsonl"
	wrong "journal.jsonl: $change" "$work/changed/journal.jsonl"
done
for change in '.kind = "talk"' 'del(.name)' '.bytes = "abc"' '.new = 1' '.key = 7'; do
	head -n 1 "$work/strict/logs/target.session.honest.jsonl" | jq -c "$change" >"$work/changed/log.jsonl"
	wrong "a log: $change" "$work/changed/log.jsonl"
done

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
