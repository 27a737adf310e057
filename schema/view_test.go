package schema_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/schema"
)

func TestViewProblems(t *testing.T) {
	for want, views := range map[string][]schema.View{
		`project: views.0.view: "buttons" is not known; write business, null_ends, closed`:                          {{Kind: "buttons"}},
		`project: views.0.schema: "silver" is the schema of a layer; leave it out, or choose another`:               {{Kind: "business", Schema: "silver"}},
		`project: views.1: the name reports.dim_items is taken already; give the views a schema of their own`:       {{Kind: "closed", Schema: "reports"}, {Kind: "null_ends", Schema: "reports"}},
		`project: views.1: the name gold.dim_items_business is taken already; give the views a schema of their own`: {{Kind: "business"}, {Kind: "business"}},
	} {
		p := shop()
		p.Views = views
		_, problems := resolve(p)
		if !strings.Contains(problems.Error(), want) {
			t.Errorf("%v: the problems are\n%v\nwant\n%s", views, problems, want)
		}
	}
}
