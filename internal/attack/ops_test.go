//go:build linux

package attack

import (
	"context"
	"io"
	"net"
	"net/http"
)

// answer is one of the operator's pages.
type answer struct {
	status int
	body   string
}

// opsGet asks for one of the operator's pages as a host would be asked that is
// called so.
func (p *program) opsGet(host, path string) (answer, error) {
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext:       func(context.Context, string, string) (net.Conn, error) { return p.connectTo("127.0.0.1", boxOps) },
		},
		Timeout: patience(),
	}
	res, err := client.Get("http://" + net.JoinHostPort(host, "9222") + path)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(body)}, err
}
