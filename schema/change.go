package schema

// ChangeKind says what a change does.
type ChangeKind string

// The kinds of changes, and which parts of a Change they use.
const (
	AddField      ChangeKind = "add column"       // To
	DropField     ChangeKind = "drop column"      // From
	RenameField   ChangeKind = "rename column"    // From, To
	ChangeType    ChangeKind = "change type"      // From, To
	SetNotNull    ChangeKind = "set not null"     // From, To
	DropNotNull   ChangeKind = "drop not null"    // From, To
	ChangeDefault ChangeKind = "change default"   // From, To
	ChangeComment ChangeKind = "change comment"   // From, To; of the table where To has no name
	AddKey        ChangeKind = "add key"          // nothing: it is that of To
	DropKey       ChangeKind = "drop key"         // nothing: it is that of From
	AddIndex      ChangeKind = "add index"        // Index
	DropIndex     ChangeKind = "drop index"       // Index
	AddCheck      ChangeKind = "add check"        // Check
	DropCheck     ChangeKind = "drop check"       // Check
	AddReference  ChangeKind = "add foreign key"  // Reference
	DropReference ChangeKind = "drop foreign key" // Reference
)

// Change is one change of a stored table. Its kind says which of the others it uses.
type Change struct {
	Kind      ChangeKind
	From, To  Field
	Index     Index
	Check     Check
	Reference Reference
	// Lenient lets a value that is none of the new type become NULL, instead of ending a
	// ChangeType: the rows are computed again afterwards.
	Lenient bool
}

// Alteration is how a table that is there becomes another: From and To have one name,
// and the changes, in their order, lead from the one to the other.
type Alteration struct {
	From, To Table
	Changes  []Change
}

// Weight is what a change costs where the table has many rows.
type Weight string

// The weights of changes.
const (
	Light    Weight = ""              // done in a moment, however many rows there are
	Rewrites Weight = "rewrite-table" // every row is written anew
	Blocks   Weight = "long-lock"     // every row is read while others cannot write
)
