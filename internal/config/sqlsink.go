package config

import (
	"strings"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

func (s *SQLSink) setDefaults() {
	s.CLID = "clid"
	s.Confirm = Duration(3 * day)
}

func (s *SQLSink) check(d *decoder, _ *yaml.Node, path string) {
	const readsOnly = "sqlserver"
	if s.Driver == readsOnly {
		d.badAt(path+".driver", readsOnly, "postgres | mysql | sqlite")
	}
	if s.CLID != "" && strings.EqualFold(s.Key, s.CLID) {
		d.badAt(path+".clid", s.CLID, "≠ key")
	}
	if s.Confirm.Std() <= 0 {
		d.badAt(path+".confirm", s.Confirm.Std().String(), "3d")
	}
}

// checkSQLSink holds a job's table for the write-back against the rest of it.
func (c *Config) checkSQLSink(d *decoder, name string) {
	j := c.Jobs[name]
	if j.WriteBack == nil || j.WriteBack.SQL == nil {
		return
	}
	s, at := j.WriteBack.SQL, "jobs."+name
	if j.OnCRMNew == "export" && s.CLID == "" { // a client without a key is found by it
		d.failAt(at+".on_crm_new", message.ConfigNeedsKey,
			message.S("key", "on_crm_new: export"), message.S("other", "write_back.sql.clid"))
	}
	from := c.Sources[j.Source]
	if s.SameTable && from != nil && (from.SQL == nil || from.SQL.Driver != s.Driver) {
		d.failAt(at+".write_back.sql.same_table", message.ConfigNeedsKey,
			message.S("key", "same_table: true"), message.S("other", "sources."+j.Source+".sql.driver: "+string(s.Driver)))
	}
}
