# shellcheck shell=bash disable=SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# A run in parts: every Nth case in a guest of its own, side by side as far as there are processors, and behind them one more
# guest in which the rest is done and the report of all is made. How many parts there are hangs on the cases alone, so that the
# same run leaves the same bytes on any machine.

# Fewer cases are not worth the guests.
readonly parts_from=100 parts_usual=4
# By unit and seed: how many parts, and how many of them have not ended.
declare -A parts_of=() parts_left=()

# chosen NAME: the ids of its cases. Those that are left to --long are run where they are named, too.
chosen() {
	local long=false
	[[ " ${options[*]-} ${patterns[*]-} " != *' --long '* && " ${patterns[*]-} " != *' tag:long '* ]] || long=true
	build/iserspec list --json --sut "$(role_of "$1")" ${patterns[@]+"${patterns[@]}"} |
		jq -r --argjson long "$long" --arg named " ${patterns[*]-} " '.[] | .id as $id |
			select($long or (.tags | index("long") | not) or ($named | contains(" " + $id + " "))) | $id'
}

# count_parts UNIT SEED: sets `parts_of` of it.
count_parts() {
	local cases
	parts_of[$1-$2]=1
	[[ $lab == uml && $native == no && -z ${own_cases[$1-$2]:-} ]] || return 0
	if [[ -n $parts ]]; then
		parts_of[$1-$2]=$parts
	else
		cases=$(chosen "$1" | wc -l)
		((cases < parts_from)) || parts_of[$1-$2]=$parts_usual
	fi
}

# queue_parts UNIT SEED: its parts come next. False where there is only one, which is all of it.
queue_parts() {
	local part
	local -a these=()
	((parts_of[$1-$2] > 1)) || return 1
	for ((part = 1; part <= parts_of[$1-$2]; part++)); do
		these+=("$1 $2 $part")
	done
	parts_left[$1-$2]=$((part - 1))
	queue=("${these[@]}" ${queue[@]+"${queue[@]}"})
}

# end_part UNIT SEED STATUS: behind the last part comes all of it. What is wrong with the set-up is so in each part; then the
# others are not begun.
end_part() {
	local entry
	local -a others=()
	parts_left[$1-$2]=$((parts_left[$1-$2] - 1))
	if [[ $3 == 2 || $3 == 77 ]]; then
		for entry in ${queue[@]+"${queue[@]}"}; do
			if [[ $entry == "$1 $2 "* ]]; then
				parts_left[$1-$2]=$((parts_left[$1-$2] - 1))
			else
				others+=("$entry")
			fi
		done
		queue=(${others[@]+"${others[@]}"})
	fi
	((parts_left[$1-$2])) || queue=("$1 $2 0" ${queue[@]+"${queue[@]}"})
}

# join_part DIR NUMBER: what a part has ended becomes the whole's: the journal's lines, the logs. What it began and did not end is
# begun once more. All parts begin with the same session, of which the first part's counts.
join_part() {
	local from=$1/parts/$2
	mkdir -p "$1/logs"
	(($2 == 1)) || rm -f "$from/logs/preflight.jsonl"
	if [[ -e $from/journal.jsonl ]]; then
		awk -v first="$(($2 == 1))" '/^\{"preflight":/ && first
			/^\{"start":/ { start = $0 }
			/^\{"end":/ { print start; print }' "$from/journal.jsonl" >>"$1/journal.jsonl"
	fi
	find "$from/logs" -type f -exec mv -t "$1/logs" {} + 2>/dev/null || true
}

# join_parts DIR OF: all of them, and what else they leave: the daemons' logs, coverage. Sets `boots` to that of all.
join_parts() {
	local part from more
	for ((part = 1; part <= $2; part++)); do
		from=$1/parts/$part
		join_part "$1" "$part"
		[[ ! -d $from/sut ]] || mv "$from/sut" "$1/sut-$part"
		if [[ -d $from/coverage ]]; then
			mkdir -p "$1/coverage"
			find "$from/coverage" -mindepth 1 -maxdepth 1 -exec mv -t "$1/coverage" {} +
		fi
		read -r more 2>/dev/null <"$from/boots" || more=0
		boots=$((boots + more))
	done
	rm -rf "$1/parts"
}
