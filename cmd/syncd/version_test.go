package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionComesFromTheBuild(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: "true"},
	}}
	if got := buildOf(info).String(); !strings.HasPrefix(got, "syncd v1.2.3 0123456789ab modified go") {
		t.Errorf("release: %s", got)
	}
	if got := buildOf(nil).String(); !strings.HasPrefix(got, "syncd devel go") {
		t.Errorf("unknown: %s", got)
	}
	info.Main.Version = "(devel)"
	if got := buildOf(info).Version; got != "devel" {
		t.Errorf("devel: %s", got)
	}
}
