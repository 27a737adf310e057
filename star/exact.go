package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// maxDigits is how many digits an exact number has in every warehouse.
const maxDigits = 38

// whole is x, an exact number with the given scale, times 10^to as a whole number. Exact
// quotients are made of whole numbers, because one of the databases divides decimals as
// floats.
func whole(d warehouse.Dialect, x string, scale, to int) string {
	ten := d.Literal(record.DecimalValue("1"+strings.Repeat("0", to)), record.DecimalOf(to+1, 0))
	return fmt.Sprintf("CAST(CAST(%s AS %s) * %s AS %s)", x, d.TypeName(record.DecimalOf(maxDigits, scale)), ten, d.TypeName(record.DecimalOf(maxDigits, 0)))
}

// quotient is a / b of whole numbers, rounded half away from zero, in units of 10^-scale;
// NULL when b is 0. B must not be negative.
func quotient(d warehouse.Dialect, a, b string, scale int) string {
	doubled := fmt.Sprintf("(2 * %s + CASE WHEN %s < 0 THEN -%s ELSE %s END)", a, a, b, b)
	unit := d.Literal(record.DecimalValue("0."+strings.Repeat("0", max(scale-1, 0))+"1"), record.DecimalOf(scale, scale))
	if scale == 0 {
		unit = "1"
	}
	return fmt.Sprintf("CAST(%s AS %s) * %s", d.TruncDiv(doubled, "NULLIF(2 * "+b+", 0)"), d.TypeName(record.DecimalOf(maxDigits, 0)), unit)
}
