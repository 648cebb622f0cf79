#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the program says and how it exits when something is wrong, and what it leaves behind.
#
# usage: harness/tests/cli.sh [BUILD]     from the top of the tree; BUILD holds iserspec and iserspec-san
# shellcheck disable=SC2016  # $ is of the cases' language
set -u
unset COLUMNS NO_COLOR

build=${1:-build}
fast=$(realpath "$build/iserspec") || exit 2
san=$(realpath "$build/iserspec-san") || exit 2
work=$(mktemp -d) || exit 2
passed=0 failed=0 mounted='' background=''

finish() {
	[[ -z $background ]] || kill -KILL "$background" 2>/dev/null
	[[ -z $mounted ]] || umount "$mounted"
	rm -rf "$work"
}
trap finish EXIT

ok() { # ok NAME STATUS-OF-THE-CHECK
	if (($2 == 0)); then
		((++passed))
	else
		((++failed))
		echo "failed: $1"
		sed 's/^/    /' "$work/out" "$work/err" | head -20
	fi
}

# run NAME STATUS COMMAND...: the exit status is as said; output in $work/out and $work/err.
run() {
	local name=$1 want=$2 status
	shift 2
	timeout 120 "$@" >"$work/out" 2>"$work/err"
	status=$?
	((status == want)) || echo "$name: exit status $status, not $want"
	ok "$name" $((status != want))
}

# wrong NAME STATUS TEXT COMMAND...: exit status, exactly one line on stderr that holds TEXT, nothing of a sanitizer.
wrong() {
	local name=$1 want=$2 text=$3
	shift 3
	run "$name" "$want" "$@"
	[[ $(wc -l <"$work/err") == 1 ]] && grep -qF -- "$text" "$work/err"
	ok "$name: one line with '$text'" $?
}

said() { # said NAME TEXT: on stdout
	grep -qF -- "$2" "$work/out"
	ok "$1: says '$2'" $?
}

# ---- a folder of cases of our own ----
export ISERSPEC_CASES=$work/cases
mkdir -p "$ISERSPEC_CASES"/target/{good,wrong} "$ISERSPEC_CASES/initiator/good"
cp -r cases/rules "$ISERSPEC_CASES/rules"

new_case() { # new_case PATH ROLE: head of a case, the rest from stdin
	{
		printf 'title A case of the test\nsut %s\nrules I7145-5.1-3\ngrade MUST\n' "$2"
		cat
	} >"$ISERSPEC_CASES/$1.iser"
}
new_case target/good/one target <<<'login
expect alive within 1s'
new_case target/good/three target <<<'login
check defined $sut.RDMAExtensions'
new_case target/good/two target <<<'login
check defined $sut.RDMAExtensions'
new_case target/good/read target <<<'login
scsi read lba=0 blocks=1
scsi read lba=0 blocks=1 rules I7145-5.1-3'
new_case initiator/good/one initiator <<<'login
expect alive within 1s'

# ---- usage ----
run "help" 0 "$san" --help
said "help" "usage: iserspec"
for command in list show run prove mutants audit matrix diff certify verify model explore fuzz log replay pcap; do
	run "$command --help" 0 "$san" $command --help
	said "$command --help" "usage: iserspec $command"
	wrong "$command: unknown option" 2 "option '--bogus'" "$san" $command --bogus=s3cr3t
	! grep -q s3cr3t "$work/err"
	ok "$command: an option's value is not quoted" $?
done
run "help --options" 0 "$san" help --options run
said "help --options" "--allow-writes[=]"
said "help --options" "--report="
! grep -q usage "$work/out"
ok "help --options: no words" $?
wrong "help for nobody" 2 "help takes --commands, or --options COMMAND" "$san" help --words
wrong "help: which command" 2 "help takes --commands, or --options COMMAND" "$san" help --options
wrong "help: no command" 2 "there is no command 'walk'" "$san" help --options walk
run "version" 0 "$san" --version
said "version" "iserspec "
wrong "unknown command" 2 "there is no command 'walk'" "$san" walk
wrong "no SUT" 2 "what is to be tested?" "$san" run
wrong "two SUTs" 2 "exclude each other" "$san" run --model target --model initiator
wrong "wrong role" 2 "neither target nor initiator" "$san" run --model router
wrong "initiator without login" 2 "needs --login" "$san" run --initiator 10.9.0.1
wrong "by hand, and by a command" 2 "--login, --manual and --reconnects exclude each other" "$san" run --initiator 10.9.0.1 --manual --login true
wrong "by hand, a target" 2 "belong to --initiator" "$san" run --target iser://h/iqn.x --manual
wrong "a wait without a unit" 2 "--login-wait: '90' is not a time" "$san" run --initiator 10.9.0.1 --manual --login-wait 90
wrong "a wait for nobody" 2 "--login-wait belongs to --manual and --reconnects" "$san" run --initiator 10.9.0.1 --login true --login-wait 90s
wrong "wrong address" 2 "--initiator 10.9.0: the host is no IPv4 address" "$san" run --initiator 10.9.0 --login true
wrong "wrong URL" 2 "does not begin with iser://" "$san" run --target http://h/iqn.x
wrong "wrong URL with a secret" 2 "wrong target URL" "$san" run --target 'iser://joe%s3cr3t@/iqn.x'
! grep -q s3cr3t "$work/err"
ok "a URL's secret is not quoted" $?
wrong "wrong URL with a secret behind a colon" 2 "wrong target URL" "$san" run --target 'iser://joe:s3cr3t@h:x/iqn.x'
! grep -q s3cr3t "$work/err"
ok "a URL's secret behind a colon is not quoted" $?
wrong "unknown knob" 2 "unknown knob 'lie'" "$san" run --model target --knob lie
wrong "unknown option of the model" 2 "lie" "$san" run --model target --option lie=1
wrong "a model of no role" 2 "say \`target\` or \`initiator\` first" "$san" model
wrong "a model without an address" 2 "needs --listen" "$san" model target
wrong "a model's address of the other role" 2 "--listen belongs to target" "$san" model initiator --listen 10.9.0.1
wrong "a model with a knob of the other role" 2 "one of the other role" "$san" model target --knob late-receives
wrong "a model's workload" 2 "there is no 'play'" "$san" model initiator --connect 10.9.0.1 --workload play
wrong "an order that is none" 2 "is no order" "$san" run --model target --order login
wrong "wrong bound" 2 "--bound" "$san" explore --bound 0
wrong "wrong shard" 2 "--shard" "$san" run --model target --shard 4/3
wrong "wrong repeat" 2 "--repeat: '0'" "$san" run --model target --repeat 0
wrong "wrong scale" 2 "--timeout-scale: 'nan'" "$san" run --model target --timeout-scale nan
wrong "no lab file" 2 "cannot read $work/none" "$san" run --model target --lab "$work/none"
echo '{"lab": {}, "host": {' >"$work/lab.json"
wrong "a lab that is no JSON" 2 "$work/lab.json:2:0: " "$san" run --model target --lab "$work/lab.json"
printf '{"host": {},\n "lab": "uml"}' >"$work/lab.json"
wrong "a lab that is no object" 2 "$work/lab.json:2:9: lab is no object" "$san" run --model target --lab "$work/lab.json"
wrong "resume without a report" 2 "--resume needs --report" "$san" run --model target --resume
wrong "secret without a user" 2 "--chap-user" env ISERSPEC_CHAP_SECRET=abcdefghijkl "$san" run --model target
wrong "no secret file" 2 "cannot read $work/none" "$san" run --model target --chap-secret-file "$work/none"

# ---- patterns ----
for command in list show prove mutants "run --model target"; do
	# shellcheck disable=SC2086
	wrong "$command: no match" 2 "no case matches 'nothing'" "$san" $command nothing
done
wrong "no match of a tag" 2 "no case matches 'tag:none'" "$san" list tag:none
wrong "only the other role" 2 "none of the cases chosen tests a target" "$san" run --model target initiator
wrong "no folder of cases" 2 "$work/none" "$san" list --cases "$work/none"
run "list" 0 "$san" list target/good
[[ $(wc -l <"$work/out") == 4 ]]
ok "list: a line a case" $?
run "list --json" 0 "$san" list --json target/good/one
said "list --json" '"sut": "target"'
for what in rules knobs options monitors fields tags; do
	run "list --$what" 0 "$san" list --$what
	run "list --$what --json" 0 "$san" list --$what --json
