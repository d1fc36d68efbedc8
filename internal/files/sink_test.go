package files

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
)

// received sends what a client would, and returns what it is told on both streams.
func received(t testing.TB, d *desk, command, sent string, whole bool) (out, told string, err error) {
	t.Helper()
	target, upload, ok := ParseSCP(strings.Fields(command))
	if !ok || !upload {
		t.Fatalf("%s is no upload", command)
	}
	account := ledger.New(ledger.Limits{}).Open(ledger.Limits{Bytes: 1 << 20})
	var b, e bytes.Buffer
	err = open(t, blog).Receive(t.Context(), &Client{
		Input: strings.NewReader(sent), Output: &b, Stderr: &e, Account: account, Begin: d.Begin, Whole: func() bool { return whole },
	}, target)
	if taken := account.Taken().Bytes; taken != 0 || d.begun != 0 {
		t.Errorf("%s: %d bytes are left taken, and %d transfers have not ended", command, taken, d.begun)
	}
	return b.String(), e.String(), err
}

func TestReceive(t *testing.T) {
	file := func(name, text string) string { return fmt.Sprintf("C0644 %d %s\n%s\x00", len(text), name, text) }
	bundle := "D0755 0 tour\n" + file("index.md", "a tour") + "D0700 0 img\n" + file("x.png", "") + "E\nE\n"
	for _, test := range []struct{ command, sent, want string }{
		{"scp -t .", file("b.md", "text"), "map[b.md:text trip/index.md:a trip]"},
		{"scp -t", file("b.md", "text"), "map[b.md:text trip/index.md:a trip]"},
		{"scp -t --", file("b.md", "text"), "map[b.md:text trip/index.md:a trip]"},
		{"scp -p -t ~/posts/", "T1 0 1 0\n" + file("b.md", "text"), "map[b.md:text trip/index.md:a trip]"},
		{"scp -t posts/c.md", file("b.md", "text"), "map[c.md:text trip/index.md:a trip]"},
		{"scp -t /c.md", file("b.md", "text"), "map[c.md:text trip/index.md:a trip]"},
		{"scp -t posts/trip", file("b.md", "text"), "map[trip/b.md:text trip/index.md:a trip]"},
		{"scp -t trip/index.md", file("b.md", "another"), "map[trip/index.md:another]"},
		{"scp -d -t new", file("b.md", "1") + file("c.md", "2"), "map[new/b.md:1 new/c.md:2 trip/index.md:a trip]"},
		{"scp -r -t /", bundle, "map[tour/img/x.png: tour/index.md:a tour trip/index.md:a trip]"},
		{"scp -r -t posts/other", bundle, "map[other/img/x.png: other/index.md:a tour trip/index.md:a trip]"},
		{"scp -r -t posts/trip", bundle, "map[trip/index.md:a trip trip/tour/img/x.png: trip/tour/index.md:a tour]"},
	} {
		d := &desk{files: map[string]string{"trip/index.md": "a trip"}}
		out, told, err := received(t, d, test.command, test.sent, true)
		if err != nil || strings.Trim(out, "\x00") != "" || told != "published\n" || d.has() != test.want {
			t.Errorf("%s: %v, %q, %q: %s", test.command, err, out, told, d.has())
		}
		for tenth := range 10 { // of a copy that is cut
			d := &desk{files: map[string]string{"trip/index.md": "a trip"}}
			if _, _, err := received(t, d, test.command, test.sent[:len(test.sent)*tenth/10], false); err == nil || d.has() != "map[trip/index.md:a trip]" {
				t.Errorf("%s cut at %d tenths: %v, %s", test.command, tenth, err, d.has())
			}
		}
	}
}

