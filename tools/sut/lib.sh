# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the drivers in this folder share. A driver is one executable file that sets
#
#	role=target|initiator
#
# defines the functions below, sources this file and ends with `sut_main "$@"`:
#
#	sut_name              one line for people
#	sut_version           one line: package or source version
#	sut_prepare           what needs no RDMA and root, such as building a client (optional; before the lab boots)
#	sut_start             bring it up; returns when it is ready
#	sut_stop              take it down and leave nothing behind; also after a half start
#	sut_url               targets: where it serves, iser://HOST:PORT/IQN/LUN
#	sut_address           initiators: ADDRESS:PORT at which iserspec shall listen for it
#	sut_login             initiators: log in to $sut_portal and $sut_iqn over iSER; $sut_workload says what then
#	sut_logout            initiators: end that session, however broken it is
#	sut_watch             how `iserspec run` sees that it died, beside the kernel's log: its options --watch-..., one a
#	                      line (optional)
#	sut_options           more options of `iserspec run`, one a line, such as a --login= that is sooner than `login` of this
#	                      shell (optional)
#	sut_held              notes in `held` what the system holds at this moment, NAME to number; rdma_held, memory_held
#	                      and kernel_held do it for most (optional)
#	deed_NAME             does NAME of `tools/sut/DRIVER do`, with the settings of the line in `arg` and the file for data in
#	                      $data; `-` of the name is `_` (optional; what has no function is not supported)
#	kernel_part=yes|no    whether it lives in the kernel, so that only a new kernel helps after an Oops (default no)
#	scratch=yes|no        targets: whether its disks are made for the run, so that anything may be written to them
#	                      (default no: iserspec then writes nothing)
#	variants=([KEY=VALUE]='what for|PATTERN...')
#	                      other ways to run it, and the cases that apply only then (optional; see `variant`)
#
# A function that cannot do its own part (a tool is missing, a daemon of its does not start) ends with `die`, status 75:
# that is the driver's trouble and never held against the system. What the system itself did not do ends with `failed`,
# status 1.
#
# `login` gets ISERSPEC_ADDRESS (an IPv6 address with or without brackets), ISERSPEC_PORT, ISERSPEC_IQN and
# ISERSPEC_WORKLOAD: `login` (log in and serve the connection), `io` (also read and write, and compare) or `discovery` (ask for
# the targets in a Discovery session; `not_supported` where it cannot).
#
# Environment: ISERSPEC_SUT_ADDRESS (10.9.0.1) is the RDMA device's address; ISERSPEC_SUT_LOG a folder for the
# daemons' logs; ISERSPEC_LAB=1 says that this is a virtual machine of tools/lab, which may be reset, and softverbs that there
# is none, nor root, nor a device: ISERSPEC_STATE is then the folder for what a driver keeps, and ISERSPEC_SUT_TCP an
# address whose TCP ports are free; ISERSPEC_COVERAGE a
# folder for this boot's coverage counters, which tools/sut-coverage reads; ISERSPEC_COUNTERS the segment of shared memory that
# a system built by AFL++ counts in (tools/fuzz-live --source); ISERSPEC_SUT_VARIANT how it shall run,
# KEY=VALUE[,KEY=VALUE], of those in its table.

set -euo pipefail
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C
umask 022

