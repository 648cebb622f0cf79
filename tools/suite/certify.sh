# shellcheck shell=bash disable=SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# A certificate of a system in the lab: the same run several times over, each by a tools/conformance of its own, and all of them,
# with those of its variants, in one archive. What is whole is kept, so that the same command goes on where it stopped.

# check_certify: what is wrong is told before anything is run. Sets `archive`.
check_certify() {
	local name base=''
	[[ $certify =~ ^[1-9][0-9]{0,2}$ ]] || die "--certify $certify is not a number from 1 to 999"
	[[ -n $key ]] || die "whose certificate is it? --key FILE"
	for name in "$key" ${claims:+"$claims"}; do
		[[ -r $name ]] || die "cannot read $name"
	done
	for name in "${suts[@]}"; do
		[[ ${base:-${name%%:*}} == "${name%%:*}" ]] || die "a certificate is of one system: --sut NAME, not $wanted_suts"
		base=${name%%:*}
	done
	[[ $base != all ]] || die "a certificate is of one system: --sut NAME"
	archive=${output:-$reports/certificate-$(safe_name "$wanted_suts").tar}
}

# run_again ARGUMENT...: `tools/conformance` of these, until there are as many runs as wanted, in $archive.runs/N.
run_again() {
	local number status place words
	words=$(printf '%q ' "$@")
	mkdir -p "$archive.runs" || die "cannot make the folder $archive.runs"
	[[ ! -e $archive.runs/words || $(<"$archive.runs/words") == "$words" ]] ||
		die "$archive.runs has runs of other words: $(<"$archive.runs/words"); remove it, or name another --output"
	printf '%s' "$words" >"$archive.runs/words"
	for ((number = 1; number <= certify; number++)); do
		place=$archive.runs/$number
		if [[ -e $place/whole ]]; then
			say "run $number of $certify is whole: $place"
			continue
		fi
		say "run $number of $certify: $place"
		rm -rf "$place"
		status=0
		(cd "$caller" && exec "$root/tools/conformance" --reports "$place" "$@") || status=$?
		case $status in
		0 | 1 | 3 | 4) : >"$place/whole" ;;
		*)
			say "run $number of $certify did not come to its end; the same command goes on with it"
			exit "$status"
			;;
		esac
	done
}

# certify ARGUMENT...: those of the command line, but for ours. The secrets of the drivers' CHAP are no secrets.
certify() {
	local number
	local -a all=() whole_logs=(--log-limit none)
	check_certify
	[[ " $* " == *' -- '* ]] || whole_logs=(-- "${whole_logs[@]}")
	run_again "$@" "${whole_logs[@]}"
	for ((number = 1; number <= certify; number++)); do
		all+=("$archive.runs/$number"/latest-*)
	done
	# A shell of its own: the drivers' library has names of ours.
	role=target bash -c '. tools/sut/lib.sh && printf "%s\n" "$chap_secret" "$mutual_secret"' >"$archive.runs/secrets"
	build/iserspec certify --key "$key" ${claims:+--claims "$claims"} --output "$archive" --chap-secret-file "$archive.runs/secrets" "${all[@]}"
}
