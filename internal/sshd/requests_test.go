package sshd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// seen is what a handler was given.
type seen struct {
	term    string
	window  ssh.Window
	hasPty  bool
	env     []string
	command []string
	raw     string
}

// report returns a handler that reports what it was given.
func report(to chan<- seen) ssh.Handler {
	return func(s ssh.Session) {
		pty, _, ok := s.Pty()
		to <- seen{pty.Term, pty.Window, ok, s.Environ(), s.Command(), s.RawCommand()}
	}
}

func TestPtyIsClamped(t *testing.T) {
	got := make(chan seen, 1)
	server := serve(t, Config{Handler: report(got)})
	tests := map[string]struct {
		request ptyRequest
		term    string
		window  ssh.Window
	}{
		"ordinary": {
			ptyRequest{Term: "xterm-256color", Columns: 120, Rows: 40, PixelWide: 960, PixelHigh: 640},
			"xterm-256color",
			ssh.Window{Width: 120, Height: 40, WidthPixels: 960, HeightPixels: 640},
		},
		"the largest there is": {
			ptyRequest{Term: "xterm", Columns: 1<<32 - 1, Rows: 1<<32 - 1, PixelWide: 1<<32 - 1, PixelHigh: 1<<32 - 1},
			"xterm",
			ssh.Window{Width: 500, Height: 200, WidthPixels: 65536, HeightPixels: 65536},
		},
		"65535 squared": {
			ptyRequest{Term: "xterm", Columns: 65535, Rows: 65535},
			"xterm",
			ssh.Window{Width: 500, Height: 200},
		},
		"nothing known":    {ptyRequest{Term: "vt100"}, "vt100", ssh.Window{Width: 80, Height: 24}},
		"one cell":         {ptyRequest{Term: "vt100", Columns: 1, Rows: 1}, "vt100", ssh.Window{Width: 1, Height: 1}},
		"long name":        {ptyRequest{Term: strings.Repeat("x", 65), Columns: 80, Rows: 24}, "dumb", ssh.Window{Width: 80, Height: 24}},
		"64 bytes of name": {ptyRequest{Term: strings.Repeat("x", 64), Columns: 80, Rows: 24}, strings.Repeat("x", 64), ssh.Window{Width: 80, Height: 24}},
		"escape in name":   {ptyRequest{Term: "xterm\x1b[2J", Columns: 80, Rows: 24}, "dumb", ssh.Window{Width: 80, Height: 24}},
		"no name":          {ptyRequest{Columns: 80, Rows: 24}, "dumb", ssh.Window{Width: 80, Height: 24}},
		"dots and plus":    {ptyRequest{Term: "rxvt-unicode.v9+_2", Columns: 80, Rows: 24}, "rxvt-unicode.v9+_2", ssh.Window{Width: 80, Height: 24}},
		"20 KB of TERM":    {ptyRequest{Term: strings.Repeat("y", 20<<10), Columns: 80, Rows: 24}, "dumb", ssh.Window{Width: 80, Height: 24}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			channel := openChannel(t, server.dial(t))
			if !request(t, channel, "pty-req", test.request) {
				t.Fatal("pty-req was refused")
			}
			request(t, channel, "shell", nil)
			s := receive(t, got, "the handler")
			if s.term != test.term || s.window != test.window || !s.hasPty {
				t.Errorf("got %q %+v, want %q %+v", s.term, s.window, test.term, test.window)
			}
		})
	}
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	server := serve(t, Config{Handler: waits})
	channel := openChannel(t, server.dial(t))
	for _, name := range []string{"pty-req", "window-change", "env", "exec", "subsystem", "signal"} {
		for _, payload := range []string{"", "\x00", "\xff\xff\xff\xff", "\x00\x00\x00\x01"} { // none of them a string
			if ok, err := channel.SendRequest(name, true, []byte(payload)); ok || err != nil {
				t.Errorf("%s with payload %q: granted %v, error %v", name, payload, ok, err)
			}
		}
	}
	if !request(t, channel, "shell", nil) {
		t.Error("the session did not survive malformed requests")
	}
}

// A flood of window changes must neither stop the connection, when the handler
// looks at none, nor grow anything; the handler that looks later gets the last.
func TestWindowChangesAreCoalesced(t *testing.T) {
	look, sizes := make(chan struct{}), make(chan ssh.Window, 1)
	server := serve(t, Config{Handler: func(s ssh.Session) {
		_, changes, _ := s.Pty()
		<-look
		size := <-changes
		if pty, _, _ := s.Pty(); pty.Window != size {
			t.Errorf("Pty says %+v, the channel %+v", pty.Window, size)
		}
		sizes <- size
	}})
	channel := openChannel(t, server.dial(t))
	request(t, channel, "pty-req", ptyRequest{Term: "xterm", Columns: 80, Rows: 24})
	request(t, channel, "shell", nil)
	for i := range uint32(10_000) {
		size := windowChange{Columns: 1 + i%600, Rows: 1 + i%300}
		if _, err := channel.SendRequest("window-change", false, gossh.Marshal(size)); err != nil {
			t.Fatal(err)
		}
	}
	if !request(t, channel, "window-change", windowChange{Columns: 1 << 31, Rows: 30}) {
		t.Error("a window change was refused")
	}
	if !request(t, channel, "window-change", windowChange{}) {
		t.Error("a window change to nothing was refused")
	}
	close(look)
	if size := receive(t, sizes, "a size"); size != (ssh.Window{Width: 500, Height: 30}) {
		t.Errorf("got %+v", size)
	}
}

