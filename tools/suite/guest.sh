# shellcheck shell=bash disable=SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# One run of one system: what happens beside it, and how many guests that takes.

# A run of all cases takes minutes. What ends at this limit looks as if the case in hand had ended it.
readonly guest_s=3600
# Boots in a row that end no case: one is lost to a case that is run once more, one to the same case again.
readonly max_boots=20 max_stuck=3
# The status of a driver that could not do its part, and of `iserspec run` when a SUT does not come back.
readonly could_not=75

# start_sut DRIVER: what is left of a start that failed may be all that is in the way of the next.
start_sut() {
	"$1" start && return
	"$1" stop || true
	echo "$name did not start: tried once more"
	"$1" start && return
	echo "$name cannot be started"
	"$1" stop || true
	return "$could_not"
}

# run_here NAME DIR OPTION-OR-PATTERN...: what happens in the guest, or on this machine. Exit status of `iserspec run`.
run_here() {
	local name=$1 dir=$2 driver=$drivers/$1 status=0
	local -a how more by=()
	shift 2
	# What is to happen at a stated moment cannot wait for the system under test to give up the guest's one processor; that
	# one's commands, which iserspec starts, are none the better for it.
	[[ -z ${ISERSPEC_PRIORITY:-} ]] || by=(chrt --fifo "$ISERSPEC_PRIORITY")
	[[ ! -e $dir/lab.json ]] || how+=(--lab "$dir/lab.json")
	export ISERSPEC_SUT_LOG=$dir/sut
	[[ ${ISERSPEC_HOSTS:-1} == 1 ]] || driver_across "$name"
	start_sut "$driver" || return "$could_not"
	if [[ $("$driver" role) == target ]]; then
		how+=(--target "$("$driver" url)")
	else
		how+=(--initiator "$("$driver" address)" --login "${by[*]:+chrt --other 0 }$driver login" --logout "${by[*]:+chrt --other 0 }$driver logout")
	fi
	how+=(--do "${by[*]:+chrt --other 0 }$driver do")
	mapfile -t more < <("$driver" run-options)
	[[ ${ISERSPEC_HOSTS:-1} == 1 ]] || options_across
	"${by[@]}" build/iserspec run "${how[@]}" "${more[@]}" --restart "$driver restart" \
		--sut-name "$("$driver" name)" --sut-version "$("$driver" version)" --report "$dir" --resume "$@" || status=$?
	"$driver" stop || echo "$name cannot be stopped"
	return "$status"
}

# cases_ended DIR: none where there is no journal yet, or none that can be read.
cases_ended() {
	local ended
	ended=$(grep -cs '^{"end":' "$1/journal.jsonl") || true
	echo "${ended:-0}"
}

# inconclusive DIR: the cases that say nothing.
inconclusive() {
	[[ ! -e $1/report.json ]] || jq -r '.cases[] | select(.verdict == "inconclusive") | .id' "$1/report.json"
}

# forget_case DIR: takes back that the last case was begun, so that it is run once more; sets `forgotten`. False a second
# time, as then it is the case.
forget_case() {
	forgotten=$(tail -n 1 "$1/journal.jsonl" 2>/dev/null | sed -n 's/^{"start":"\([^"]*\)".*/\1/p')
	[[ -n $forgotten ]] || return 1
	grep -qxsF "$forgotten" "$1/forgotten" && return 1
	echo "$forgotten" >>"$1/forgotten"
	sed -i '$d' "$1/journal.jsonl"
}

# why_it_ended STATUS DIR CONSOLE: sets `why`, and `died` to options that tell `iserspec run` how its machine went.
why_it_ended() {
	local words
	died=()
	case $1 in
	"$could_not") why="$name did not come back" ;;
	122) why="its guest was reset on purpose, $(reset_words "$3")" ;;
	123) why='its guest made no progress' ;;
	124) why="its guest took longer than $guest_s s" ;;
	125) why='its guest did not boot' ;;
	126)
		if words=$(kernel_words "$3"); then
			why="its guest died: $words"
			died=(--died "$words (${3##*/})")
			return
		fi
		# Whatever ended it, a kernel that says nothing proves nothing.
		why='its guest ended without a word'
		;;
	esac
	[[ $1 != 12[2346] ]] || ! forget_case "$2" || why+=" in $forgotten, which is run once more"
	died=(--died "$why (${3##*/})")
}

