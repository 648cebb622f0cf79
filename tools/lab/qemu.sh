# shellcheck shell=bash disable=SC2034,SC2154  # part of tools/lab/run, which has the variables
# SPDX-License-Identifier: BSD-2-Clause
# The lab's machine in QEMU: Debian's kernel package or an image of the user's, the host's root by 9p, KVM or emulation.

readonly -a qemu_programs=(qemu-system-x86_64 busybox modprobe depmod setpriv setsid)
readonly kvm_boot_s=15

qemu_parse() {
	[[ $fabric == rxe ]] || die "--fabric siw wants --lab uml: Debian's kernels have no soft-iWARP"
	[[ -z $clock || $clock == real ]] || die "--clock $clock wants --lab uml: QEMU's guests have the host's time"
	[[ -z $jitter ]] || die "--jitter wants --lab uml"
	clock=real smp=${smp:-1}
	[[ $hosts == 1 ]] || end=harness
}

qemu_prepare() {
	mkdir "$tmp/kernel"
	kernel_dir=$("$here/kernel" --into "$tmp/kernel" "$kernel" ${modules:+"$modules"}) || exit
	mkdir -p "$tmp/cpio/job"
	cp "$here/guest" "$here/soft-roce" "$tmp/cpio/job/"
	readlink -e "$kernel_dir/lib/modules" >"$tmp/cpio/job/modules" || true
	printf '%s' "$share" >"$tmp/cpio/job/share"
	printf '%s' "$PWD" >"$tmp/cpio/job/here"
	printf '%s' "$fabric" >"$tmp/cpio/job/fabric"
	printf '%s' "$netem" >"$tmp/cpio/job/link"
	printf '%s' "$end" >"$tmp/cpio/job/end"
	write_command "$tmp/cpio/job/command"
	(cd "$tmp/cpio" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null | gzip -1) >"$tmp/job.img"
	# The kernel unpacks one compressed archive behind the other.
	cat "$kernel_dir/initramfs.img" "$tmp/job.img" >"$tmp/initrd"
}

qemu_facts() {
	# The cache names a folder as the package in it.
	local package=${kernel_dir##*/}
	[[ $package == linux-image-* ]] || package=''
	printf '{"name": "qemu", "clock": "real", "fabric": "%s", %s"processors": %d, "hosts": %d, "boot": %d, "kernel": {"release": "%s", "package": "%s", "digest": "%s"}}\n' \
		"$fabric" "${link:+\"link\": \"$link\", }" "$smp" "$hosts" "${LAB_BOOT:-1}" "$(<"$kernel_dir/release")" "$package" \
		"$(sha256sum "$kernel_dir/kernel" | cut -c 1-64)"
}

# qemu_network: adds to `args` one network for what is under test, in which faults and the capture are, and one for commands. The
# system's guest listens, as QEMU connects but once.
qemu_network() {
	local name socket
	local -A of=([lab]=9 [ctl]=8 [sut]=1 [harness]=2)
	for name in lab ctl; do
		socket=id=$name,server=on,addr.type=unix,addr.path=$wire/$name
		[[ $end == sut ]] || socket=${socket/server=on/server=off}
		# shellcheck disable=SC2054  # the commas are QEMU's
		args+=(
			-netdev "stream,$socket"
			-device "virtio-net-pci,netdev=$name,romfile=,host_mtu=4200,mac=02:00:00:00:0${of[$name]}:0${of[$end]}"
		)
	done
	# shellcheck disable=SC2054
	[[ -z $capture ]] || args+=(-object "filter-dump,id=dump,netdev=lab,file=${capture//,/,,}")
}

# qemu_boot ACCEL: starts QEMU; its end of the control port is file descriptor `control`.
qemu_boot() {
	local -a machine args
	local check=''
	if [[ $1 == kvm ]]; then
		machine=(-accel kvm -cpu host)
	else
		# An emulated timer that is late for its check on a busy host is no reason to panic.
		machine=(-accel "tcg,thread=multi" -cpu max) check=no_timer_check
	fi
	# One processor unless more are asked for: what happens in the guest then hangs on it alone. With two, which of the
	# guest's threads comes first is for the host's scheduler to say, and a verdict about a race changes with its load.
	# shellcheck disable=SC2054  # the commas are QEMU's
	args=(
		"${machine[@]}" -machine q35 -smp "$smp" -m "$memory" -nodefaults -no-user-config -display none -no-reboot
		-kernel "$kernel_dir/kernel" -initrd "$tmp/initrd"
		-append "console=ttyS0 panic=-1 audit=0 mitigations=off $check $append"
		-serial "file:$console"
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
		-device virtio-9p-pci,fsdev=root,mount_tag=root
		-device virtio-serial-pci
		-chardev file,id=out,path=/dev/fd/4 -device virtserialport,chardev=out,nr=1
		-chardev file,id=err,path=/dev/fd/5 -device virtserialport,chardev=err,nr=2
		-chardev file,id=control,path=/dev/fd/1 -device virtserialport,chardev=control,nr=3
	)
	if [[ -n $share ]]; then
		# QEMU reads a doubled comma as one.
		# shellcheck disable=SC2054
		args+=(
			-fsdev "local,id=share,path=${share//,/,,},security_model=none,multidevs=remap"
			-device virtio-9p-pci,fsdev=share,mount_tag=share
		)
	fi
	[[ -z $end ]] || qemu_network
	# QEMU's own stdout is the control pipe, so its end is seen as end of file. It goes when we go, however we go; its
	# session of its own keeps a Ctrl-C, which is ours to handle, from looking like a guest's death.
	exec {control}< <(exec ${cpu:+taskset -c "$cpu"} setsid setpriv --pdeathsig KILL qemu-system-x86_64 "${args[@]}" \
		4>&"$out" 5>&"$err" </dev/null 2>"$tmp/vm.err")
	guest=$!
	[[ $end != harness ]] || echo "$guest" >"$wire/harness"
}

qemu_kill() {
	kill -KILL "$guest" 2>/dev/null || true
}

qemu_start() {
	local mark='' known=''
	if [[ -z $accel ]]; then
		accel=tcg
		if [[ -r /dev/kvm && -w /dev/kvm ]]; then
			mark=$(cache_dir)/kvm/$(</proc/sys/kernel/random/boot_id)-$(<"$kernel_dir/release")
			[[ ! -e $mark ]] || known=$(<"$mark")
			accel=${known:-kvm}
		fi
	fi
	if [[ -n $mark && -z $known ]]; then
		mkdir -p "${mark%/*}"
		if boot_to_ready "$kvm_boot_s" kvm; then
			echo kvm >"$mark"
			return
		fi
		say "KVM boots no guest here ($why): emulating instead"
		echo tcg >"$mark"
		accel=tcg
	fi
	boot_to_ready "$boot_s" "$accel"
}
