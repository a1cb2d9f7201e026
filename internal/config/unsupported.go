package config

import "syncd/internal/message"

// Unsupported lists what the jobs named (all jobs, when none is) use and this
// version cannot carry out, in the order of the file. Such a configuration is
// well-formed and loads; a job that is listed here must be refused, not run
// without the part.
func (c *Config) Unsupported(jobs ...string) []*Error {
	if len(jobs) == 0 {
		jobs = c.JobNames()
	}
	var list []*Error
	for _, name := range jobs {
		if j := c.Jobs[name]; j != nil {
			list = append(list, c.unsupportedIn(name, j)...)
		}
	}
	sortErrors(list)
	return list
}

func (c *Config) unsupportedIn(name string, j *Job) []*Error {
	crm := c.CRM[j.CRM]
	if crm == nil || crm.Dialect == DialectV3 {
		return nil
	}
	return []*Error{c.ErrorAt("crm."+j.CRM+".dialect", message.ConfigUnsupported, message.S("job", name), message.S("value", "dialect: v1"))}
}
