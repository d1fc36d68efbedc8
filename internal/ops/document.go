package ops

import (
	"bufio"
	"io"
	"net/http"
)

// documentBuffer is how much of a document is kept until it is sent, in bytes.
const documentBuffer = 8 << 10

// document serves what a function writes as JSON. There is one request at a time, so what the
// function holds meanwhile is held once, and all have the same buffer.
func document(write func(io.Writer) error) http.Handler {
	making := make(chan struct{}, 1)
	buffered := bufio.NewWriterSize(nil, documentBuffer) // of the one who is making
	page := long(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head(w, "application/json")
		sent := &counter{to: w}
		buffered.Reset(sent)
		defer buffered.Reset(nil)
		err := write(buffered)
		if err != nil && sent.n == 0 {
			refuse(w, r, http.StatusServiceUnavailable, err.Error())
			return
		}
		_ = buffered.Flush() // the client may be gone
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case making <- struct{}{}:
			defer func() { <-making }()
			page.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			refuse(w, r, http.StatusServiceUnavailable, "somebody else is reading this; ask again in a second")
		}
	})
}

// counter counts the bytes that are written.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
