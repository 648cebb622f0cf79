#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bash completes commands, options, cases, rules, knobs, systems.    harness/tests/completion.sh PREFIX
#
# PREFIX is where `make install` has put the program.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=harness/tests/is.bash
. harness/tests/is.bash
prefix=$(realpath "${1:?usage: completion.sh PREFIX}") || exit 2
PATH=$prefix/bin:$PATH
# shellcheck source=tools/completion.bash
. "$prefix/share/bash-completion/completions/iserspec"
# Outside of a completion there is no such thing.
compopt() { options="$*"; }

# completed LINE: what bash would offer behind LINE, a word a line in $offered; as bash parts words, at = and : too.
completed() {
	local rest=$1 word pattern='^([^][ =:]+|[=:])'
	COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() options=''
	while [[ -n $rest ]]; do
		if [[ $rest == ' '* ]]; then
			rest=${rest# }
			[[ -n $rest ]] || COMP_WORDS+=('')
		elif [[ $rest =~ $pattern ]]; then
			word=${BASH_REMATCH[1]}
			COMP_WORDS+=("$word")
			rest=${rest#"$word"}
		else
			echo "cannot part: $rest"
			exit 2
		fi
	done
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	"$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\) .*/\1/')"
	offered=$(printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"} | sort -u)
}

# offers LINE WORD...: exactly these.
offers() {
	completed "$1"
	is "$1" "$(printf '%s\n' "${@:2}" | sort -u)" "$offered"
}

# offers_all LINE COMMAND...: what the command prints, and nothing else.
offers_all() {
	completed "$1"
	is "$1" "$("${@:2}" | sort -u)" "$offered"
	is "$1: is something" yes "$([[ -n $offered ]] && echo yes)"
}

options_of() { iserspec help --options "$1" | sed 's/\[*=.*//'; }
commands() { iserspec help --commands && printf '%s\n' help --help --version; }
systems() { echo all && find tools/sut -maxdepth 1 -type f -perm -1 -printf '%f\n'; }
# Cases and folders that begin with target/n.
cases() { ids target | grep ^target/n | sed 'p; s|/[^/]*$||'; }
ids() { iserspec list "$@" --json | jq -r '.[].id'; }
names() { iserspec list "$@" --json | jq -r '.[].name'; }

offers 'iserspec pr' prove
offers_all 'iserspec ' commands
for command in $(iserspec help --commands); do
	offers_all "iserspec $command --" options_of "$command"
done
offers 'iserspec run --shar' --shard
offers_all 'iserspec run --model target --knob ' names --knobs
offers_all 'iserspec run --model target --knob=' names --knobs
offers 'iserspec run --model=t' target
offers 'iserspec run --knob no-such-knob'
offers_all 'iserspec audit --monitor ' names --monitors
offers 'iserspec run --profile l' linux
offers_all 'iserspec show target/nop/' ids target/nop
offers 'iserspec run target/nop/echo-7' target/nop/echo-7
# Bash has parted the word at the colon, and wants what is behind it.
offers_all 'iserspec run tag:' bash -c "iserspec list --tags --json | jq -r '.[].tag'"
offers 'iserspec run rule:I7145-5.1.3-12' I7145-5.1.3-12
offers_all 'iserspec run target/n' cases
# Files are bash's own affair.
offers "iserspec audit $PWD/README"
offers "iserspec run --report $PWD/README"
offers 'iserspec show I7145-5.1.3-12' I7145-5.1.3-12
offers 'iserspec list --fields nop-i' nop-in
offers 'iserspec help --options mat' matrix
offers 'iserspec run tag' tag:
is 'no blank behind tag:' '-o nospace' "$options"
offers_all 'iserspec-conformance --sut ' systems
offers 'iserspec-conformance --sut li' libiscsi lio
offers 'iserspec-conformance --lab u' uml
offers 'iserspec-conformance --base' --baselines

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
