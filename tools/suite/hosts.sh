# shellcheck shell=bash disable=SC2034,SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# A run whose system has a guest of its own (--hosts 2): how this one reaches it.

hosts_choose() {
	[[ $hosts == [12] ]] || die "--hosts $hosts is neither 1 nor 2"
	[[ $hosts == 2 ]] || return 0
	[[ $native == no ]] || die "--hosts 2 is about guests: leave out --native"
	: "${lab:=qemu}"
	[[ $lab == qemu ]] || die "--hosts 2 wants --lab qemu: guests in virtual time have a clock each"
}

# driver_across NAME: sets `driver` to a program that is the driver there.
driver_across() {
	local across=/run/iserspec/across
	# Where iserspec listens is an address of this guest.
	[[ $("$drivers/$1" role) == target ]] || export ISERSPEC_SUT_ADDRESS=10.9.0.2
	mkdir -p "$across"
	printf '#!/bin/bash\nexec %q/tools/lab/across %q "$@"\n' "$PWD" "$drivers/$1" >"$across/$1"
	chmod +x "$across/$1"
	driver=$across/$1
}

# options_across: in `more`, commands are run there, files are fetched from there, and what `iserspec run` would see for itself is
# asked for.
options_across() {
	local option value looks=''
	local -a there=()
	for option in "${more[@]}"; do
		value=${option#*=}
		case $option in
		--login=* | --logout=* | --watch=*) there+=("${option%%=*}=$(printf '%q/tools/lab/across bash -c %q' "$PWD" "$value")") ;;
		--chap-secret-file=*)
			tools/lab/across cat "$value" >"${driver%/*}/chap-secret"
			there+=("--chap-secret-file=${driver%/*}/chap-secret")
			;;
		--watch-*) looks=yes ;;
		*) there+=("$option") ;;
		esac
	done
	[[ -z $looks ]] || there+=("--watch=$driver look")
	more=("${there[@]}")
}
