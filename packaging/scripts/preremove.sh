#!/bin/sh
# Before the files are removed.   deb: remove | upgrade …   rpm: 0 at the removal, 1 at an upgrade
set -e

case "${1:-}" in
remove | 0) ;;
*) exit 0 ;; # an upgrade: the new package restarts the service
esac
if [ -d /run/systemd/system ]; then
	systemctl --no-reload disable --now syncd.service || true
fi
