package reader

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestKeyNames(t *testing.T) {
	for what, test := range map[string]struct {
		key         tea.Key
		name, place string
	}{
		"plain":                {tea.Key{Code: 'j', Text: "j"}, "j", ""},
		"Russian":              {tea.Key{Code: 'о', Text: "о", BaseCode: 'j'}, "о", "j"},
		"Russian, shift":       {tea.Key{Code: 'п', Text: "П", BaseCode: 'g', Mod: tea.ModShift}, "П", "G"},
		"Russian, ctrl":        {tea.Key{Code: 'с', BaseCode: 'c', Mod: tea.ModCtrl}, "ctrl+c", ""},
		"Russian, no place":    {tea.Key{Code: 'о', Text: "о"}, "о", ""},
		"Greek":                {tea.Key{Code: 'ξ', Text: "ξ", BaseCode: 'j'}, "ξ", "j"},
		"Hebrew":               {tea.Key{Code: 'ח', Text: "ח", BaseCode: 'j'}, "ח", "j"},
		"Hebrew, a slash":      {tea.Key{Code: '/', Text: "/", BaseCode: 'q'}, "/", ""},
		"Russian, a full stop": {tea.Key{Code: '.', Text: ".", BaseCode: '/'}, ".", ""},
		"Dvorak":               {tea.Key{Code: 'j', Text: "j", BaseCode: 'c'}, "j", ""},
		"Dvorak, ctrl":         {tea.Key{Code: 'c', BaseCode: 'i', Mod: tea.ModCtrl}, "ctrl+c", ""},
		"German":               {tea.Key{Code: 'ü', Text: "ü", BaseCode: '['}, "ü", ""},
		"an arrow":             {tea.Key{Code: tea.KeyDown}, "down", ""},
		"space":                {tea.Key{Code: tea.KeySpace, Text: " ", BaseCode: ' '}, "space", ""},
		"wide":                 {tea.Key{Code: '？', Text: "？"}, "?", ""},
		"wide slash":           {tea.Key{Code: '／', Text: "／"}, "/", ""},
		"wide colon":           {tea.Key{Code: '：', Text: "："}, ":", ""},
		"Arabic":               {tea.Key{Code: '؟', Text: "؟"}, "?", ""},
	} {
		if name, place := keyNames(tea.KeyPressMsg(test.key)); name != test.name || place != test.place {
			t.Errorf("%s: %q and %q, want %q and %q", what, name, place, test.name, test.place)
		}
	}
}
