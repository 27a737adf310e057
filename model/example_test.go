package model_test

import (
	"fmt"

	"github.com/lodehq/lode/model"
)

type note struct {
	ID    int64 `lode:",key"`
	Title string
	Words int `lode:"word_count"`
}

func Example() {
	notes := model.Table[note]("notes", model.Compute("is_long", "word_count > 100"))
	title := model.Field(notes, func(n *note) *string { return &n.Title })
	isLong := model.ComputedField[bool](notes, "is_long")

	fmt.Println(notes.Info().Err(), notes.Info().Table.Key, title.Name())
	long, known, err := isLong.Of(&note{ID: 1, Words: 250})
	fmt.Println(long, known, err)
	// Output:
	// <nil> [id] title
	// true true <nil>
}