func TestWindowChangeWithoutPty(t *testing.T) {
	server := serve(t, Config{Handler: waits})
	channel := openChannel(t, server.dial(t))
	request(t, channel, "shell", nil)
	if request(t, channel, "window-change", windowChange{Columns: 80, Rows: 24}) {
		t.Error("a window change without a terminal was granted")
	}
}

func TestEnvironment(t *testing.T) {
	got := make(chan seen, 1)
	server := serve(t, Config{Handler: func(s ssh.Session) {
		report(got)(s)
		waits(s)
	}})
	channel := openChannel(t, server.dial(t))
	type env struct{ Name, Value string }
	tests := []struct {
		env
		ok bool
	}{
		{env{"LANG", "de_DE.UTF-8"}, true},
		{env{"LC_ALL", "C"}, true},
		{env{"LC_ALL", "fr_FR"}, true}, // replaces
		{env{"NO_COLOR", ""}, true},
		{env{"COLORTERM", "truecolor"}, true},
		{env{"SSHBLOG_THEME", "paper"}, true},
		{env{"LC_", "x"}, false},
		{env{"LC_é", "x"}, false},
		{env{"lang", "x"}, false},
		{env{"LD_PRELOAD", "/tmp/x.so"}, false},
		{env{"PATH", "/bin"}, false},
		{env{"LANG=x", "y"}, false},
		{env{"COLORTERM", "\x1b[31m"}, false},
		{env{"COLORTERM", "a\nb"}, false},
		{env{"COLORTERM", "\u202e"}, false},
		{env{"COLORTERM", "\xff"}, false},
		{env{"LANG", strings.Repeat("x", 512)}, false},
	}
	for _, test := range tests {
		if ok := request(t, channel, "env", test.env); ok != test.ok {
			t.Errorf("%s=%q: granted %v, want %v", test.Name, test.Value, ok, test.ok)
		}
	}
	request(t, channel, "shell", nil)
	if request(t, channel, "env", env{"LANG", "C"}) {
		t.Error("a variable was granted after the start")
	}
	want := []string{"LANG=de_DE.UTF-8", "LC_ALL=fr_FR", "NO_COLOR=", "COLORTERM=truecolor", "SSHBLOG_THEME=paper"}
	if s := receive(t, got, "the handler"); !slices.Equal(s.env, want) {
		t.Errorf("got %q, want %q", s.env, want)
	}
}

func TestEnvironmentIsBounded(t *testing.T) {
	got := make(chan seen, 1)
	server := serve(t, Config{Handler: report(got)})
	channel := openChannel(t, server.dial(t))
	for i := range 500 {
		payload := gossh.Marshal(struct{ Name, Value string }{fmt.Sprintf("LC_%d", i), "x"})
		if _, err := channel.SendRequest("env", false, payload); err != nil {
			t.Fatal(err)
		}
	}
	request(t, channel, "shell", nil)
	if s := receive(t, got, "the handler"); len(s.env) != maxEnv {
		t.Errorf("%d variables were kept, want %d", len(s.env), maxEnv)
	}
	if n := server.Stats().Refused[Env]; n != 500-maxEnv {
		t.Errorf("%d are counted as refused", n)
	}
}

// 20,000 variables of 30 KB are 600 MB: the connection ends long before.
func TestEnvironmentFlood(t *testing.T) {
	server := serve(t, Config{Handler: waits})
	channel := openChannel(t, server.dial(t))
	payload := gossh.Marshal(struct{ Name, Value string }{"LANG", strings.Repeat("x", 30<<10)})
	for range 20_000 {
		if _, err := channel.SendRequest("env", false, payload); err != nil {
			break
		}
	}
	server.idle(t)
	if n := server.Stats().EndedConns[Flood]; n != 1 {
		t.Errorf("%d connections ended for flooding, want 1", n)
	}
}

