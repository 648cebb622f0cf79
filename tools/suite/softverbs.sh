# shellcheck shell=bash disable=SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# The lab without any machine: softverbs in place of the RDMA libraries, all in processes of this machine and this user. Its
# clock is the real one, and most of a run is waiting, so that it is cut into parts that wait side by side: each has a space
# of addresses of its own, a system under test of its own, and every Nth case.

# Systems whose code is in the kernel never see a library of ours.
readonly softverbs_suts='tgt libiscsi model-target model-initiator reference-target reference-initiator'
# Parts that wait at once; each is a tgtd, say, and little else.
readonly softverbs_parts=40

softverbs_choose() {
	local word
	for word in modules clock jitter smp memory append link; do
		[[ -z ${!word} ]] || die "--$word is not for --lab softverbs, which boots no kernel"
	done
	[[ $kernel == 6.1 ]] || die "--kernel is not for --lab softverbs, which boots no kernel"
	[[ $fabric == rxe ]] || die "--fabric $fabric is not for --lab softverbs"
	fabric=softverbs
	[[ $native == no ]] || die "--native is a lab of its own"
}

# softverbs_prepare: what is there to be run on it.
softverbs_prepare() {
	local name
	local -a suited=()
	[[ $setup == no ]] || env -u MAKEFLAGS -u MAKELEVEL make -s -j"$(nproc)" softverbs || die "the build failed"
	[[ -e build/softverbs/libibverbs.so.1 ]] || die "there is no build/softverbs (run make softverbs)"
	for name in "${suts[@]}"; do
		if [[ " $softverbs_suts " == *" ${name%%:*} "* ]]; then
			suited+=("$name")
		elif [[ $wanted_suts == all ]]; then
			say "$name: not in --lab softverbs, as its iSER is in the kernel"
		else
			die "${name%%:*} has its iSER in the kernel, or is not known to do without: --lab softverbs is for ${softverbs_suts// /, }"
		fi
	done
	suts=("${suited[@]}")
	# Who else is busy here decides how long things take, not how fast the parts are by themselves.
	[[ " ${options[*]-} " == *' --timeout-scale '* ]] || options+=(--timeout-scale 1)
}

# in_space NUMBER WHERE COMMAND...: a space of its own, for part NUMBER of this run; 0 is the run's end.
in_space() {
	local number=$1 where=$2
	shift 2
	mkdir -p "$where/$number"
	env LD_LIBRARY_PATH="$root/build/softverbs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" SOFTVERBS_SPACE="$$-$number" \
		ISERSPEC_LAB=softverbs ISERSPEC_STATE="$where/$number" ISERSPEC_SUT_ADDRESS=127.0.0.1 \
		ISERSPEC_SUT_TCP="127.$((1 + $$ / 65536 % 250)).$(($$ / 256 % 256)).$((1 + number))" "$@"
}

# part NAME DIR NUMBER WHERE OPTION...: the cases in DIR/parts/NUMBER.cases.
part() {
	local name=$1 dir=$2 number=$3 where=$4
	local -a ids
	shift 4
	mapfile -t ids <"$dir/parts/$number.cases"
	mkdir -p "$dir/parts/$number"
	cp -p "$dir/lab.json" "$dir/parts/$number"
	[[ ! -e $dir/baseline ]] || cp -p "$dir/baseline" "$dir/parts/$number"
	in_space "$number" "$where" tools/conformance inside "$name" "$dir/parts/$number" "$@" "${ids[@]}" \
		>"$dir/parts/$number.log" 2>&1 </dev/null
}

# expected_seconds: an id a line, and before it what the case's `wait`s come to. The real clock makes that the length of most.
expected_seconds() {
	local id
	while read -r id; do
		awk -v id="$id" '{ sub(/#.*/, "") } match($0, /(^|[ \t])wait [0-9]+s/) { s = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", s); sum += s }
			END { print 2 + sum, id }' "${ISERSPEC_CASES:-cases}/$id.iser" 2>/dev/null || echo "2 $id"
	done
}

# divide NAME DIR: the cases into parts of about the same length, a file each; prints how many.
divide() {
	mkdir -p "$2/parts"
	chosen "$1" | expected_seconds | sort -k 1,1nr -s |
		awk -v most="${parts:-$softverbs_parts}" -v dir="$2/parts" '{
			n = 1
			for (i = 2; i <= most; i++) if (sum[i] < sum[n]) n = i
			sum[n] += $1
			print $2 >(dir "/" n ".cases")
			if (n > used) used = n
		} END { print used + 0 }'
}

# run_in_softverbs NAME DIR OPTION...: the parts, and then all of it as one: what a part did not end, or found inconclusive,
# is run once more, by itself, and the report is of all.
run_in_softverbs() {
	local name=$1 dir=$2 of number where status=0
	local -a pids=()
	shift 2
	where=$(mktemp -d "${TMPDIR:-/tmp}/iserspec-softverbs.XXXXXX")
	printf '{"lab": {"name": "softverbs", "clock": "real", "fabric": "softverbs", "processors": %d, "hosts": 1}}\n' "$(nproc)" >"$dir/lab.json"
	of=$(divide "$name" "$dir")
	# shellcheck disable=SC2064  # now
	trap "trap '' INT TERM HUP; kill -TERM \${pids[@]+\"\${pids[@]}\"} 2>/dev/null; wait; rm -rf '$where'; exit 143" INT TERM HUP
	for ((number = 1; number <= of; number++)); do
		part "$name" "$dir" "$number" "$where" "$@" &
		pids+=("$!")
	done
	wait "${pids[@]}" || true
	echo "$of parts ended"
	for ((number = 1; number <= of; number++)); do
		join_part "$dir" "$number"
	done
	in_space 0 "$where" tools/conformance inside "$name" "$dir" --again "$@" ${patterns[@]+"${patterns[@]}"} &
	pids=("$!")
	wait "${pids[@]}" || status=$?
	rm -rf "$where"
	return "$status"
}
