//go:build unix

package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The names that an operator sets, and the one that the listener was given, are
// answered; what a web page could have chosen is not.
func TestOpsHosts(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--ops", "127.0.0.1:0", "--ops-hosts", "metrics.example.com", "--proxy-from", "0.0.0.0/0")
	s.logged("serving health and metrics")
	url := "http://" + opsPattern.FindStringSubmatch(s.log.String())[1] + "/livez"
	for host, want := range map[string]int{
		"": http.StatusOK, "metrics.example.com:9222": http.StatusOK, "blog:9222": http.StatusOK,
		"rebound.example.com": http.StatusMisdirectedRequest,
	} {
		r := request(t, url)
		r.Host = host
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != want || want != http.StatusOK && !strings.Contains(string(body), "ops-hosts") {
			t.Errorf("for %q: %d %s", host, res.StatusCode, body)
		}
	}
	s.logged(`level=WARN msg="setting proxy-from trusts public addresses wholesale`)
	if got := opsHosts(settings{Ops: "ops.example.com:9222", OpsHosts: []string{"a"}}); !slices.Equal(got, []string{"a", "ops.example.com"}) {
		t.Errorf("the listener's own name: %q", got)
	}
}

func TestHostNames(t *testing.T) {
	t.Parallel()
	if got, err := list(bareHost)(" blog.example.com, Metrics.example.com ,"); err != nil || !slices.Equal(got, []string{"blog.example.com", "Metrics.example.com"}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"blog.example.com:9222", "*.example.com", "http://x", "a b", "-x", "\x1b"} {
		if got, err := list(bareHost)(text); err == nil {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}
