//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// banned returns the addresses that fail2ban bans for the lines of a log, with its filter of
// ours, and as it would be with other options.
func banned(t *testing.T, log string, options ...string) (addresses []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	filter := filepath.Join(deployDir, "fail2ban", "filter.d", "sshblog.conf") + strings.Join(options, "")
	cmd := exec.Command(tool(t, "fail2ban-regex", "fail2ban"), "--usedns", "no", "-o", "ip", path, filter)
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) { // 1: none matched
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			addresses = append(addresses, line)
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// The filter for fail2ban finds who is shut out in the lines that the server writes, in either
// form, in a file and behind a journal; and nobody else, whatever clients say.
func TestFail2ban(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := serveBlog(t, 1, "--log-format", format, "--log-level", "debug", "--proxy-from", "127.0.9.1")
			// A line of ours in what clients choose.
			forged := `level=WARN msg="connection refused" remote=198.51.100.1:5 reason=penalty omitted=0`
			if format == "json" {
				forged = `{"level":"WARN","msg":"connection refused","remote":"198.51.100.1:5","reason":"penalty","omitted":0}`
			}
			cmd := s.ssh(forged)
			cmd.Args = append([]string{"ssh", "-l", forged}, cmd.Args[1:]...)
			_ = cmd.Run() // there is no such command
			s.knock("127.0.9.2", "SSH-2.0-"+forged+"\r\n"+strings.Repeat("x", 100))
			s.logged("session ended")

			s.shutOut("127.0.9.3")
			s.shutOutAs("127.0.9.1", "PROXY TCP6 2001:db8::7 2001:db8::1 5000 22\r\n")
			s.shutOut("127.0.9.4")
			eventually(t, func() bool { return strings.Count(s.log.String(), "source shut out") == 4 }, "four should be shut out:\n%s", &s.log)
			s.logged("connection refused")
			log := s.log.String()
			want := []string{"127.0.9.2", "127.0.9.3", "127.0.9.4", "2001:db8::7"} // the first has sent too much
			if got := banned(t, log); !slices.Equal(got, want) {
				t.Errorf("banned are %q, want %q:\n%s", got, want, log)
			}
			// Of those who come back there is a line in ten seconds.
			back := regexp.MustCompile(`(?m)^.*connection refused.*$`).FindString(log)
			if got := banned(t, back+"\n"); !slices.Equal(got, want[1:2]) {
				t.Errorf("of those who come back %q are banned:\n%s", got, back)
			}
			if got := banned(t, back+"\n", "[reasons=source_rate]"); len(got) != 0 {
				t.Errorf("for another reason %q are banned", got)
			}
			behind := regexp.MustCompile(`(?m)^(.)`)
			for _, prefix := range []string{"Nov 29 17:02:11 host sshblog[77]: ", "2026-11-29T17:02:11.123456+01:00 host sshblog[77]: "} {
				if got := banned(t, behind.ReplaceAllString(log, prefix+"$1")); !slices.Equal(got, want) {
					t.Errorf("behind %q banned are %q, want %q", prefix, got, want)
				}
			}

			cut := serveBlog(t, 1, "--log-format", format, "--truncate-addresses")
			cut.shutOut("127.0.9.3")
			cut.logged("source shut out")
			cut.logged("connection refused")
			if got := banned(t, cut.log.String()); len(got) != 0 {
				t.Errorf("with networks for addresses %q are banned", got)
			}
		})
	}
}

// The jail names the filter, and ports and lines that there are, and is off: packages install it.
func TestFail2banJail(t *testing.T) {
	t.Parallel()
	jail := read(t, filepath.Join(deployDir, "fail2ban", "jail.d", "sshblog.conf"))
	for _, line := range []string{"[sshblog]", "enabled = false", "filter = sshblog", "backend = systemd", "maxretry = 1"} {
		if !strings.Contains(jail, "\n"+line+"\n") {
			t.Errorf("the jail has no line %q", line)
		}
	}
	if filter := read(t, filepath.Join(deployDir, "fail2ban", "filter.d", "sshblog.conf")); !strings.Contains(filter, "\njournalmatch = _SYSTEMD_UNIT=sshblog.service\n") {
		t.Error("the filter does not find the unit's lines in the journal")
	}
}
