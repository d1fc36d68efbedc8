//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/sshd"
)

// rotation is a server whose host key is changed, as deploy/README.md tells operators to.
type rotation struct {
	*server
	keys string // folder
}

func rotate(t *testing.T, args ...string) *rotation {
	r := &rotation{keys: t.TempDir()}
	r.make(t, "ssh_host_ed25519_key")
	r.server = serveBlog(t, 1, append([]string{"--hostkeys", r.keys}, args...)...)
	return r
}

// make makes a key, and returns its public part.
func (r *rotation) make(t *testing.T, name string) (public string) {
	t.Helper()
	path := filepath.Join(r.keys, name)
	output(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path)
	return strings.TrimSpace(read(t, path+".pub"))
}

func (r *rotation) move(from, to string) {
	r.t.Helper()
	if err := os.Rename(filepath.Join(r.keys, from), filepath.Join(r.keys, to)); err != nil {
		r.t.Fatal(err)
	}
}

// reloads has the keys read again, and waits until the log has what becomes of that.
func (r *rotation) reloads(log string, times int) {
	r.t.Helper()
	r.signal(syscall.SIGHUP)
	eventually(r.t, func() bool { return strings.Count(r.log.String(), log) == times }, "%q is not in the log %d times: %s", log, times, &r.log)
}

