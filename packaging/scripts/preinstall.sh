#!/bin/sh
# Before the files are unpacked (deb and rpm): the user and the group they belong to.
set -e

if ! getent group syncd >/dev/null; then
	groupadd --system syncd
fi
if ! getent passwd syncd >/dev/null; then
	shell=/usr/sbin/nologin
	[ -x "$shell" ] || shell=/sbin/nologin
	useradd --system --gid syncd --home-dir /var/lib/syncd --no-create-home \
		--shell "$shell" --comment "syncd" syncd
fi