sut=${0##*/}
# Here and in what runs for each case no $(...): where the machine is emulated, a process costs as much as a login.
here=${BASH_SOURCE[0]%/*}
[[ $here == /* ]] || here=$PWD/$here
# shellcheck disable=SC2034  # for drivers
build=${here%/tools/sut}/build/sut
state=${ISERSPEC_STATE:-/run/iserspec}/$sut
# shellcheck disable=SC2034  # for drivers
address=${ISERSPEC_SUT_ADDRESS:-10.9.0.1}
logs=${ISERSPEC_SUT_LOG:-$state}
kernel_part=no
scratch=no
role=${role:?the driver sets it}
# What exists, and what of it was asked for: KEY to VALUE.
declare -A variants=() chosen=()
# As EX_TEMPFAIL of sysexits.h: who calls may try again. Not one of the statuses that `iserspec run` has a meaning for.
readonly could_not=75
# EX_UNAVAILABLE: it cannot be told to do this, which is nobody's fault.
readonly no_such_deed=69
# Of the deed: NAME to VALUE.
declare -A arg=()

die() {
	printf '%s: %s\n' "$sut" "$*" >&2
	exit "$could_not"
}

failed() {
	printf '%s: %s\n' "$sut" "$*" >&2
	exit 1
}

not_supported() {
	printf '%s: %s\n' "$sut" "$*" >&2
	exit "$no_such_deed"
}

# need PROGRAM PACKAGE
need() {
	command -v "$1" >/dev/null || die "$1 is missing (Debian package $2)"
}

# Another user's processes, its kernel and its log are no part of what runs there.
on_softverbs() {
	[[ ${ISERSPEC_LAB:-} == softverbs ]]
}

# in_our_space PID: there may be others of its kind, which are not this driver's.
in_our_space() {
	! on_softverbs || grep -qsz "^SOFTVERBS_SPACE=$SOFTVERBS_SPACE\$" "/proc/$1/environ"
}

load() {
	on_softverbs || modprobe -a "$@" || die "this kernel does not load: $*"
}

# host_in_url ADDRESS: sets `host`, in which IPv6 addresses have their brackets.
host_in_url() {
	host=${1#[}
	host=${host%]}
	[[ $host != *:* ]] || host="[$host]"
}
# The device's address; for drivers.
host_in_url "$address"

# A package's version; for a program that no package brought, what it says of itself.
version_of() {
	local package=$1 version
	shift
	version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) || version=$("$@" 2>&1 | sed -n 1p) || version=unknown
	printf '%s %s' "$package" "$version"
}

kernel_version() {
	printf 'Linux %s' "$(uname -r)"
}

# nap [SECONDS]: a moment, without a process for it: nobody writes to that pipe.
nap() {
	[[ -p $state/nap ]] || mkfifo "$state/nap"
	read -r -t "${1:-0.05}" <>"$state/nap" || true
}

# until_true SECONDS COMMAND...: for what sends no event when it comes to be, or to an end. `pause` is how long it waits
# before it looks again; longer where looking costs processes.
until_true() {
	local end=$((${EPOCHREALTIME%.*} + $1))
	shift
	until "$@"; do
		((${EPOCHREALTIME%.*} < end)) || return 1
		nap "${pause:-0.05}"
	done
}

# bounded SECONDS COMMAND...: its status, or 124. What hangs inside the kernel cannot be killed, so it is left behind.
bounded() {
	local seconds=$1 fd status
	shift
	exec {fd}< <(
		result=0
		"$@" >>"$state/bounded.log" 2>&1 </dev/null || result=$?
		echo "$result"
	)
	read -r -t "$seconds" -u "$fd" status || status=124
	exec {fd}<&-
	return "$status"
}

# ---- daemons ----

# alive PID: false when all its threads have ended. Only then are its sockets and files free. An empty command line says
# neither: one that is just being executed has none yet, one that still holds its socket may have none any more.
alive() {
	local line=''
	local -a fields
	[[ -n ${1:-} ]] || return 1
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	# proc(5), behind the name, which may hold blanks: the state is field 3, the number of threads field 20.
	read -r -a fields <<<"${line##*) }"
	[[ ${fields[0]:-X} != [ZX] ]] || ((${fields[17]:-1} > 1))
}

gone() {
	! alive "$1"
}

# daemon_start NAME COMMAND...: its log is $logs/NAME.log, its id in $state/NAME.pid.
daemon_start() {
	local name=$1
	shift
	mkdir -p "$logs"
	setsid "$@" >>"$logs/$name.log" 2>&1 </dev/null &
	echo "$!" >"$state/$name.pid"
}

# daemon_pid NAME: sets `pid`, to nothing when none was begun.
daemon_pid() {
	pid=''
	[[ ! -r $state/$1.pid ]] || read -r pid <"$state/$1.pid" || true
}

# end_now PID: kills it; where coverage is asked for it is let write its counters first, with gcov-dump.c. A program without
# that ends by this signal, too.
end_now() {
	if [[ -n ${ISERSPEC_COVERAGE:-} ]] && kill -RTMAX "$1" 2>/dev/null && until_true 6 gone "$1"; then
		return
	fi
	kill -KILL "$1" 2>/dev/null || true
}

# daemon_stop NAME [SECONDS]: asks it to end, and after SECONDS (3) makes it.
daemon_stop() {
	local pid
	daemon_pid "$1"
	[[ ! -e $state/$1.pid ]] || : >"$state/$1.pid"
	alive "$pid" || return 0
	kill -TERM "$pid" 2>/dev/null || true
	if ! until_true "${2:-3}" gone "$pid"; then
		end_now "$pid"
		until_true 3 gone "$pid" || return 1
	fi
}

# daemon_watch NAME: for sut_watch, the option that looks after it.
daemon_watch() {
	printf '%s\n' "--watch-pid=$state/$1.pid:$logs/$1.log"
}

# What makes iserspec's own model lie or vary, as options of the program.
model_words() {
	local word
	# shellcheck disable=SC2086  # split into words
	for word in ${ISERSPEC_MODEL_KNOBS:-}; do
		printf ' --knob %s' "$word"
	done
	# shellcheck disable=SC2086
	for word in ${ISERSPEC_MODEL_OPTIONS:-}; do
		printf ' --option %s' "$word"
	done
}

# ---- variants ----

# Those of CHAP=one-way and CHAP=mutual. They guard nothing but disks that are gone after the run.
# shellcheck disable=SC2034  # for drivers
readonly chap_user=iserspec chap_secret=known-to-all-1 mutual_user=target mutual_secret=known-to-all-2

# variant KEY: sets `value`; false where nothing was asked for.
variant() {
	value=${chosen[$1]:-}
	[[ -n $value ]]
}

# The table, sorted: KEY=VALUE, the cases' patterns, what for, with tabs between.
do_variants() {
	local name
	for name in "${!variants[@]}"; do
		printf '%s\t%s\t%s\n' "$name" "${variants[$name]#*|}" "${variants[$name]%%|*}"
	done | sort
}

bad_variant() {
	printf '%s: %s\n' "$sut" "$*" >&2
	exit 2
}

read_variant() {
	local word key known
	local -a words
	[[ -n ${ISERSPEC_SUT_VARIANT:-} ]] || return 0
	IFS=, read -r -a words <<<"$ISERSPEC_SUT_VARIANT"
	for word in "${words[@]}"; do
		key=${word%%=*}
		if [[ -z $word || -z ${variants[$word]+known} ]]; then
			known=$(do_variants | cut -f 1)
			known=${known//$'\n'/ }
			bad_variant "there is no variant '$word'; ${known:+there are: }${known:-it has none}"
		fi
		[[ -z ${chosen[$key]:-} ]] || bad_variant "the variant says $key twice: $ISERSPEC_SUT_VARIANT"
		chosen[$key]=${word#*=}
	done
}

# Where our own model keeps its event log, as an option of the program.
model_log() {
	[[ -z ${ISERSPEC_MODEL_LOG:-} ]] || printf ' --log %s' "$ISERSPEC_MODEL_LOG"
}

# ---- the kernel ----

# The kernel has oopsed (bit 7 of its taint), so locks may be held for ever.
kernel_oopsed() {
	local taint
	read -r taint </proc/sys/kernel/tainted
	(((taint >> 7) & 1))
}

# ---- what it holds ----

# NAME to number: qp, mr, pd, cq, cm_id, sessions, processes; in bytes rss and slab; objects of slabs.
declare -A held=()

# softverbs_held PID: a process that has not opened it holds nothing.
softverbs_held() {
	local line word
	read -r line < <("${build%/sut}/softverbs/held" "$1") || line='qp=0 mr=0 pd=0 cq=0 cm_id=0'
	for word in $line; do
		held[${word%%=*}]=$((${held[${word%%=*}]:-0} + ${word#*=}))
	done
}

# rdma_held WHO: what the kernel (`kernel`), or a process by its id, has of the RDMA devices. What iserspec has for itself is
# another process's.
rdma_held() {
	local what line n
	if on_softverbs; then
		softverbs_held "$1"
		return
	fi
	need rdma iproute2
	for what in qp mr pd cq cm_id; do
		n=0
		while read -r line; do
			case "$1 $line " in
			"kernel "*' comm ['* | *" pid $1 "*) n=$((n + 1)) ;;
			esac
		done < <(rdma resource show $what)
		held[$what]=$((${held[$what]:-0} + n))
	done
}

# memory_held PID
memory_held() {
	local name kib
	while read -r name kib _; do
		[[ $name != VmRSS: ]] || held[rss]=$((${held[rss]:-0} + kib * 1024))
	done <"/proc/$1/status"
}

# Of the whole kernel, so of whatever else is at work there.
kernel_held() {
	local name value
	while read -r name value _; do
		[[ $name != SUnreclaim: ]] || held[slab]=$((value * 1024))
	done </proc/meminfo
	[[ ! -r /proc/slabinfo ]] || while read -r name value _; do
		[[ $name != kmalloc-* ]] || held[objects]=$((${held[objects]:-0} + value))
	done </proc/slabinfo
}

# One line, NAME=NUMBER a word.
do_resources() {
	local name line=''
	declare -F sut_held >/dev/null || not_supported resources
	sut_held
	for name in qp mr pd cq cm_id sessions processes rss slab objects; do
		[[ -z ${held[$name]:-} ]] || line+="${line:+ }$name=${held[$name]}"
	done
	printf '%s\n' "$line"
}

deed_resources() {
	do_resources
}

# ---- coverage ----

# A program built with --coverage writes its counters there as it ends.
[[ -z ${ISERSPEC_COVERAGE:-} ]] || export GCOV_PREFIX=$ISERSPEC_COVERAGE

# A kernel's counters go with it, and it may go at any time, so they are copied after each case: to one of two folders in
# turn, whose name is in the file `whole` once all are there. One process, as each costs in User Mode Linux.
save_coverage() {
	local to=a last=''
	local -a counters
	[[ -n ${ISERSPEC_COVERAGE:-} && $kernel_part == yes ]] || return 0
	if [[ ! -e $state/counters ]]; then
		find /sys/kernel/debug/gcov -name '*.gcda' | grep -E '/drivers/(infiniband/ulp|target/iscsi|scsi)/' >"$state/counters" ||
			die "this kernel has no coverage counters (tools/lab/uml-kernel 6.1+gcov)"
		mkdir -p "$ISERSPEC_COVERAGE"/{a,b}
	fi
	mapfile -t counters <"$state/counters"
	[[ ! -e $ISERSPEC_COVERAGE/whole ]] || read -r last <"$ISERSPEC_COVERAGE/whole"
	[[ $last != a ]] || to=b
	cp --parents -t "$ISERSPEC_COVERAGE/$to" "${counters[@]}"
	echo "$to" >"$ISERSPEC_COVERAGE/whole"
}

# A driver whose SUT cannot be mended says so; in the lab the guest then ends and tools/conformance boots another.
# tools/lab/run knows a guest that was reset from one that died by these words.
reset_lab() {
	echo "iserspec: $sut: $1: resetting the lab" >/dev/kmsg 2>/dev/null || true
	[[ ${ISERSPEC_LAB:-} == 1 ]] || die "$1"
	save_coverage || true
	echo b >/proc/sysrq-trigger
}

# ---- commands ----

do_start() {
	((EUID == 0)) || on_softverbs || die "root is needed"
	mkdir -p "$state"
	rm -f "$state/bounded.log"
	[[ -z ${chosen[CHAP]:-} ]] || echo "$chap_secret" >"$state/chap-secret"
	[[ ${chosen[CHAP]:-} != mutual ]] || echo "$mutual_secret" >>"$state/chap-secret"
	[[ ${ISERSPEC_LAB:-} != 1 ]] || echo "iserspec: $sut: starts" >/dev/kmsg
	sut_start
}

do_stop() {
	local status=0
	mkdir -p "$state"
	# A kernel target can hang in this for ever, and the report is complete by now.
	bounded 20 sut_stop || status=$?
	save_coverage
	((status == 0)) || die "did not stop ($status): $(tail -n 1 "$state/bounded.log")"
	rm -rf "$state"
}

do_name() {
	sut_name
	printf '%s\n' "${ISERSPEC_SUT_VARIANT:+, ${ISERSPEC_SUT_VARIANT//,/, }}"
}

do_url() {
	local url
	url=$(sut_url)
	case ${chosen[CHAP]:-} in
	one-way) url=iser://$chap_user%$chap_secret@${url#iser://} ;;
	mutual) url="iser://$chap_user%$chap_secret@${url#iser://}?target_user=$mutual_user&target_password=$mutual_secret" ;;
	esac
	printf '%s\n' "$url"
}

# What `iserspec run` is told beside where the system is.
do_run_options() {
	[[ $role != target || $scratch == no ]] || echo --allow-writes
	[[ $role != initiator || -z ${chosen[CHAP]:-} ]] || printf '%s\n' "--chap-user=$chap_user" "--chap-secret-file=$state/chap-secret"
	[[ $role != initiator || ${chosen[CHAP]:-} != mutual ]] || echo "--mutual-user=$mutual_user"
	on_softverbs || echo --watch-kernel
	! debug_kernel || printf '%s\n' --watch-group "$0 group"
	! declare -F sut_options >/dev/null || sut_options
	# Nothing but that it is run after each case.
	[[ -z ${ISERSPEC_COVERAGE:-} || $kernel_part == no ]] || printf -- '--watch=%q save-coverage\n' "$0"
	declare -F sut_watch >/dev/null || return 0
	if on_softverbs; then
		sut_watch | sed '/^--watch-\(trouble\|known\|thread\)/d'
	else
		sut_watch
	fi
}

# do_look: what of sut_watch can be seen in a moment, and by no history, for an `iserspec run` on another machine, which can
# see none of it: an Oops, a daemon that ended, a line of a file.
do_look() {
	local option file value line pid
	! kernel_oopsed || failed "the kernel has oopsed: $(dmesg | grep -E 'BUG:|Oops|general protection|[Uu]nable to handle' | tail -n 1)"
	declare -F sut_watch >/dev/null || return 0
	while read -r option; do
		value=${option#*=} file=${value%:*}
		case $option in
		--watch-pid=*)
			pid=''
			read -r pid <"$file" || true
			alive "$pid" || failed "process $pid of ${file##*/} has ended: $(tail -n 1 "${value##*:}")"
			;;
		--watch-line=*)
			line=''
			read -r line <"$file" || true
			[[ $line == "${value##*:}" ]] || failed "$file is '$line'"
			;;
		esac
	done < <(sut_watch)
}

