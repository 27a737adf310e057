package medallion

// Options choose what a plan or a run covers.
type Options struct {
	Select  []string // selectors, see run.Select; none means everything
	Steps   []string // names of steps, to take with all that follow them, instead of Select
	Mode    Mode
	Command string // what the run history calls it: "run", "rebuild", ...
}

// CheckOptions choose what is checked.
type CheckOptions struct {
	Select []string // selectors, as those of Options; none means everything
	Full   bool     // also compare with a rebuild from bronze, while no run is going
}

// Plan is what a run would do: first the changes of structure, then the steps in order.
type Plan struct {
	Changes []Change
	Work    []Work
	Absent  []string // steps of gold that are not in the project: they begin anew when they come back
}

// Status is where a project stands.
type Status struct {
	Streams    []StreamStatus
	Tables     []TableStatus
	Runs       []RunStatus
	Quarantine []QuarantineStatus
}