done
# The ledger joined to cases, monitors and knobs: here most rules are checked by nothing.
for file in "$ISERSPEC_CASES"/rules/*.tsv; do
	cut -f1-10 "$file" | sed '1s/$/\treason/' >"$work/rows" && mv "$work/rows" "$file"
done
printf 'I7143-X-1\t7143\tX\tMUST\ttarget\tof the test\twire\tnone\tnone\t1\n' >>"$ISERSPEC_CASES/rules/rfc7143.tsv"
# Of a rule that binds both roles each side is looked at by itself.
printf 'title A side\nsut target\nrules I7143-6.3-10\ngrade MUST\n\nlogin rules I7143-6.3-10\n' >"$ISERSPEC_CASES/target/good/side.iser"
sed -i '/^I7143-6.2-6\t/s/$/\tinitiator: why/; /^I7143-4.4.3-1\t/s/$/\ttarget: why/' "$ISERSPEC_CASES/rules/rfc7143.tsv"
run "list --rules --check" 1 "$fast" list --rules --check
said "list --rules --check" "I7143-X-1 is checked by no case and no monitor, and no reason says why"
! grep -qE '^I7145-5.1-3 |^I7143-4.2.2.2-1 ' "$work/out"
ok "list --rules --check: not what a case or a monitor checks" $?
said "a side that nothing checks" "I7143-6.3-10 binds both roles, nothing checks the initiator and no reason says why"
said "a side that no knob breaks" "I7145-8.2-4 binds both roles, no knob of the initiator breaks it and no reason says why"
said "a reason for a side that is checked" "I7143-6.2-6 has a reason why nothing checks the initiator, but a knob of it does"
said "the sides are counted" "of both roles 120, "
rm "$ISERSPEC_CASES/target/good/side.iser"
said "a checked rule that no knob breaks" "I7145-6.3-5 is checked, no knob breaks it and no reason says why"
sed -i '1s/$/\tno_knob/; /^I7145-5.1-3\t/s/$/\twhy/; /^I7145-9.4-3\t/s/$/\t\twhy/; /^I7145-6.3-5\t/s/$/\t\twhy/' "$ISERSPEC_CASES/rules/rfc7145.tsv"
sed -i '/^I7143-4.2.2.2-1\t/d; /^I7143-X-1\t/s/$/\twhy/' "$ISERSPEC_CASES/rules/rfc7143.tsv"
run "a ledger that does not fit" 1 "$fast" list --rules --check
said "priority 1 with a reason only" "I7143-X-1 is of priority 1 and can be seen: a reason does not do"
said "a reason where a case checks" "I7145-5.1-3 has a reason why nothing checks it, but the case"
said "a reason against a knob where there is one" "I7145-9.4-3 has a reason why no knob breaks it, but hello-reply-max-version does"
! grep -q '^I7145-6.3-5 is checked' "$work/out"
ok "a reason why no knob breaks a rule" $?
said "a monitor cites a rule that is not there" "monitor stat-sn cites I7143-4.2.2.2-1, which is not in the ledger"
said "a knob cites a rule that is not there" "knob login-stat-sn-fixed cites I7143-4.2.2.2-1, which is not in the ledger"
echo '{"t01": {"words": "a burst"}, "t02": {"words": "a crumb", "reason": "nobody bakes"}}' >"$ISERSPEC_CASES/scenarios.json"
run "list --tags --check" 1 "$fast" list --tags --check
said "list --tags --check: no case, no reason" "and nothing says why"
said "list --tags: the reason" "no case: nobody bakes"
echo '{"t01": ' >"$ISERSPEC_CASES/scenarios.json"
wrong "list --tags: scenarios that are no JSON" 2 "scenarios.json:2:0: " "$san" list --tags
rm "$ISERSPEC_CASES/scenarios.json"
wrong "--check alone" 2 "--check belongs to --rules" "$san" list --check
rm -r "$ISERSPEC_CASES/rules"
cp -r cases/rules "$ISERSPEC_CASES/rules"
run "show" 0 "$san" show target/good/one
said "show" "expect alive within 1s"
run "show a rule" 0 "$san" show I7145-5.1-3 target/good/one I7143-11.19-2
said "show a rule: its section and level" "RFC 7145, section 5.1. MUST; binds both."
said "show a rule: its cases" "  target/good/one  A case of the test"
said "show a rule: its monitors" "  echo  ping data comes back"
said "show a rule: its knobs" "  nop-echo-longer  "
said "show a rule: a case beside it" "expect alive within 1s"
wrong "show a rule that is none" 2 "there is no rule 'I7145-0-0'" "$san" show I7145-0-0
run "fields" 0 "$san" list --fields nop-in
said "fields" "TTT                       32 bits at byte 48"
wrong "fields of no message" 2 "there is no message type 'nop'" "$san" list --fields nop
run "tags" 0 "$san" list --tags --cases cases target/nop
said "tags" "nop "

# ---- wrong scripts ----
printf 'title x\nsut target\nrules I7145-5.1-3\ngrade MUST\n\nlogin\nsend nop-out Bogus=1\n' >"$ISERSPEC_CASES/target/wrong/field.iser"
wrong "an error on line 7 column 14" 2 "target/wrong/field.iser:7:14: " "$san" list target/wrong/field
printf 'title x\nsut target\nrules I7145-5.1-3\ngrade MUST\n\nlogin\nexpect     bogus within 1s\n' >"$ISERSPEC_CASES/target/wrong/type.iser"
wrong "an error on line 7 column 12" 2 "target/wrong/type.iser:7:12: " "$san" run --model target target/wrong/type
printf 'title x\nsut target\nrules I7145-0-0\ngrade MUST\nlogin\n' >"$ISERSPEC_CASES/target/wrong/rule.iser"
wrong "an unknown rule" 2 "target/wrong/rule.iser:3:7: " "$san" list target/wrong/rule
printf 'title x\nsut target\nrules I7145-5.1-3\ngrade MUST\nlogin NoSuchKey=1\n' >"$ISERSPEC_CASES/target/wrong/key.iser"
wrong "an unknown key" 2 "target/wrong/key.iser:5:7: " "$san" list target/wrong/key
run "wrong scripts among all" 2 "$san" list
said "wrong scripts among all: the others are listed" "target/good/one"
[[ $(grep -c 'target/wrong/.*\.iser:[0-9]*:[0-9]*: ' "$work/err") == 4 ]]
ok "wrong scripts among all: each is told" $?
run "a wrong script that is not meant" 0 "$san" list good
run "a wrong script among those to be run" 2 "$san" run --model target target/good target/wrong/field
said "a wrong script among those to be run" "4 of 4 cases"
grep -q "1 of the cases chosen could not be read and were not run" "$work/err"
ok "a wrong script among those to be run: told at the end" $?
run "a wrong script beside one that is shown" 2 "$san" show target/good/one target/wrong/key
said "a wrong script beside one that is shown" "expect alive within 1s"
printf 'title x\nsut target\nrules I7145-5.1-3\ngrad MUST\nlogin until nowhere\nwait 5\nlogin\n' >"$ISERSPEC_CASES/target/wrong/many.iser"
run "all that is wrong with a script" 2 "$san" list target/wrong/many
[[ $(wc -l <"$work/err") == 3 ]] && grep -q 'many.iser:4:1: unknown statement grad; did you mean grade?' "$work/err" &&
	grep -q 'many.iser:6:6: time expected' "$work/err"
ok "all that is wrong with a script: three lines" $?
rm -r "$ISERSPEC_CASES/target/wrong"

# ---- devices ----
if compgen -G '/sys/class/infiniband/*' >/dev/null; then
	wrong "an unreachable address" 2 "preflight: " "$fast" run --quiet --timeout-scale 1 --target iser://192.0.2.1/iqn.x good/one target/good/one
else
	wrong "no device" 77 "no RDMA device" "$san" run --target iser://192.0.2.1/iqn.x --report "$work/none" target/good
	[[ ! -e $work/none ]]
	ok "no device: nothing is written" $?
fi

# ---- the session before the first case ----
for status in 0x0201 0x0202 0x0203 0x0206; do
	wrong "a login refused with $status" 2 "preflight: login refused with status $status" \
		"$san" run --model target --option "login-status=$status" --report "$work/refused" target/good
done
jq -e '.preflight.setup and (.cases | length) == 0' "$work/refused/report.json" >/dev/null &&
	grep -q 'testcase classname="" name="preflight"' "$work/refused/junit.xml" && [[ -s $work/refused/logs/preflight.jsonl ]]
ok "a login refused: the report is there and says why" $?
run "a target that cannot serve now" 4 "$san" run --model target --option login-status=0x0301 target/good/one
said "a target that cannot serve now" "login refused with status 0x0301, the service is not available now"
run "a fault in the session before" 1 "$san" run --model target --knob nop-echo-missing --quiet target/good/two
said "a fault in the session before" "fail  preflight"
echo 'preflight fail 2026-01-01 echoes nothing' >"$work/preflight-baseline"
run "a known fault in the session before" 0 "$san" run --model target --knob nop-echo-missing --baseline "$work/preflight-baseline" target/good/two
said "a known fault in the session before" "baseline: 1 known, 0 new, 0 worse, 0 better"
wrong "writes where there is no target" 2 "--allow-writes belongs to --target" "$san" run --model target --allow-writes target/good
wrong "writes of what" 2 "is not \`everything\`" "$san" run --target iser://192.0.2.1/iqn.x --allow-writes=all target/good
new_case target/good/far target <<<'login
scsi read lba=7 blocks=2 rules I7145-5.1-3'
run "a small disk" 0 "$san" run --model target --option disk-blocks=8 --report "$work/small" target/good/far
jq -e '.cases[0].verdict == "not-applicable" and (.cases[0].reason | contains("the LUN has 8 blocks"))' "$work/small/report.json" >/dev/null
ok "a small disk: the case does not apply, and says why" $?
rm "$ISERSPEC_CASES/target/good/far.iser"

# ---- a run, its files and its exit status ----
run "a run" 0 "$san" run --model target --report "$work/r" --sut-name $'a\x1b[31m'
said "a run" "4 of 4 cases"
for file in report.json junit.xml report.html journal.jsonl logs/target.good.one.jsonl; do
	[[ -s $work/r/$file ]]
	ok "a run writes $file" $?
done
! grep -q $'\x1b' "$work/r/report.json" "$work/r/report.html" "$work/out"
ok "control bytes are escaped" $?
run "matrix" 0 "$san" matrix --cases "$work/r" "$work/r"
said "matrix" "target/good/three"
run "matrix of differences" 0 "$san" matrix --cases --differences "$work/r" "$work/r"
! grep -q "target/good/three" "$work/out"
ok "matrix of differences: what is the same is not shown" $?
tail -1 "$work/out" | grep -qE '^0 of [0-9]+ differ$'
ok "matrix of differences: nothing differs" $?
wrong "matrix: --differences alone" 2 "--differences belongs to --cases or --rules" "$san" matrix --differences "$work/r"
run "matrix of verdicts" 0 "$san" matrix --cases --verdict crash,inconclusive "$work/r" "$work/r"
! grep -q "^target/good/three" "$work/out"
ok "matrix of verdicts: what has another is not shown" $?
wrong "matrix: --verdict alone" 2 "--verdict belongs to --cases or --rules" "$san" matrix --verdict fail "$work/r"
wrong "matrix: no verdict" 2 "--verdict: 'red' is no verdict" "$san" matrix --cases --verdict red "$work/r"
wrong "matrix: no format" 2 "--format: 'pdf' is not one of text, markdown, json, html" "$san" matrix --format pdf "$work/r"
wrong "diff: no page" 2 "--format: 'html' is not one of text, markdown, json" "$san" diff --format html "$work/r" "$work/r"
run "matrix with a note" 0 "$san" matrix --note "a is <b>" --note second "$work/r"
said "matrix with a note" "a is <b>"
run "matrix as a page" 0 "$san" matrix --format html --note "a is <b>" "$work/r" "$work/r"
said "matrix as a page: the rows" "target/good/three"
said "matrix as a page: a note, no markup" '"notes":["a is \u003cb>"]'
wrong "matrix of nothing" 2 "cannot read $work/none/report.json" "$san" matrix "$work/none"
run "cases left out" 0 "$san" run --model target --exclude '*/t*' --exclude target/good/read --quiet target
said "cases left out" "1 of 1 cases"
wrong "a case left out that is none" 2 "--exclude: no case that was chosen matches 'nothing'" "$san" run --model target --exclude nothing
run "shards" 0 "$san" run --model target --shard 2/3 --quiet
said "shards" "1 of 1 cases"
new_case target/good/zero target <<<'login
check $sut.RDMAExtensions == Maybe'
run "a MUST failed" 1 "$san" run --model target target/good --report "$work/red"
run "fail-fast" 1 "$san" run --model target --fail-fast target/good/zero target/good/one --report "$work/red"
run "a monitor finds a MUST broken, whatever the case says" 1 "$san" run --model target --knob stat-sn-stuck target/good/read --report "$work/seen"
said "a monitor" "target/good/read ... pass"
said "a monitor" "monitors: fail stat-sn"
said "a monitor" "fail  monitor/stat-sn"
grep -q '"text":"monitor stat-sn: ' "$work/seen/logs/target.good.read.jsonl"
ok "a monitor's word is in the log" $?
grep -q '<testcase classname="monitor" name="stat-sn"' "$work/seen/junit.xml"
ok "a monitor is a test case of JUnit" $?
said "a rule in words" "rule      I7143-11.4.9-1, MUST, RFC 7143 11.4.9: "
said "the field that decides" "decides   StatSN is 1 where 2 is due"
said "the request to what was found" "messages  sent, event "
jq -e '.rules[] | select(.id == "I7143-11.4.9-1") | .section == "RFC 7143 11.4.9" and (.summary | length) > 0' \
	"$work/seen/report.json" >"$work/out" 2>"$work/err"
