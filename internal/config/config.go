package config

import (
	"maps"
	"slices"
	"time"
)

// Config is the whole configuration, defaults filled in.
type Config struct {
	Version  int                `yaml:"version,required"`
	State    Path               `yaml:"state"`    // the state database; default $STATE_DIRECTORY/state.db
	Timezone Zone               `yaml:"timezone"` // schedules, and dates without a zone; default: the machine's
	Lang     Language           `yaml:"lang"`     // empty: LANG decides
	Log      Log                `yaml:"log"`
	Listen   string             `yaml:"listen"` // health and metrics, host:port of this machine; empty: off
	Report   Path               `yaml:"report"` // the page that is written after each run; empty: none
	Backup   *Backup            `yaml:"backup"` // nil: no copies by schedule
	CRM      map[string]*CRM    `yaml:"crm,required"`
	Sources  map[string]*Source `yaml:"sources,required"`
	Jobs     map[string]*Job    `yaml:"jobs,required"`
	Notify   *Notify            `yaml:"notify"`  // nil: nobody is told
	History  Duration           `yaml:"history"` // how long runs and the audit are kept

	StopTimeout Duration `yaml:"stop_timeout"` // how long a stop of the service waits for the write in flight

	// Warnings are doubts that keep nothing from running.
	Warnings []*Error `yaml:"-"`

	file   string
	places map[string]Position
	getenv func(string) string
}

// Log says what is logged and how.
type Log struct {
	Level  LogLevel  `yaml:"level"`
	Format LogFormat `yaml:"format"`
}

// CRM is one customer system.
type CRM struct {
	Dialect  Dialect   `yaml:"dialect"`
	Method   Method    `yaml:"method"` // of requests to API v1; get puts the key into the address
	BaseURL  BaseURL   `yaml:"base_url,required"`
	Login    string    `yaml:"login,required"`
	SeesAll  bool      `yaml:"sees_all"` // the login sees every client: the operator's word, of dialect v1 alone
	APIKey   SecretRef `yaml:"apikey,required"`
	TLS      TLS       `yaml:"tls"`
	Timezone Zone      `yaml:"timezone"` // the account's zone; default: the configuration's
	Timeout  Duration  `yaml:"timeout"`  // of a request, the time for its records not included
	Rate     Rate      `yaml:"rate"`     // requests a second; 0: no limit
	Batch    int       `yaml:"batch"`    // records in one add.list, at most
	Settle   Duration  `yaml:"settle"`   // how long a lost write may still arrive
	Deals    Dialect   `yaml:"deals"`    // which API carries deals; empty: found out
}

// TLS holds what is special about the CRM's certificate.
type TLS struct {
	CAFile Path `yaml:"ca_file"` // empty: the system's issuers
}

// Source is where records come from: exactly one of CSV and SQL is set.
type Source struct {
	CSV *CSV `yaml:"csv"`
	SQL *SQL `yaml:"sql"`
}

// CSV is a file, or several by a pattern.
type CSV struct {
	Path           Path         `yaml:"path,required"` // may hold * ? [ ]
	Snapshot       Snapshot     `yaml:"snapshot,required"`
	Encoding       Encoding     `yaml:"encoding"`
	Delimiter      Delimiter    `yaml:"delimiter"`
	Header         Header       `yaml:"header"`
	Columns        []string     `yaml:"columns"`         // names, when there is no header
	OverflowColumn string       `yaml:"overflow_column"` // takes what unquoted delimiters spill; empty: such rows are rejected
	FinalNewline   FinalNewline `yaml:"final_newline"`
	Settle         Duration     `yaml:"settle"` // a file that changed within this time is still being written
	After          AfterRead    `yaml:"after"`
	Complete       *Complete    `yaml:"complete"` // nil: nothing proves that the file is whole
	Limits         Limits       `yaml:"limits"`
}

// Complete is the proof that a snapshot is whole: exactly one is set.
type Complete struct {
	Trailer   string `yaml:"trailer"`    // the last line, {rows} standing for the number of rows
	Manifest  bool   `yaml:"manifest"`   // a .manifest file beside with size and rows; without it nothing is read
	ReadyFile bool   `yaml:"ready_file"` // a .ready file beside, written last; without it nothing is read
}

// Limits bound what is read, in bytes.
type Limits struct {
	Cell Size `yaml:"cell"`
	Row  Size `yaml:"row"`
	File Size `yaml:"file"`
}

// SQL is a query.
type SQL struct {
	Driver     Driver    `yaml:"driver,required"`
	DSN        SecretRef `yaml:"dsn,required"`
	Query      string    `yaml:"query,required"` // {cursor} in it stands for where the last delta ended
	Snapshot   Snapshot  `yaml:"snapshot,required"`
	Cursor     string    `yaml:"cursor"`      // the column a delta continues by
	Overlap    Overlap   `yaml:"overlap"`     // how far before its end the next delta begins
	YearOffset int       `yaml:"year_offset"` // years that 1C adds to its dates in the database: 0 or 2000
	Timeout    Duration  `yaml:"timeout"`     // of one reading
}

