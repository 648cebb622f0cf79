# shellcheck shell=bash disable=SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# What is told at the end of all runs.

# An order from bad to worse.
readonly severity=(0 3 4 77 1)

rank() {
	local i
	for i in "${!severity[@]}"; do
		if ((severity[i] == $1)); then
			echo "$i"
			return
		fi
	done
	echo "${#severity[@]}"
}

# reports_of UNIT: their folders, a seed each; of a run that was interrupted those of its parts.
reports_of() {
	local this dir
	for ((this = seed; this < seed + seeds; this++)); do
		[[ -n ${report[$1-$this]:-} ]] || continue
		for dir in "${report[$1-$this]}" "${report[$1-$this]}"/parts/*; do
			[[ -e $dir/report.json ]] || continue
			printf '%s\n' "$dir"
			[[ $dir != "${report[$1-$this]}" ]] || break
		done
	done
}

# units_in_order: each system with its variants behind it.
units_in_order() {
	local name unit
	for name in "${suts[@]}"; do
		printf '%s\n' "$name"
		for unit in "${units[@]}"; do
			[[ $unit != "$name":* ]] || printf '%s\n' "$unit"
		done
	done | awk '!seen[$0]++'
}

# print_remains UNIT: what our trouble kept from a verdict, though it was tried twice.
print_remains() {
	local this dir
	for ((this = seed; this < seed + seeds; this++)); do
		dir=${report[$1-$this]:-}
		[[ -n $dir ]] || continue
		if [[ ! -e $dir/report.json && -d $dir/parts ]]; then
			printf 'remains: %s: its parts were not joined, as it was interrupted\n' "$1"
			continue
		elif [[ ! -e $dir/report.json ]]; then
			printf 'remains: %s: there is no report, as no case was run\n' "$1"
			continue
		fi
		jq -r --arg unit "$1" '(if .planned > (.cases | length) then
				"remains: \($unit): \(.planned - (.cases | length)) of \(.planned) cases were not run" else empty end),
			(.cases[] | select(.verdict == "inconclusive") | "remains: \($unit): \(.id) inconclusive: \(.reason)")' "$dir/report.json"
	done
}

# print_seeds NAME DIR...: the verdicts of one SUT that hang on the seed, each with the seeds that repeat it.
print_seeds() {
	local name=$1
	shift
	echo
	echo "$name: what hangs on the seed (none where nothing follows)"
	jq -r -s 'map(.seed as $seed | (.cases + .monitors)[] | {id, verdict, seed: $seed}) | group_by(.id)[] |
		select(map(.verdict) | unique | length > 1) | .[0].id + ": " +
		(group_by(.verdict) | map(.[0].verdict + " with seed " + (map(.seed | tostring) | join(","))) | join("; "))' \
		"${@/%//report.json}"
}

print_matrix() {
	local unit dir
	local -a dirs=() of_one names
	mapfile -t names < <(units_in_order)
	echo
	for unit in "${names[@]}"; do
		print_remains "$unit"
	done
	for unit in "${names[@]}"; do
		mapfile -t of_one < <(reports_of "$unit")
		dirs+=(${of_one[@]+"${of_one[@]}"})
		((${#of_one[@]} < 2 || seeds == 1)) || print_seeds "$unit" "${of_one[@]}"
	done
	((${#dirs[@]})) || return 0
	build/iserspec matrix "${dirs[@]}"
	echo
	for dir in "${dirs[@]}"; do
		# Of this machine's clock, with all boots in it.
		printf 'report: %s%s\n' "${dir#"$root/"}" "$(jq -r '.host | if .guests then
			" (\(.seconds) s, \(.guests) guest\(if .guests > 1 then "s" else "" end))" else "" end' "$dir/report.json")"
	done
}

# A tree of the user's is compared with itself before it was changed.
compare_tree() {
	local name
	[[ $lab == uml && -d ${kernel%+*} ]] || return 0
	for name in "${suts[@]}"; do
		[[ ! -e ${report[$name-$seed]:-/}/report.json ]] || tools/lab/reference "${kernel%+*}" "$(safe_name "$name")" "${report[$name-$seed]}" || true
	done
}