# go_through NAME DIR SEED PROCESSOR OPTION...: boots as often as it takes, as long as there is progress.
go_through() {
	local name=$1 dir=$2 number=$3 processor=$4 status before console why forgotten stuck=0
	local -a died=() more captured=()
	shift 4
	while ((boots < max_boots)); do
		boots=$((boots + 1))
		console=${dir%/parts/*}/console-${part:+$part-}$boots.log
		before=$(cases_ended "$dir")
		status=0
		more=("$@")
		# The journal tells all later boots.
		[[ $* != --again ]] || ! grep -qs '^{"again"' "$dir/journal.jsonl" || more=()
		# What was reached in this boot; the share has the same name in all guests.
		[[ -z ${ISERSPEC_COVERAGE:-} ]] || export ISERSPEC_COVERAGE=/run/iserspec/share/coverage/boot-${part:+$part-}$boots
		((hosts == 1)) || captured=(--capture "$dir/capture-$boots.pcap")
		LAB_BOOT=$boots LAB_PARTS=$of tools/lab/run "${lab_options[@]}" --seed "$number" ${processor:+--cpu "$processor"} --share "$dir" \
			--console "$console" --pidfile "$dir/lab.pid" --facts "$dir/lab.json" --timeout $((guest_s * repeat)) \
			--progress "$dir/journal.jsonl" --fixed-names ${captured[@]+"${captured[@]}"} \
			-- /run/iserspec/here/tools/conformance inside "$name" "$guest_dir" --seed "$number" \
			${options[@]+"${options[@]}"} ${died[@]+"${died[@]}"} ${more[@]+"${more[@]}"} ${patterns[@]+"${patterns[@]}"} &
		lab_pid=$!
		wait "$lab_pid" || status=$?
		case $status in
		"$could_not" | 12[23456]) why_it_ended "$status" "$dir" "$console" ;;
		*) return "$status" ;;
		esac
		if (($(cases_ended "$dir") > before)); then
			stuck=0
		elif ((++stuck == max_stuck)) || [[ $status == "$could_not" && $stuck == 2 ]]; then
			echo "$why: given up after $stuck guests without any progress (kernel log: $console)"
			return "$status"
		fi
		echo "$why; going on in a new guest (kernel log: $console)"
	done
	echo "$why: given up after $max_boots guests"
	return "$status"
}

# run_in_lab NAME DIR SEED PROCESSOR: all cases, and once more, in a fresh guest, those that say nothing: that may have been
# our trouble. With --repeat it is a finding.
run_in_lab() {
	local status=0 left
	[[ -z ${ISERSPEC_COVERAGE:-} ]] || mkdir -p "$2/coverage"
	go_through "$@" || status=$?
	((status <= 4 && repeat == 1)) || return "$status"
	left=$(inconclusive "$2")
	[[ -n $left ]] || return "$status"
	echo "inconclusive, run once more in a fresh guest: ${left//$'\n'/ }"
	status=0
	go_through "$@" --again || status=$?
	return "$status"
}

# The same without a guest.
run_native() {
	local name=$1 dir=$2 status=0 left
	shift 2
	run_here "$name" "$dir" "$@" || status=$?
	((status <= 4 && repeat == 1)) || return "$status"
	left=$(inconclusive "$dir")
	[[ -n $left ]] || return "$status"
	echo "inconclusive, run once more: ${left//$'\n'/ }"
	status=0
	run_here "$name" "$dir" --again "$@" || status=$?
	return "$status"
}

# run_part PART OF NAME DIR SEED PROCESSOR: every OFth case, from the PARTth on. Its folder is a report's for itself.
run_part() {
	local part=$1 of=$2 name=$3 dir=$4 status=0
	shift 4
	mkdir -p ${ISERSPEC_COVERAGE:+"$dir/coverage"} "$dir"
	go_through "$name" "$dir" "$@" --shard "$part/$of" --no-summary || status=$?
	echo "$boots" >"$dir/boots"
	return "$status"
}

# run_rest OF NAME DIR SEED PROCESSOR: behind the parts, in a fresh guest: what they did not end or found inconclusive, and the
# report of all.
run_rest() {
	local before left status=0
	join_parts "$3" "$1"
	before=$boots boots=0
	shift
	left=$(jq -rn '[inputs | select(.end)] | map({(.end): .result.verdict}) | add // {} | to_entries[] |
		select(.value == "inconclusive") | .key' "$2/journal.jsonl" 2>/dev/null) || true
	[[ -z $left ]] || echo "inconclusive, run once more in a fresh guest: ${left//$'\n'/ }"
	[[ -z ${ISERSPEC_COVERAGE:-} ]] || mkdir -p "$2/coverage"
	go_through "$@" --again || status=$?
	boots=$((boots + before))
	return "$status"
}

# add_host DIR SECONDS STARTED: what is true of this machine alone, for people, and what `iserspec replay` needs to say it again. It goes into the report when the guest has ended,
# which shall not hang on it.
add_host() {
	[[ -e $1/report.json ]] || return 0
	jq --arg started "$3" --argjson seconds "$((SECONDS - $2))" --argjson processors "$(nproc)" --argjson guests "$boots" \
		--arg load "$(cut -d ' ' -f 1-3 /proc/loadavg)" --arg command "${command_line% }" --arg system "$unit" \
		'.host = (.host // {}) + {started: $started, seconds: $seconds, guests: $guests, processors: $processors, load: $load, command: $command, system: $system}' \
		"$1/report.json" >"$1/report.json.new" && mv "$1/report.json.new" "$1/report.json"
}

# run_sut UNIT DIR SEED PROCESSOR PART: in a process of its own; each line of output gets the unit's name. PART 0 is all of it, or
# what comes behind its parts.
run_sut() {
	local unit=$1 name=${1%%:*} dir=$2 status=0 lab_pid='' prefixer line guest_dir=/run/iserspec/share label part='' boots=0 of=${parts_of[$1-$3]}
	local -a began_at
	read -r -a began_at <<<"${began[$1-$3]}"
	label=$unit$(seed_suffix "$3")
	if (($5)); then
		dir+=/parts/$5 label+=" $5/$of"
		mkdir -p "$dir"
	fi
	export ISERSPEC_SUT_VARIANT
	ISERSPEC_SUT_VARIANT=$(variant_of "$unit")
	[[ $native == no && $lab != softverbs ]] || guest_dir=$dir
	if write_baseline "$unit" >"$dir/baseline"; then
		options+=(--baseline "$guest_dir/baseline")
	else
		rm -f "$dir/baseline"
	fi
	[[ -z ${own_cases[$unit-$3]:-} ]] || read -r -a patterns <<<"${own_cases[$unit-$3]}"
	# Not a wait for all: the prefixer ends only behind us, when it has read everything.
	trap '[[ -z $lab_pid ]] || { kill -TERM "$lab_pid" 2>/dev/null; wait "$lab_pid"; }; exit 143' INT TERM HUP
	exec {prefixed}> >(
		trap '' INT TERM
		while IFS= read -r line; do
			printf '%-*s | %s\n' "$width" "$label" "${line//\/run\/iserspec\/share/"${dir#"$root/"}"}"
		done
	)
	prefixer=$!
	if [[ $lab == softverbs ]]; then
		run_in_softverbs "$name" "$dir" --seed "$3" ${options[@]+"${options[@]}"} &
		lab_pid=$!
		wait "$lab_pid" || status=$?
		add_host "$dir" "${began_at[@]}"
	elif [[ $native == yes ]]; then
		run_native "$name" "$dir" --seed "$3" ${options[@]+"${options[@]}"} ${patterns[@]+"${patterns[@]}"} &
		lab_pid=$!
		wait "$lab_pid" || status=$?
	elif (($5)); then
		run_part "$5" "$of" "$name" "$dir" "$3" "$4" || status=$?
	else
		if ((of > 1)); then
			run_rest "$of" "$name" "$dir" "$3" "$4" || status=$?
		else
			run_in_lab "$name" "$dir" "$3" "$4" || status=$?
		fi
		add_host "$dir" "${began_at[@]}"
	fi >&"$prefixed" 2>&1
	exec {prefixed}>&-
	wait "$prefixer" || true
	exit "$status"
}
