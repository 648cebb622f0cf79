# shellcheck shell=bash disable=SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# A unit is a system in one of its variants: NAME or NAME:KEY=VALUE[,KEY=VALUE].

variant_of() {
	[[ $1 != *:* ]] || printf '%s' "${1#*:}"
}

# A unit as part of a file's name that any store takes.
safe_name() {
	printf '%s' "${1//[:=,]/-}"
}

# read_units TEXT: sets `suts`. A comma parts systems and settings alike; what has a value and no name goes on with the
# unit before it.
read_units() {
	local word
	local -a words
	IFS=', ' read -r -a words <<<"${1//$'\n'/ }"
	suts=()
	for word in "${words[@]}"; do
		if [[ $word == *=* && $word != *:* ]]; then
			((${#suts[@]})) && [[ ${suts[-1]} == *:* ]] || die "--sut: $word is a setting of no system (NAME:$word)"
			suts[-1]+=,$word
		else
			suts+=("$word")
		fi
	done
}

# check_unit UNIT: the driver itself says what is wrong with a variant.
check_unit() {
	local name=${1%%:*}
	[[ -n $name && $name != */* && -x $drivers/$name && ! -d $drivers/$name ]] || die "no driver $drivers/$name; there are: $(drivers | tr '\n' ' ')"
	[[ $1 != *: && $1 =~ ^[A-Za-z0-9:=,._-]*$ ]] || die "--sut: $1 is no NAME:KEY=VALUE"
	ISERSPEC_SUT_VARIANT=$(variant_of "$1") "$drivers/$name" name >/dev/null || exit 2
}

# own_cases_of NAME PATTERNS DIR: of the cases that the report in DIR calls not-applicable those among the patterns.
own_cases_of() {
	local -a words
	local pattern
	read -r -a words <<<"$2"
	for pattern in "${words[@]}"; do
		# A pattern may be ahead of the cases there are.
		build/iserspec list --json "$pattern" 2>/dev/null || echo '[]'
	done | jq -r -s --slurpfile report "$3/report.json" '(map(.[].id) | unique) as $wanted |
		[$report[0].cases[] | select(.verdict == "not-applicable") | .id | select(IN($wanted[]))] | join(" ")'
}

# plan_variants UNIT SEED: behind the run of a plain system, puts its variants that have cases of their own into the queue.
plan_variants() {
	local variant wanted purpose mine
	[[ $variants == yes && $1 != *:* && -e ${report[$1-$2]}/report.json ]] || return 0
	while IFS=$'\t' read -r variant wanted purpose; do
		mine=$(own_cases_of "$1" "$wanted" "${report[$1-$2]}")
		[[ -n $mine ]] || continue
		say "$1:$variant ($purpose): $(wc -w <<<"$mine") cases that do not apply to $1"
		own_cases[$1:$variant-$2]=$mine
		queue+=("$1:$variant $2")
		[[ " ${units[*]} " == *" $1:$variant "* ]] || units+=("$1:$variant")
	done < <("$drivers/$1" variants)
}

# The most specific of what is known of a unit.
baseline_for() {
	local file where=${lab:-native}
	local -a files=("$1@$fabric@$where" "$1@$fabric" "$1@$where" "$1")
	# The fabric decides more than the lab does, sanitizers more than either.
	[[ $kernel != *debug && $kernel != *debug-cover ]] || files=("$1@$fabric@$where+debug" "$1@$where+debug" "${files[@]}")
	for file in "${files[@]}"; do
		if [[ -n $baselines && -f $baselines/$file ]]; then
			printf '%s' "$baselines/$file"
			return
		fi
	done
}

# write_baseline UNIT: what is known of a variant, and of its system where the variant's own file does not speak of a case.
# False when nothing is known.
write_baseline() {
	local own='' plain
	plain=$(baseline_for "${1%%:*}")
	[[ $1 != *:* ]] || own=$(baseline_for "$(safe_name "$1")")
	[[ -n $own$plain ]] || return 1
	awk 'FNR == 1 { file++ } /^[^#]/ && NF { if (file > 1 && $1 in seen) next; if (file == 1) seen[$1] } { print }' \
		${own:+"$own"} ${plain:+"$plain"}
}
