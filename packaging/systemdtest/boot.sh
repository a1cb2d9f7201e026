#!/bin/sh
# Boots the systemd of this machine as PID 1 of its own namespaces, over a copy of
# its root that lives in memory: what is installed, written or broken in there is
# gone with it. The tests beside it start it in new namespaces; by hand that is
#
#   unshare --fork --kill-child --pid --mount --uts --ipc --net --cgroup boot.sh DIR
#
# DIR is an empty folder for the mounts; nothing is seen of them outside. Enter with
# nsenter -t PID -m -u -i -n -p -C -r -w, where PID is that of systemd outside.
set -eu
dir=$1
root=$dir/root

mount --make-rprivate /
mount -t tmpfs -o mode=0755,size=1g tmpfs "$dir"
mkdir "$root" "$dir/upper" "$dir/work"
mount -t overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" overlay "$root"

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=0755,nosuid tmpfs "$root/dev"
for device in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
	set -- $device
	mknod -m 0666 "$root/dev/$1" c "$2" "$3"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"

# Of the machine's units only the bare targets and the journal are wanted.
units=$root/etc/systemd/system
rm -rf "$units" && mkdir -p "$units"
for unit in "$root"/lib/systemd/system/*.target.wants/* "$root"/etc/init.d/*; do
	name=${unit##*/}
	case $name in
	systemd-journald.* | systemd-journald-*) ;;
	*.service | *.socket | *.timer | *.path | *.mount | *.automount | *.target) ln -sf /dev/null "$units/$name" ;;
	*) ln -sf /dev/null "$units/${name%.sh}.service" ;;
	esac
done
for name in getty.target remote-fs.target swap.target; do ln -sf /dev/null "$units/$name"; done
ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
: >"$root/etc/fstab"
: >"$root/etc/machine-id"
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nStorage=volatile\nForwardToConsole=no\n' >"$root/etc/systemd/journald.conf.d/test.conf"

# pivot_root, since in a chroot user namespaces are refused (PrivateUsers=), and a
# shared root, since credentials reach a service by the propagation of mounts.
cd "$root"
mkdir -p mnt/outside
pivot_root . mnt/outside
umount -l /mnt/outside
mount --make-rshared /
exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --show-status=no --log-target=journal
