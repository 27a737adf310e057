package file_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/file"
)

// A file is taken once; a second pass with the state of the first finds nothing new.
func Example() {
	dir, err := os.MkdirTemp("", "lode")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "towns.csv"), []byte("zip,name\n12345,Springfield\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	config := &file.Config{Tables: []file.Stream{{Name: "towns", Glob: []string{"*.csv"}, Key: []string{"zip"}}}}
	src, err := config.Open(context.Background(), source.Env{Name: "files", Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	var state source.State
	for pass := range 2 {
		records := 0
		for batch, err := range src.Read(context.Background(), source.Request{Stream: "towns", Mode: source.Incremental, State: state}) {
			if err != nil {
				fmt.Println(err)
				return
			}
			for _, r := range batch.Records {
				fmt.Println(batch.Origin, r.Key, string(r.Payload))
				records++
			}
			state = batch.State
		}
		fmt.Println("pass", pass+1, "records", records)
	}
	// Output:
	// file towns.csv rows 1-1 ["12345"] {"zip":"12345","name":"Springfield"}
	// pass 1 records 1
	// pass 2 records 0
}
