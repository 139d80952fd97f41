#!/bin/sh
# Usage: run.sh [test flags]. Runs this package's tests on an emulated processor with AVX-512. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${BOCHS:=bochs}" "${KERNEL:?the path of a vmlinuz}" "${MODEL:=corei7_icelake_u}" "${SHARE:=/usr/share/bochs}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root" "$work/iso/boot/grub"

export CGO_ENABLED=0 GOOS=linux GOARCH=amd64
(cd "$here/.." && go test -c -ldflags=-s -o "$work/root/test" .)
go build -ldflags=-s -o "$work/root/init" "$here/init.go"
echo "-test.v $*" >"$work/root/args"
(cd "$work/root" && find . | cpio --quiet -o -H newc) >"$work/iso/boot/initrd"
cp "$KERNEL" "$work/iso/boot/vmlinuz"
# 580 is FSRM: without ERMS, which Bochs has the kernel turn off, it makes memmove of Linux 6.1 and before run away.
cat >"$work/iso/boot/grub/grub.cfg" <<EOF
set timeout=0
menuentry test {
	linux /boot/vmlinuz console=ttyS0,115200 quiet mitigations=off clearcpuid=580
	initrd /boot/initrd
}
EOF
grub-mkrescue -o "$work/boot.iso" "$work/iso" 2>"$work/grub.log" || { cat "$work/grub.log"; exit 1; }
cat >"$work/bochsrc" <<EOF
display_library: nogui
megs: 512
romimage: file=$SHARE/BIOS-bochs-latest
vgaromimage: file=$SHARE/VGABIOS-lgpl-latest
cpu: model=$MODEL, ips=400000000, ignore_bad_msrs=1
ata0-master: type=cdrom, path=$work/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$work/serial
log: $work/bochs.log
panic: action=fatal
error: action=ignore
EOF
timeout "${LIMIT:-3600}" "$BOCHS" -q -f "$work/bochsrc" </dev/null >"$work/out" 2>&1 || true
tr -d '\r' <"$work/serial"
grep -q '^emulator: passed' "$work/serial" && grep -q 'PASS: .*/avx512' "$work/serial"
