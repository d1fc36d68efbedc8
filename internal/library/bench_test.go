package library_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// sample writes a blog of n posts of the given number of paragraphs, 85 bytes
// each, to a temporary folder, by year and month.
func sample(b *testing.B, n, paragraphs int) string {
	b.Helper()
	dir := b.TempDir()
	for i := range n {
		file := filepath.Join(dir, samplePath(i))
		must(b, os.MkdirAll(filepath.Dir(file), 0o755))
		must(b, os.WriteFile(file, []byte(sampleText(i, paragraphs)), 0o644))
	}
	return dir
}

// later is a clock by which the files just written have long been as they are.
func later() time.Time { return time.Now().Add(time.Hour) }

// usual is the length of the posts in a benchmark: they are 8.3 KB long.
const usual = 95

func samplePath(i int) string {
	return fmt.Sprintf("%d/%02d/what-we-learned-%05d.md", 2000+i%25, 1+i%12, i)
}

func sampleText(i, paragraphs int) string {
	topics := []string{"Caching", "CI/CD", "Databases", "NodeJS", "Queues"}
	return fmt.Sprintf(`---
title: What we learned from outage %d
date: %d-%02d-%02dT10:00:00Z
categories: [%s]
tags: [lessons, "service %d", "year %d"]
summary: A cache went cold, a queue filled up, and number %d of the usual suspects had done it.
---

`, i, 2000+i%25, 1+i%12, 1+i%28, topics[i%len(topics)], i%200, 2000+i%25, i) +
		strings.Repeat("A queue that nobody drains is a slow cache of everything that went wrong before it.\n\n", paragraphs)
}

func BenchmarkOpen(b *testing.B) {
	dir := sample(b, 1000, usual)
	b.ReportAllocs()
	for b.Loop() {
		open(b, library.Dir(dir), library.Options{Now: later})
	}
}

// BenchmarkReadOnly is the floor of BenchmarkOpen: reading all the bytes.
func BenchmarkReadOnly(b *testing.B) {
	dir := sample(b, 1000, usual)
	for b.Loop() {
		for i := range 1000 {
			if _, err := os.ReadFile(filepath.Join(dir, samplePath(i))); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkReloadUnchanged(b *testing.B) {
	lib := open(b, library.Dir(sample(b, 1000, usual)), library.Options{Now: later})
	b.ReportAllocs()
	for b.Loop() {
		if r := reload(b, lib); r.Read != 0 {
			b.Fatalf("read %d files", r.Read)
		}
	}
}

func BenchmarkReloadOne(b *testing.B) {
	dir := sample(b, 1000, usual)
	lib := open(b, library.Dir(dir), library.Options{Now: later})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		file := filepath.Join(dir, samplePath(7))
		must(b, os.WriteFile(file, fmt.Appendf(nil, "%s\n%d", sampleText(7, usual), n), 0o644))
		if r := reload(b, lib); len(r.Changed) != 1 {
			b.Fatal(r)
		}
	}
}

// BenchmarkMemory reports the bytes that a post takes in an open library
// beside its text. The texts are short, or the allocator's rounding of their
// sizes would be most of it.
func BenchmarkMemory(b *testing.B) {
	const posts = 2000
	dir := sample(b, posts, 1)
	for b.Loop() {
		before := heap()
		lib := open(b, library.Dir(dir), library.Options{Now: later})
		used := heap() - before
		l := lib.Current().All()
		for i := range l.Len() {
			used -= int64(len(l.At(i).Body()))
		}
		b.ReportMetric(float64(used)/posts, "B/post")
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkFind(b *testing.B) {
	x := open(b, library.Dir(sample(b, 1000, usual)), library.Options{Now: later}).Current()
	slug := x.All().At(500).Slug
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := x.Find(slug); !ok || x.All().Index(slug) != 500 {
			b.Fatal(slug)
		}
	}
}
