//go:build linux

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recipe returns the lines of a recipe in the manual, from the one that begins so, with the
// test's own places.
func recipe(t *testing.T, first string, places ...string) string {
	t.Helper()
	_, rest, ok := strings.Cut(read(t, filepath.Join(deployDir, "README.md")), "\n    "+first)
	if !ok {
		t.Fatalf("the manual has no recipe that begins with %q", first)
	}
	lines, _, _ := strings.Cut(first+rest, "\n\n")
	return strings.NewReplacer(places...).Replace(strings.ReplaceAll(lines, "\n    ", "\n"))
}

// sh runs a script, and returns what it says.
func sh(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v: %s", script, err, out)
	}
	return string(out)
}

// The manual's ways to publish do what it says.
func TestRecipes(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"git", "rsync"} {
		if _, err := exec.LookPath(program); err != nil {
			skip := t.Skipf
			if os.Getenv("CI") != "" {
				skip = t.Fatalf
			}
			skip("this test wants %s", program)
		}
	}
	dir := t.TempDir()
	s := serveBlog(t, 1, "--ops", "127.0.0.1:0")
	places := []string{"/srv/sshblog", filepath.Dir(s.posts), "127.0.0.1:9222", s.opsAddress(), "blog.example.com:", "", "ssh blog.example.com ", "", " posts/ ", " " + dir + "/work/posts/ "}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sh(t, "cd "+dir+"; git init -q --bare -b main blog.git; git init -q -b main work; mkdir work/posts")

	write("blog.git/hooks/post-receive", recipe(t, "#!/bin/sh -e", places...))
	write("work/posts/pushed.md", postText(2, "Pushed"))
	if out := sh(t, "cd "+dir+"/work; git add .; git commit -qm One; git push ../blog.git main 2>&1"); !strings.Contains(out, "new: pushed") {
		t.Errorf("who pushes sees %q", out)
	}

	write("work/posts/copied.md", postText(3, "Copied"))
	if out := sh(t, recipe(t, "rsync ", places...)); !strings.Contains(out, "new: copied\nremoved: post-01\n") {
		t.Errorf("rsync: %q", out)
	}

	// A clone where the posts were.
	if err := os.RemoveAll(s.posts); err != nil {
		t.Fatal(err)
	}
	sh(t, "git clone -q "+dir+"/blog.git "+dir+"/clone; mv "+dir+"/clone/.git "+dir+"/clone/posts "+filepath.Dir(s.posts))
	write("blog.git/hooks/post-receive", "#!/bin/sh\n")
	write("work/posts/pulled.md", postText(4, "Pulled"))
	sh(t, "cd "+dir+"/work; git add .; git commit -qm Two; git push -q ../blog.git main")
	if out := sh(t, strings.ReplaceAll(recipe(t, "ExecStart=git", places...), "ExecStart=", "")); !strings.Contains(out, "new: pulled") {
		t.Errorf("pulled: %q", out)
	}

	// As git-sync asks.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.opsAddress()+"/-/reload", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "localhost:9222"
	r.Header.Set("Gitsync-Hash", "0123456789abcdef")
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
		t.Errorf("git-sync is answered %s", res.Status)
	}
}
