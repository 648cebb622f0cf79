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

# netem_of LINK: 'delay=20ms,loss=1%' as the words of tc's netem (tc-netem(8)), in its own order; sets `netem`.
netem_of() {
	local word name value
	local -A of=()
	local -a faults
	netem=''
	IFS=, read -r -a faults <<<"$1"
	for word in "${faults[@]}"; do
		name=${word%%=*} value=${word#*=}
		case $name in
		delay | jitter) [[ $value =~ ^[0-9]+(\.[0-9]+)?(us|ms|s)$ ]] || die "--link $word: a time with us, ms or s is wanted" ;;
		loss | duplicate | corrupt | reorder)
			[[ $value =~ ^[0-9]+(\.[0-9]+)?%$ ]] || die "--link $word: a share in % is wanted"
			;;
		rate) [[ $value =~ ^[0-9]+[kmg]?bit$ ]] || die "--link $word: a rate as 100mbit is wanted" ;;
		*) die "--link $word: there are delay, jitter, loss, duplicate, corrupt, reorder and rate" ;;
		esac
		[[ -z ${of[$name]:-} ]] || die "--link says $name twice"
		of[$name]=$value
	done
	# What is reordered leaves at once, before those that are delayed.
	[[ -z ${of[reorder]:-}${of[jitter]:-} || -n ${of[delay]:-} ]] || die "--link: reorder and jitter want a delay"
	for name in delay loss duplicate corrupt reorder rate; do
		[[ -z ${of[$name]:-} ]] || netem+="${netem:+ }$name ${of[$name]}"
		[[ $name != delay || -z ${of[jitter]:-} ]] || netem+=" ${of[jitter]}"
	done
}

free_mib() {
	df -Pm "$1" | awk 'NR == 2 { print $4 }'
}

# console_across CONSOLE: that of the system under test, where it has a guest of its own.
console_across() {
	printf '%s-sut.log' "${1%.log}"
}

# console_text CONSOLE: of all guests of that boot.
console_text() {
	# There may be no second one, which is no failure of who reads them.
	{ cat "$1" "$(console_across "$1")" 2>/dev/null || true; } | tr -d '\r'
}

# reset_words CONSOLE: why a driver had this guest reset (reset_lab() of tools/sut/lib.sh); false where none did.
reset_words() {
	console_text "$1" | sed -n 's/.*iserspec: \(.*\): resetting the lab.*/\1/p' | tail -n 1 | grep .
}

# kernel_words CONSOLE: how a kernel's log tells of its end: the last complaint, and the panic that came of it. False where
# it says nothing of the kind.
kernel_words() {
	local complaint panic
	complaint=$(console_text "$1" | grep -a -E 'BUG:|Oops|KASAN:|general protection|[Uu]nable to handle|segfault at' | tail -n 1) || true
	panic=$(console_text "$1" | grep -a -E 'Kernel panic' | tail -n 1) || true
	[[ -n $complaint$panic ]] || return 1
	printf '%s' "$complaint${complaint:+${panic:+; }}$panic" | sed 's/\[ *[0-9.]*\] //g'
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
