# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the tests of tools: a folder for the work, gone at the end, and what counts.

# shellcheck disable=SC2034 # the test's own file reads them
passed=0 failed=0 work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is() { # is NAME WANTED GOT
	if [[ $2 == "$3" ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'failed: %s: wanted %q, got %q\n' "$1" "$2" "$3"
	fi
}
