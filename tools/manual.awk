# SPDX-License-Identifier: BSD-2-Clause
# One help text, such as `iserspec run --help`, as a part of a manual page; tools/manual calls it.
#
# What a help text looks like: `usage: ` and lines of usage up to the first empty line; prose from the first column on,
# in which a line right above options is their heading; `  --OPTION VALUE  words`, two blanks in between, or the words
# on the next lines, indented by eight or more.
#
# Variables: name, that of the program in lines of usage; at "  tools/NAME ..." it is put in the place of the path.

# So that neither a dot at the beginning of a line nor a backslash or hyphen is taken for anything else.
function plain(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/^[.']/, "\\\\\\&&", text)
	return text
}

# Bold where it is to be typed as it stands, italic where something else stands for it.
function term(text, out, word) {
	out = ""
	while (match(text, /--?[a-z][a-z-]*|[A-Z][A-Z0-9_]+|./)) {
		word = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		out = out (word ~ /^-/ && RLENGTH > 1 ? "\\fB" plain(word) "\\fR" : word ~ /^[A-Z][A-Z0-9_]+$/ ? "\\fI" word "\\fR" : plain(word))
	}
	return out
}

function prose(text, out) {
	out = ""
	while (match(text, /`[^`]*`|--[a-z][a-z-]*/)) {
		out = out plain(substr(text, 1, RSTART - 1)) "\\fB" plain(substr(text, RSTART, RLENGTH)) "\\fR"
		text = substr(text, RSTART + RLENGTH)
	}
	out = out plain(text)
	gsub(/`/, "", out)
	return out
}

function flush_prose() {
	if (held == "")
		return
	begin_part()
	print prose(held)
	held = ""
}

function flush_option() {
	if (option == "")
		return
	print ".TP"
	print term(option)
	print prose(words)
	option = words = ""
}

function usage(line) {
	sub(/^usage: /, "", line)
	sub(/^ *tools\/[a-z]+/, name, line)
	# A usage that goes on is indented as deeply as its first line is long.
	if (line ~ /^            /)
		printf " %s", term(substr(line, match(line, /[^ ]/)))
	else {
		sub(/^ +/, "", line)
		if (said)
			print "\n.br"
		printf "%s", term(line)
	}
	said = 1
}

# Two blank-separated parts have a macro between them; what begins a section has none before it.
function begin_part() {
	if (between != "")
		print between
	between = ".PP"
}

/^usage: / || (/^  tools\/[a-z]+ / && !said) {
	flush_prose()
	begin_part()
	in_usage = 1
}
in_usage && /^$/ {
	in_usage = 0
	print ""
	next
}
in_usage {
	usage($0)
	next
}
/^$/ {
	flush_option()
	flush_prose()
	next
}
/^  [-A-Z]/ {
	if (held != "") {
		heading = held
		held = ""
		begin_part()
		print ".I " prose(heading)
	}
	if (words != "")
		flush_option()
	line = substr($0, 3)
	cut = match(line, /  +/)
	option = option (option == "" ? "" : " ") (cut ? substr(line, 1, RSTART - 1) : line)
	words = cut ? substr(line, RSTART + RLENGTH) : ""
	next
}
/^        / && option != "" {
	sub(/^ +/, "")
	words = words (words == "" ? "" : "\n") $0
	next
}
{
	flush_option()
	sub(/^ +/, "")
	held = held (held == "" ? "" : "\n") $0
}
END {
	flush_option()
	flush_prose()
}