ok "a rule in words: in the report" $?
xmllint --noout --schema harness/tests/junit.xsd harness/tests/golden/junit.xml >"$work/out" 2>"$work/err"
ok "the golden junit.xml, with an outcome of each kind, fits the schema" $?
for report in r red seen; do
	xmllint --noout --schema harness/tests/junit.xsd "$work/$report/junit.xml" >"$work/out" 2>"$work/err"
	ok "junit.xml of $report fits the schema" $?
done
run "diff with itself" 0 "$san" diff "$work/r" "$work/r"
said "diff with itself" "0 worse, 0 unstable, 0 undecided, 0 mended"
run "diff: a monitor's rule is broken that was not" 1 "$san" diff "$work/r" "$work/seen"
said "diff: the monitor" "monitor/stat-sn"
said "diff: the rule" "I7143-11.4.9-1"
run "diff: mended" 0 "$san" diff --format json "$work/seen" "$work/r"
jq -e '[.rows[] | select(.state == "mended") | .id] | contains(["monitor/stat-sn", "I7143-11.4.9-1"])' "$work/out" >/dev/null
ok "diff: what is mended, as JSON" $?
wrong "diff of one" 2 "which two reports? iserspec diff OLD NEW" "$san" diff "$work/r"
wrong "diff: a format that is none" 2 "--format: 'xml' is not one of text, markdown, json" "$san" diff --format xml "$work/r" "$work/r"
openssl genpkey -algorithm ed25519 -out "$work/key" && openssl pkey -in "$work/key" -pubout -out "$work/key.pub"
printf 'system Acme\nhas chap\n' >"$work/claims"
new_case target/good/chap target <<<'login
needs defined $chap.initiator "no CHAP is set up"
expect alive within 1s'
echo 'target/good/chap warn 2026-03-01 known' >"$work/claimed-known"
run "a run to be certified" 0 "$san" run --model target --report "$work/claimed" --quiet --baseline "$work/claimed-known" target/good/one target/good/chap
run "certify" 0 "$san" certify --key "$work/key" --claims "$work/claims" --output "$work/x.tar" "$work/claimed" "$work/claimed"
said "certify: the claim" "CLAIMED, AND NOT THERE"
said "certify: the result" "Result        DEVIATES: 1 claims are not kept; 4 cases of the suite were not run"
run "verify" 0 "$san" verify --public-key "$work/key.pub" "$work/x.tar"
said "verify" "verified"
run "verify: its page" 0 "$san" verify --public-key "$work/key.pub" --page "$work/page.html" "$work/x.tar"
grep -q '^<!doctype html>' "$work/page.html"
ok "verify: its page is one" $?
run "verify without a key" 4 "$san" verify "$work/x.tar"
tar xf "$work/x.tar" -C "$work" && (cd "$work/iserspec-certificate" && sha256sum --quiet -c manifest &&
	openssl pkeyutl -verify -pubin -inkey "$work/key.pub" -rawin -in manifest -sigfile manifest.sig >/dev/null)
ok "a certificate is checked by tar, sha256sum and openssl alone" $?
of_model=(--model target --quiet target/good/one target/good/read)
run "certify makes the runs" 0 "$san" certify --key "$work/key" --output "$work/z.tar" --runs 2 -- "${of_model[@]}"
said "certify: the second run" "run 2 of 2: $work/z.tar.runs/2"
run "verify what it made" 0 "$san" verify --public-key "$work/key.pub" "$work/z.tar"
# As if it had been interrupted behind the last case but one.
head -n -2 "$work/z.tar.runs/2/journal.jsonl" >"$work/journal" && mv "$work/journal" "$work/z.tar.runs/2/journal.jsonl" && rm "$work/z.tar.runs/2/report.json"
run "certify goes on" 0 "$san" certify --key "$work/key" --output "$work/z.tar" --runs 2 -- "${of_model[@]}"
said "certify goes on: the first run" "run 1 of 2 is whole"
said "certify goes on: the second run" "cases that were done before"
run "verify what went on" 0 "$san" verify --public-key "$work/key.pub" "$work/z.tar"
wrong "certify: other words" 2 "z.tar.runs/1: a run of another command line" "$san" certify --key "$work/key" --output "$work/z.tar" --runs 2 -- "${of_model[@]}" --knob nop-echo-truncated
wrong "certify: a folder of ours" 2 "--report is certify's own choice" "$san" certify --key "$work/key" --output "$work/z.tar" --runs 2 -- "${of_model[@]}" --report x
wrong "certify: runs of nothing" 2 "runs of what?" "$san" certify --key "$work/key" --output "$work/z.tar" --runs 2
wrong "certify: a wrong option of run" 2 "'--wings' is unknown" "$san" certify --key "$work/key" --output "$work/z.tar" --runs 2 -- --wings
wrong "certify: a key that is none, before anything is run" 2 "not an Ed25519 private key" "$san" certify --key "$work/key.pub" --output "$work/w.tar" --runs 2 -- "${of_model[@]}"
[[ ! -e $work/w.tar.runs ]]
ok "certify: nothing was run" $?
sed -i 30d "$work/seen/logs/target.good.read.jsonl"
run "certify what does not hold" 1 "$san" certify --key "$work/key" --output "$work/y.tar" "$work/seen"
[[ ! -e $work/y.tar ]]
ok "certify what does not hold: no archive" $?
printf 'has wings\n' >"$work/claims"
wrong "certify: a claim that is none" 2 "claims:1: there is no option 'wings'" "$san" certify --key "$work/key" --claims "$work/claims" --output "$work/y.tar" "$work/r"
wrong "certify without a key" 2 "whose certificate is it? --key FILE" "$san" certify --output "$work/y.tar" "$work/r"
wrong "certify by what is no key" 2 "not an Ed25519 private key" "$san" certify --key "$work/key.pub" --output "$work/y.tar" "$work/r"
wrong "certify two systems" 2 "report 2 is of" "$san" certify --key "$work/key" --output "$work/y.tar" "$work/r" "$work/red"
wrong "verify what is no archive" 2 "report.json" "$san" verify "$work/r/report.json"
rm "$ISERSPEC_CASES/target/good/chap.iser"
run "matrix as JSON" 0 "$san" matrix --rules --format json "$work/r" "$work/seen"
jq -e '.rows[] | select(.id == "I7143-11.4.9-1") | .differs and .verdicts[1] == "fail"' "$work/out" >/dev/null
ok "matrix as JSON: a rule" $?
run "matrix of monitors" 0 "$san" matrix --cases "$work/seen"
said "matrix of monitors" "monitor/stat-sn"
run "fail-fast at a monitor" 1 "$san" run --model target --fail-fast --knob stat-sn-stuck target/good/read target/good/two
said "fail-fast at a monitor" "1 of 2 cases"
run "repeat" 0 "$san" run --model target --repeat 3 target/good/one --report "$work/repeat"
[[ -s $work/repeat/logs/target.good.one.3.jsonl ]]
ok "repeat: a log each" $?

