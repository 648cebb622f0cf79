# bash completion for iserspec and iserspec-conformance                    -*- shell-script -*-
# SPDX-License-Identifier: BSD-2-Clause
#
# All words are the program's own: commands and options by `iserspec help`, the rest by `iserspec list`.

# _iserspec_ask WORD...: what the program says, each first word of a line that begins in the first column.
_iserspec_ask() {
	"$_iserspec_program" "$@" 2>/dev/null | sed -n 's/^\([^ ,=]\{1,\}\).*/\1/p'
}

# Case ids and their folders, word by word; tag: and rule: as patterns have them.
_iserspec_patterns() {
	case $cur in
	tag:*) _iserspec_ask list --tags ${dir:+--cases "$dir"} | sed 's/^/tag:/' ;;
	rule:*) _iserspec_ask list --rules ${dir:+--cases "$dir"} | sed 's/^/rule:/' ;;
	*)
		_iserspec_ask list ${dir:+--cases "$dir"} | sed 'p; s|/[^/]*$||; p; s|/[^/]*$||' | sort -u
		printf '%s\n' tag: rule:
		;;
	esac
}

# The value of an option of `iserspec`; where nothing is said, bash offers files.
_iserspec_value() {
	case $1 in
	--knob) _iserspec_ask list --knobs ;;
	--option) _iserspec_ask list --options | sed 's/$/=/' ;;
	--monitor) _iserspec_ask list --monitors ;;
	--profile) _iserspec_ask list --profiles ;;
	--model | --sut) printf '%s\n' target initiator ;;
	--workload) printf '%s\n' login io discovery ;;
	--allow-writes) echo everything ;;
	--exclude) _iserspec_patterns ;;
	esac
}

# What stands where no option is expected.
_iserspec_operand() {
	case $1 in
	show) _iserspec_ask list --rules ${dir:+--cases "$dir"} && _iserspec_patterns ;;
	list)
		if [[ " ${words[*]} " == *' --fields '* ]]; then
			_iserspec_ask list --fields
		elif [[ ! " ${words[*]} " =~ ' '(--unproved|--stimulus)' ' ]]; then
			_iserspec_patterns
		fi
		;;
	audit | matrix) ;;
	model) printf '%s\n' target initiator ;;
	help) printf '%s\n' --commands --options ;;
	*) _iserspec_patterns ;;
	esac
}

# _iserspec_reply WORDS: of these the ones that go on from `cur`. What stands before its last colon, bash takes for another
# word.
_iserspec_reply() {
	local before=''
	[[ $cur != *:* || $COMP_WORDBREAKS != *:* ]] || before=${cur%"${cur##*:}"}
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
	COMPREPLY=("${COMPREPLY[@]#"$before"}")
	# There is more to come behind these.
	[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *[=:] ]] || compopt -o nospace
}

# _iserspec_line: sets `words`, those before the cursor, `cur` and `previous`, with what bash has parted at = and : put
# together.
_iserspec_line() {
	local text=${COMP_LINE:0:COMP_POINT}
	read -r -a words <<<"$text"
	cur=''
	[[ $text == *' ' ]] || cur=${words[-1]}
	[[ $text == *' ' ]] || unset 'words[-1]'
	previous=${words[-1]}
}

_iserspec() {
	local cur previous command dir='' i _iserspec_program=${COMP_WORDS[0]}
	local -a words
	COMPREPLY=()
	_iserspec_line
	command=${words[1]:-}
	for ((i = 1; i + 1 < ${#words[@]}; i++)); do
		[[ ${words[i]} != --cases ]] || dir=${words[i + 1]}
	done
	if ((${#words[@]} == 1)); then
		_iserspec_reply "$("$_iserspec_program" help --commands 2>/dev/null) help --help --version"
	elif [[ $cur == --*=* ]]; then
		local option=${cur%%=*}
		cur=${cur#*=}
		_iserspec_reply "$(_iserspec_value "$option")"
	elif [[ $cur == -* ]]; then
		_iserspec_reply "$("$_iserspec_program" help --options "$command" 2>/dev/null | sed 's/\[*=\]*$//')"
	elif "$_iserspec_program" help --options "$command" 2>/dev/null | grep -qx -e "$previous="; then
		_iserspec_reply "$(_iserspec_value "$previous")"
	elif [[ $command == help && $previous == --options ]]; then
		_iserspec_reply "$("$_iserspec_program" help --commands)"
	else
		_iserspec_reply "$(_iserspec_operand "$command")"
	fi
} && complete -o default -F _iserspec iserspec

# The drivers are beside the program, by their names.
_iserspec_conformance() {
	local cur previous share _iserspec_program=iserspec dir=''
	local -a words
	COMPREPLY=()
	_iserspec_line
	share=$(type -P "${COMP_WORDS[0]}") || return
	share=$(readlink -f "$share")
	share=${share%/bin/*}/share/iserspec
	case $previous in
	--sut) _iserspec_reply "all $(find "$share/tools/sut" -maxdepth 1 -type f -perm -1 -printf '%f\n')" ;;
	--cases) _iserspec_reply "$(_iserspec_patterns)" ;;
	--lab) _iserspec_reply 'uml qemu softverbs' ;;
	--fabric) _iserspec_reply 'rxe siw' ;;
	--kernel) _iserspec_reply '6.1 6.12 debug gcov' ;;
	--modules | --reports | --baselines | --key | --claims | --output) ;;
	*) _iserspec_reply "$("${COMP_WORDS[0]}" --help | grep -oE -e '--[a-z-]+' | sort -u)" ;;
	esac
} && complete -o default -F _iserspec_conformance iserspec-conformance