// What is not the protocol, leads elsewhere or is refused publishes nothing.
func TestReceiveRefuses(t *testing.T) {
	good := "C0644 4 b.md\ntext\x00"
	for _, test := range []struct{ command, sent, out, told string }{
		{"scp -t .", good + "C0644 5 ../x\nhello\x00", "\x00\x00\x00\x02sshblog: a name is missing, or leads elsewhere\n", ""},
		{"scp -t .", "C0644 5 /etc/x.md\nhello\x00", "\x00\x02sshblog: a name is missing, or leads elsewhere\n", ""},
		{"scp -t .", "C0644 5 ..\n", "\x00\x02sshblog: a name is missing, or leads elsewhere\n", ""},
		{"scp -t .", "C0644 5 \n", "\x00\x02sshblog: a name is missing, or leads elsewhere\n", ""},
		{"scp -r -t .", "D0755 0 ..\n", "\x00\x02sshblog: a name is missing, or leads elsewhere\n", ""},
		{"scp -r -t .", "D0755 0 .\n", "\x00\x02sshblog: a name is missing, or leads elsewhere\n", ""},
		{"scp -t .", "D0755 0 x\n", "\x00\x02sshblog: a folder was sent without -r\n", ""},
		{"scp -t .", "C0644 -5 x.md\n", "\x00\x02sshblog: this is not scp's protocol\n", ""},
		{"scp -t .", "C0644 x x.md\n", "\x00\x02sshblog: this is not scp's protocol\n", ""},
		{"scp -t .", "Crw 5 x.md\n", "\x00\x02sshblog: this is not scp's protocol\n", ""},
		{"scp -t .", "E\n", "\x00\x02sshblog: this is not scp's protocol\n", ""},
		{"scp -t .", "hello\n", "\x00\x02sshblog: this is not scp's protocol\n", ""},
		{"scp -t .", "C0644 5 " + strings.Repeat("x", outBytes) + "\n", "\x00\x02sshblog: this is not scp's protocol\n", ""},
		{"scp -t .", good + "C0644 10737418240 x.md\n", "\x00\x00\x00\x01scp: posts/x.md: too large\n", notPublished},
		{"scp -t .", "C0644 99999999999999999999999999 x.md\n", "\x00\x01scp: posts/x.md: too large\n", notPublished},
		{"scp -t .", good + "C0644 3 c.md\nbad\x00", "\x00\x00\x00\x00\x01scp: posts/c.md:3: it is bad: mend it\n", "posts/c.md:4: worse\n" + notPublished},
		{"scp -t .", "C0644 3 c\x1b[2J.md\n", "\x00\x01scp: " + errName.Error() + "\n", notPublished},
		{"scp -t .", good + "C0644 3 c.md\nbad\x01scp: c.md: Input/output error\n", "\x00\x00\x00\x00\x00", notPublished},
		{"scp -t .", good + "\x01scp: c.md: Permission denied\n", "\x00\x00\x00", notPublished},
		{"scp -t ../x", good, "\x02sshblog: " + errOutside.Error() + "\n", ""},
		{"scp -t categories", good, "\x02sshblog: " + errOthers.Error() + "\n", ""},
		{"scp -t a b", good, "\x02sshblog: " + errTargets.Error() + "\n", ""},
	} {
		d := &desk{files: map[string]string{}}
		out, told, err := received(t, d, test.command, test.sent, true)
		if test.told == "" && strings.HasPrefix(test.sent, good) && !strings.HasPrefix(test.out, "\x02") {
			test.told = cutShort
		}
		if err == nil || out != test.out || told != test.told || d.has() != "map[]" {
			t.Errorf("%s %.60q: %v, %q, %q: %s", test.command, test.sent, err, out, told, d.has())
		}
	}
	deep := strings.Repeat("D0755 0 x\n", maxLevels+1)
	if out, _, err := received(t, &desk{}, "scp -r -t .", deep, true); err == nil || !strings.HasSuffix(out, "\x01scp: "+errDeep.Error()+"\n") {
		t.Errorf("%v: %q", err, out)
	}
}

// FuzzReceive sends anything: it ends, gives all back, and publishes only below the posts folder.
func FuzzReceive(f *testing.F) {
	f.Add("scp -t .", "C0644 4 b.md\ntext\x00")
	f.Add("scp -r -t posts/x", "D0755 0 tour\nT1 0 1 0\nC0644 2 index.md\nhi\x00E\n")
	f.Add("scp -d -t ~/posts/../x", "C0644 99999999999 b.md\n\x01what\n")
	f.Fuzz(func(t *testing.T, command, sent string) {
		if _, upload, ok := ParseSCP(strings.Fields(command)); !ok || !upload {
			return
		}
		d := &desk{}
		_, _, _ = received(t, d, command, sent, true)
		for name := range d.files {
			if at, ok := clean(name); !ok || at != "/"+name {
				t.Errorf("%q is published", name)
			}
		}
	})
}