# ---- the page of a report ----
run "html --help" 0 "$san" html --help
said "html --help" "usage: iserspec html"
cp "$work/red/report.html" "$work/page"
run "the page of a report" 0 "$san" html "$work/red"
said "the page of a report" "page in $work/red/report.html"
cmp "$work/page" "$work/red/report.html" >"$work/out" 2>"$work/err"
ok "the page is the one that the run wrote" $?
run "the page, elsewhere" 0 "$san" html --output "$work/page" "$work/red"
grep -q '"id":"target/good/zero".*"verdict":"fail"' "$work/page" && grep -q '<script type="text/plain" id="log-0">' "$work/page"
ok "the page has the cases and their logs" $?
echo 'target/good/zero fail 2026-01-01 <b>known</b>' >"$work/base"
run "the page beside a baseline" 0 "$san" html --baseline "$work/base" --output "$work/page" "$work/red"
grep -q '"baseline":{"state":"known","reason":"2026-01-01 \\u003cb>known' "$work/page"
ok "the page has what the baseline says" $?
wrong "a page of nothing" 2 "cannot read $work/none/report.json" "$san" html "$work/none"
wrong "a page of no report" 2 "which report?" "$san" html
wrong "a page of two reports" 2 "one report at a time" "$san" html "$work/red" "$work/seen"
wrong "a page that cannot be written" 2 "$work/none/page" "$san" html --output "$work/none/page" "$work/red"
wrong "a page, an option that is none" 2 "--loud" "$san" html --loud "$work/red"
echo 'target/good/gone fail 2026-01-01 known' >"$work/base"
wrong "a page, a baseline of other cases" 2 "$work/base:1: there is no case target/good/gone" "$san" html --baseline "$work/base" "$work/red"

# ---- baselines ----
echo 'target/good/zero fail 2026-01-01 known' >"$work/base"
run "a known failure is not red" 0 "$san" run --model target --baseline "$work/base" target/good
said "a known failure is not red" ", known"
echo 'target/good/one fail 2026-01-01 known' >"$work/base"
run "an unexpected pass" 0 "$san" run --model target --baseline "$work/base" target/good/one
said "an unexpected pass" "better than the baseline"
echo 'target/good/zero warn 2026-01-01 milder' >"$work/base"
run "worse than the baseline" 1 "$san" run --model target --baseline "$work/base" target/good --report "$work/known"
said "worse than the baseline" "    worse than the baseline: 2026-01-01 milder"
said "worse than the baseline: counted" "baseline: 0 known, 0 new, 1 worse, 0 better"
echo 'target/good/one fail 2026-01-01 known' >"$work/base"
run "new to the baseline" 1 "$san" run --model target --baseline "$work/base" target/good --report "$work/known"
said "new to the baseline" "target/good/zero ... fail (0.0 s), new"
grep -q 'name="baseline_new" value="1"' "$work/known/junit.xml" && grep -q '"state": "new"' "$work/known/report.json"
ok "new to the baseline: in the reports" $?
xmllint --noout --schema harness/tests/junit.xsd "$work/known/junit.xml" >"$work/out" 2>"$work/err"
ok "junit.xml beside a baseline fits the schema" $?
echo 'target/good/gone fail 2026-01-01 known' >"$work/base"
wrong "an entry for nothing" 2 "$work/base:1: there is no case target/good/gone" "$san" run --model target --baseline "$work/base"
rm "$ISERSPEC_CASES/target/good/zero.iser"
echo 'monitor/stat-sn fail 2026-01-01 known' >"$work/base"
run "a monitor's known failure is not red" 0 "$san" run --model target --baseline "$work/base" --knob stat-sn-stuck target/good
said "a monitor's known failure is not red" "baseline: 2026-01-01 known"
run "a monitor is better than the baseline" 0 "$san" run --model target --baseline "$work/base"
said "a monitor is better than the baseline" "no longer so, remove it from the baseline"
run "a part of the cases is no proof of it" 0 "$san" run --model target --baseline "$work/base" target/good/read
! grep -q 'no longer so' "$work/out"
ok "a part of the cases is no proof of it" $?
# A narrower entry knows one rule of a monitor, or some cases; what else the monitor finds is new.
against() { # against NAME STATUS TEXT ENTRY...
	local name=$1 want=$2 text=$3
	shift 3
	printf '%s fail 2026-01-01 known\n' "$@" >"$work/base"
	run "$name" "$want" "$san" run --model target --baseline "$work/base" --knob stat-sn-stuck --knob login-stat-sn-fixed --report "$work/known"
	said "$name" "$text"
}
stuck=monitor/stat-sn/I7143-11.4.9-1 fixed=monitor/stat-sn/I7143-4.2.2.2-1
against "each rule is known" 0 'baseline: 1 known, 0 new, 0 worse, 0 better' $stuck $fixed
against "a rule of a monitor is new" 1 '    new: the baseline does not know it: fail I7143-4.2.2.2-1 in target/good/one, and ' $stuck
grep -q '"verdict": "fail"' <(jq '.monitors[] | select(.id == "monitor/stat-sn").baseline' "$work/known/report.json")
ok "a rule of a monitor is new: in the report" $?
against "a case of a rule is new" 1 '    new: the baseline does not know it: fail I7143-4.2.2.2-1 in target/good/one' $stuck $fixed@target/good/two
against "all cases of a rule are known" 0 'baseline: 1 known, 0 new, 0 worse, 0 better' $stuck $fixed@target/good
against "a rule that is kept" 0 'no longer so: monitor/stat-sn/I7143-11.19.2-1' $stuck $fixed monitor/stat-sn/I7143-11.19.2-1
printf '%s\n' "$fixed fail 2026-01-01 known" "$stuck warn 2026-01-01 milder" >"$work/base"
run "a rule is broken worse" 1 "$san" run --model target --baseline "$work/base" --knob stat-sn-stuck --knob login-stat-sn-fixed
said "a rule is broken worse" '    worse than the baseline: 2026-01-01 milder; now fail I7143-11.4.9-1 in target/good/read'
run "fail-fast at what is new" 1 "$san" run --model target --fail-fast --baseline "$work/base" --knob stat-sn-stuck --knob login-stat-sn-fixed
said "fail-fast at what is new" "2 of 4 cases"
echo "monitor/stat-sn/I7145-5.1-3 fail 2026-01-01 known" >"$work/base"
wrong "an entry for a rule of another monitor" 2 "$work/base:1: the monitor stat-sn does not judge I7145-5.1-3" \
	"$san" run --model target --baseline "$work/base"
echo "monitor/stat-sn@target/gone fail 2026-01-01 known" >"$work/base"
wrong "an entry for no case" 2 "$work/base:1: there is no case target/gone" "$san" run --model target --baseline "$work/base"
echo 'monitor/gone fail 2026-01-01 known' >"$work/base"
wrong "an entry for no monitor" 2 "$work/base:1: there is no monitor gone" "$san" run --model target --baseline "$work/base"

# ---- what is not proved ----
new_case target/good/never target <<<'login
needs $sut.RDMAExtensions == No "it does not apply"
expect alive within 1s rules I7145-5.1-3'
run "a report" 0 "$san" run --model target --report "$work/proof" target/good/one target/good/never
run "what is not proved" 0 "$san" list --unproved "$work/proof"
grep -A1 '^target/good/never ' "$work/out" | grep -qx '    reason   it does not apply'
ok "a case without a judgement, and why" $?
grep -A1 '^target/good/two ' "$work/out" | grep -qx '    in none of these reports'
ok "a case that was not run" $?
! grep -q '^target/good/one \|^I7145-5.1-3 \|^initiator/' "$work/out"
ok "neither what was judged nor the other role" $?
run "the same as JSON" 0 "$san" list --unproved --json "$work/proof" "$work/proof"
[[ $(jq -c '[.cases[] | select(.id == "target/good/never") | .reasons[]], ([.rules[] | select(.observable == "")] | length)' "$work/out" | tr '\n' ' ') == '["it does not apply"] 0 ' ]]
ok "the same as JSON: each reason once, and how a rule can be seen" $?
run "what was stimulated" 0 "$san" list --stimulus "$work/proof"
said "a row a monitor and rule" "echo                  I7143-"
wrong "no report whose stimulus" 2 "--stimulus: which reports?" "$san" list --stimulus
wrong "no report to look at" 2 "--unproved: which reports?" "$san" list --unproved
wrong "no such report" 2 "cannot read $work/none/report.json" "$san" list --unproved "$work/none"
rm "$ISERSPEC_CASES/target/good/never.iser"

