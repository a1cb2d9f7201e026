// Package systemdtest proves the unit and the packages of packaging/ on a real
// systemd: it boots the one of this machine as PID 1 of its own namespaces, over
// a copy of the root in memory (boot.sh), installs syncd there,
// and looks at what systemd, the kernel and the service make of each other.
//
// That needs root, systemd and namespaces: without them the tests are skipped,
// loudly, or fail where SYNCD_TEST_SYSTEMD is "required".
//
// It has tests only. Nothing outside the namespaces is changed; they end with
// the test, also when it panics or is killed.
package systemdtest
