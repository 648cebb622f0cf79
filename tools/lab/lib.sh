# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the parts of the lab share: words, the cache, room on disks.

# cache_dir: where kernels are kept; a user without a home of his own has one for himself.
cache_dir() {
	local dir
	for dir in "${ISERSPEC_CACHE:-}" "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/iserspec}" "${HOME:+$HOME/.cache/iserspec}" \
		"${TMPDIR:-/tmp}/iserspec-$EUID"; do
		[[ -n $dir ]] || continue
		if mkdir -p "$dir" 2>/dev/null && [[ -w $dir ]]; then
			printf '%s' "$dir"
			return
		fi
		[[ $dir != "${ISERSPEC_CACHE:-}" ]] || die "cannot write to $dir (set ISERSPEC_CACHE to another place)"
	done
	die "no place for kernels: neither HOME nor ${TMPDIR:-/tmp} can be written (set ISERSPEC_CACHE)"
}

say() {
	printf 'lab: %s\n' "$*" >&2
}

die() {
	say "$@"
	exit 2
}

free_mib() {
	df -Pm "$1" | awk 'NR == 2 { print $4 }'
}

# need_programs ARRAY: a program a word, NAME or NAME=PACKAGE.
need_programs() {
	local -n wanted=$1
	local tool lacking=()
	for tool in "${wanted[@]}"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || lacking+=("$tool")
	done
	((${#lacking[@]} == 0)) || die "missing: ${lacking[*]} (as root: tools/setup lab)"
}
