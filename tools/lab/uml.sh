# shellcheck shell=bash disable=SC2034,SC2154  # part of tools/lab/run, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# The lab's machine in User Mode Linux: a kernel that is an ordinary program, built from source, in virtual time. Needs no
# root, no KVM and no device.
#
# Nothing in the guest hangs on the host: the kernel's command line, file names and environment are the same in each run
# (everything is relative to the program's working directory, which the guest knows as /proc/self/cwd), addresses are not
# randomised, and what the kernel asks the host for, random numbers, comes from the seed (seed.c).

readonly -a uml_programs=(busybox setpriv setsid taskset pkill)
# The date at which each guest's clock starts, in nanoseconds since 1970; any will do, as long as it is the same.
readonly uml_start=1767225600000000000

uml_parse() {
	clock=${clock:-inf-cpu}
	# Time travel that counts the processor's time panics within seconds: reports/known/labs.md.
	[[ $clock == inf-cpu || $clock == real ]] || die "--clock $clock is neither inf-cpu nor real"
	[[ -z $accel ]] || die "--accel wants --lab qemu"
	[[ -z $modules ]] || die "--modules wants --lab qemu"
	[[ ${smp:-1} == 1 ]] || die "--smp $smp wants --lab qemu: User Mode Linux has one processor"
}

# memory_dir: where the guest's memory can be: a file system that lets programs be mapped from it, and has the room.
memory_dir() {
	local dir probe
	for dir in ${ISERSPEC_MEMORY_DIR:-/dev/shm "${TMPDIR:-/tmp}" /var/tmp "$tmp"}; do
		[[ -d $dir && -w $dir ]] || continue
		(($(free_mib "$dir") >= memory)) || continue
		probe=$(mktemp "$dir/iserspec.XXXXXX") || continue
		# What can be run from there can be mapped executable.
		cp "$(type -P true)" "$probe" && chmod 700 "$probe"
		if "$probe" 2>/dev/null; then
			rm -f "$probe"
			printf '%s' "$dir"
			return
		fi
		rm -f "$probe"
	done
	die "no place for $memory MiB of guest memory: /dev/shm and /tmp are too small or mounted noexec (--memory, TMPDIR)"
}

uml_prepare() {
	local root=$tmp/root
	kernel_dir=$("$here/uml-kernel" "$kernel") || exit
	memory_in=$(memory_dir) || exit
	mkdir -p "$root"/{proc,mnt,job}
	cp "$here/uml-init" "$root/init"
	cp "$(command -v busybox)" "$root/busybox"
	ln -s "$kernel_dir/linux" "$root/linux"
	ln -s "$kernel_dir/preload.so" "$root/preload.so"
	cp "$here/guest" "$here/soft-roce" "$root/job/"
	# Names of one length, whatever they lead to: what the guest's kernel keeps of a path changes where its memory lies.
	ln -s "$kernel_dir/lib/modules" "$root/modules"
	ln -s "$PWD" "$root/here"
	[[ -z $share ]] || ln -s "$share" "$root/share"
	printf '%s' "$share" >"$root/job/share"
	printf '%s' "$fabric" >"$root/job/fabric"
	printf '%s' "$netem" >"$root/job/link"
	[[ -z $fixed_names ]] || : >"$root/job/fixed-names"
	if [[ -n $jitter ]]; then
		cp "$kernel_dir/jitter.ko" "$root/job/"
		printf 'seed=%s most_ns=%s' "$seed" "$jitter" >"$root/job/jitter"
	fi
	write_command "$root/job/command"
	fixed=(setarch -R)
	"${fixed[@]}" true 2>/dev/null || fixed=()
}

uml_facts() {
	printf '{"name": "uml", "clock": "%s", "fabric": "%s", %s"processors": 1, "hosts": 1, "fixed_addresses": %s, "boot": %d, %s"jitter_ns": %d, "kernel": {"release": "%s", "package": "%s", "config": "%s", "digest": "%s"}}\n' \
		"$clock" "$fabric" "${link:+\"link\": \"$link\", }" "$( ((${#fixed[@]})) && echo true || echo false)" "${LAB_BOOT:-1}" "${LAB_PARTS:+\"parts\": $LAB_PARTS, }" "${jitter:-0}" "$(<"$kernel_dir/release")" \
		"$(<"$kernel_dir/package")" "$(<"$kernel_dir/flavour")" "$(<"$kernel_dir/digest")"
}

uml_boot() {
	local -a travel=()
	[[ $clock != inf-cpu ]] || travel=(time-travel=inf-cpu "time-travel-start=$uml_start")
	[[ $(<"$kernel_dir/flavour") != debug* ]] || append="kasan_multi_shot kmemleak=on $append"
	# Its consoles write to files, which are read as they grow. A pipe would tell the guest by a signal when it can be
	# written to, at a moment of the host's, and that goes into the guest's random numbers. The guest goes when we go,
	# however we go; its session of its own keeps a Ctrl-C, which is ours to handle, from looking like a guest's death.
	: >"$tmp/out" >"$tmp/err" >"$tmp/control"
	# shellcheck disable=SC2086,SC2016  # --append is split into words; the inner shell's own words
	exec {control}< <(cd "$tmp/root" && exec setpriv --pdeathsig KILL bash -c '
		trap "" INT TERM HUP
		console=$1
		shift
		"$@" 4>>../out 5>>../err 6>>../control </dev/null >>"$console" 2>&1 &
		echo "pid $!"
		tail -q -f -c +1 -s 0.05 --pid=$! ../control &
		wait' - "$console" env -i HOME=. "TMPDIR=$memory_in" LD_PRELOAD=./preload.so "ISERSPEC_SEED=$seed" \
		${cpu:+taskset -c "$cpu"} setsid setpriv --pdeathsig KILL ${fixed[@]+"${fixed[@]}"} \
		./linux "mem=${memory}M" rootfstype=hostfs rootflags=/proc/self/cwd ro init=/init umid=lab panic=1 \
		con=null con0=null,fd:1 con1=null,fd:4 con2=null,fd:5 con3=null,fd:6 "${travel[@]}" $append)
	read -r _ guest <&"$control"
	follow "$tmp/out" >&"$out" &
	follow "$tmp/err" >&"$err" &
}

# follow FILE: what is written to it, as it comes, until the guest ends.
follow() {
	trap '' INT TERM HUP
	exec tail -q -f -c +1 -s 0.05 --pid="$guest" "$1"
}

# It has traced processes of its own, one for each of the guest's; a session holds them all. A killed one still runs for
# a moment, and may just have made another: over is when none is left that is no zombie.
uml_kill() {
	local turn
	for ((turn = 0; turn < 500; turn++)); do
		pkill -KILL --runstates RSDTt -s "$guest" 2>/dev/null || return 0
		sleep 0.01
	done
}

uml_start() {
	boot_to_ready "$boot_s"
}