# ---- a kernel that tells more (tools/lab/kconfig/debug) ----

debug_kernel() {
	[[ -e /proc/lockdep_stats ]]
}

# Lock checking speaks once and goes off, and so does WARN_ONCE: behind such a word (bit 9 of the taint) only a new boot tells more.
kernel_mute() {
	local taint
	debug_kernel || return 1
	read -r taint </proc/sys/kernel/tainted
	(((taint >> 9) & 1)) || ! grep -q 'debug_locks: *1' /proc/lockdep_stats
}

# Objects that nothing leads to, once each. One that is younger than 5 s, or has changed since the last scan, is not counted.
leaks() {
	local file=/sys/kernel/debug/kmemleak
	[[ -w $file ]] || return 0
	sleep 6
	echo scan >$file
	echo scan >$file
	# The first frames are those of the allocator and of kmemleak itself.
	awk '/^unreferenced object/ { size = $NF; gsub(/[^0-9]/, "", size); from = ""; n = 0 }
		/^ *\[<|^ +[a-z_0-9.]+\+0x/ {
			sub(/\+.*/, ""); sub(/.*[ >\]]/, "")
			if ($0 !~ /stack_trace|set_track|create_object|kmemleak|slab|kmem_cache|kmalloc|kzalloc|kstrdup|kmemdup/ && n++ < 3)
				from = from " " $0
		}
		n == 3 && !seen[from]++ { print "kernel: unreferenced object of " size " bytes from" from; n++ }' $file
	echo clear >$file
}

