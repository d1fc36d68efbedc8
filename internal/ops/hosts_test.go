package ops

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Only names that public DNS cannot have, and those that were allowed, are
// answered.
func TestHosts(t *testing.T) {
	handler := New(Config{Metrics: newMetrics(), Hosts: []string{"Metrics.Example.com"}}).http.Handler
	for host, allowed := range map[string]bool{
		"":                            true, // HTTP/1.0
		"127.0.0.1":                   true,
		"127.0.0.1:9222":              true,
		"10.1.2.3:80":                 true,
		"[::1]":                       true,
		"[::1]:9222":                  true,
		"[fe80::1%25eth0]:9222":       true,
		"localhost:9222":              true,
		"LOCALHOST.":                  true,
		"blog":                        true,
		"blog:9222":                   true,
		"blog.default.svc:9222":       true,
		"blog.web.svc.cluster.local.": true,
		"ip-10-0-0-1.ec2.internal":    true,
		"x.localhost":                 true,
		"metrics.example.com:9222":    true,
		"METRICS.example.COM.":        true,

		"evil.example.com":               false,
		"evil.example.com:9222":          false,
		"metrics.example.com.evil.com":   false,
		"x.metrics.example.com":          false,
		"127.0.0.1.evil.example":         false,
		"localhost.evil.example":         false,
		"printer.local":                  false,
		"evil.cluster.local":             false,
		"notsvc.cluster.local.evil.com.": false,
		"evilinternal.com":               false,
		"[evil.example.com]:80":          false,
		"127.1.evil.example:9222:9222":   false,
	} {
		for _, path := range []string{"/livez", "/readyz", "/metrics", "/nothing"} {
			r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
			r.Host = host
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if got := w.Code != http.StatusMisdirectedRequest; got != allowed {
				t.Errorf("%s for %q: %d", path, host, w.Code)
			}
			if body := w.Body.String(); !allowed && (!strings.Contains(body, "ops-hosts") || strings.Count(body, "\n") != 1 || strings.Contains(body, "evil")) {
				t.Errorf("for %q the answer is %q", host, body)
			}
		}
	}
}
