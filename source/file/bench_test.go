package file

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode/source"
)

// BenchmarkJSONL reads records of about 400 bytes.
func BenchmarkJSONL(b *testing.B) {
	dir := b.TempDir()
	var text strings.Builder
	const rows = 200_000
	for i := range rows {
		fmt.Fprintf(&text, `{"id":"C%07d","companyName":"Customer number %d Ltd","emailAddress":"info%d@example.com","isActive":"T","creditLimit":%d.50,"lastModified":"2024-05-01T10:00:00.%06dZ","currency":{"id":"1","refName":"EUR"},"segment":{"id":"3","refName":"Enterprise"},"address":{"street":"Long Road %d","city":"Springfield","country":"DE","zip":"12345"},"phoneNumber":"+49 30 1234567","note":"some text that makes the record longer","tags":["a","b","c"]}`+"\n", i, i, i, i, i, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.jsonl"), []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	c := &Config{Tables: []Stream{{Name: "x", Glob: []string{"*.jsonl"}, Key: []string{"id"}}}}
	src, err := c.Open(context.Background(), source.Env{Name: "bench", Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for batch, err := range src.Read(context.Background(), source.Request{Stream: "x", Mode: source.Incremental}) {
			if err != nil {
				b.Fatal(err)
			}
			n += len(batch.Records)
		}
		if n != rows {
			b.Fatal(n)
		}
	}
}
