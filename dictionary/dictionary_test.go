package dictionary_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/dictionary"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/standard"
)

// bank is a project with every kind of table.
func bank(t testing.TB) *schema.Model {
	t.Helper()
	p, err := project.Load("testdata/bank", standard.Connectors(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolve(t, p)
}

func resolve(t testing.TB, p *project.Project) *schema.Model {
	t.Helper()
	m, _, err := lode.Resolve(lode.Project{Project: p.Schema})
	if err != nil {
		t.Fatal(p.Positions.Locate(err))
	}
	return m
}

// hostile is a project whose texts try to be more than texts.
func hostile(t testing.TB) *schema.Model {
	t.Helper()
	p, err := project.Load("testdata/bank", standard.Connectors(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const evil = "</code></td><script>alert('x')</script> | `a` *b* [c](javascript:d) \"'&amp; --> \x01\n# e <!--"
	s := &p.Schema
	s.Name, s.Description = evil, evil
	for i := range s.Entities {
		e := &s.Entities[i]
		e.Description, e.Owner, e.Tags = evil, evil, []string{evil}
		for j := range e.Columns {
			e.Columns[j].Description = evil
		}
		for j := range e.Rules {
			e.Rules[j].Name, e.Rules[j].Check = evil, "name != '</td><script>|`'"
		}
	}
	for i := range s.Facts {
		s.Facts[i].Grain, s.Facts[i].Description = evil, evil
	}
	s.Layers.Silver, s.Layers.Gold = "silver \"<b>|", "gold`'"
	return resolve(t, p)
}

func TestPagesAreWellFormed(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*schema.Model{"shop": shop(t), "bank": bank(t), "hostile": hostile(t), "empty": {Name: "empty"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := dictionary.New(m).HTML()
			if err != nil {
				t.Fatal(err)
			}
			ids, hrefs := wellFormed(t, string(page))
			for _, h := range hrefs {
				if !strings.HasPrefix(h, "#") || !slices.Contains(ids, h[1:]) {
					t.Errorf("the page has no place %s", h)
				}
			}
			slices.Sort(ids)
			if len(slices.Compact(slices.Clone(ids))) != len(ids) {
				t.Error("two places have one name")
			}
			if n := strings.Count(string(page), "<script"); n != 1 {
				t.Errorf("the page has %d scripts", n)
			}
			outside := regexp.MustCompile(`(?i)\bsrc=|@import|url\(|<link|https?://`)
			if found := outside.FindString(strings.ReplaceAll(string(page), `xmlns="http://www.w3.org/2000/svg"`, "")); found != "" {
				t.Errorf("the page wants something from elsewhere: %s", found)
			}
		})
	}
}

// wellFormed reads a page as strictly as XML is read.
func wellFormed(t *testing.T, page string) (ids, hrefs []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ids, hrefs
		}
		if err != nil {
			t.Fatal(err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range element.Attr {
			switch a.Name.Local {
			case "id":
				ids = append(ids, a.Value)
			case "href":
				hrefs = append(hrefs, a.Value)
			}
		}
	}
}

func TestMarkdownKeepsTextsInTheirPlace(t *testing.T) {
	t.Parallel()
	text := string(dictionary.New(hostile(t)).Markdown())
	cell := regexp.MustCompile(`[^\\]\|`)
	columns := 0
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.Contains(line, "<script") && !strings.Contains(line, "`"):
			t.Errorf("line %d holds a script: %s", i+1, line)
		case strings.HasPrefix(line, "|"):
			n := len(cell.FindAllString(line, -1))
			if columns > 0 && n != columns {
				t.Errorf("line %d has %d cells, want %d: %s", i+1, n, columns, line)
			}
			columns = n
		case strings.HasPrefix(line, "# e"):
			t.Errorf("line %d is a heading of the user's: %s", i+1, line)
		default:
			columns = 0
		}
	}
	if strings.ContainsRune(text, 1) {
		t.Error("a control character is left")
	}
}

func TestNothingDeclaredIsStillADictionary(t *testing.T) {
	t.Parallel()
	d := dictionary.New(&schema.Model{Name: "empty"})
	if d.Streams == nil || d.Tables == nil || len(d.Tree()) > 0 {
		t.Errorf("%+v", d)
	}
}

func Example() {
	m, problems := schema.Resolve(schema.Project{
		Name: "shop", Entities: []schema.Entity{{
			Name: "customers", Description: "Who buys.", Owner: "sales", Key: []string{"customer_id"},
			Columns: []schema.Column{{Name: "customer_id", Type: "text"}, {Name: "segment", Type: "text"}},
			From:    []schema.Mapping{{Stream: "crm.customers", Fields: []schema.FieldMapping{{Name: "customer_id", From: "id"}, {Name: "segment", From: "tier"}}}},
		}},
		Dimensions: []schema.Dimension{{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "segment", SCD: "2"}}}},
	}, coltype.Standard(), []schema.StreamRef{{Source: "crm", Stream: "customers"}})
	if problems != nil {
		fmt.Println(problems)
		return
	}
	d := dictionary.New(m)
	for _, t := range d.Tables {
		fmt.Println(t.Kind, t.Name, "of", t.Streams, t.From, "-", t.Grain)
	}
	for _, c := range d.Table("gold.dim_customers").Columns {
		if c.SCD != "" {
			fmt.Printf("%s: %s\n", c.Name, c.History)
		}
	}
	// Output:
	// entity silver.customers of [crm.customers] [] - the newest state of one of customers
	// dimension gold.dim_customers of [] [silver.customers] - one version of one of customers
	// segment: a change begins a version
}
