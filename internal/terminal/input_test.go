package terminal

import (
	"testing"
	"testing/synctest"
	"time"
)

// Keys that come apart are a frame each, but only as many as an eye can tell
// apart: who sends more of them waits, and with it what it sends.
func TestTurnsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		_, client, _ := run(t, m, Budget{Turns: 100})
		press := func(times int) time.Duration {
			began := time.Now()
			for range times {
				_, _ = client.Write([]byte("j"))
			}
			synctest.Wait()
			return time.Since(began)
		}
		if d := press(100); d != 0 {
			t.Errorf("100 keys at once waited for %v", d)
		}
		if d := press(500); d < 4900*time.Millisecond || d > 5*time.Second {
			t.Errorf("500 more took %v", d)
		}
		time.Sleep(time.Second)
		if d := press(50); d != 0 || len(m.keys()) != 650 {
			t.Errorf("after a rest 50 keys waited for %v, and %d came", d, len(m.keys()))
		}
	})
}
