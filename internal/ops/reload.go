package ops

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// What those may hold who wait for what they have asked for: half of maxWorking for both that can
// be asked for, so that scrapes go on, and who asks for the one does not keep out who asks for the other.
const (
	maxReloads = 4
	// reloadTimeout is longer than a folder is waited for that is being filled.
	reloadTimeout = 2 * time.Minute
)

// Request does what is asked for, and returns the status and what is answered as JSON. It
// gives up when the context ends.
type Request func(context.Context) (status int, answer any)

// Holder is an answer that holds memory which was taken for it.
type Holder interface {
	// Sent is called once the answer has been sent, or cannot be.
	Sent()
}

// requests are those that wait.
type requests chan struct{}

// answer answers a request with its result. The request's body is not read.
func (waiting requests) answer(do Request) http.Handler {
	page := long(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// While it waits nothing is written, and nothing is read but the connection's end. The
		// server's timeouts would end the wait.
		conn := http.NewResponseController(w)
		_ = conn.SetReadDeadline(time.Time{})
		_ = conn.SetWriteDeadline(time.Time{})
		ctx, cancel := context.WithTimeout(r.Context(), reloadTimeout)
		defer cancel()
		status, result := do(ctx)
		if holder, ok := result.(Holder); ok {
			defer holder.Sent()
		}
		_ = conn.SetReadDeadline(time.Now().Add(readTimeout)) // a body may be late
		_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		var body bytes.Buffer
		out := json.NewEncoder(&body)
		out.SetEscapeHTML(false) // it is no HTML, and would be six times as long
		if err := out.Encode(result); err != nil {
			refuse(w, r, http.StatusInternalServerError, err.Error())
			return
		}
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "10")
		}
		send(w, status, "application/json", body.Bytes())
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A browser sends it for every page that asks, whose address a private name may be.
		if len(r.Header.Values("Origin")) > 0 {
			refuse(w, r, http.StatusForbidden, "a web page must not ask for this: send the request without Origin")
			return
		}
		select {
		case waiting <- struct{}{}:
			defer func() { <-waiting }()
			page.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			refuse(w, r, http.StatusServiceUnavailable, "too many wait for this; ask again in a second")
		}
	})
}
