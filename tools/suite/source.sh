# shellcheck shell=bash disable=SC2034,SC2154  # part of tools/sut-coverage and tools/fuzz-live, which have the variables
# SPDX-License-Identifier: BSD-2-Clause
# Systems under test built from source trees of the user's, with counters or sanitizers; and which of their files count.

# By their names in their tree: NAME REGEX.
declare -rA wanted=(
	[lio]='drivers/(infiniband/ulp/isert|target/iscsi)/[^/]*$'
	[open-iscsi]='drivers/(infiniband/ulp/iser/[^/]*|scsi/(libiscsi|scsi_transport_iscsi)[.]c)$'
	[tgt]='usr/iscsi/[^/]*$'
	[libiscsi]='lib/[^/]*$'
)

# is_source NAME DIR: whether it looks like a source tree of that.
is_source() {
	case $1 in
	tgt) [[ -e $2/usr/iscsi/iser.c ]] ;;
	libiscsi) [[ -e $2/lib/iscsi-command.c ]] ;;
	*) false ;;
	esac
}

# copy_source FROM TO: without what has been built there.
copy_source() {
	rm -rf "$2"
	mkdir -p "$2"
	tar -C "$1" -c --exclude=.git --exclude=.libs --exclude='*.o' --exclude='*.lo' --exclude='*.la' --exclude='*.so' \
		--exclude='*.gc??' --exclude=usr/tgtd --exclude=usr/tgtadm --exclude=usr/tgtimg . | tar -C "$2" -x
}

# built WHAT COMMAND...: its words go to $dir/build.log.
built() {
	local what=$1
	shift
	env -u MAKEFLAGS -u MAKELEVEL "$@" >>"$dir/build.log" 2>&1 </dev/null ||
		die "$what does not build: $(grep -m 1 -iE 'error|not found' "$dir/build.log" || tail -n 1 "$dir/build.log") ($dir/build.log)"
}

# make_tgt TREE COMPILER: what it is linked with besides, it takes from LIBS in the environment; -w undoes its -Werror.
make_tgt() {
	built tgt make -C "$1" -j"$(nproc)" programs ISCSI_RDMA=1 DEBUG=1 "CC=$2 -w"
}

# make_libiscsi TREE PREFIX COMPILER OPTION...: without libgcrypt, as Debian's, so that its own MD5 is built; 1.19 defines a
# variable in a header (-fcommon). OPTION: of configure.
make_libiscsi() {
	local tree=$1 prefix=$2 compiler=$3
	shift 3
	(
		cd "$tree"
		[[ -x configure ]] || built libiscsi autoreconf -i
		built libiscsi ./configure "--prefix=$prefix" --disable-werror --disable-tests --disable-test-tool --disable-examples \
			ac_cv_lib_gcrypt_gcry_control=no "CC=$compiler" CFLAGS='-g -O0 -w -fcommon' "$@"
		built libiscsi make -j"$(nproc)" install
	)
}
