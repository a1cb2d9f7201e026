package config

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

// This file holds what the keys of the service demand.

const wantListen = "127.0.0.1:9464"

func (c *Config) checkService(d *decoder) {
	c.checkListen(d)
	if t := c.StopTimeout.Std(); t < time.Second || t > 10*time.Minute {
		d.badAt("stop_timeout", t.String(), "1s … 10m")
	}
}

// checkListen keeps health and metrics on this machine: they tell, to whoever
// asks, how the jobs fare.
func (c *Config) checkListen(d *decoder) {
	if c.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		d.badAt("listen", c.Listen, wantListen)
		return
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		d.failAt("listen", message.ConfigListenOpen, message.S("value", strconv.Quote(c.Listen)), message.S("port", port))
	}
}

// checkBackup runs when the place of the state is known.
func (c *Config) checkBackup(d *decoder) {
	if c.State == "" {
		return // reported already
	}
	if c.Report != "" && filepath.Clean(string(c.Report)) == filepath.Clean(string(c.State)) {
		d.badAt("report", string(c.Report), "var/report.html")
	}
	// The oldest copies are removed by their names, and who loses the folder of
	// the state must not lose its copies with it.
	if c.Backup != nil && filepath.Clean(string(c.Backup.Dir)) == filepath.Dir(filepath.Clean(string(c.State))) {
		d.failAt("backup.dir", message.ConfigBackupInState, message.S("dir", string(c.Backup.Dir)))
	}
}

func (b *Backup) check(d *decoder, _ *yaml.Node, path string) {
	if b.Keep < 1 || b.Keep > 1000 {
		d.badAt(path+".keep", strconv.Itoa(b.Keep), "1 … 1000")
	}
}

// checkTiming holds what says when a job runs against its source and against
// each other.
func (c *Config) checkTiming(d *decoder, name string) {
	j, at := c.Jobs[name], "jobs."+name
	if t := j.Watch.Std(); t != 0 && (t < time.Second || t > day) {
		d.badAt(at+".watch", t.String(), "1s … 1d")
	}
	if s := c.Sources[j.Source]; j.Watch != 0 && s != nil && s.CSV == nil {
		d.failAt(at+".watch", message.ConfigNeedsKey, message.S("key", "watch"), message.S("other", "sources."+j.Source+".csv"))
	}
	if j.Jitter.Std() >= time.Hour {
		d.badAt(at+".jitter", j.Jitter.Std().String(), "0s … 59m")
		return
	}
	if j.Jitter != 0 && j.Schedule == "" {
		d.failAt(at+".jitter", message.ConfigNeedsKey, message.S("key", "jitter"), message.S("other", "schedule"))
		return
	}
	if least := j.Schedule.shortest(); least > 0 && j.Jitter.Std() > least {
		d.warnAt(at+".jitter", message.ConfigJitterWide,
			message.S("jitter", shortDuration(j.Jitter.Std())), message.S("interval", shortDuration(least)))
	}
}

// shortDuration is 15m, not 15m0s.
func shortDuration(t time.Duration) string {
	text := t.String()
	if rest, ok := strings.CutSuffix(text, "m0s"); ok {
		text = rest + "m"
	}
	if rest, ok := strings.CutSuffix(text, "h0m"); ok {
		text = rest + "h"
	}
	return text
}

func (d *decoder) warnAt(path string, code message.Code, args ...message.Arg) {
	at := d.places[path]
	d.warn(&yaml.Node{Line: at.Line, Column: at.Column}, path, code, args...)
}