# ---- watch and restart ----
run "the SUT died" 1 "$san" run --model target --watch 'echo BUG; echo more; exit 1' target/good/one
said "the SUT died" "the SUT died: BUG;more"
run "a watch that cannot tell" 4 "$san" run --model target --watch 'exit 3' target/good/one
run "a restart that fails" 75 "$san" run --model target --watch 'exit 1' --restart 'echo no; exit 1' target/good
said "a restart that fails" "1 of 4 cases"
# A command that could not do its own part.
run "a watch command in trouble" 4 "$san" run --model target --watch 'echo no tool; exit 75' --restart "echo restarted >>$work/restarts" target/good/one
said "a watch command in trouble" "driver: the watch command: no tool"
[[ $(wc -l <"$work/restarts") == 1 ]]
ok "behind a driver's trouble the SUT is restarted" $?
rm "$work/restarts"
run "restarted behind some cases" 0 "$san" run --model target --restart "echo restarted >>$work/restarts" --restart-behind 'target/good/t*' target/good
[[ $(wc -l <"$work/restarts") == 1 ]]
ok "restarted behind some cases, but not behind the last" $?
wrong "nothing to restart by" 2 "--restart-behind needs --restart CMD" "$san" run --model target --restart-behind target/good
run "a restart command in trouble" 75 "$san" run --model target --watch 'exit 1' --restart 'echo no daemon; exit 75' target/good
grep -qx 'iserspec: driver: the restart command: no daemon' "$work/err"
ok "a restart command in trouble says so" $?
# What was inconclusive is run once more, by each resumption behind that.
run "inconclusive for now" 4 "$san" run --model target --watch 'exit 75' --report "$work/again" target/good/one target/good/two
run "taken over as it is" 4 "$san" run --model target --report "$work/again" --resume target/good/one target/good/two
wrong "--again without --resume" 2 "--again and --died belong to --resume" "$san" run --model target --again
run "run once more" 0 "$san" run --model target --report "$work/again" --resume --again target/good/one target/good/two
said "run once more" "2 of 2 cases"
[[ $(grep -c '^{"end"' "$work/again/journal.jsonl") == 4 ]]
ok "each of them was run twice" $?
[[ $(grep -c '^{"preflight"' "$work/again/journal.jsonl") == 2 ]]
ok "what is run once more has an honest session before it" $?
sed -i '/^{"again"/q' "$work/again/journal.jsonl"
run "the journal tells a later resumption" 0 "$san" run --model target --report "$work/again" --resume target/good/one target/good/two
jq .preflight "$work/again/report.json" >"$work/preflight"
run "all of it taken over" 0 "$san" run --model target --report "$work/again" --resume target/good/one target/good/two
jq .preflight "$work/again/report.json" | cmp - "$work/preflight" && grep -q '"verdict": "pass"' "$work/preflight"
ok "the preflight is in the report still" $?
# As tools/conformance makes it of the journals of several parts.
sed -i '/^{"run"/d' "$work/again/journal.jsonl"
run "a journal that was joined" 0 "$san" run --model target --report "$work/again" --resume target/good/one target/good/two
said "a journal that was joined" "2 cases were done before"
echo up >"$work/state"
sleep 1000 &
background=$!
echo "$background" >"$work/daemon.pid"
run "what is watched is well" 0 "$san" run --model target --watch-line "$work/state:up" --watch-pid "$work/daemon.pid" target/good
kill -KILL "$background"
wait "$background" 2>/dev/null
background=''
echo "its last word" >"$work/daemon.log"
run "a daemon died" 1 "$san" run --model target --watch-pid "$work/daemon.pid:$work/daemon.log" target/good/one
said "a daemon died" "the SUT died: daemon died: its last word"
echo down >"$work/state"
run "a line that changed" 1 "$san" run --model target --watch-line "$work/state:up" target/good/one
said "a line that changed" "the SUT died: $work/state is no longer up: "
run "no thread of such a name" 0 "$san" run --model target --watch-thread no-such-thread:wait_for_it target/good/one
run "no thread hangs, the restart hears of none" 1 "$san" run --model target --watch 'exit 1' \
	--restart "echo \"hung=\${ISERSPEC_HUNG:-}\" >$work/hung" target/good/one
grep -qx hung= "$work/hung"
ok "no thread hangs, the restart hears of none" $?
wrong "a thread without its function" 2 "is not REGEX:FUNCTION" "$san" run --model target --watch-thread x
wrong "a file without its line" 2 "is not FILE:LINE" "$san" run --model target --watch-line x
wrong "a name that is no pattern" 2 "is no regular expression" "$san" run --model target --watch-thread 'a(b:c'
wrong "known lines of a log that nobody reads" 2 "belong to --watch-kernel" "$san" run --model target --watch-known x
if [[ -r /dev/kmsg ]]; then
	run "the kernel is well" 0 "$san" run --model target --watch-kernel target/good/one
fi

# ---- where it runs ----
run "a lab of its own" 0 "$san" run --model target --report "$work/place" target/good/one
# report LINE: such a line is in the report; the blanks at its begin say how deep.
report() {
	grep -qE -- "^$1\$" "$work/place/report.json"
	ok "the report has: $1" $?
}
report '  "lab": \{'
report '    "name": "simulator",'
report '    "clock": "virtual",'
report '  "seed": 1,'
report '  "host": \{'
report '    "started": "20..-..-..T..:..:..Z",'
report '    "seconds": [0-9.e-]+'
cat >"$work/lab.json" <<-'END'
	{"lab": {"name": "uml", "clock": "inf-cpu", "fabric": "rxe", "boot": 3, "kernel": {"release": "6.12.9"}},
	 "host": {"started": "2026-01-02T03:04:05Z", "processors": 2, "command": "with open-sesame-1001"}}
END
run "a lab that is told" 0 env ISERSPEC_CHAP_SECRET=open-sesame-1001 "$san" run --model target --chap-user ali \
	--lab "$work/lab.json" --report "$work/place" target/good/one
head -1 "$work/out" | grep -qF 'over simulator, seed 1, lab uml (inf-cpu): 1 cases'
ok "a lab that is told: in the first line" $?
report '      "release": "6.12.9"'
report '    "started": "2026-01-02T03:04:05Z",'
report '    "command": "with \*{16}",'
head -1 "$work/place/journal.jsonl" | grep -qF '"boot":"boot 3 of the lab"'
ok "a lab that is told: its count of boots is the journal's" $?

# ---- the same again ----
# What the host has to say stands in the last member of report.json, and of the page's data, and nowhere else.
for i in 1 2; do
	run "the same again, $i" 0 "$fast" run --model target --seed 7 --timeout-scale 1 --report "$work/same-$i"
	sed -i '/^  "host": {/,$d' "$work/same-$i/report.json"
	sed -i 's/,"host":{.*//' "$work/same-$i/report.html"
done
diff -r "$work/same-1" "$work/same-2" >"$work/out" 2>"$work/err"
ok "the same again has the same bytes" $?

# ---- resume ----
journal=$work/r/journal.jsonl
run "a run without its summary" 0 "$san" run --model target --no-summary target/good
said "a run without its summary" "[1/4 "
! grep -q -e ' of 4 cases' -e '^4 pass' "$work/out"
ok "nothing is said at its end" $?
run "a run to be resumed" 0 "$san" run --model target --report "$work/r"
sed -i '$d' "$journal" # the end of the last case
run "resumed on the same boot" 0 "$san" run --model target --report "$work/r" --resume
said "resumed on the same boot" "3 cases were done before"
sed -i '$d; s/"boot":"[^"]*"/"boot":"another"/' "$journal"
run "resumed after the machine died" 1 "$san" run --model target --report "$work/r" --resume
said "resumed after the machine died" "the machine running the SUT died while this case ran"
# Where random numbers come again, the kernel's boot id is the same in each boot, and the lab's own count tells.
boots() {
	echo "{\"lab\": {\"name\": \"uml\", \"clock\": \"inf-cpu\", \"boot\": $1}}" >"$work/lab.json"
}
boots 1
run "a first boot" 0 "$san" run --model target --lab "$work/lab.json" --report "$work/r"
sed -i '$d' "$journal"
cp "$journal" "$work/journal"
run "resumed in the first boot" 0 "$san" run --model target --lab "$work/lab.json" --report "$work/r" --resume
cp "$work/journal" "$journal"
boots 2
run "resumed in the second boot" 1 "$san" run --model target --lab "$work/lab.json" --report "$work/r" --resume \
	--died 'BUG: at isert (console-1.log)'
said "resumed in the second boot" "the machine running the SUT died while this case ran: BUG: at isert (console-1.log)"

# Another run's journal is no beginning of this one.
run "a run that another one cannot go on with" 0 "$san" run --model target --report "$work/r"
cp "$journal" "$work/journal"
wrong "resumed with another seed" 2 "options.seed: 1 there, 5 here" "$san" run --model target --report "$work/r" --resume --seed 5
wrong "resumed with a knob" 2 "options.knobs: not given there" "$san" run --model target --report "$work/r" --resume --knob stat-sn-stuck
wrong "resumed with other cases" 2 "cases.count: 4 there, 1 here" "$san" run --model target --report "$work/r" --resume target/good/one
wrong "resumed with another role" 2 'sut.role: "target" there, "initiator" here' "$san" run --model initiator --report "$work/r" --resume
echo '# a comment' >>"$ISERSPEC_CASES/target/good/one.iser"
wrong "resumed with a case that was changed" 2 "cases.sha256: " "$san" run --model target --report "$work/r" --resume
sed -i '$d' "$ISERSPEC_CASES/target/good/one.iser"
cmp "$journal" "$work/journal" >"$work/out" 2>"$work/err"
ok "a journal that is refused stays as it is" $?

# ---- whose folder it is ----
wrong "no name of a folder" 2 "the folder's name is empty" "$san" run --model target --report ''
wrong "an option for a folder" 2 "looks like an option" "$san" run --model target --report --resume
mkdir "$work/mine"
echo '{"mine": 1}' >"$work/mine/report.json"
wrong "a file of others" 2 "report.json is not of iserspec" "$san" run --model target --report "$work/mine"
grep -q mine "$work/mine/report.json"
ok "a file of others stays" $?
rm "$work/mine/report.json"
mkdir -p "$work/mine/logs"
echo 1 | tee "$work/mine/logs/mine.jsonl" >"$work/mine/notes"
for again in first second; do
	run "among files of others, the $again time" 0 "$san" run --model target --report "$work/mine" target/good/one
done
[[ -e $work/mine/logs/mine.jsonl && -e $work/mine/notes && ! -e $work/mine/lock ]]
ok "what others have there stays" $?
exec {lock}<>"$work/mine/lock"
echo "iserspec 4711" >&"$lock"
flock --exclusive "$lock"
wrong "two runs in a folder" 2 "$work/mine is in use: process 4711" "$san" run --model target --report "$work/mine"
exec {lock}>&-

# ---- what a run is of, and the bound on its logs ----
run "provenance" 1 env ISERSPEC_CHAP_SECRET=open-sesame-1001 "$san" run --model target --chap-user ali --seed 3 \
	--knob stat-sn-stuck --sut-name "with open-sesame-1001" --report "$work/prov" target/good/read
