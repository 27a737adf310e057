package dictionary

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// graph is the lineage as a drawing: streams at the left, what is made of them to the right.
type graph struct {
	Width, Height int
	Nodes         []node
	Edges         []edge
}

type node struct {
	Name, Kind          string
	X, Y, Width, Height int
	TextX, TextY        int
	layer               int
}

type edge struct{ From, To, Path string }

// The measures of the drawing, in pixels.
const (
	nodeHeight = 24
	nodeGap    = 10
	layerGap   = 64
	charWidth  = 8 // of the page's font for names, at its size
	textPad    = 8
)

// graph lays the tables out in layers, each table near what it is made of.
func (d *Dictionary) graph() graph {
	var g graph
	for _, s := range d.Streams {
		g.Nodes = append(g.Nodes, node{Name: s.Name, Kind: "stream"})
	}
	for _, t := range d.Tables {
		g.Nodes = append(g.Nodes, node{Name: t.Name, Kind: string(t.Kind), layer: t.layer})
	}
	parents := d.parents()
	for layer, x := 0, 0; ; layer++ {
		in := g.layer(layer)
		if len(in) == 0 {
			break
		}
		g.order(in, parents)
		width := 0
		for _, i := range in {
			width = max(width, utf8.RuneCountInString(g.Nodes[i].Name)*charWidth+2*textPad)
		}
		for row, i := range in {
			n := &g.Nodes[i]
			n.X, n.Y, n.Width, n.Height = x, row*(nodeHeight+nodeGap), width, nodeHeight
			n.TextX, n.TextY = n.X+textPad, n.Y+nodeHeight/2+4
			g.Height = max(g.Height, n.Y+nodeHeight)
		}
		g.Width = x + width
		x += width + layerGap
	}
	for i, froms := range parents {
		for _, j := range froms {
			g.Edges = append(g.Edges, between(g.Nodes[j], g.Nodes[i]))
		}
	}
	return g
}

// parents lists for each node those that it is made of, by their places in the list:
// the streams, then the tables.
func (d *Dictionary) parents() [][]int {
	out := make([][]int, len(d.Streams)+len(d.Tables))
	for i, t := range d.Tables {
		at := len(d.Streams) + i
		for j, s := range d.Streams {
			if slices.Contains(t.Streams, s.Name) {
				out[at] = append(out[at], j)
			}
		}
		for j, other := range d.Tables {
			if slices.Contains(t.From, other.Name) {
				out[at] = append(out[at], len(d.Streams)+j)
			}
		}
	}
	return out
}

// layer lists the nodes of a layer.
func (g *graph) layer(n int) []int {
	var in []int
	for i := range g.Nodes {
		if g.Nodes[i].layer == n {
			in = append(in, i)
		}
	}
	return in
}

// order puts each node of a layer at the mean height of what it is made of, which has its
// place already.
func (g *graph) order(in []int, parents [][]int) {
	height := map[int]int{}
	for _, i := range in {
		for _, j := range parents[i] {
			height[i] += g.Nodes[j].Y
		}
		height[i] /= max(1, len(parents[i]))
	}
	slices.SortStableFunc(in, func(a, b int) int { return cmp.Compare(height[a], height[b]) })
}

// between is a curve from the right of one node to the left of another.
func between(from, to node) edge {
	x1, y1, x2, y2 := from.X+from.Width, from.Y+from.Height/2, to.X, to.Y+to.Height/2
	bend := max(layerGap/2, (x2-x1)/2)
	return edge{from.Name, to.Name, fmt.Sprintf("M%d,%d C%d,%d %d,%d %d,%d", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)}
}
