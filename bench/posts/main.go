// Command posts writes a folder of posts as the benchmarks use: always the same
// ones, in lengths that real blogs have, with front matter, headings, code and
// tables.
//
//	cd bench && go run ./posts -n 10000 /var/tmp/posts
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

func main() {
	n := flag.Int("n", 1000, "`number` of posts")
	flag.Parse()
	if flag.NArg() != 1 || *n < 1 {
		_, _ = fmt.Fprintln(os.Stderr, "posts: want the folder to write, as in: posts -n 10000 /var/tmp/posts")
		os.Exit(2) //nolint:forbidigo // this is main
	}
	bytes, err := corpus.New().Write(flag.Arg(0), *n)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "posts:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
	fmt.Printf("%d posts, %d bytes on average, in %s\n", *n, bytes/int64(*n), flag.Arg(0)) //nolint:forbidigo // this is main
}
