package oracle

// Gap says where a fact points that no version was in force for.
type Gap string

// The policies for facts in a gap or after a delete.
const (
	ToLast    Gap = "last"    // to the version before
	ToMember  Gap = "member"  // to the deleted member
	ToUnknown Gap = "unknown" // to the unknown member
)

// Target is what the key of a fact leads to: a version, or else a special member, or an
// inferred one.
type Target struct {
	Version  *Version
	Special  int
	Inferred bool
}

// Role says how a fact finds a member.
type Role struct {
	Gap      Gap
	Current  bool // not as of the event, but the current version
	WhenNull int  // the special member of a NULL key
	Infer    bool // a key that nothing is known of gets a member of its own
}

// The special members.
const (
	Unknown       = -1
	NotApplicable = -2
	Deleted       = -3
	Error         = -4
)

// Named is what a fact says of a member: its key and its time, nil when NULL, and whether
// they are NULL because they could not be read.
type Named struct {
	Key                   *string
	At                    *int64
	KeyRefused, AtRefused bool
}

// Find gives the target of a fact: of the versions of the member that it names. Now is the
// version that counts as current, nil if none does. A role of current versions asks for no
// time; in others, a fact without a time has the member of a NULL key. What could not be read
// is an error.
func (r Role) Find(of Named, chain []Version, now *Version) Target {
	switch {
	case of.Key == nil && of.KeyRefused || of.Key != nil && of.At == nil && of.AtRefused && !r.Current:
		return Target{Special: Error}
	case of.Key == nil || of.At == nil && !r.Current:
		return Target{Special: r.WhenNull}
	case len(chain) == 0 && !r.Infer:
		return Target{Special: Unknown}
	case len(chain) == 0:
		return Target{Inferred: true}
	case r.Current && now != nil:
		return Target{Version: now}
	case r.Current:
		return r.without(&chain[len(chain)-1])
	}
	var last *Version
	for i := range chain {
		if chain[i].From <= *of.At {
			last = &chain[i]
		}
	}
	if last == nil {
		return Target{Special: Unknown}
	}
	if *of.At < last.To {
		return Target{Version: last}
	}
	return r.without(last)
}

// without is the target when no version is in force, but there was one.
func (r Role) without(last *Version) Target {
	switch r.Gap {
	case ToMember:
		return Target{Special: Deleted}
	case ToUnknown:
		return Target{Special: Unknown}
	}
	return Target{Version: last}
}

// Observation is one state of a record that has no business time.
type Observation[T any] struct {
	Key    string
	Delete bool
	Value  T
}

// Current is each key's record after all observations: the last one.
func Current[T any](observed []Observation[T]) map[string]T {
	values := map[string]T{}
	for _, o := range observed {
		if o.Delete {
			delete(values, o.Key)
		} else {
			values[o.Key] = o.Value
		}
	}
	return values
}
