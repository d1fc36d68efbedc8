package ops

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Check is one condition of readiness.
type Check struct {
	// Name stands in the answer: lower case, words joined with underscores.
	Name string
	// Err says what is wrong, in a few words, or nil. It is called for every
	// request, from many goroutines, and must not wait for anything.
	Err func() error
}

// live answers that the process is running. It checks nothing: a supervisor restarts what is
// not alive, which does not help against a full disk, for instance.
func live(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, "ok\n")
}

// ready answers with one line for each check, "name: ok" or "name: not ok:
// what is wrong", and with 503 if one failed.
func ready(checks []Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status := http.StatusOK
		var body strings.Builder
		for _, c := range checks {
			if err := c.Err(); err != nil {
				status = http.StatusServiceUnavailable
				fmt.Fprintf(&body, "%s: not ok: %v\n", c.Name, err)
				continue
			}
			fmt.Fprintf(&body, "%s: ok\n", c.Name)
		}
		answer(w, status, body.String())
	})
}

// answer writes a page of plain text that must not be cached.
func answer(w http.ResponseWriter, status int, body string) {
	send(w, status, "text/plain; charset=utf-8", []byte(body))
}

// refuse answers why a request is not done, as JSON where what is asked for would be.
func refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	if !strings.HasPrefix(r.URL.Path, "/-/") {
		answer(w, status, why+"\n")
		return
	}
	body, _ := json.Marshal(struct {
		Error string `json:"error"`
	}{why}) // a string is always well
	send(w, status, "application/json", append(body, '\n'))
}

// only refuses methods but those that next takes.
func only(methods string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(strings.Split(methods, ", "), r.Method) {
			w.Header().Set("Allow", methods)
			refuse(w, r, http.StatusMethodNotAllowed, "this is asked for with "+methods)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// send writes a page that must not be cached.
func send(w http.ResponseWriter, status int, kind string, body []byte) {
	head(w, kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

// head sets the headers of a page.
func head(w http.ResponseWriter, kind string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}
