#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages: they build in a clean tree, lintian finds no error, they install with their dependencies in a fresh
# Debian, run there for any user, and leave nothing behind. The lines of tools/ci/Dockerfile are what installs them, and
# those of tools/ci/kubernetes.yaml one thing that runs. Root, a mirror and the lab's kernel (tools/lab/uml-kernel 6.1) are needed.
#
# usage: harness/tests/deb.sh [CHROOT]     CHROOT: a Debian that is there, in place of one made by mmdebstrap
set -u
cd "$(dirname "$0")/../.." || exit 2
# shellcheck source=harness/tests/is.bash
. harness/tests/is.bash
cache=${ISERSPEC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iserspec} out=build/deb chroot=${1:-$work/chroot}

if ((EUID)); then
	echo "deb.sh: root is needed"
	exit 2
fi

# inside COMMAND...: in the fresh Debian, with processes of its own.
inside() {
	# shellcheck disable=SC2016 # the inner shell's words
	unshare --mount --pid --fork bash -c 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs none "$1/tmp" &&
		exec chroot "$@"' _ "$chroot" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} "$@" </dev/null >"$work/log" 2>&1
}

# as_user COMMAND...: one without a home.
as_user() {
	inside setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent sh -c 'cd /srv/user && exec "$@"' _ "$@"
}

files() {
	(cd "$chroot" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./srv -o -path ./var/cache -o -path ./var/log \
		-o -path ./var/lib/apt \) -prune -o -path '*iserspec*' -print | sort)
}

# What tools/setup installs for the lab, so that neither list comes to lack something.
lists() {
	sed -n '/^Package: iserspec-lab/,$s/^ *\([a-z0-9.+-]*\)\( (.*)\)\{0,1\},\{0,1\}$/\1/p' debian/control | sort >"$work/control"
	# Of each Debian.
	tools/setup --list lab | grep -vx util-linux | grep -vxFf "$work/control"
}

commit=$(git describe --always --exclude='*' --abbrev=12)
make --no-print-directory deb >"$work/log" 2>&1
is 'make deb' 0 $?
lintian --allow-root --fail-on error "$out"/*.changes >"$work/log" 2>&1
is 'lintian' 0 $?
is 'lintian says' '' "$(<"$work/log")"
is 'what the lab needs is in debian/control' '' "$(lists)"

if [[ -z ${1:-} ]]; then
	sources=/etc/apt/sources.list.d/debian.sources
	[[ -e $sources ]] || sources=/etc/apt/sources.list
	mmdebstrap --variant=apt --mode=root --quiet bookworm "$chroot" "$sources" >"$work/log" 2>&1
	is 'a fresh Debian' 0 $?
fi
rm -rf "$chroot/srv"
mkdir -p "$chroot/srv/user" "$chroot/var/cache/iserspec"
chmod 777 "$chroot/srv/user"
cp "$out"/iserspec_*.deb "$out"/iserspec-lab_*.deb "$chroot/srv"
cp /etc/resolv.conf "$chroot/etc/resolv.conf"
# Not built once more.
cp -a "$cache/uml" "$chroot/var/cache/iserspec"
harness/tests/ci-steps.py tools/ci/Dockerfile >"$chroot/srv/image.sh"
inside sh /srv/image.sh
is 'the lines of the Dockerfile' 0 $?
is 'no kernel was built' '' "$(grep 'building User Mode Linux' "$work/log")"
# shellcheck disable=SC2016 # dpkg-query's own
is 'both are installed' 'iserspec iserspec-lab' "$(inside dpkg-query -W -f '${db:Status-Status} ${Package} ' 'iserspec*'; sed 's/installed //g; s/ $//' "$work/log")"
as_user iserspec run --model target --report report target/session
is 'a model' 0 $?
is 'its report' true "$(jq '.complete and (.cases | length) > 2 and .summary.fail == 0' "$chroot/srv/user/report/report.json")"
is 'its commit' "$commit" "$(jq -r .provenance.commit "$chroot/srv/user/report/report.json")"
as_user iserspec list --rules --check
is 'the ledger' 0 $?
as_user env TMPDIR=/srv/user iserspec-conformance --lab softverbs --sut model-target,model-initiator --cases '*/session/honest'
is 'iserspec-conformance' 0 $?
is 'its reports' 'pass pass' "$(jq -r '.cases[].verdict' "$chroot"/srv/user/iserspec-reports/latest-*/report.json | xargs)"
# The pods of the Indexed Job, one after another.
harness/tests/ci-steps.py tools/ci/kubernetes.yaml >"$chroot/srv/pod.sh"
for index in 0 1 2 3; do
	as_user env ISERSPEC_CACHE=/var/cache/iserspec JOB_COMPLETION_INDEX="$index" SUT=lio CASES=target/session REPORTS=/srv/user/reports \
		sh /srv/pod.sh
	is "the lines of the Indexed Job, pod $index" 0 $?
done
is 'the pods have run all cases, each once' "$(build/iserspec list --json target/session | jq -r '.[] | select(.tags | index("long") | not) | .id')" \
	"$(jq -r '.cases[].id' "$chroot"/srv/user/reports/[0-3]/latest-lio/report.json | sort)"
inside apt-get purge -y iserspec iserspec-lab
is 'apt purge' 0 $?
is "what is left" "" "$(files)"

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
