package library_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/library"
)

// A library reads a folder of posts. An Index of it never changes: a reload makes
// another, and says so to whoever holds the old one.
func Example() {
	folder := fstest.MapFS{
		"_index.md":     {Data: []byte("---\ntitle: Notes\n---\n")},
		"queue.md":      {Data: []byte("---\ntitle: What a queue hides\ndate: 2026-03-12\ntags: [queues]\n---\nHow late you are.\n")},
		"lock-queue.md": {Data: []byte("---\ntitle: The lock queue\ndate: 2026-01-20\ntags: [queues, locks]\n---\nFirst come, first served.\n")},
	}
	lib, err := library.Open(folder, library.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	index := lib.Current()
	fmt.Println(index.Blog().Title, index.All().Len())
	for _, p := range index.All().Page(1) {
		fmt.Println(p.Date.Format("2006-01-02"), p.Title())
	}

	folder["late.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Late\ndate: 2026-03-20\n---\nText.\n")}
	if _, err := lib.Reload(); err != nil {
		fmt.Println(err)
		return
	}
	<-index.Superseded()
	fmt.Println(index.All().Len(), "posts before,", lib.Current().All().Len(), "now")

	// Output:
	// Notes 2
	// 2026-03-12 What a queue hides
	// 2026-01-20 The lock queue
	// 2 posts before, 3 now
}

// Run makes the posts searchable beside all else, and keeps them so.
func ExampleIndex_Search() {
	lib, err := library.Open(fstest.MapFS{
		"queue.md": {Data: []byte("---\ntitle: What a queue hides\ndate: 2026-03-12\n---\nA queue hides how late you are.\n")},
		"pods.md":  {Data: []byte("---\ntitle: Pods\ndate: 2026-01-20\n---\nEach waits in a queue.\n")},
	}, library.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = lib.Run(ctx) }()
	index := lib.Current()
	<-index.Searchable()
	found := index.Search("queeu", 10)
	fmt.Println(found.Total, "found")
	for _, hit := range found.Hits {
		fmt.Println(hit.Post.Title())
	}

	// Output:
	// 2 found
	// What a queue hides
	// Pods
}
