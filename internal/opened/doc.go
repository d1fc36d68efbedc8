// Package opened counts how often each post is opened, or read to its end, and keeps the sums in a folder.
//
// A sum is a number for an address and nothing else: not who has opened the post, nor when.
// Sums are as many as there are posts, and some of posts that are gone (see maxGone).
//
// Several processes may have one folder, as during a restart: each adds what it has counted
// since it last saved, under a lock. The file is replaced as a whole, so a crash leaves the
// one before, and costs what was counted since. Each kind of count has files of its own, so that a program that
// knows fewer kinds leaves the others as they are.
package opened