# do_group: asked behind each group of cases, as it is dear. Prints what is wrong.
do_group() {
	local problems
	mkdir -p "$logs"
	problems=$(leaks)
	if grep -q 'debug_locks: *1' /proc/lockdep_stats; then
		echo "lock checking on" >>"$logs/lockdep"
	else
		echo "lock checking off" >>"$logs/lockdep"
		problems+=${problems:+$'\n'}"kernel: lock checking is off"
	fi
	[[ -n $problems ]] || return 0
	printf '%s\n' "$problems"
	return 1
}

do_restart() {
	mkdir -p "$state"
	if [[ $kernel_part == yes ]] && kernel_oopsed; then
		reset_lab "the kernel has oopsed"
	fi
	if [[ ${ISERSPEC_LAB:-} == 1 ]] && kernel_mute; then
		reset_lab "the kernel has said what it says once a boot"
	fi
	# Its threads and what they hold stay behind. `iserspec run` says so.
	if [[ -n ${ISERSPEC_HUNG:-} && ${ISERSPEC_LAB:-} == 1 ]]; then
		reset_lab "a thread hangs for ever"
	fi
	bounded 20 sut_stop || reset_lab "cannot be stopped"
	# Of a process of its own, which a failure ends. What a start that failed left behind may be all that is in its way.
	"$0" start && return
	bounded 20 sut_stop || reset_lab "cannot be stopped"
	"$0" start || reset_lab "does not start again"
}

