# shellcheck shell=bash disable=SC2154  # part of tools/conformance, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# Is here what the run of a report hung on? Otherwise nothing is run (`iserspec verify --rerun`).

# of_report FILTER: what the report that --as names has there.
of_report() {
	jq -r "$1 // \"not told\"" "$as" 2>/dev/null || die "--as $as: no report"
}

# differs WHAT THEN HERE [TAIL]: a report may be a stranger's, and no text of it goes to a terminal as it is.
differs() {
	die "$1 is another one than then: ${2//[![:print:]]/?} then, ${3//[![:print:]]/?} here${4:-}"
}

# hold_against_report KERNEL-DIR: of --as. What is read is compared and printed, and nothing else.
hold_against_report() {
	local then here unit=${suts[0]}
	((${#suts[@]} == 1)) || die "--as is for one system"
	# What runs is the build; what runs it stands in this checkout.
	then=$(of_report .provenance.commit)
	here=$(build/iserspec --version | sed -n 's/.*(commit \(.*\))$/\1/p')
	[[ $here == "$then" ]] || differs "the program's commit" "$then" "$here"
	if [[ -e .git ]] && here=$(git describe --always --exclude='*' --abbrev=12 --dirty=+ 2>/dev/null); then
		[[ $here == "$then" ]] || differs "the checkout's commit" "$then" "$here" " (+: files were changed)"
	fi
	then=$(of_report .lab.kernel.digest) here=$(<"$1/digest")
	[[ $here == "$then" ]] || differs "the kernel" "$(of_report .lab.kernel.package), SHA-256 $then" "$(<"$1/package"), SHA-256 $here" \
		'; one that is built already may be named by --kernel FOLDER'
	then=$(of_report .sut.version)
	# Asked out here, of the kernel that it will run on.
	here=$(ISERSPEC_SUT_VARIANT=$(variant_of "$unit") "$drivers/${unit%%:*}" version) || exit 2
	here=${here/"Linux $(uname -r)"/"Linux $(<"$1/release")"}
	[[ $here == "$then" ]] || differs "the system" "$then" "$here"
	setarch -R true 2>/dev/null || die "addresses are not fixed here (setarch -R is refused), as they were then"
}
