package schema

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/record"
)

// Band is a range of numbers, half-open: from where the band before it ends, up to but
// without To.
type Band struct {
	Label string `yaml:"label" need:"yes" doc:"Name of the band."`
	To    string `yaml:"to" doc:"Where the band ends; that number is part of the next one. The last band may go without: it then has no end."`
}

// Columns of a dimension of bands.
const (
	BandLabel    = "label"
	BandPosition = "position"
	LowerBound   = "lower_bound" // NULL: no bound
	UpperBound   = "upper_bound" // exclusive; NULL: no bound
)

// A bound is an exact number of a size that every warehouse holds.
const (
	boundDigits = 38
	boundScale  = 4
)

var boundPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

func (r *resolver) bands(m *DimensionModel, rep report) {
	if len(m.Bands) == 0 {
		rep.addf("bands", "is empty; name at least one")
	}
	m.Bands = slices.Clone(m.Bands)
	labels := map[string]bool{}
	var before *big.Rat
	for i, b := range m.Bands {
		path := "bands." + strconv.Itoa(i)
		switch {
		case b.Label == "":
			rep.addf(path+".label", "is missing")
		case labels[b.Label]:
			rep.addf(path+".label", "%q is there twice", b.Label)
		}
		labels[b.Label] = true
		if b.To == "" {
			if i < len(m.Bands)-1 {
				rep.addf(path+".to", "is missing; only the last band may have no end")
			}
			continue
		}
		if to := bound(b.To, before, path+".to", rep); to != nil {
			m.Bands[i].To, before = to.FloatString(boundScale), to
		}
	}
	deriveBandTable(m, r.model.Layers)
}

// bound reads where a band ends, which must be after the end of the one before; nil if it
// is no number.
func bound(text string, before *big.Rat, path string, rep report) *big.Rat {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if !boundPattern.MatchString(text) || len(whole) > boundDigits-boundScale || len(fraction) > boundScale {
		rep.addf(path, "%q is no number with at most %d digits before the point and %d behind it", text, boundDigits-boundScale, boundScale)
		return nil
	}
	to, _ := new(big.Rat).SetString(text) // the pattern holds: it is a number
	if before != nil && to.Cmp(before) <= 0 {
		rep.addf(path, "%s is not above the end of the band before it; put the bands into their order", text)
	}
	return to
}

func deriveBandTable(m *DimensionModel, l Layers) {
	bound := record.DecimalOf(boundDigits, boundScale)
	m.Table = Table{
		Name: Name{l.Gold, m.Name},
		Fields: []Field{
			field(m.SurrogateKey, record.Int, true), text(BandLabel, false), field(BandPosition, record.Int, false),
			{Name: LowerBound, Type: bound, Comment: "The least number of the band; NULL: there is none."},
			{Name: UpperBound, Type: bound, Comment: "Where the next band begins; NULL: nowhere."},
		},
		PrimaryKey: []string{m.SurrogateKey}, Comment: or(m.Description, "Bands."), Small: true,
	}
}
