package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// definition is one metric; its name, kind, labels and meaning are public and
// stand in docs/metrics.md.
type definition struct {
	name   string
	kind   kind
	labels []string
	help   string
}

func (d definition) desc() *prometheus.Desc {
	return prometheus.NewDesc(d.name, d.help, d.labels, nil)
}

// What happens in this process; it begins at 0 with each start.
var (
	buildInfo    = definition{"syncd_build_info", gauge, []string{"version", "goversion"}, "Always 1; the labels tell which syncd runs."}
	startTime    = definition{"syncd_start_timestamp_seconds", gauge, nil, "When the service started."}
	runsTotal    = definition{"syncd_runs_total", counter, []string{"job", "result"}, "Runs that the service carried out, by how they ended; the sum over results is the number of tries."}
	runRunning   = definition{"syncd_run_in_progress", gauge, []string{"job"}, "1 while the service runs the job."}
	runSeconds   = definition{"syncd_run_duration_seconds", gauge, []string{"job"}, "How long the job's last run in the service took."}
	stageSeconds = definition{"syncd_run_stage_duration_seconds", gauge, []string{"job", "stage"}, "How long each stage of that run took."}
	runsSkipped  = definition{"syncd_runs_skipped_total", counter, []string{"reason"}, "Runs that were due and not begun."}
	panicsTotal  = definition{"syncd_panics_total", counter, []string{"job"}, "Runs that ended in a panic, which was contained."}
	noticesTotal = definition{"syncd_notices_total", counter, []string{"channel", "result"}, "Messages that the service tried to send to people, by what came of them."}

	requestsTotal  = definition{"syncd_crm_requests_total", counter, []string{"action", "kind", "class"}, "Attempts of requests to the CRM, by what their answers mean; class ok is success."}
	requestSeconds = definition{"syncd_crm_request_duration_seconds", histogram, []string{"action", "kind"}, "How long attempts of requests to the CRM took."}

	reloadOK     = definition{"syncd_config_reload_success", gauge, nil, "1 while the configuration in use is the one that was read last; 0 when a reload was refused."}
	reloadsTotal = definition{"syncd_config_reloads_total", counter, []string{"result"}, "Reloads of the configuration."}
	reloadTime   = definition{"syncd_config_last_reload_success_timestamp_seconds", gauge, nil, "When the configuration in use was read."}

	watchdogLate = definition{"syncd_watchdog_late_total", counter, nil, "Times that a part of the service showed no progress for longer than its patience."}
	clockJumps   = definition{"syncd_clock_jump_total", counter, nil, "Times that the wall clock was set by more than the service tolerates."}
	logErrors    = definition{"syncd_log_errors_total", counter, nil, "Log entries that could not be written."}
	stateErrors  = definition{"syncd_state_errors_total", counter, nil, "Times that the state could not be read for the metrics, or written."}
)

