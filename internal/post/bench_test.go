package post

import (
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// sample is a post of 8.7 KB, which is what posts of real blogs have on average.
func sample() []byte {
	const head = `---
title: "What a queue hides"
date: 2026-03-12 09:00:00 +0100
slug: what-a-queue-hides
summary: "A queue in front of a slow service makes it look fast until the moment it matters."
authors:
  - ada
  - grace
categories: [Architecture]
tags:
  - queues
  - latency
draft: false
---

`
	const section = `## A section of the post

A queue “absorbs” bursts, which is *why* people put one in front of [a slow
service](https://example.org/slow). It does not make the service faster; it moves the
waiting to a place where nobody looks, and adds a little of its own.

` + "```go\nfor job := range jobs {\n\tif err := work(job); err != nil {\n\t\treturn err\n\t}\n}\n```\n\n" + `- The first thing to measure is the age of the oldest job.
- The second is how many there are.

`
	return []byte(head + strings.Repeat(section, 8700/len(section)+1))[:8700]
}

func BenchmarkParse(b *testing.B) {
	src := sample()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if p, problems := Parse("2026-03-12-queue.md", src); p == nil || len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// BenchmarkDecode is the part of Parse that the YAML decoder takes.
func BenchmarkDecode(b *testing.B) {
	parts, err := split(sample())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeYAML(parts.meta, parts.metaLine); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadingTime(b *testing.B) {
	body := string(sample())
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		new(Post).read(body).minutes()
	}
}

func BenchmarkIsCleanBody(b *testing.B) {
	src := sample()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		plaintext.IsCleanBody(src)
	}
}

func BenchmarkSummary(b *testing.B) {
	p, _ := Parse("a.md", []byte(strings.Replace(string(sample()), "summary:", "other:", 1)))
	b.ReportAllocs()
	for b.Loop() {
		if p.Summary() == "" {
			b.Fatal("no summary")
		}
	}
}

func BenchmarkPassages(b *testing.B) {
	src := sample()
	p, _ := Parse("a.md", src)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range p.Passages(nil) {
			if text == "" {
				b.Fatal("a blank passage")
			}
		}
	}
}
