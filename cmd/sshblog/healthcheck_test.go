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

// healthchecks runs "sshblog healthcheck" in an environment of its own.
func healthchecks(t *testing.T, environ []string, args ...string) error {
	t.Helper()
	cmd := exec.Command(quickProgram(t), append([]string{"healthcheck"}, args...)...)
	cmd.Env = append(os.Environ(), environ...)
	out, err := cmd.CombinedOutput()
	t.Logf("%q %q: %v: %s", environ, args, err, out)
	return err
}

// The check finds the server by the settings that the server has, wherever they
// stand, and says what a health check says where a proxy has to.
func TestHealthcheckReadsTheSettings(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]string{
		"no proxy":               {},
		"the proxy is elsewhere": {"proxy-from": "10.0.0.0/8"},
		"the proxy is here":      {"proxy-from": "10.0.0.0/8,127.0.0.0/8"},
	} {
		t.Run(name, func(t *testing.T) {
			var args, environ, file []string
			for setting, value := range settings {
				args = append(args, "--"+setting, value)
				environ = append(environ, envName(setting)+"="+value)
				file = append(file, setting+": "+value)
			}
			s := serveBlog(t, 1, args...)
			listen := "127.0.0.1:" + s.port
			path := filepath.Join(t.TempDir(), "sshblog.yaml")
			text := strings.Join(append(file, "listen: "+listen, "page-size: 9"), "\n")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			inEnvironment := slices.Concat(environ, []string{envName("listen") + "=" + listen, envName("title") + "=Another setting"})
			for where, err := range map[string]error{
				"the environment":              healthchecks(t, inEnvironment),
				"the file":                     healthchecks(t, []string{envName("config") + "=" + path}),
				"the file, by a flag":          healthchecks(t, nil, "--config", path),
				"flags":                        healthchecks(t, nil, append(args, "--listen", listen)...),
				"every address is listened at": healthchecks(t, append(environ, envName("listen")+"=:"+s.port)),
			} {
				if err != nil {
					t.Errorf("by %s: %v", where, err)
				}
			}
			if strings.Contains(s.log.String(), "level=WARN") {
				t.Errorf("the server warns:\n%s", &s.log)
			}
			// All that is known is where the server is.
			if err := healthchecks(t, nil, "--address", listen); err != nil {
				t.Errorf("by the address alone: %v", err)
			}
		})
	}
}

// A setting that is wrong for the server is wrong for its check.
func TestHealthcheckRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, environ := range []string{"SSHBLOG_PROXY_FROM=nonsense", "SSHBLOG_LISTEN=2222", "SSHBLOG_CONFIG=/nowhere.yaml", "SSHBLOG_LISTNE=:1"} {
		if healthchecks(t, []string{environ}) == nil {
			t.Errorf("%s is taken", environ)
		}
	}
}

func TestLocalAddresses(t *testing.T) {
	t.Parallel()
	every := []string{"127.0.0.1:22", "[::1]:22"}
	for listen, want := range map[string][]string{
		":22": every, "0.0.0.0:22": every, "[::]:22": every,
		"192.0.2.1:22": {"192.0.2.1:22"}, "[::1]:22": {"[::1]:22"}, "blog.example.com:22": {"blog.example.com:22"},
	} {
		if got := localAddresses(listen); !slices.Equal(got, want) {
			t.Errorf("%s is reached at %q, want %q", listen, got, want)
		}
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	out, err := exec.Command("sshblog", "healthcheck", "--address", "127.0.0.1:"+s.port).CombinedOutput()
	if err != nil {
		t.Errorf("healthcheck: %v: %s", err, out)
	}
}