// knows makes a known_hosts with some lines for the server, each without its host.
func (r *rotation) knows(lines ...string) (path string) {
	r.t.Helper()
	var text strings.Builder
	for _, line := range lines {
		if mark, key, ok := strings.Cut(line, " * "); ok {
			fmt.Fprintf(&text, "%s * %s\n", mark, key)
			continue
		}
		fmt.Fprintf(&text, "[127.0.0.1]:%s %s\n", r.port, line)
	}
	path = filepath.Join(r.t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// comes connects with OpenSSH as a reader does who answers no question, and returns what that
// says besides the posts.
func (r *rotation) comes(known string) (said string, err error) { return r.comesAs("yes", known) }

// comesAs is comes with a StrictHostKeyChecking.
func (r *rotation) comesAs(strict, known string) (said string, err error) {
	r.t.Helper()
	var stderr strings.Builder
	cmd := exec.Command("ssh", "-T", "-F", "none", "-p", r.port, "-o", "UserKnownHostsFile="+known, "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "StrictHostKeyChecking="+strict, "-o", "UpdateHostKeys=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "reader@127.0.0.1")
	cmd.Stderr = &stderr
	err = cmd.Run()
	return stderr.String(), err
}

// A reader who came once while the old and the new key were there connects after the change
// without a warning, and in the end knows the new key alone. One who did not come is refused by
// ssh.
func TestHostKeyRotation(t *testing.T) {
	t.Parallel()
	r := rotate(t, "--ops", "127.0.0.1:0")
	old := strings.TrimSpace(read(t, filepath.Join(r.keys, "ssh_host_ed25519_key.pub")))
	comes, stays := r.knows(old), r.knows(old)
	welcome := func(when string, knows ...string) {
		t.Helper()
		if said, err := r.comes(comes); err != nil || said != "" {
			t.Errorf("%s: %v, %s", when, err, said)
		}
		if got, want := read(t, comes), read(t, r.knows(knows...)); got != want {
			t.Errorf("%s the client knows:\n%swant:\n%s", when, got, want)
		}
	}
	welcome("before", old)
	next := r.make(t, "ssh_host_ed25519_next_key")
	r.reloads("host keys reloaded", 1)
	welcome("while both are there", old, next)
	// OpenSSH learns keys only from a host that it knew before, or asked about.
	stranger := r.knows()
	for i, want := range []string{read(t, r.knows(old)), read(t, r.knows(old, next))} {
		if said, err := r.comesAs("accept-new", stranger); err != nil {
			t.Errorf("a stranger: %v, %s", err, said)
		}
		if got := read(t, stranger); got != want {
			t.Errorf("after %d visits a stranger knows:\n%swant:\n%s", i+1, got, want)
		}
	}

	r.move("ssh_host_ed25519_key", "ssh_host_ed25519_old_key")
	r.move("ssh_host_ed25519_next_key", "ssh_host_ed25519_key")
	r.reloads("host keys reloaded", 2)
	welcome("after the change", old, next)
	if said, err := r.comes(stays); err == nil || !strings.Contains(said, "REMOTE HOST IDENTIFICATION HAS CHANGED") {
		t.Errorf("who has not come: %v, %s", err, said)
	}

	third := r.make(t, "ssh_host_ed25519_third_key")
	out := output(t, "sshblog", "reload", "--ops", r.opsAddress())
	want := "no post changed; host keys or certificates changed\n"
	for i, public := range []string{next, old, third} {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
		if err != nil {
			t.Fatal(err)
		}
		want += "host key " + []string{"in use", "announced", "announced"}[i] + ": " + ssh.FingerprintSHA256(key) + "\n"
	}
	if out := strings.Join(out, "\n") + "\n"; out != want {
		t.Errorf("a reload says:\n%swant:\n%s", out, want)
	}
	if err := os.Remove(filepath.Join(r.keys, "ssh_host_ed25519_third_key")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.keys, "ssh_host_ed25519_old_key")); err != nil {
		t.Fatal(err)
	}
	r.reloads("host keys reloaded", 4)
	welcome("when the old one is gone", next)
}

// Who trusts the authority knows no key. Who knows the key alone learns the next all the same.
// A reload with a bad certificate or key changes nothing.
func TestHostCertificates(t *testing.T) {
	t.Parallel()
	r := rotate(t, "--ops", "127.0.0.1:0")
	path := filepath.Join(r.keys, "ssh_host_ed25519_key")
	old := strings.TrimSpace(read(t, path+".pub"))
	authority := filepath.Join(t.TempDir(), "ca")
	output(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority)
	trusts, knows := r.knows("@cert-authority * "+strings.TrimSpace(read(t, authority+".pub"))), r.knows(old)
	if said, err := r.comes(trusts); err == nil {
		t.Errorf("a key without a certificate is trusted: %s", said)
	}
	r.metric("sshblog_host_certificate_expiry_timestamp_seconds +Inf")

	output(t, "ssh-keygen", "-q", "-s", authority, "-h", "-I", "blog", "-n", "127.0.0.1", "-V", "19700101000001Z:20990101000000Z", path+".pub")
	next := r.make(t, "ssh_host_ed25519_next_key")
	r.reloads("host keys reloaded", 1)
	for name, known := range map[string]string{"who trusts the authority": trusts, "who knows the key": knows} {
		if said, err := r.comes(known); err != nil || said != "" {
			t.Errorf("%s: %v, %s", name, err, said)
		}
	}
	if got, want := read(t, knows), read(t, r.knows(old, next)); got != want {
		t.Errorf("who knows the key knows now:\n%swant:\n%s", got, want)
	}
	r.metric(fmt.Sprintf("sshblog_host_certificate_expiry_timestamp_seconds %g", float64(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).Unix())))

	good := read(t, path+"-cert.pub")
	for i, bad := range []func() (mend func()){
		func() func() {
			r.move("ssh_host_ed25519_key-cert.pub", "ssh_host_ed25519_next_key-cert.pub")
			return func() { r.move("ssh_host_ed25519_next_key-cert.pub", "ssh_host_ed25519_key-cert.pub") }
		},
		func() func() {
			r.move("ssh_host_ed25519_next_key", "aside")
			if err := os.Mkdir(filepath.Join(r.keys, "ssh_host_ed25519_next_key"), 0o700); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.Remove(filepath.Join(r.keys, "ssh_host_ed25519_next_key")); err != nil {
					t.Fatal(err)
				}
				r.move("aside", "ssh_host_ed25519_next_key")
			}
		},
	} {
		mend := bad()
		r.reloads("level=ERROR msg=\"host keys cannot be read again, those from before stay in use\"", i+1)
		if said, err := r.comes(trusts); err != nil {
			t.Errorf("after a reload with bad keys: %v, %s", err, said)
		}
		mend()
	}
	r.move("ssh_host_ed25519_key", "first")
	r.move("ssh_host_ed25519_next_key", "second")
	r.reloads("are gone; mount the folder, or restore them from a copy before the next start", 1)
	r.move("first", "ssh_host_ed25519_key")
	r.move("second", "ssh_host_ed25519_next_key")
	r.metric(`sshblog_reloads_total{result="failed"} 3`)
	r.metric("sshblog_reload_last_failed 1")

	// One that does not hold takes the place of none that does.
	for i, times := range []string{"19700101000001Z:19700102000000Z", "20980101000000Z:20990101000000Z"} {
		output(t, "ssh-keygen", "-q", "-s", authority, "-h", "-I", "blog", "-n", "127.0.0.1", "-V", times, path+".pub")
		r.reloads("host certificate "+path+"-cert.pub holds from "+[]string{"1970", "2098"}[i], 1)
		if said, err := r.comes(trusts); err != nil {
			t.Errorf("after a reload with a certificate of %s: %v, %s", times, err, said)
		}
		checked, err := exec.Command("sshblog", "serve", "--check", "--posts", r.posts, "--listen", "127.0.0.1:0", "--hostkeys", r.keys).CombinedOutput()
		if err != nil || !strings.Contains(string(checked), "a host certificate does not hold now") {
			t.Errorf("a check with a certificate of %s: %v, %s", times, err, checked)
		}
	}
	r.metric("sshblog_reload_last_failed 1")
	if err := os.Remove(path + "-cert.pub"); err != nil {
		t.Fatal(err)
	}
	r.reloads("host keys reloaded", 2)
	r.metric("sshblog_reload_last_failed 0")
	if said, err := r.comes(knows); err != nil || said != "" {
		t.Errorf("who knows the key, without a certificate: %v, %s", err, said)
	}
	lone := filepath.Join(r.keys, "ssh_host_gone_key-cert.pub")
	for _, file := range []string{path + "-cert.pub", lone} {
		if err := os.WriteFile(file, []byte(good), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.reloads("host keys reloaded", 3)
	r.logged("has no key beside it, so it is not offered; put the key there, or remove it\" file=" + lone)
	if said, err := r.comes(trusts); err != nil {
		t.Errorf("with the certificate again: %v, %s", err, said)
	}
}

// One that has expired since it was read keeps nothing else from being reloaded.
func TestExpiredCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, authority := filepath.Join(dir, "ssh_host_ed25519_key"), filepath.Join(dir, "ca")
	for _, file := range []string{path, authority} {
		output(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file)
	}
	output(t, "ssh-keygen", "-q", "-s", authority, "-h", "-I", "blog", "-n", "127.0.0.1", "-V", "19700101000001Z:19700102000000Z", path+".pub")
	keys, err := sshd.LoadHostKeys(dir, sshd.RequireHostKeys)
	if err != nil {
		t.Fatal(err)
	}
	if err := newCertificates(keys, keys); err != nil {
		t.Errorf("one that was there: %v", err)
	}
	if newCertificates(nil, keys) == nil {
		t.Error("a new one is taken")
	}
}
