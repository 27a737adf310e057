package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/warehouse"
)

func (p *program) runCommand() *cobra.Command {
	o := medallion.Options{Command: "run"}
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Bring the warehouse up to date",
		Long: `Run makes the changes of structure that plan shows and then runs the steps: loads from
the sources into bronze, entities in silver, the star in gold. Each step is one
transaction; a run that was stopped goes on where it was.

--from and --to load a range of cursor values again without moving the watermark; name
the loads with --select.`,
		Example: `  lode run
  lode run --select crm_customers+
  lode run --select tag:daily --full
  lode run --select bronze.billing_orders --from 2025-01-01 --to 2025-02-01
  lode run --check
  lode run --wait 10m`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			if o.Mode.Full && (o.Mode.From != "" || o.Mode.To != "") {
				return usagef("--full reads everything and --from/--to a range; give one of them")
			}
			p.reads = true
			return p.run(ctx, wait, func(s Session) (medallion.Options, error) { return o, checkBackfill(ctx, s, o) })
		}),
	}
	selectFlags(cmd, &o)
	cmd.Flags().BoolVar(&o.Mode.Full, "full", false, "read everything from the sources, not only what changed")
	cmd.Flags().BoolVar(&o.Mode.Check, "check", false, "check the keys that each step touches; one that breaks a check fails and leaves nothing behind")
	cmd.Flags().StringVar(&o.Mode.From, "from", "", "back-fill: first cursor value, included")
	cmd.Flags().StringVar(&o.Mode.To, "to", "", "back-fill: last cursor value, excluded")
	waitFlag(cmd, &wait)
	return cmd
}

func waitFlag(cmd *cobra.Command, wait *time.Duration) {
	cmd.Flags().DurationVar(wait, "wait", 0, "how long to wait while another run is going, for example 10m")
}

// checkBackfill sees to it that a range is asked of loads that were named.
func checkBackfill(ctx context.Context, s Session, o medallion.Options) error {
	if o.Mode.From == "" && o.Mode.To == "" {
		return nil
	}
	if len(o.Select) == 0 {
		return usagef("--from and --to need --select: name the loads to read again")
	}
	plan, err := s.Plan(ctx, o)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(plan.Work, func(w medallion.Work) bool { return w.Step.Kind == medallion.LoadStep }) {
		return usagef("--from and --to are for loads, and --select %v picks none", o.Select)
	}
	return nil
}

// run executes a project with the options that choose makes of the opened project.
func (p *program) run(ctx context.Context, wait time.Duration, choose func(Session) (medallion.Options, error)) error {
	if err := p.wants("table", "json"); err != nil {
		return err
	}
	return p.patiently(ctx, wait, func() error { return p.attempt(ctx, choose) })
}

// patiently does work, and while another run is going tries it again until the wait is over.
func (p *program) patiently(ctx context.Context, wait time.Duration, work func() error) error {
	if wait < 0 {
		return usagef("--wait %s: a time to wait is not negative", wait)
	}
	deadline := time.Now().Add(wait)
	for pause, told := 100*time.Millisecond, false; ; pause = min(2*pause, 2*time.Second) {
		err := work()
		taken := errors.Is(err, warehouse.ErrLocked) || errors.Is(err, warehouse.ErrBusy)
		left := time.Until(deadline)
		if !taken || left <= 0 {
			return err
		}
		if !told {
			p.log.Info("another run is going; waiting for it", "at most", wait)
			told = true
		}
		select {
		case <-time.After(min(pause, left)):
		case <-ctx.Done():
			return stopped(ctx)
		}
	}
}

// attempt opens the project, runs it once and reports.
func (p *program) attempt(ctx context.Context, choose func(Session) (medallion.Options, error)) (err error) {
	show := p.progress()
	defer show.close()
	session, err := p.open(ctx, func(e medallion.Event) {
		p.logEvent(e)
		if e.Kind == "progress" {
			show.rows(e.Step, e.Rows)
		}
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	options, err := choose(session)
	if err != nil {
		return err
	}
	report, err := session.Run(ctx, options, show.step)
	show.close()
	if err != nil {
		return errors.Join(stopped(ctx), err)
	}
	if err := p.showReport(report); err != nil {
		return err
	}
	return p.judge(ctx, report)
}

// judge prints what went wrong and turns it into the exit code.
func (p *program) judge(ctx context.Context, report run.Report) error {
	count := map[run.Status]int{}
	for _, s := range report.Steps {
		count[s.Status]++
		if s.Err != nil {
			fmt.Fprintf(p.err, "lode: %s: %v\n", s.Name, s.Err)
		}
	}
	if err := stopped(ctx); err != nil {
		return err
	}
	switch report.Status() {
	case run.Failed:
		fmt.Fprintf(p.err, "lode: %s failed, %d skipped; what the others did stays. Mend the cause and run again\n", plural(count[run.Failed], "step"), count[run.Skipped])
		return reportedError{codeFailed}
	case run.Later:
		fmt.Fprintf(p.err, "lode: %s could not finish now; run again later, it goes on where it was\n", plural(count[run.Later], "step"))
		return reportedError{codeLater}
	}
	return nil
}
