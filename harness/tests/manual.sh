#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages are well-formed, and say what --help says, no more and no less.    harness/tests/manual.sh PREFIX
#
# PREFIX is where `make install` has put the program.
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=harness/tests/is.bash
. harness/tests/is.bash
prefix=$(realpath "${1:?usage: manual.sh PREFIX}") || exit 2
program=$prefix/bin/iserspec pages=$prefix/share/man

# section TITLE: that part of iserspec(1), as a terminal shows it, a blank between words.
section() {
	sed -n "/^$1\$/,/^[A-Z]/{/^[A-Z]/!p}" "$work/iserspec.1" | tr -s ' \n' ' '
}

# has TEXT OPTION: as a word of its own.
has() {
	grep -qE -- "(^|[^a-z-])$2([^a-z-]|\$)" <<<"$1"
}

for page in "$pages"/man1/iserspec.1 "$pages"/man1/iserspec-conformance.1 "$pages"/man5/iserspec-cases.5; do
	name=${page##*/}
	is "mandoc: $name" '' "$(mandoc -T lint -W warning "$page" 2>&1)"
	is "groff: $name" '' "$(LC_ALL=C.UTF-8 groff -t -ww -man -Tutf8 "$page" 2>&1 >/dev/null)"
	MANWIDTH=10000 man -E UTF-8 -l "$page" 2>/dev/null | col -bx >"$work/$name"
	is "$name has a page" yes "$([[ $(wc -l <"$work/$name") -gt 20 ]] && echo yes)"
	is "$name names itself" yes "$(grep -q "^ *${name%.?} - " "$work/$name" && echo yes)"
done

is 'the commands of --help' "$("$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')" "$("$program" help --commands)"
is 'the commands of the manual' "$("$program" help --commands)" "$(sed -n 's/^ISERSPEC \([A-Z]\{1,\}\)$/\1/p' "$work/iserspec.1" | tr "[:upper:]" "[:lower:]")"
is 'their words' "$("$program" --help | sed -n 's/^  [a-z]*  *\(.*\)/\1/p')" \
	"$("$program" --help | sed -n 's/^  [a-z]*  *\(.*\)/\1/p' | while IFS= read -r words; do grep -oF -- "$words" "$work/iserspec.1" | head -n 1; done)"

for command in $("$program" help --commands); do
	"$program" "$command" --help >"$work/help"
	manual=$(section "ISERSPEC ${command^^}")
	options=$("$program" help --options "$command" | sed 's/\[*=.*//' | grep -vx -e --help)
	# Each has --help at least.
	is "$command: reads its options by next_option()" yes "$([[ -n $("$program" help --options "$command") ]] && echo yes)"
	missing=()
	for option in $options; do
		has "$(<"$work/help")" "$option" || missing+=("help: $option")
		has "$manual" "$option" || missing+=("manual: $option")
	done
	is "$command: all options are told" '' "${missing[*]-}"
	# What stands in the lines of usage, or where an option is told about, is one that the command takes.
	is "$command: no other options are told" '' "$({ sed '/^$/,$d' "$work/help" && sed -n 's/^  \(-.*\)/\1/p' "$work/help" | sed 's/   *.*//'; } |
		grep -oE -e '--[a-z][a-z-]*' | sort -u | grep -vxF -e "$options")"
	# Each word of it, in order.
	is "$command: the manual says what --help says" "$(tr -d '`' <"$work/help" | tr -s ' \n' ' ' | sed 's/^usage: //; s/ $//')" "$(sed 's/^ //; s/ $//' <<<"$manual")"
done

tools/conformance --help | sed 's|tools/conformance \[|iserspec-conformance [|' | tr -d '`' | tr -s ' \n' ' ' >"$work/help"
is 'conformance: the manual says what --help says' "$(sed 's/ $//' "$work/help")" \
	"$(sed -n '/^DESCRIPTION$/,/^ENVIRONMENT/{/^[A-Z]/!p}' "$work/iserspec-conformance.1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"
# Of the language every section, and every term of its tables.
is 'the sections of the language' "$(sed -n 's/^###* //p' cases/language.md | tr -d '`' | sort)" \
	"$(sed -n 's/^ \{0,3\}\([A-Z][^ ].*\)/\1/p' "$work/iserspec-cases.5" | grep -xF "$(sed -n 's/^###* //p' cases/language.md | tr -d '`')" | sort)"
# shellcheck disable=SC2016 # the language's own quotes
terms=$(sed -n 's/^| `\([^`|]*\)`.*/\1/p' cases/language.md)
# shellcheck disable=SC2001 # every line of it
is 'the terms of the language' '' "$(while IFS= read -r term; do grep -qF -- "$term" "$work/iserspec-cases.5" || echo "$term"; done <<<"$terms")"
is 'there are terms' yes "$([[ $(wc -l <<<"$terms") -gt 50 ]] && echo yes)"

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