// What the state says, whoever did it: the service or a command. All of it is
// missing from a scrape during which the state could not be read.
var (
	lastSuccess = definition{"syncd_run_last_success_timestamp_seconds", gauge, []string{"job"}, "End of the job's last run that got through; 0 = none."}
	lastAttempt = definition{"syncd_run_last_attempt_timestamp_seconds", gauge, []string{"job"}, "Begin of the job's last run; 0 = none."}
	lastResult  = definition{"syncd_run_last_result", gauge, []string{"job", "result"}, "1 for how the job's last run ended, 0 for the others."}
	refusesKey  = definition{"syncd_crm_refuses_key", gauge, []string{"job"}, "1 when the CRM refused the key or the login at the job's last run; 0 from the first run on that it lets in."}
	dueTime     = definition{"syncd_run_due_timestamp_seconds", gauge, []string{"job"}, "When the job counts as stale: the third turn of its schedule since it last got through; 0 = it has no schedule."}
	nextRun     = definition{"syncd_next_run_timestamp_seconds", gauge, []string{"job"}, "When the job runs next; 0 = at no known time."}
	halted      = definition{"syncd_halted", gauge, []string{"job", "reason"}, "1 while the guard keeps the job halted, or has turned its last export away."}
	holds       = definition{"syncd_holds", gauge, []string{"job", "reason"}, "Records that wait for a person's decision."}
	duplicates  = definition{"syncd_duplicates_detected", gauge, []string{"job"}, "Records of which the CRM has several (held as uid-twice). Must be 0."}
	rejected    = definition{"syncd_rejected_rows", gauge, []string{"job"}, "Rows of the source that cannot be records, or that the CRM refuses."}
	openOps     = definition{"syncd_ops_open", gauge, []string{"job"}, "Writes that were begun and are not settled."}
	inDoubt     = definition{"syncd_in_doubt", gauge, []string{"job"}, "Of these, writes whose answer was lost."}
	inDoubtOld  = definition{"syncd_in_doubt_oldest_timestamp_seconds", gauge, []string{"job"}, "When the oldest write in doubt was sent; 0 = none."}
	settleTime  = definition{"syncd_settle_seconds", gauge, []string{"job"}, "How long a lost write may still arrive (settle in the configuration)."}
	pending     = definition{"syncd_pending", gauge, []string{"job"}, "Values written back that no export has shown yet."}
	pendingOld  = definition{"syncd_pending_oldest_timestamp_seconds", gauge, []string{"job"}, "When the oldest of these was offered; 0 = none."}
	backlog     = definition{"syncd_backlog", gauge, []string{"job"}, "Records of earlier exports that are not settled."}
	links       = definition{"syncd_links", gauge, []string{"job"}, "Records of the source that are linked with the CRM."}
	sourceTime  = definition{"syncd_source_mtime_timestamp_seconds", gauge, []string{"job"}, "When what the last run read was written at the source; 0 = not known."}
	sourceDue   = definition{"syncd_source_due_timestamp_seconds", gauge, []string{"job"}, "When a newer export has to be there (expect_by); 0 = none is expected."}

	stateBytes = definition{"syncd_state_db_bytes", gauge, nil, "Size of the state."}
	walBytes   = definition{"syncd_state_wal_bytes", gauge, nil, "Size of the state's write-ahead log."}
	freeBytes  = definition{"syncd_state_free_bytes", gauge, nil, "Of the state, space that holds nothing."}
	diskFree   = definition{"syncd_disk_free_bytes", gauge, []string{"place"}, "Free space where the state and what syncd writes lie."}
	notifyDown = definition{"syncd_notify_failing_timestamp_seconds", gauge, []string{"channel"}, "Since when the channel of notices delivers nothing; 0 = it works, or had nothing to deliver."}
	lastBackup = definition{"syncd_backup_last_success_timestamp_seconds", gauge, nil, "When the last scheduled backup of the state was done; 0 = none yet; missing when none is scheduled."}
)

var inProcess = []definition{
	buildInfo, startTime, runsTotal, runRunning, runSeconds, stageSeconds, runsSkipped, panicsTotal, noticesTotal,
	requestsTotal, requestSeconds, reloadOK, reloadsTotal, reloadTime, watchdogLate, clockJumps, logErrors, stateErrors,
}

var inState = []definition{
	lastSuccess, lastAttempt, lastResult, refusesKey, dueTime, nextRun, halted, holds, duplicates, rejected, openOps, inDoubt,
	inDoubtOld, settleTime, pending, pendingOld, backlog, links, sourceTime, sourceDue,
	stateBytes, walBytes, freeBytes, diskFree, notifyDown, lastBackup,
}

// other stands for a word that is in none of the lists below: a new word of
// another package must not open a series for everything it may say.
const other = "other"

// The closed lists of labels' values.
var (
	// results are how a run may end, in the engine's words.
	results = []string{
		"done", "partial", "halted", "source-not-ready", "crm-unreachable", "interrupted", "failed", "running", other,
	}
	// stages are the engine's.
	stages = []string{"recover", "mirror", "read", "plan", "deliver", "fold", other}
	// skips are why a run that was due was not begun.
	skips = []string{SkipOverlap, SkipBusy, other}
	// channels are the ways to tell people, as the configuration names them.
	channels = []string{"mail", "webhook", "telegram", other}
	// noticeResults are what comes of a message.
	noticeResults = []string{NoticeSent, NoticePart, NoticeFailed, other}
	// reads and writes are the CRM client's actions, of all its dialects.
	reads = []string{
		"client/fields", "client/list", "client/info", "user/info", "user/list",
		"guides/category", "guides/territory", "guides/relations", "guides/clientpath",
		"contract/fields", "contract/steplist", "contract/direction", "contract/contracttipe", "contract/statusclose",
		"contract/list", "contract/info",
		"deal/fields", "deal/steplist", "deal/direction", "deal/type", "deal/statusclose", "deal/list", "deal/info",
		"invoice/list", "invoice/info", "person/fields", "person/list", "person/info",
	}
	writes = []string{
		"client/add", "client/add.list", "client/addlist", "client/update", "client/delete",
		"contract/add", "contract/update", "contract/changestep", "contract/close", "contract/delete",
		"contract/addinvoice", "contract/addpaimentpart",
		"deal/add", "deal/update", "deal/change.step", "deal/close", "deal/delete",
		"invoice/add", "invoice/do", "person/add", "person/update", "person/delete",
	}
	actions = slices.Concat(reads, writes)
	// classes are the CRM client's, with two of ours.
	classes = []string{
		ClassOK, ClassCanceled, "duplicate", "not_found", "invisible", "has_deals", "refused", "auth",
		"unknown", "transport", "redirect", "protocol", "unreadable", other,
	}
)
