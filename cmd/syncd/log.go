package main

import (
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/engine"
)

// The keys of log lines. They are constant, so that lines can be searched for.
// No value of a cell or a field is ever logged.
const (
	logJob    = "job"
	logRun    = "run"
	logStatus = "status"
	logAction = "action"
	logTook   = "took"
	logCode   = "code" // of a message of the catalog
	logText   = "text" // that message, for people
	logPart   = "part" // of the service
)

// The texts of log lines are constant, too: what varies is in the keys. One that says a
// message of the catalog has this text; `code` tells which.
const (
	logSays    = "message"
	logRefused = "the configuration was refused"
)

// logger makes the log of a command on the diagnostics. On a terminal a command tells
// everything itself, in messages: the lines of the log stand among them only when the
// command line asks for a level.
func (a *app) logger(cfg config.Log, zone *time.Location) *zap.Logger {
	if a.screen != nil && a.flags.logLevel == "" {
		return zap.NewNop()
	}
	return a.logTo(untyped(a.err), cfg, zone)
}

// logTo makes a log that begins at the level of the flags, else of the configuration.
func (a *app) logTo(w io.Writer, cfg config.Log, zone *time.Location) *zap.Logger {
	level := string(cfg.Level)
	if a.flags.logLevel != "" {
		level = a.flags.logLevel
	}
	least, err := zapcore.ParseLevel(level)
	if err != nil {
		least = zapcore.InfoLevel // the configuration has checked its word
	}
	return zap.New(zapcore.NewCore(encoder(cfg.Format, a.screen != nil, zone), zapcore.AddSync(w), least),
		zap.ErrorOutput(zapcore.AddSync(io.Discard))) // it would go where the log cannot
}

// encoder writes times in the configuration's zone, as the commands do, and
// names it.
func encoder(format config.LogFormat, terminal bool, zone *time.Location) zapcore.Encoder {
	c := zap.NewProductionEncoderConfig()
	c.TimeKey, c.EncodeDuration = "time", zapcore.StringDurationEncoder
	c.EncodeTime = func(t time.Time, to zapcore.PrimitiveArrayEncoder) { to.AppendString(t.In(zone).Format(time.RFC3339)) }
	if format == "text" || format == "auto" && terminal {
		c.EncodeLevel = zapcore.CapitalLevelEncoder
		return zapcore.NewConsoleEncoder(c)
	}
	return zapcore.NewJSONEncoder(c)
}

// worded are the keys of an error that people read: its message, and the code of it.
func (a *app) worded(err error) []zap.Field {
	return []zap.Field{zap.String(logText, a.wording(err)), zap.String(logCode, string(codeOf(err)))}
}

// logExchange tells of one request to the CRM: no key, no words, no values.
func logExchange(log *zap.Logger) func(crmapi.Exchange) {
	return func(x crmapi.Exchange) {
		level := zapcore.DebugLevel
		if !x.Probe && x.Class != 0 && x.Class != crmapi.ClassDuplicate && x.Class != crmapi.ClassNotFound && x.Class != crmapi.ClassInvisible ||
			!x.Probe && x.JunkBefore+x.JunkAfter > 0 {
			level = zapcore.WarnLevel
		}
		fields := []zap.Field{
			zap.String(logAction, x.Action), zap.Bool("write", x.Write), zap.Int("records", x.Records),
			zap.Int("attempt", x.Attempt), zap.Duration(logTook, x.Duration), zap.Int("http", x.HTTPStatus),
			zap.Int("sent", x.Sent), zap.Int("received", x.Received), zap.Int("crm_code", x.Code),
		}
		if x.Class != 0 {
			fields = append(fields, zap.Stringer("class", x.Class))
		}
		if n := x.JunkBefore + x.JunkAfter; n > 0 {
			fields = append(fields, zap.Int("junk", n))
		}
		log.Log(level, "crm request", fields...)
	}
}

// logReport tells how a run ended, in counts. What passes by itself is no error.
func logReport(log *zap.Logger, r *engine.Report, err error, passes bool) {
	fields := []zap.Field{
		zap.String(logJob, r.Job), zap.Int64(logRun, r.Run), zap.String(logStatus, string(r.Status)),
		zap.Duration(logTook, r.Finished.Sub(r.Started)), zap.Int64("rows", r.Rows.Read),
	}
	for o := engine.Unchanged; o < engine.Outcomes; o++ {
		if n := r.Of(o); n > 0 {
			fields = append(fields, zap.Int64(o.String(), n))
		}
	}
	if r.Halt != nil {
		fields = append(fields, zap.String("guard", r.Halt.Guard))
	}
	switch {
	case err != nil && passes:
		log.Warn("run ended", append(fields, zap.Error(err))...)
		return
	case err != nil && r.Status != engine.RunInterrupted:
		log.Error("run ended", append(fields, zap.Error(err))...)
		return
	}
	log.Info("run ended", fields...)
}
