package main

import (
	"fmt"

	"syncd/internal/config"
	"syncd/internal/message"
)

// doubtSight warns of a login of API v3 that may not see everything. Clients are
// counted where the role does not tell; of the others the role alone does.
func (in *installation) doubtSight(c *checkup) {
	login, role := message.S("login", c.CRM.Login), message.S("role", orDash(c.CRM.Role))
	if c.CRM.entity == config.EntityClient {
		c.doubt(message.CRMRole, login, role)
		return
	}
	c.doubt(message.CRMRoleAlone, login, role, message.S("records", in.app.say(recordsOf(c.CRM.entity))))
}

// sightText says what the login sees of a job's records, and how that is known.
func (in *installation) sightText(f *crmFound) string {
	say := in.app.say
	if f.entity == config.EntityClient {
		if f.SeesAll {
			return say(phrase{"sees every client", "видит всех клиентов"})
		}
		return say(phrase{"may not see every client", "видит, возможно, не всех клиентов"})
	}
	how := phrase{"sees all %s, by its role", "видит все %s (судя по роли)"}
	switch {
	case !f.SeesAll:
		how = phrase{"may not see all %s", "видит, возможно, не все %s"}
	case f.Role == "": // API v1 does not tell it
		how = phrase{"sees all %s, as `sees_all` says", "видит все %s (по слову `sees_all`)"}
	}
	return fmt.Sprintf(say(how), say(recordsOf(f.entity)))
}
