package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
)

// audit brings an audit dimension up to date with the loads. Facts do so too, when they are
// written before its own step: the event of every fact has a load. What has been loaded is
// read anew: another step may have been ahead while this one waited for the dimension's keys.
func (g *goldRun) audit(ctx context.Context, m *schema.DimensionModel, result *Result) error {
	step := m.Table.Name.String()
	is, err := g.e.Ledger.Read(ctx, g.tx)
	if err != nil {
		return err
	}
	all := g.mode.Rebuild && g.step == step || is.Position(step, declarationInput).Fingerprint != m.Fingerprint
	loads, err := g.loads(ctx, m, is, all)
	if err != nil || len(loads.Streams) == 0 && !all {
		return err
	}
	if len(loads.Streams) > 0 {
		used, err := scalar(ctx, g.tx, star.LastKey(g.e.dialect(), m)) // this step may have described loads before
		if err != nil {
			return err
		}
		scope := star.Scope{Now: g.now, LastKey: max(g.last[m.Name], used)}
		if err := execute(ctx, g.tx, result, star.Audit(g.e.dialect(), m, loads, scope, g.touchByDimension(m)...)...); err != nil {
			return err
		}
		if err := g.keepLastKey(ctx, m, g.last[m.Name]); err != nil {
			return err
		}
		if err := g.checkDimension(ctx, m, true); err != nil {
			return err
		}
	}
	for _, x := range loads.Streams {
		at := ledger.Position{Step: step, Input: x.Stream, Position: x.UpTo, Fingerprint: m.Fingerprint, At: g.now}
		if err := g.e.Ledger.SetPosition(ctx, g.tx, at); err != nil {
			return err
		}
	}
	return g.e.Ledger.SetPosition(ctx, g.tx, ledger.Position{Step: step, Input: declarationInput, Fingerprint: m.Fingerprint, At: g.now})
}

// audited brings the audit dimensions that a fact points to up to date.
func (g *goldRun) audited(ctx context.Context, f *schema.FactModel) error {
	for _, r := range f.Roles {
		if r.Dim.Lookup() == schema.ByEvent {
			if err := g.audit(ctx, r.Dim, &Result{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// loads lists the streams with events of which an audit dimension does not know, and those
// with a load that had not ended when it was described last.
func (g *goldRun) loads(ctx context.Context, m *schema.DimensionModel, is ledger.Snapshot, all bool) (star.Loads, error) {
	d := g.e.dialect()
	out := star.Loads{Loads: g.e.Ledger.Table("loads"), Runs: g.e.Ledger.Table("runs")}
	if !g.e.until.IsZero() {
		out.KnownAt = affected.Instant(d, g.e.until)
	}
	for _, ref := range g.e.Model.Streams {
		x := star.Loaded{
			Stream: ref.String(), Bronze: d.Table(g.e.bronze(ref).Name),
			After: is.Position(m.Table.Name.String(), ref.String()).Position, UpTo: is.Streams[ref.String()].Published,
		}
		first, err := scalar(ctx, g.tx, star.Unfinished(d, m, x))
		switch {
		case err != nil:
			return out, fmt.Errorf("look for loads of %s that had not ended: %w", ref, err)
		case all:
			x.After = 0
		case first > 0:
			x.After = min(x.After, first-1)
		}
		if x.After < x.UpTo {
			out.Streams = append(out.Streams, x)
		}
	}
	return out, nil
}

// auditWork is what an audit dimension will find to do.
func (e *Engine) auditWork(s ledger.Snapshot, step Step, mode Mode) Work {
	p := s.Position(step.Name, declarationInput)
	if p.Fingerprint != "" && (mode.Rebuild || p.Fingerprint != step.Dimension.Fingerprint) {
		return Work{Step: step, Action: "describe every load anew", Whole: true}
	}
	var waiting int64
	for _, ref := range e.Model.Streams {
		waiting += s.Streams[ref.String()].Published - s.Position(step.Name, ref.String()).Position
	}
	return newEvents(step, waiting)
}
