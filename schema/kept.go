package schema

// Kept says what a column means that Lode keeps itself; "" of all others.
func Kept(column string) string {
	switch column {
	case EventStream, EventSeq, EventOrdinal:
		return "points to the event"
	case CreatedAt:
		return "when the row was first written or observed"
	case UpdatedAt:
		return "when it last changed"
	case SyncedAt:
		return "when the key was last observed"
	case ValidAtCol:
		return "business time of the newest event"
	case Refused:
		return "columns whose value could not be read; they are NULL, and the values wait in quarantine"
	case CustomFields:
		return "fields that no mapping knows"
	case IsDeleted:
		return "whether the newest event is a delete"
	case SchemaVersion:
		return "version of the entity's definition"
	}
	return keptInGold(column)
}

func keptInGold(column string) string {
	switch column {
	case ValidFrom:
		return "from when on the version holds"
	case ValidTo:
		return "until when it holds, exclusive; " + HighDate + " while nothing ends it"
	case IsCurrent:
		return "whether it is the version in force"
	case Version:
		return "its place among the versions of the key"
	case IsInferred:
		return "whether facts named it before any event did"
	case EventAtCol:
		return "business time of the event that began the version"
	case GroupKey:
		return "tells the groups apart, also where a value is NULL"
	case Correction:
		return "0 for the first state of a key, then counting up"
	case IsReversal:
		return "whether the row takes back the one before it"
	case RecordedAt:
		return "when the state, or its end, was observed"
	case IsOpen:
		return "whether the period has not ended yet"
	case RowVersion:
		return "counts the writes of the row"
	case MemberDigest:
		return "equal for groups of the same members and weights"
	case SourceSystem:
		return "the system that the record is from"
	case SourceID:
		return "its key in that system"
	}
	return ""
}