said "provenance: the command" "iserspec run --model target --chap-user ali --seed 3 --knob stat-sn-stuck"
said "provenance: the options" '"seed":3,"knobs":["stat-sn-stuck"]'
jq -e '.schema == 1 and (.provenance | .cases.count == 1 and (.cases.sha256 | length) == 64 and (.ledger.sha256 | length) == 64
	and (.commit | length) > 0 and .options.seed == 3 and .device == "simulator, seed 3") and (.host.argv | length) > 0' \
	"$work/prov/report.json" >"$work/out" 2>"$work/err"
ok "provenance: in the report" $?
grep -q 'name="cases_sha256" value="[0-9a-f]\{64\}"' "$work/prov/junit.xml"
ok "provenance: in junit.xml" $?
! grep -q open-sesame "$work"/prov/*.*
ok "provenance: no secret" $?
run "a log that is cut" 0 "$san" run --model target --log-limit 2KiB --report "$work/cut" target/good/read
said "a log that is cut" "logs that were cut at their limit"
(($(stat -c %s "$work/cut/logs/target.good.read.jsonl") < 2500)) && grep -q '"log_cut": true' "$work/cut/report.json"
ok "a log that is cut: it is short, and the report says so" $?
run "a log that is cut can be read" 0 "$san" audit "$work/cut/logs/target.good.read.jsonl"
for size in 5 abc 0KiB 5kb; do
	wrong "a limit of $size" 2 "--log-limit: '$size' is not a size" "$san" run --model target --log-limit $size
done

# ---- Ctrl-C ----
# A long time for us, a short one for the model: it pings a million times a virtual second.
new_case target/good/walk target <<<'model nop-interval=1us unexpected-delay=1us
deadline 3000s
login
wait 2000s'
"$fast" run --model target --report "$work/stopped" >"$work/out" 2>"$work/err" &
background=$!
for ((i = 0; i < 200; i++)); do
	[[ ! -s $work/stopped/logs/target.good.walk.jsonl ]] || break
	sleep 0.05
done
child=$(pgrep -P "$background")
kill -INT "$background"
wait "$background"
status=$?
background=''
ok "Ctrl-C: exit status 130, not $status" $((status != 130))
said "Ctrl-C" "4 of 5 cases"
[[ $(grep -c '"verdict": "pass"' "$work/stopped/report.json") -ge 4 ]] && grep -q '"complete": false' "$work/stopped/report.json"
ok "Ctrl-C: the report so far is kept" $?
tail -1 "$work/stopped/journal.jsonl" | grep -q '"stopped":"target/good/walk"'
ok "Ctrl-C: the journal says what was stopped" $?
[[ -n $child ]] && ! kill -0 "$child" 2>/dev/null
ok "Ctrl-C: the case's process has ended" $?

# ---- a case that does not end ----
sed -i 's/deadline 3000s/deadline 10s/; s/wait 2000s/wait 9s/' "$ISERSPEC_CASES/target/good/walk.iser"
run "a case that does not end" 4 "$fast" run --model target --timeout-scale 0.1 target/good/walk
said "a case that does not end" "did not end within 3 s"
rm "$ISERSPEC_CASES/target/good/walk.iser"

# ---- secrets ----
secret=open-sesame-1001
run "CHAP" 0 env ISERSPEC_CHAP_SECRET=$secret "$san" run --model target --chap-user ali --report "$work/chap" \
	--watch 'env | grep -i secret && exit 2; exit 0' --sut-version "with $secret" target/good/one
grep -q CHAP_R "$work/chap/logs/target.good.one.jsonl"
ok "CHAP was spoken" $?
! grep -rqF $secret "$work/chap" "$work/out" "$work/err"
ok "the secret is in no file" $?
! grep -rqi "$(printf %s $secret | od -An -tx1 | tr -d ' \n')" "$work/chap"
ok "the secret is in no file as hex" $?
echo $secret >"$work/secret"
run "CHAP from a file" 0 "$san" run --model target --chap-user ali --chap-secret-file "$work/secret" target/good/one

# ---- no space ----
if ((EUID == 0)) && mkdir "$work/full" && mount -t tmpfs -o size=64k none "$work/full" 2>/dev/null; then
	mounted=$work/full
	dd if=/dev/zero of="$work/full/ballast" bs=1k count=44 2>/dev/null
	wrong "a full disk" 2 "No space left on device" "$san" run --model target --report "$work/full/r"
	[[ -s $work/full/r/journal.jsonl ]]
	ok "a full disk: the journal is kept" $?
	umount "$mounted" && mounted=''
else
	echo "not run: a full disk (needs root)"
fi
wrong "no folder can be made" 2 "cannot make the folder" "$san" run --model target --report /proc/none

# ---- proving ----
new_case target/good/four target <<<'login'
wrong_proof=0
run "a case without a mutant is not proved" 1 "$san" prove target/good/four
said "a case without a mutant is not proved" "names no mutant"
tail -1 "$work/out" | grep -qE '^[0-9]+ passed, [0-9]+ failed$' || wrong_proof=1
ok "prove: the last line counts" $wrong_proof

# ---- monitors over what was recorded ----
run "a run to be audited" 0 "$san" run --model target --report "$work/audited" target/good/one
run "audit" 0 "$san" audit --verbose "$work/audited/logs/target.good.one.jsonl"
said "audit" "1 logs: 0 fail, 0 warn, 0 info"
said "audit: what was kept" "I7143-4.2.2.2-1"
new_case target/good/ready target <<<'scsi test-unit-ready within 1s'
"$fast" run --model target --knob stat-sn-skipped --report "$work/liar" target/good/ready >"$work/out" 2>"$work/err"
cp "$work/liar/logs/target.good.ready.jsonl" "$work/some.jsonl"
run "audit: who wrote it" 1 "$san" audit --sut target --own "$work/audited/logs/target.good.one.jsonl"
said "audit: what the writer of a log sends" "a Login Request from the other role"
wrong "audit: whose log" 2 "whose role is under test?" "$san" audit "$work/some.jsonl"
wrong "audit: no such monitor" 2 "there is no monitor 'none'" "$san" audit --monitor none "$work/some.jsonl"
wrong "audit: no such file" 2 "target.none" "$san" audit "$work/target.none"
echo '{"seq":7}' >"$work/target.bad.jsonl"
wrong "audit: no log" 2 "target.bad.jsonl:1: no known kind of event" "$san" audit "$work/target.bad.jsonl"
for conn in 4294967295 -1; do
	echo "{\"seq\":1,\"kind\":\"note\",\"conn\":$conn}" >"$work/target.bad.jsonl"
	wrong "audit: connection $conn" 2 "target.bad.jsonl:1: conn is no connection number" "$san" audit "$work/target.bad.jsonl"
done
run "audit finds what the monitors find" 1 "$san" audit --sut target --monitor stat-sn "$work/some.jsonl"
said "audit finds what the monitors find" "StatSN"

# ---- a log for people ----
run "log" 0 "$san" log "$work/audited/logs/target.good.one.jsonl"
said "log: whose it is" "target/good/one, seed 1, on the simulator"
said "log: who connects" "|--------- connect --------->|   sim-sut port 3260"
grep -q '^ *[0-9]* *[0-9.]* *[0-9]* |<----- Login Response ------|   .* CSG=1 NSG=3 ' "$work/out"
ok "log: a message with its fields" $?
said "log: what was left out" "events are not shown (--all)"
! grep -q $'\033' "$work/out" && [[ $(wc -L <"$work/out") -le 100 ]]
ok "log: no colours and no more than 100 columns in a file" $?
COLUMNS=140 run "log: wide" 0 "$san" log "$work/audited/logs/target.good.one.jsonl"
[[ $(wc -L <"$work/out") -gt 100 && $(wc -L <"$work/out") -le 140 ]]
ok "log: as wide as it is told" $?
run "log: all" 0 "$san" log --all "$work/audited/logs/target.good.one.jsonl"
(($(grep -c '^ *[0-9][0-9]* *[0-9.]* ' "$work/out") == $(grep -vc '"status":"run"' "$work/audited/logs/target.good.one.jsonl")))
ok "log: all has a line for each event" $?
run "log: a stretch of time" 0 "$san" log --from 10us --to 25us "$work/audited/logs/target.good.one.jsonl"
! grep -q ' connect ' "$work/out" && grep -q 'Login Re' "$work/out"
ok "log: what is before and behind it is not there" $?
run "log: a script on a terminal" 0 script -qec "$san log $work/audited/logs/target.good.one.jsonl" "$work/typescript"
grep -q $'\033\[32m== pass' "$work/typescript"
ok "log: colours on a terminal" $?
wrong "log: which" 2 "which logs?" "$san" log
wrong "log: no such file" 2 "cannot read $work/none.jsonl" "$san" log "$work/none.jsonl"
wrong "log: a time without unit" 2 "--from: '5' is not a time" "$san" log --from 5 "$work/some.jsonl"
wrong "log: no connection" 2 "--conn: '0' is not a number" "$san" log --conn 0 "$work/some.jsonl"
wrong "log: no log" 2 "target.bad.jsonl:1: " "$san" log "$work/target.bad.jsonl"


# ---- a case once more ----
new_case target/good/ping target <<<'login
send nop-out data=hex:616263
expect nop-in ITT=$sent.ITT within 2s rules I7145-5.1-3
check $got.data == $sent.data rules I7145-5.1-3'
"$fast" run --model target --knob nop-echo-truncated --option moup=3 --seed 9 --report "$work/once" target/good/ready target/good/ping >"$work/out" 2>"$work/err"
said "a failing case: the line that repeats it" "again     iserspec replay $work/once target/good/ping"
said "a failing case: what decides" "decides   data is \"ab\" where \"abc\" is due"
run "replay" 0 "$san" replay "$work/once" target/good/ping
said "replay: the line" "iserspec run --model target --option moup=3 --knob nop-echo-truncated --seed 9 target/good/ping"
said "replay: the verdict" "target/good/ping: fail, as then"
said "replay: each event" "to the byte"
cp "$work/once/logs/target.good.ping.jsonl" "$work/alone.jsonl"
run "replay: a log alone" 0 "$san" replay "$work/alone.jsonl"
run "replay: the log is kept" 0 "$san" replay --log "$work/again.jsonl" "$work/alone.jsonl"
cmp -s "$work/again.jsonl" <(sed '$d' "$work/alone.jsonl")
ok "replay: the log of this time is that of then" $?
sed -i 's/nop-echo-truncated/nop-echo-wrong-itt/' "$work/alone.jsonl"
run "replay: another liar" 1 "$san" replay "$work/alone.jsonl"
said "replay: what came then" "  was  event "
said "replay: what comes now" "  now  event "
run "replay: the line alone" 0 "$san" replay --print "$work/once" target/good/ping
[[ $(wc -l <"$work/out") == 1 ]]
ok "replay: the line alone is one line" $?
wrong "replay: no such case" 2 "there is no case 'target/none'" "$san" replay "$work/once" target/none
wrong "replay: which case" 2 "which case?" "$san" replay "$work/once"
wrong "replay: what" 2 "what is to be repeated?" "$san" replay
wrong "replay: no report" 2 "cannot read $work/none" "$san" replay "$work/none" target/good/ping
wrong "replay: a log names its case" 2 "a log names its case itself" "$san" replay "$work/alone.jsonl" target/good/ping
echo '{"seq":1,"kind":"note","name":"x"}' >"$work/poor.jsonl"
wrong "replay: a log that says nothing" 2 "it does not say what was run" "$san" replay "$work/poor.jsonl"
# A report may be a stranger's: no command in it is run.
sed 's/"name":"simulated","status":"run","a":1/"name":"simulated","status":"run"/; s/"name":"target-under-test","status":"run","a":1/"name":"target-under-test","status":"run"/' \
	"$work/once/logs/target.good.ping.jsonl" >"$work/foreign.jsonl"
wrong "replay: a log of another role" 2 "the log of another case" "$san" replay "$work/foreign.jsonl"
sed 's/"name":"simulated","status":"run","a":1/"name":"simulated","status":"run"/' "$work/once/logs/target.good.ping.jsonl" >"$work/foreign.jsonl"
wrong "replay: a LUN that was written to" 2 "say so again, -- --allow-writes" "$san" replay "$work/foreign.jsonl"
new_case target/good/ping target <<<'login
send nop-out data=hex:78797a'
wrong "replay: another text" 2 "the case's text is another one than was run" "$san" replay "$work/once" target/good/ping

# ---- captures ----
run "pcap of a log" 0 env -C "$work" "$san" pcap liar/logs/target.good.ready.jsonl
said "pcap of a log" "1 files: "
[[ -s $work/target.good.ready.pcapng ]]
ok "pcap of a log: its name, here" $?
run "pcap of a report" 0 "$san" pcap "$work/liar"
cmp "$work/liar/pcap/target.good.ready.pcapng" "$work/target.good.ready.pcapng"
ok "pcap: a log in its report and the report give the same" $?
run "pcap: a folder of one's own, iWARP" 0 "$san" pcap --wire iwarp --output "$work/iwarp" "$work/liar"
! cmp -s "$work/iwarp/target.good.ready.pcapng" "$work/target.good.ready.pcapng"
ok "pcap: iWARP is something else" $?
wrong "pcap: of nothing" 2 "which log or report?" "$san" pcap
wrong "pcap: no such wire" 2 "--wire: 'ib' is neither roce nor iwarp" "$san" pcap --wire ib "$work/liar"
wrong "pcap: no such log" 2 "target.none" "$san" pcap "$work/target.none"
wrong "pcap: no log" 2 "target.bad.jsonl:1:" "$san" pcap --output "$work/none.pcapng" "$work/target.bad.jsonl"
wrong "pcap: no report" 2 "report.json" "$san" pcap "$work/cases"
[[ ! -e $work/none.pcapng ]]
ok "pcap: nothing is written of what cannot be read" $?
for wire in target.good.ready.pcapng iwarp/target.good.ready.pcapng; do
	run "audit of a capture: $wire" 1 "$san" audit "$work/$wire"
	said "audit of a capture: $wire" "StatSN"
	said "audit of a capture: $wire" "frames, 1 connections of iSER"
	said "audit of a capture: $wire" "1 captures, 1 connections; 0 logs: "
done
run "audit of a capture: the initiator is honest" 0 "$san" audit --sut initiator "$work/target.good.ready.pcapng"
run "audit of a capture: its log" 0 "$san" audit --sut initiator --log "$work/of-capture.jsonl" "$work/target.good.ready.pcapng"
run "audit of a capture: its log again" 0 "$san" audit --sut initiator --verbose "$work/of-capture.jsonl"
said "audit of a capture: its log again" "1 logs: 0 fail, 0 warn, 0 info"
wrong "audit of a capture: a log of both sides" 2 "wants --sut target|initiator" "$san" audit --log "$work/x.jsonl" "$work/target.good.ready.pcapng"
wrong "audit of a capture: nowhere to write" 2 "/nonexistent/x.jsonl" "$san" audit --sut target --log /nonexistent/x.jsonl "$work/target.good.ready.pcapng"
wrong "audit of a capture: whose log" 2 "nobody under test made a capture" "$san" audit --own "$work/target.good.ready.pcapng"
head -c 3000 "$work/target.good.ready.pcapng" >"$work/torn.pcapng"
wrong "audit of a capture: torn" 2 "torn.pcapng: frame " "$san" audit "$work/torn.pcapng"
head -c 10 "$work/target.good.ready.pcapng" >"$work/torn.pcapng"
wrong "audit of a capture: torn at its head" 2 "torn.pcapng: " "$san" audit "$work/torn.pcapng"

# ---- verdicts once more ----
judged() { # judged NAME REPORT: all of them the same
	run "judged again: $1" 0 "$san" audit --judge "$2"
	grep -qE '^judged again: ([1-9][0-9]*) of \1 verdicts the same$' "$work/out"
	ok "judged again: $1: N of N" $?
}
judged "a run" "$work/audited"
judged "a liar's run" "$work/liar"
judged "a run that was resumed when the machine had died" "$work/r"
run "a watched run" 1 "$san" run --model target --watch 'echo BUG; exit 1' --report "$work/watched" target/good/one
judged "a system that died" "$work/watched"
run "a repeated run" 0 "$san" run --model initiator --repeat 3 --report "$work/repeated" initiator/good/one
judged "a case three times" "$work/repeated"
run "judged again: a log that was cut" 0 "$san" audit --judge "$work/cut"
said "judged again: a log that was cut" "target/good/read: pass, not judged again: its log was cut"
said "judged again: a log that was cut" "not judged again: 2 verdicts whose logs were cut"
run "a run with a secret" 0 "$san" run --model target --chap-user me --chap-secret-file <(echo sesame-open) --report "$work/chap" target/good/one
! grep -rq sesame "$work/chap"
ok "no report shows a secret" $?
run "judged again: without the secret" 1 "$san" audit --judge "$work/chap"
said "judged again: without the secret" "which no log shows"
run "judged again: with it" 0 "$san" audit --judge --chap-secret-file <(echo sesame-open) "$work/chap"
sed -i 's/"verdict": "pass"/"verdict": "fail"/' "$work/audited/report.json"
run "judged again: a forged report" 1 "$san" audit --judge "$work/audited"
said "judged again: a forged report" "target/good/one: fail, judged again pass"
wrong "judged again: no report" 2 "cannot read $work/none/report.json" "$san" audit --judge "$work/none"
wrong "judged again: no report named" 2 "which reports?" "$san" audit --judge
wrong "judged again: goes with no monitor" 2 "it goes with --cases alone" "$san" audit --judge --monitor stat-sn "$work/audited"

# ---- mutants ----
new_case target/good/five target <<<'mutant nop-echo-missing
login
expect alive within 1s rules I7143-11.18.1-1'
sed -i 's/^rules .*/rules I7143-11.18.1-1/' "$ISERSPEC_CASES/target/good/five.iser"
run "a mutant is caught by its rule" 0 "$san" mutants --knob nop-echo-missing --seeds 3 target/good/five
said "a mutant is caught by its rule" "mutants: 1 of 1 caught; honest: 0 false alarms in 3 runs"
sed -i 's/^rules .*/rules I7145-5.1-3/; s/ rules I7143-11.18.1-1//' "$ISERSPEC_CASES/target/good/five.iser"
run "a mutant is caught by another rule" 1 "$san" mutants --knob nop-echo-missing --seeds 0 target/good/five
said "a mutant is caught by another rule" "instead target/good/five"
new_case target/good/six target <<<'login
check $sut.MaxOutstandingUnexpectedPDUs == 8'
run "a case that forbids what is lawful" 1 "$san" mutants --knob late-receives --seeds 20 target/good/six
said "a case that forbids what is lawful" "false alarm: target/good/six"
repeat=$(sed -n 's/^ *iserspec \(run --model target target\/good\/six .*\)/\1/p' "$work/out" | head -1)
# shellcheck disable=SC2086
run "a false alarm can be repeated" 1 "$san" $repeat
new_case target/good/six target <<<'login
needs $sut.MaxOutstandingUnexpectedPDUs == 1 "it never does"'
run "a case that never applies" 1 "$san" mutants --knob late-receives --seeds 5 target/good/six
said "a case that never applies" "not applicable in any honest run"
wrong "mutants: unknown knob" 2 "unknown knob 'lie'" "$san" mutants --knob lie

