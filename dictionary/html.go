package dictionary

import (
	"bytes"
	_ "embed" // the page's template
	"fmt"
	"html/template"
	"sync"
)

//go:embed page.html
var pageText string

// HTML writes the dictionary as one page that needs nothing else: no other file, no
// network, and no JavaScript but for its search.
func (d *Dictionary) HTML() ([]byte, error) {
	t, err := pageTemplate()
	if err != nil {
		return nil, fmt.Errorf("read the page's template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, struct {
		*Dictionary
		Graph graph
	}{d, d.graph()}); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return []byte(clean(out.String())), nil
}

var pageTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"anchor": anchor,
		"has":    has,
	}).Parse(pageText)
})

// has tells whether any column says something of a kind.
func has(columns []Column, what string) bool {
	for _, c := range columns {
		said := map[string]string{"key": c.Key + c.Points, "about": c.About, "history": c.History, "sum": c.Sum, "from": c.From}
		if said[what] != "" {
			return true
		}
	}
	return false
}