func TestCommands(t *testing.T) {
	got := make(chan seen, 1)
	server := serve(t, Config{Handler: report(got)})
	tests := map[string]struct {
		command string
		words   []string
	}{
		"words":            {"read  some-post", []string{"read", "some-post"}},
		"quotes":           {`search "two words" 'and three'`, []string{"search", "two words", "and three"}},
		"unbalanced quote": {`search it's here`, []string{"search", "it's", "here"}},
		"unicode":          {"suche größe", []string{"suche", "größe"}},
		"spaces only":      {"  ", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := server.session(t).Run(test.command); err != nil {
				t.Fatal(err)
			}
			s := receive(t, got, "the handler")
			if !slices.Equal(s.command, test.words) || s.raw != test.command || s.hasPty {
				t.Errorf("got %q %q", s.command, s.raw)
			}
		})
	}
	t.Run("an empty one is a shell", func(t *testing.T) {
		if err := server.session(t).Run(""); err != nil {
			t.Fatal(err)
		}
		if s := receive(t, got, "the handler"); s.raw != "" || len(s.command) != 0 {
			t.Errorf("got %q %q", s.command, s.raw)
		}
	})
	t.Run("too long", func(t *testing.T) {
		if err := server.session(t).Run(strings.Repeat("x", 7*maxRequest)); err != nil {
			t.Fatal(err)
		}
		if s := receive(t, got, "the handler"); s.raw != strings.Repeat("x", maxRequest) {
			t.Errorf("%d bytes of it are kept", len(s.raw))
		}
	})
}

func TestOneProgramPerChannel(t *testing.T) {
	server := serve(t, Config{Handler: waits})
	channel := openChannel(t, server.dial(t))
	if !request(t, channel, "shell", nil) {
		t.Fatal("the shell was refused")
	}
	for name, payload := range map[string]any{
		"shell":     nil,
		"exec":      struct{ Command string }{"ls"},
		"pty-req":   ptyRequest{Term: "xterm", Columns: 80, Rows: 24},
		"subsystem": struct{ Name string }{"sftp"},
	} {
		if request(t, channel, name, payload) {
			t.Errorf("%s was granted after a shell", name)
		}
	}
	if n := server.Stats().Sessions; n != 1 {
		t.Errorf("%d sessions run, want 1", n)
	}
}

func TestNothingIsForwarded(t *testing.T) {
	server := serve(t, Config{Handler: waits})
	client := server.dial(t)
	channel := openChannel(t, client)
	for name, payload := range map[string]any{
		"auth-agent-req@openssh.com": nil,
		"x11-req": struct {
			Single        bool
			Proto, Cookie string
			Screen        uint32
		}{false, "MIT-MAGIC-COOKIE-1", "00", 0},
		"subsystem":                          struct{ Name string }{"sftp"},
		"break":                              struct{ Millis uint32 }{500},
		"signal":                             struct{ Name string }{"INT"},
		"winadj@putty.projects.tartarus.org": nil,
	} {
		if request(t, channel, name, payload) {
			t.Errorf("%s was granted", name)
		}
	}
	for _, name := range []string{"tcpip-forward", "cancel-tcpip-forward", "streamlocal-forward@openssh.com"} {
		if ok, _, err := client.SendRequest(name, true, gossh.Marshal(struct {
			Host string
			Port uint32
		}{"0.0.0.0", 80})); ok || err != nil {
			t.Errorf("%s: granted %v, error %v", name, ok, err)
		}
	}
	for _, name := range []string{"direct-tcpip", "x11", "auth-agent@openssh.com", "direct-streamlocal@openssh.com"} {
		_, _, err := client.OpenChannel(name, nil)
		if reason, ok := err.(*gossh.OpenChannelError); !ok || reason.Reason != gossh.Prohibited { //nolint:errorlint // unwrapped by contract
			t.Errorf("channel %s: %v", name, err)
		}
	}
	if !request(t, channel, "shell", nil) {
		t.Error("the connection did not survive its refusals")
	}
	// All of it is counted, but for what clients ask only to hear something; and
	// a reason is logged once in a while.
	refused := server.Stats().Refused
	if refused[Request] != 5 || refused[ChannelType] != 4 {
		t.Errorf("refused: %v", refused)
	}
	if n, m := len(server.log.lines("request refused", "asked=", "reason=request")), len(server.log.lines("channel refused", "asked=", "reason=channel_type")); n != 1 || m != 1 {
		t.Errorf("logged %d and %d times:\n%s", n, m, server.log)
	}
}

func TestSubsystem(t *testing.T) {
	server := serve(t, Config{Subsystems: map[string]ssh.SubsystemHandler{
		"echo": func(s ssh.Session) {
			_, _ = io.WriteString(s, s.Subsystem()+" "+s.RawCommand())
			_, _ = io.Copy(s, s)
		},
	}})
	session := server.session(t)
	in, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.RequestSubsystem("echo"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "hello"); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	if text, err := io.ReadAll(out); string(text) != "echo hello" {
		t.Errorf("got %q, %v", text, err)
	}
	if n := server.Stats().Started[Subsystem]; n != 1 {
		t.Errorf("%d subsystems counted", n)
	}
}