# ---- fuzz ----
mkdir "$ISERSPEC_CASES/target/fuzz"
new_case target/fuzz/ping target <<<'login
send nop-out I=1 ITT=fresh TTT=none data=pattern:5:7
expect nop-in ITT!=none within 1s
wait 64ms
logout'
fuzz() { # fuzz NAME STATUS OPTION...: a liar, on the one case
	local name=$1 status=$2
	shift 2
	run "$name" "$status" "$san" fuzz --model target --knob nop-echo-wrong-itt target/fuzz/ping "$@"
}
wrong "fuzz: what?" 2 "see iserspec fuzz --help" "$san" fuzz
wrong "fuzz: an option of run that says nothing here" 2 "option '--repeat'" "$san" fuzz --model target --repeat 3
wrong "fuzz: somebody else's target" 2 "203.0.113.77 is no address of this machine" "$san" fuzz --target iser://203.0.113.77/iqn.x --allow-writes
wrong "fuzz: another than the one that is owned" 2 "198.51.100.9 is no address" "$san" fuzz --target iser://198.51.100.9/iqn.x --allow-writes --i-own-this-target 203.0.113.77
wrong "fuzz: an initiator elsewhere" 2 "203.0.113.77 is no address" "$san" fuzz --initiator 203.0.113.77 --login true
wrong "fuzz: a disk that may be of value" 2 "--allow-writes says" "$san" fuzz --target iser://127.0.0.1/iqn.x
wrong "fuzz: a time without a unit" 2 "--time" "$san" fuzz --model target --time 5
wrong "fuzz: no sessions" 2 "--sessions" "$san" fuzz --model target --sessions 0
wrong "fuzz: coverage of the model" 2 "--coverage" "$san" fuzz --model target --coverage map:x
wrong "fuzz: counting what is not told" 2 "--count-only" "$san" fuzz --target iser://127.0.0.1/iqn.2026-01.net.x:y --allow-writes --count-only
wrong "fuzz: no case" 2 "no case matches 'nothing'" "$san" fuzz --model target nothing
wrong "fuzz: only the other role" 2 "gives a session for a target" "$san" fuzz --model target initiator
wrong "fuzz: died, and nothing to go on with" 2 "--died needs --report" "$san" fuzz --model target --died x
fuzz "fuzz: a liar is found" 1 --sessions 8 --report "$work/fuzz"
said "fuzz: a liar is found" "rule I7143-11.19-1 of nop-in (fail)"
found=$work/fuzz/findings/rule-I7143-11.19-1-of-nop-in
jq -e '.sessions == 8 and .findings[0].repeats == "yes" and .states["full: nop-out / nop-in"] > 0' "$work/fuzz/fuzz.json" >/dev/null
ok "fuzz: the numbers are in the JSON" $?
[[ -s $found.jsonl ]] && grep -q '^send nop-out' "$found.iser" && ! grep -q 'wait\|pattern' "$found.iser"
ok "fuzz: its script is small, and has a log" $?
run "fuzz: its script shows it again" 1 "$san" run --model target --knob nop-echo-wrong-itt "$found.iser"
said "fuzz: its script shows it again" "I7143-11.19-1"
run "fuzz: and not on an honest system" 4 "$san" run --model target "$found.iser"
wrong "a script that is not there" 2 "none.iser" "$san" run --model target "$work/none.iser"
fuzz "fuzz: the same once more" 1 --sessions 8 --report "$work/fuzz2" --quiet
diff -r -x fuzz.txt -x fuzz.json "$work/fuzz" "$work/fuzz2" >"$work/out" &&
	diff <(jq 'del(.host)' "$work/fuzz/fuzz.json") <(jq 'del(.host)' "$work/fuzz2/fuzz.json") >"$work/out" &&
	diff <(grep -v ^host "$work/fuzz/fuzz.txt") <(grep -v ^host "$work/fuzz2/fuzz.txt") >"$work/out"
