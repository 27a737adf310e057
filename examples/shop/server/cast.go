package server

// The cast: records with a role, always the same ones, so that a reader, the demo and
// a test can find them. Customers and accounts below castSize change only as their role
// says.
const (
	castSize = 40

	castStory       = 0  // C-1001: SMB on day 1, Enterprise from noon of day 2
	castNegative    = 1  // C-1002: negative credit limit on day 1, mended on day 2
	castNameless    = 2  // C-1003: has no name, ever
	castLateFirst   = 10 // one of twenty: a change is dated yesterday 17:20 and shows up today
	castLateCount   = 20
	castSouredFirst = 30 // one of ten: turns bad on a day and is mended on the next
	castSouredCount = 10

	castDearProduct = 4 // P-104: its price is "abc" until day 3
)

// Slots among the orders of a day from day 2 on.
const (
	slotStoryBefore = iota // by the story customer, at 09:00
	slotStoryAfter         // by the story customer, at 15:00
	slotEarlyFirst         // by a customer whom the CRM lists only tomorrow
	slotEarlyLast
	slotLateFirst // ordered days ago, known today
	_
	_
	slotLateLast
	slotZero // its first line has quantity 0
	slotsTaken
)

// The last orders of the history have roles too, counted from the end.
const (
	tailEarlyA  = 1 // by customers whom the CRM lists only on day 2
	tailEarlyB  = 2
	tailStory   = 3 // by the story customer, day 1 at 10:00
	tailUnknown = 4 // by C-0000, whom no system ever lists
	tailNobody  = 5 // customer is null
	tailZero    = 6 // its first line has quantity 0
	tailTaken   = tailZero
)

// lateOn is the member of the cast whose change of yesterday shows up on day.
func lateOn(day int) int { return castLateFirst + day%castLateCount }

// souredOn is the member of the cast that turns bad on day.
func souredOn(day int) int { return castSouredFirst + day%castSouredCount }
