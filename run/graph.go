package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Node is a step of the graph.
type Node struct {
	Name   string   // layer.table
	Inputs []string // names of the nodes before it; those not in the graph are taken as done
	After  []string // names of nodes that it also waits for, however they end
	Tags   []string
	Do     func(ctx context.Context) (Outcome, error)
}

// Outcome is what a step reports of itself: named counts, in the order to show them.
type Outcome struct {
	Counts []Count
	Note   string
}

// Count is a named number of rows.
type Count struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// Get is the count of that name, 0 if there is none.
func (o Outcome) Get(name string) int64 {
	for _, c := range o.Counts {
		if c.Name == name {
			return c.N
		}
	}
	return 0
}

// Status is how a step, or a whole run, ended.
type Status string

// The states of a step.
const (
	Done    Status = "done"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Later   Status = "later"
)

// StepReport tells how one step went.
type StepReport struct {
	Name           string
	Status         Status
	Outcome        Outcome
	Err            error
	Started, Ended time.Time
}

// Report tells how a run went. Steps are in the order in which they ended.
type Report struct {
	RunID          string
	Steps          []StepReport
	Started, Ended time.Time
	Stopped        error // why steps were not begun any more; nil if none was left out for it
}

// Status is the run's: failed if a step failed or the run was stopped before all were
// begun, else later if one is to be tried again.
func (r Report) Status() Status {
	status := Done
	if r.Stopped != nil {
		return Failed
	}
	for _, s := range r.Steps {
		switch s.Status {
		case Failed:
			return Failed
		case Later:
			status = Later
		}
	}
	return status
}

// Err joins the errors of the steps and why the run was stopped, nil if there was none.
func (r Report) Err() error {
	var errs []error
	for _, s := range r.Steps {
		if s.Err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, s.Err))
		}
	}
	if r.Stopped != nil {
		errs = append(errs, fmt.Errorf("the run was stopped: %w", r.Stopped))
	}
	return errors.Join(errs...)
}

// Executor runs a graph. Seen is told of each step as it begins (Status "") and ends;
// it is called by one goroutine at a time.
type Executor interface {
	Execute(ctx context.Context, nodes []Node, seen func(StepReport)) (Report, error)
}

// Sort puts nodes into an order in which each comes after those it waits for, keeping the given
// order where it can. A circle is an error that names it.
func Sort(nodes []Node) ([]Node, error) {
	index := map[string]int{}
	for i, n := range nodes {
		index[n.Name] = i
	}
	var sorted []Node
	state := make([]int, len(nodes)) // 0 unseen, 1 on the way, 2 sorted
	var visit func(i int, path []string) error
	visit = func(i int, path []string) error {
		if state[i] == 2 {
			return nil
		}
		path = append(path, nodes[i].Name)
		if state[i] == 1 {
			return fmt.Errorf("steps depend on each other in a circle: %v", path[slices.Index(path, nodes[i].Name):])
		}
		state[i] = 1
		for _, in := range slices.Concat(nodes[i].Inputs, nodes[i].After) {
			if j, ok := index[in]; ok {
				if err := visit(j, path); err != nil {
					return err
				}
			}
		}
		state[i] = 2
		sorted = append(sorted, nodes[i])
		return nil
	}
	for i := range nodes {
		if err := visit(i, nil); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}