ok "fuzz: the same seed, the same bytes" $?
fuzz "fuzz: it goes on" 1 --sessions 4 --report "$work/fuzz"
said "fuzz: it goes on" "sessions     12;"
wrong "fuzz: something else goes on there" 2 "what was fuzzed there is something else" "$san" fuzz --model target target/fuzz/ping --sessions 1 --report "$work/fuzz"
printf '# session 40\n%s' "$(cat "$ISERSPEC_CASES/target/fuzz/ping.iser")" >"$work/fuzz/now.iser"
fuzz "fuzz: the machine died" 1 --sessions 1 --report "$work/fuzz" --tries 0 --died 'kernel: BUG: KASAN: use-after-free in x_get+0x12/0x40'
jq -e '.next == 42 and (.findings[0] | .signature == "crash KASAN use-after-free in x_get" and .session == 40)' "$work/fuzz/fuzz.json" >/dev/null
ok "fuzz: that is a finding, and not run again" $?
[[ ! -e $work/fuzz/now.iser ]]
ok "fuzz: nothing is under way any more" $?
echo '{"sut": 1}' >"$work/fuzz/fuzz.json"
wrong "fuzz: books that are wrong" 2 "something else" "$san" fuzz --model target --sessions 1 --report "$work/fuzz"
echo '{' >"$work/fuzz/fuzz.json"
wrong "fuzz: books that are no JSON" 2 "fuzz.json:" "$san" fuzz --model target --sessions 1 --report "$work/fuzz"
: >"$work/over"
fuzz "fuzz: over before it began" 0 --until "$work/over"
said "fuzz: over before it began" "sessions     0;"
"$fast" fuzz --model target --report "$work/fuzz3" target/fuzz/ping >"$work/out" 2>"$work/err" &
background=$!
for ((i = 0; i < 600; i++)); do
	! jq -e '.sessions > 0' "$work/fuzz3/fuzz.json" >/dev/null 2>&1 || break
	sleep 0.1
done
kill -INT "$background"
wait "$background"
status=$?
ok "fuzz: an interrupt ends it" $((status > 1))
background=''
jq -e '.sessions > 0' "$work/fuzz3/fuzz.json" >/dev/null && grep -q ^states "$work/out"
ok "fuzz: and all is kept" $?
echo 'rule I7143-11.19-1 *' >"$work/old"
fuzz "fuzz: what is known is no news" 0 --sessions 8 --known "$work/old"
said "fuzz: what is known is no news" ", 1 of them known"
wrong "fuzz: no file of what is known" 2 "cannot read $work/none" "$san" fuzz --model target --sessions 1 --known "$work/none"
wrong "fuzz-live: no such system" 2 "there is no driver tools/sut/none" tools/fuzz-live --sut none --no-setup
wrong "fuzz-live: a time without a unit" 2 "--time 5" tools/fuzz-live --time 5 --no-setup
wrong "fuzz-live: a kernel system without one" 2 "--lab softverbs is for" tools/fuzz-live --lab softverbs --sut lio --no-setup
wrong "fuzz-live: no source tree" 2 "is no source tree of tgt" tools/fuzz-live --sut tgt --source "$work" --no-setup
wrong "fuzz-live: a source tree of what is in the kernel" 2 "--lab softverbs is for" tools/fuzz-live --sut lio --source "$work" --no-setup
mkdir -p "$work/lines/seed-1" "$work/lines/seed-2"
printf '4 7\n9 8\n' >"$work/lines/seed-1/reached"
printf '2 7\n5 11\n' >"$work/lines/seed-2/reached"
printf '%s\n' '7 drivers/infiniband/ulp/isert/ib_isert.c:10 f' '8 drivers/infiniband/ulp/isert/ib_isert.c:10 f' '9 drivers/infiniband/ulp/isert/ib_isert.c:12 f' \
	'10 drivers/target/iscsi/iscsi_target.c:5 g' '11 drivers/infiniband/ulp/iser/iser_memory.c:1 h' >"$work/places"
run "fuzz-live: counters to lines" 0 tools/fuzz-live lines lio "$work/places" "$work/lines"
said "fuzz-live: lines of this system alone" "lines        1 of 3 (33%)"
said "fuzz-live: lines of a file" "ib_isert.c: 1 of 2 (50%)"
wrong "fuzz-live: an argument" 2 "unknown argument --bogus" tools/fuzz-live --bogus
new_case target/fuzz/ready target <<<'scsi test-unit-ready within 1s
logout'
if [[ $build == build && -e build/softverbs/libibverbs.so.1 ]]; then
	run "fuzz-live: a liar without a machine" 1 env ISERSPEC_MODEL_KNOBS=stat-sn-skipped tools/fuzz-live --sut model-target --lab softverbs \
		--time 6s --guests 2 --no-setup --cases target/fuzz/ready --out "$work/fuzz-live"
	said "fuzz-live: a liar without a machine" "2 guests, seeds 1 2"
	jq -e '.sessions > 0 and (.findings | length > 0) and (.findings[0].seeds | length > 0)' "$work/fuzz-live/fuzz.json" >/dev/null
	ok "fuzz-live: both guests are in one JSON" $?
else
	echo "not run: fuzz-live on softverbs (make softverbs)"
fi
run "fuzz: nothing found" 0 "$san" fuzz --model target --sessions 3 target/fuzz/ping

# ---- tools/window: the table of a recorded run ----
golden=harness/tests/golden/window
run "window: a table of what was recorded" 0 tools/window --from "$golden/initiator $golden/target" --out "$work/window"
diff "$golden/window.md" "$work/window.md" >"$work/out" 2>"$work/err"
ok "window: the table is as it was" $?
jq -e '.[0].points[0].window | .tried == 6 and .lost == 4 and .race and .all_lost_to == 4096575' "$work/window.json" >"$work/out" 2>"$work/err"
ok "window: the numbers are in the JSON" $?
wrong "window: an offset that is none" 2 "offset '5' is none of" tools/window --offsets 'chain 5'
wrong "window: no report" 2 "no report in $ISERSPEC_CASES" tools/window --from "$ISERSPEC_CASES"
run "window: its cases" 0 tools/window --cases "$ISERSPEC_CASES" --offsets 'chain 0 1ms'
run "window: a mutant's window opens" 0 "$san" run --model initiator --knob late-receives --report "$work/open" initiator/window
run "window: a mutant's window" 0 tools/window --from "$work/open"
said "window: a mutant's window" "| 1/1 | 1/1 | · |"

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
