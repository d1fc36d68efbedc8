package textwidth

import "testing"

// TestState follows a line through its SGR sequences.
func TestState(t *testing.T) {
	tests := []struct {
		name      string
		sequences []string
		want      string // what sets it again
		empty     bool   // blanks look as cells that nothing was written to
	}{
		{"nothing", nil, "", true},
		{"weight and colour", []string{"\x1b[1m", "\x1b[38;2;4;7;9m"}, "\x1b[1m\x1b[38;2;4;7;9m", true},
		{"reset", []string{"\x1b[1m", "\x1b[m"}, "", true},
		{"reset by a zero", []string{"\x1b[1m", "\x1b[0m"}, "", true},
		{"reset and set", []string{"\x1b[1m", "\x1b[0;3m"}, "\x1b[0;3m", true},
		{"underlined", []string{"\x1b[4m"}, "\x1b[4m", false},
		{"a colour that reads as underlined", []string{"\x1b[38;5;4m"}, "\x1b[38;5;4m", true},
		{"background", []string{"\x1b[1;48;5;4m"}, "\x1b[1;48;5;4m", false},
		{"too many", []string{"\x1b[1m", "\x1b[2m", "\x1b[3m", "\x1b[31m", "\x1b[32m"}, "\x1b[1m\x1b[2m\x1b[3m\x1b[31m", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s State
			for _, sequence := range tt.sequences {
				s.Add(sequence)
			}
			if got := string(s.Append(nil)); got != tt.want || s.Size() != len(got) {
				t.Errorf("got %q of %d bytes, want %q", got, s.Size(), tt.want)
			}
			if s.BlanksAreEmpty() != tt.empty {
				t.Errorf("blanks are empty: %v", !tt.empty)
			}
			if known := len(tt.sequences) < 5; s.Known() != known || s.Equal(&s) != known {
				t.Errorf("known: %v", s.Known())
			}
			if other := (State{}); s.IsDefault() != s.Equal(&other) {
				t.Errorf("the default: %v", s.IsDefault())
			}
		})
	}
}
