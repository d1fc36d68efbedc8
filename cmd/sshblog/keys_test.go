//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What keys prints is what OpenSSH's own tools say of the same keys, and what
// its client takes for an introduction.
func TestKeysAgreeWithOpenSSH(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var fingerprints, records []string
	for _, kind := range [][2]string{{"ed25519", "256"}, {"ecdsa", "384"}, {"rsa", "3072"}} {
		path := filepath.Join(dir, "ssh_host_"+kind[0]+"_key")
		output(t, "ssh-keygen", "-q", "-t", kind[0], "-b", kind[1], "-N", "", "-C", filepath.Base(path), "-f", path)
		fingerprints = append(fingerprints, output(t, "ssh-keygen", "-l", "-f", path)...)
		for _, record := range output(t, "ssh-keygen", "-r", "blog.example.com.", "-f", path) {
			if strings.Fields(record)[4] == "2" { // SHA-256
				records = append(records, record)
			}
		}
	}
	s := serveBlog(t, 1, "--hostkeys", dir)
	scanned := slices.DeleteFunc(output(t, "ssh-keyscan", "-p", s.port, "127.0.0.1"), func(line string) bool {
		return strings.HasPrefix(line, "#")
	})

	same := func(what string, got, want []string) {
		t.Helper()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || len(got) != 3 {
			t.Errorf("%s:\n%s\nOpenSSH says:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	printed := sections(t, "keys", "--hostkeys", dir, "--host", "blog.example.com")
	same("fingerprints", printed[0], fingerprints)
	same("SSHFP records", printed[2], records)
	printed = sections(t, "keys", "--hostkeys", dir, "--host", "127.0.0.1:"+s.port)
	same("lines for known_hosts", printed[1], scanned)
	if len(printed) != 2 {
		t.Errorf("an address has SSHFP records: %q", printed)
	}

	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(strings.Join(printed[1], "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := s.ssh()
	cmd.Args = append([]string{"ssh", "-T", "-o", "UserKnownHostsFile=" + known, "-o", "StrictHostKeyChecking=yes"}, cmd.Args[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("with these lines the client does not know the server: %v: %s", err, out)
	}
}

// output runs a program and returns its lines.
func output(t *testing.T, name string, args ...string) []string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, &stderr)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// sections runs our program and returns the lines below each heading.
func sections(t *testing.T, args ...string) (found [][]string) {
	t.Helper()
	for _, line := range output(t, "sshblog", args...) {
		if strings.HasPrefix(line, "#") {
			found = append(found, nil)
			continue
		}
		found[len(found)-1] = append(found[len(found)-1], line)
	}
	return found
}

func TestReachedAt(t *testing.T) {
	t.Parallel()
	machine, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		host   string
		port   uint16
		listen string
		want   string // "" means an error
		at     uint16
	}{
		{"blog.example.com", 0, ":2222", "blog.example.com", 22},
		{"blog.example.com:2200", 0, ":2222", "blog.example.com", 2200},
		{"blog.example.com:2200", 23, ":2222", "blog.example.com", 23},
		{"blog.example.com.", 0, ":2222", "blog.example.com", 22},
		{"", 0, "127.0.0.1:2222", machine, 2222},
		{"", 23, "127.0.0.1:2222", machine, 23},
		{"xn--bcher-kva.example", 0, ":2222", "xn--bcher-kva.example", 22},
		{"192.0.2.1", 0, ":2222", "192.0.2.1", 22},
		{"2001:db8::1", 0, ":2222", "2001:db8::1", 22},
		{"[2001:db8::1]:2200", 0, ":2222", "2001:db8::1", 2200},
		{"", 0, "127.0.0.1:0", "", 0},
		{"blog.example.com:0", 0, ":2222", "", 0},
		{"blog.example.com:ssh", 0, ":2222", "", 0},
		{"*.example.com", 22, ":2222", "", 0},
		{"a,b", 22, ":2222", "", 0},
		{"a b", 22, ":2222", "", 0},
		{"a\nb", 22, ":2222", "", 0},
		{"bücher.example", 22, ":2222", "", 0},
		{"-a.example", 22, ":2222", "", 0},
		{"a..example", 22, ":2222", "", 0},
		{strings.Repeat("a", 64), 22, ":2222", "", 0},
		{strings.Repeat("a.", 127) + "a", 22, ":2222", "", 0},
	} {
		host, port, err := reachedAt(test.host, test.port, test.listen)
		if err != nil {
			host, port = "", 0
		}
		if host != test.want || port != test.at {
			t.Errorf("reachedAt(%q, %d, %q) = %q, %d, %v", test.host, test.port, test.listen, host, port, err)
		}
	}
}