do_login() {
	local host=${ISERSPEC_ADDRESS:?} port=${ISERSPEC_PORT:?}
	sut_iqn=${ISERSPEC_IQN:?}
	sut_workload=${ISERSPEC_WORKLOAD:-login}
	host_in_url "$host"
	sut_portal=$host:$port
	export sut_iqn sut_workload sut_portal
	[[ $sut_workload == @(login|io|discovery) ]] || die "ISERSPEC_WORKLOAD=$sut_workload is none of login, io and discovery"
	[[ -d $state ]] || mkdir -p "$state"
	sut_login
}

# ISERSPEC_DO is `NAME KEY=VALUE...`.
do_deed() {
	local -a words
	local word name
	read -r -a words <<<"${ISERSPEC_DO:?}"
	name=deed_${words[0]//-/_}
	for word in "${words[@]:1}"; do
		arg[${word%%=*}]=${word#*=}
	done
	# shellcheck disable=SC2034  # for drivers
	data=${ISERSPEC_DO_DATA:-}
	declare -F "$name" >/dev/null || not_supported "${words[0]}"
	"$name"
}

sut_main() {
	case $#:${1:-}:$role in
	1:role:* | 1:variants:*) ;;
	*) read_variant ;;
	esac
	case $#:${1:-}:$role in
	1:role:*) echo "$role" ;;
	1:version:* | 1:address:initiator)
		"sut_$1"
		echo
		;;
	1:name:* | 1:variants:* | 1:url:target | 1:resources:*) "do_$1" ;;
	1:look:*) do_look ;;
	1:prepare:*) ! declare -F sut_prepare >/dev/null || sut_prepare ;;
	1:run-options:*) do_run_options ;;
	1:save-coverage:*) save_coverage ;;
	1:do:*) do_deed ;;
	1:start:* | 1:stop:* | 1:restart:* | 1:group:* | 1:login:initiator) "do_$1" ;;
	1:logout:initiator) sut_logout ;;
	*)
		printf 'usage: %s role|name|version|variants|prepare|start|stop|run-options|group|restart|do|resources|' "$0" >&2
		[[ $role == target ]] && echo url >&2 || echo 'address|login|logout' >&2
		exit 2
		;;
	esac
}
