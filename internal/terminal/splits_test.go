package terminal

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// sent is what terminals send: keys, text, pastes, the mouse and answers.
var sent = []string{
	"j", " ", "\r", "\x03", "é", "世", "👩‍👩‍👧", "\x1b[A", "\x1bOB", "\x1b[6~", "\x1b[1;5C", "\x1b[[A", "\x1b[27u", "\x1b[99;5u", "\x1bx", "\x1bé",
	"\x1b[200~pasted\r\x1b[2", "\x1b[201~", "\x1b[200~\x1b[20\x1b[201~", "\x1b[<0;1;1M", "\x1b[M`!!", "\x1b[I", "\x1b]11;rgb:f/f/f\a", "\x1b]11;rgb:0/0/0\x1b\\",
	"\x1bP1+r524742\x1b\\", "\x1b[?2026;2$y", "\x1b_x\x1b\\", "\x1b[74;36;106;1;0;1_", "\x1b[97;;27:91:50u",
}

// FuzzDecodeSplits promises that the network's cuts change nothing: what a
// terminal sends, in any pieces soon after each other, means what it means as a
// whole. Only where text is cut between its letters may vary.
func FuzzDecodeSplits(f *testing.F) {
	for i := range sent {
		f.Add([]byte{byte(i), 0, byte(i + 1)}, []byte{1, 2})
	}
	f.Fuzz(func(t *testing.T, chosen, cuts []byte) {
		var b strings.Builder
		for _, i := range chosen[:min(len(chosen), 20)] {
			b.WriteString(sent[int(i)%len(sent)])
		}
		in := b.String()
		var whole, pieces decoder
		want := decodeAll(&whole, in)
		var got []tea.Msg
		rest := in
		for _, cut := range cuts {
			n := min(int(cut)%8, len(rest))
			got = append(got, decodeAll(&pieces, rest[:n])...)
			rest = rest[n:]
		}
		got = append(got, decodeAll(&pieces, rest)...)
		want = append(want, takeAll(&whole, true)...)
		got = append(got, takeAll(&pieces, true)...)
		if meaning(got) != meaning(want) {
			t.Errorf("%q cut at %v means\n%s, and as a whole\n%s", in, cuts, meaning(got), meaning(want))
		}
	})
}

// meaning names the messages like typed, but joins text.
func meaning(msgs []tea.Msg) string {
	var b strings.Builder
	for _, msg := range msgs {
		if key, ok := msg.(tea.KeyPressMsg); ok && key.Text != "" {
			b.WriteString(key.Text)
			continue
		}
		b.WriteString("<" + typed([]tea.Msg{msg}) + ">")
	}
	return b.String()
}
