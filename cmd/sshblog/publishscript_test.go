//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Authors and readers at their terminals: "ssh blog" comes with the key of an author, alice, and "ssh
// reader" with one that nobody knows, "ssh guest" with none. $POSTS is the posts folder, with post-01.md and post-02.md.
func TestAuthorsScripts(t *testing.T) {
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/authors",
		Setup: func(env *testscript.Env) error {
			alice, stranger := newKey(t, ""), newKey(t, "")
			authors := filepath.Join(env.WorkDir, "authors")
			writeAuthors(t, authors, publicLine(t, alice)+" alice\n")
			s := serveBlog(t, 2, "--authors", authors, "--state", filepath.Join(env.WorkDir, "state"))
			env.Setenv("POSTS", s.posts)
			env.Setenv("PID", fmt.Sprint(s.cmd.Process.Pid))
			return scriptClients(env, client, s.port, map[string]string{"blog": alice, "reader": stranger, "guest": filepath.Join(env.WorkDir, "none")})
		},
	})
}

// Readers at their terminals: "ssh one" and "ssh two" come with keys, "ssh nobody" with none. $STATE is the
// folder of state, of two posts.
func TestReadersScripts(t *testing.T) {
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/readers",
		Setup: func(env *testscript.Env) error {
			state := filepath.Join(env.WorkDir, "state")
			s := serveBlog(t, 2, "--state", state)
			env.Setenv("STATE", state)
			return scriptClients(env, client, s.port, map[string]string{"one": newKey(t, ""), "two": newKey(t, ""), "nobody": filepath.Join(env.WorkDir, "none")})
		},
	})
}

// scriptClients has ssh in a script connect to a server, by names that stand for keys.
func scriptClients(env *testscript.Env, client, port string, keys map[string]string) error {
	var config strings.Builder
	for host, key := range keys {
		fmt.Fprintf(&config, "Host %s\nHostName 127.0.0.1\nPort %s\nUser me\nIdentityFile %s\n", host, port, key)
	}
	config.WriteString("Host *\nIdentityAgent none\nIdentitiesOnly yes\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n")
	bin := filepath.Join(env.WorkDir, "bin")
	if err := os.Mkdir(bin, 0o750); err != nil {
		return err
	}
	file := filepath.Join(env.WorkDir, "ssh_config")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		return err
	}
	script := fmt.Sprintf("#!/bin/sh\nexec %s -F %s \"$@\"\n", client, file)
	env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
	return os.WriteFile(filepath.Join(bin, "ssh"), []byte(script), 0o700)
}