// Job keeps one source and one CRM in agreement.
type Job struct {
	Entity       Entity     `yaml:"entity,required"`
	CRM          string     `yaml:"crm,required"`
	Source       string     `yaml:"source,required"`
	Mapping      Path       `yaml:"mapping,required"`
	Direction    Direction  `yaml:"direction"`
	After        []string   `yaml:"after"`         // jobs that go first
	Schedule     Cron       `yaml:"schedule"`      // cron; empty: only by hand
	Jitter       Duration   `yaml:"jitter"`        // a run begins up to this much later than scheduled
	Watch        Duration   `yaml:"watch"`         // how often the folder of the CSV source is looked at; 0: not
	CRMFullScan  Cron       `yaml:"crm_full_scan"` // cron; the CRM read whole
	ExpectBy     ExpectBy   `yaml:"expect_by"`     // no fresh export by then is an alert; zero: none
	Conflicts    Take       `yaml:"conflicts"`
	Match        []MatchBy  `yaml:"match"`   // what may link a record to a client of the CRM
	Suspect      []Suspect  `yaml:"suspect"` // what makes an add doubtful
	OnMatch      Take       `yaml:"on_match"`
	OnAbsent     OnAbsent   `yaml:"on_absent"`
	OnCRMAbsent  OnGone     `yaml:"on_crm_absent"`
	OnOutOfScope OnScope    `yaml:"on_out_of_scope"`
	OnCRMNew     OnNew      `yaml:"on_crm_new"`
	ExportOnLink bool       `yaml:"export_on_link"`
	Guards       Guards     `yaml:"guards"` // only those that differ from the defaults
	WriteBack    *WriteBack `yaml:"write_back"`
	Parts        *Parts     `yaml:"parts"` // what differs in the parts of the job; nil: nothing

	// Of and Part say that Derive made the job, as this part of that job; "" = the
	// file has it.
	Of, Part string `yaml:"-"`
}

// WriteBack is where the CRM's changes go: exactly one is set.
type WriteBack struct {
	CSV *CSVSink `yaml:"csv"`
	SQL *SQLSink `yaml:"sql"`
}

// CSVSink is a folder of files for the accounting system.
type CSVSink struct {
	Dir          Path      `yaml:"dir,required"` // must be there: it is never made
	Encoding     Encoding  `yaml:"encoding"`
	Delimiter    Delimiter `yaml:"delimiter"`
	FormulaGuard bool      `yaml:"formula_guard"` // an apostrophe before what a spreadsheet would run as a formula
	Confirm      Duration  `yaml:"confirm"`       // an offer not taken by then is held
}

// SQLSink is a table.
type SQLSink struct {
	Driver    Driver    `yaml:"driver,required"` // any but sqlserver
	DSN       SecretRef `yaml:"dsn,required"`
	Table     string    `yaml:"table,required"` // may name its schema: schema.table
	Key       string    `yaml:"key,required"`   // the column of the source's key
	CLID      string    `yaml:"clid"`           // the column of the CRM's id; empty: none
	SameTable bool      `yaml:"same_table"`     // the job's source reads this very table: what is written is settled
	Confirm   Duration  `yaml:"confirm"`        // an offer not taken by then is held
}

// Backup is where copies of the state go, and when.
type Backup struct {
	Dir      Path `yaml:"dir,required"` // never the state's own folder
	Schedule Cron `yaml:"schedule"`     // empty: only by hand
	Keep     int  `yaml:"keep"`         // how many copies stay, at least 1
}

func (c *Config) setDefaults() {
	c.Timezone = Zone{Location: time.Local}
	c.Log = Log{Level: "info", Format: "auto"}
	c.Listen = "127.0.0.1:9464"
	c.History = Duration(90 * day)
	c.StopTimeout = Duration(time.Minute)
}

func (c *CRM) setDefaults() {
	c.Dialect = DialectV3
	c.Method = MethodPOST
	c.Timeout = Duration(time.Minute)
	c.Rate = 5
	c.Batch = 20
	c.Settle = Duration(10 * time.Minute)
}

func (c *CSV) setDefaults() {
	c.Encoding = "auto"
	c.FinalNewline = "required"
	c.Settle = Duration(2 * time.Second)
	c.After = "keep"
	c.Limits = Limits{Cell: 1 << 20, Row: 4 << 20, File: 16 << 30}
}

func (s *SQL) setDefaults() {
	s.Timeout = Duration(time.Hour)
}

func (j *Job) setDefaults() {
	j.Direction = "push"
	j.Conflicts = "hold"
	j.Match = []MatchBy{"inn_kpp"}
	j.Suspect = []Suspect{"inn", "phone", "mail", "title"}
	j.OnMatch = "crm"
	j.OnAbsent = OnAbsent{Action: "keep"}
	j.OnCRMAbsent = "keep"
	j.OnOutOfScope = "keep"
	j.OnCRMNew = "ignore"
}

func (s *CSVSink) setDefaults() {
	s.Encoding = "utf-8-bom"
	s.Delimiter = ';'
	s.Confirm = Duration(3 * day)
}

func (b *Backup) setDefaults() {
	b.Schedule = "30 4 * * *"
	b.Keep = 7
}

// File is the path of the configuration file as it was given.
func (c *Config) File() string { return c.file }

// JobNames lists the jobs, sorted.
func (c *Config) JobNames() []string { return slices.Sorted(maps.Keys(c.Jobs)) }

// Where is the place of a value by its YAML path (jobs.clients.mapping); the
// zero Position when the file does not hold it.
func (c *Config) Where(path string) Position { return c.places[path] }

// SameTarget lists the other jobs of the same entity and CRM, sorted. Their
// mappings must differ in `uid.prefix`, which only the mappings know.
func (c *Config) SameTarget(job string) []string {
	var others []string
	j := c.Jobs[job]
	for _, name := range c.JobNames() {
		o := c.Jobs[name]
		if name != job && j != nil && o.Entity == j.Entity && o.CRM == j.CRM {
			others = append(others, name)
		}
	}
	return others
}
