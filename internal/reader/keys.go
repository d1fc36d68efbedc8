package reader

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// action is what a key does. Keys, footer and help are made from the same bindings, so that they agree.
// A negative one opens a screen: see pushOf.
type action int

const (
	none action = iota
	quit
	back
	showHelp
	up
	down
	pageUp
	pageDown
	halfUp
	halfDown
	first
	last
	open
	nextCategory
	previousCategory
	jump
	older
	newer
	wider
	narrower
	translation
	mouse
	left
	right
	lookFor
	previousHit
	outline
	nextLink
	previousLink
	yank
	nextTheme
	bookmark
	toggleRead
	selectText
	otherEnd
	remove
	accept
	giveUp
	erase
	eraseNext
	eraseWord
	eraseAll
	eraseRest
	wordLeft
	wordRight
)

// binding ties keys to an action.
type binding struct {
	key.Binding
	does action
	push func(*Model) tea.Cmd // shows a screen, instead of what the screen below does
	// hint is the word in the footer, or "" if the binding is only in the help.
	hint string
	// all is how the help writes all of its keys.
	all string
}

// bind makes a binding; label is how the keys are written in footer and help.
func bind(does action, label, hint, help string, keys ...string) binding {
	return binding{
		Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(label, help)),
		does:    does,
		hint:    hint,
		all:     allKeys(keys),
	}
}

// opens makes a binding that shows a screen.
func opens(push func(*Model) tea.Cmd, label, hint, help string, keys ...string) binding {
	b := bind(none, label, hint, help, keys...)
	b.push = push
	return b
}

// allKeys writes keys by their names. That a capital letter is typed with shift
// goes without saying.
func allKeys(keys []string) string {
	names := make([]string, 0, len(keys))
	for _, name := range keys {
		letter, shifted := strings.CutPrefix(name, "shift+")
		if shifted && len(letter) == 1 {
			continue
		}
		names = append(names, name)
	}
	signs := strings.NewReplacer("pgdown", "pgdn", "pgup", "pgup", "up", "↑", "down", "↓", "left", "←", "right", "→")
	return signs.Replace(strings.Join(names, " "))
}

// keymap holds the bindings of one screen, in the order of their importance.
type keymap struct {
	title    string
	bindings []binding
	actions  map[string]action //ledger:counted the bindings, which the program makes
}

func newKeymap(title string, bindings ...binding) keymap {
	k := keymap{title: title, bindings: bindings, actions: make(map[string]action)}
	for i, b := range bindings {
		if b.push != nil {
			b.does = pushOf(i)
			k.bindings[i] = b
		}
		for _, name := range b.Keys() {
			k.actions[name] = b.does
		}
	}
	return k
}

// pushOf returns the action of a keymap's binding i, which opens a screen by its push. It is its own inverse.
func pushOf[T ~int](i T) action { return -1 - action(i) }

// does returns the action of the key with these names; the first name that is bound counts.
func (k *keymap) does(name, base string) action {
	if does, ok := k.actions[name]; ok {
		return does
	}
	return k.actions[base]
}

// hinting returns a keymap with the same actions and other hints in the footer.
func (k *keymap) hinting(hints map[action]string) keymap {
	other := *k
	other.bindings = slices.Clone(k.bindings)
	for i := range other.bindings {
		other.bindings[i].hint = hints[other.bindings[i].does]
	}
	return other
}

// hintCells is how many cells all hints take, with the gap before them.
func (k *keymap) hintCells() int {
	cells := footerGap - hintGap
	for _, b := range k.bindings {
		if b.hint != "" {
			cells += widthOf(hintText(b)) + hintGap
		}
	}
	return cells
}

// keymaps are the bindings of all screens. They are built once and shared by
// every session.
type keymaps struct {
	list, chooser, search, article, menu, kept, passage, help, prompt keymap
	// post and address are the article's for the footer, while a link is chosen
	// that leads to a post, and one that leads elsewhere.
	post, address keymap
}

func newKeymaps() keymaps {
	helpKey := bind(showHelp, "?", "help", "show or hide this help", "?", "f1")
	themeKey := bind(nextTheme, "T", "", "the next theme of colours", "T", "shift+t")
	bookmarkKey := bind(bookmark, "s", "", "keep a bookmark of the post, or remove it", "s")
	readKey := bind(toggleRead, "U", "", "mark the post as read, or as unread", "U", "shift+u")
	keptKey := opens((*Model).openKept, "S", "", "what is kept: bookmarks and passages", "S", "shift+s")
	goOnKey := opens((*Model).goOn, "C", "", "go on with the post that was read last", "C", "shift+c")
	takeOverKey := opens((*Model).takeOver, "M", "", "go where your other session is", "M", "shift+m")
	k := keymaps{
		list: newKeymap("The list",
			bind(up, "↑ k", "", "select the post above", "up", "k", "ctrl+p"),
			bind(down, "↓ j", "", "select the post below", "down", "j", "ctrl+n"),
			bind(open, "enter", "read", "read the selected post", "enter", "o"),
			opens((*Model).openSearch, "/", "search", "search all posts", "/", "ctrl+s"),
			opens((*Model).openChooser, "c", "categories", "choose from all categories", "c"),
			opens((*Model).openRecent, "R", "", "what has been read in this session", "R", "shift+r"),
			goOnKey, bookmarkKey, readKey, keptKey, takeOverKey,
			bind(pageDown, "→ l space", "", "next page", "right", "l", "pgdown", "space", "f", "ctrl+f"),
			bind(pageUp, "←→ h", "page", "previous page", "left", "h", "pgup", "b", "ctrl+b"),
			bind(nextCategory, "] tab", "", "next category", "]", "tab"),
			bind(previousCategory, "[", "", "previous category", "[", "shift+tab"),
			bind(jump, ":", "", "go to a page by its number: :5 enter", ":"),
			bind(first, "g home", "", "first page", "g", "home"),
			bind(last, "G end", "", "last page", "G", "shift+g", "end"),
			helpKey,
			themeKey,
			bind(back, "esc", "", "back to all posts", "esc", "backspace"),
			bind(quit, "q", "quit", "leave the blog (ctrl+c leaves from anywhere)", "q", "ctrl+c", "ctrl+d"),
		),
		chooser: newPickerKeymap("Categories", helpKey,
			bind(up, "↑ k", "", "up", "up", "k", "ctrl+p", "shift+tab", "["),
			bind(down, "↑↓ j", "select", "down", "down", "j", "ctrl+n", "tab", "]"),
			bind(open, "enter", "open", "list the category's articles", "enter", "l", "right", "space"),
			bind(back, "esc", "back", "back to the list", "esc", "q", "c", "h", "left", "backspace")),
		search: newSearchKeymap(),
		article: newKeymap("An article",
			bind(down, "↑↓ j", "scroll", "a line down", "down", "j", "ctrl+n", "ctrl+e"),
			bind(up, "↑ k", "", "a line up", "up", "k", "ctrl+p", "ctrl+y"),
			bind(pageDown, "space f", "page", "a page down", "space", "f", "pgdown", "ctrl+f"),
			bind(pageUp, "b", "", "a page up", "b", "pgup", "shift+space", "ctrl+b"),
			bind(halfDown, "d", "", "half a page down", "d", "ctrl+d"),
			bind(halfUp, "u", "", "half a page up", "u", "ctrl+u"),
			bind(first, "g home", "", "to the top", "g", "home"),
			bind(last, "G end", "", "to the end", "G", "shift+g", "end"),
			bind(lookFor, "/", "find", "find in the post; a capital letter counts as one", "/", "ctrl+s"),
			bind(previousHit, "N", "", "the match before", "N", "shift+n"),
			bind(outline, "t", "outline", "the sections of this post", "t"),
			bind(nextLink, "tab", "links", "choose the next link; enter follows it", "tab"),
			bind(previousLink, "shift+tab", "", "choose the link before", "shift+tab"),
			bind(open, "enter", "", "follow the chosen link", "enter"),
			bind(yank, "y", "", "copy the chosen link, code, or the post", "y"),
			bind(older, "n", "next", "the next match; without a find the next post", "n"),
			bind(newer, "p", "", "the match before; without a find a newer post", "p"),
			bind(right, "→ l", "", "scroll code that is too wide", "l", "right"),
			bind(left, "← h", "", "scroll it back", "h", "left"),
			bind(selectText, "v", "", "select a passage and keep it, or remove one", "v"),
			bookmarkKey, readKey, keptKey, goOnKey, takeOverKey,
			bind(wider, "+", "", "a wider column", "+", "="),
			bind(narrower, "-", "", "a narrower column", "-"),
			bind(translation, "L", "", "another language of the post", "L", "shift+l"),
			bind(mouse, "m", "", "mouse wheel on or off; off lets you select text", "m"),
			themeKey,
			bind(back, "esc q", "back", "back to where you came from", "esc", "q", "backspace"),
			helpKey,
			bind(quit, "ctrl+c", "", "leave the blog", "ctrl+c"),
		),
		menu: newPickerKeymap("Menus", helpKey,
			bind(up, "↑ k", "", "up", "up", "k", "ctrl+p", "shift+tab"),
			bind(down, "↑↓ j", "select", "down", "down", "j", "ctrl+n", "tab"),
			bind(open, "enter", "choose", "choose", "enter", "l", "right", "space"),
			bind(back, "esc", "back", "back to the article", "esc", "q", "t", "y", "h", "left", "backspace")),
		kept:    newKeptKeymap(helpKey),
		passage: newPassageKeymap(helpKey),
		help:    newHelpKeymap(),
		prompt:  newPromptKeymap(),
	}
	// The target of the link needs the room more than the help key does.
	k.post = k.article.hinting(map[action]string{open: "follow", yank: "copy", back: "back"})
	k.address = k.article.hinting(map[action]string{yank: "copy", back: "back"})
	return k
}

// Bindings returns the help text of every key.
func Bindings() (all []string) {
	k := newKeymaps()
	for _, screen := range k.all() {
		for _, b := range screen.bindings {
			all = append(all, b.Help().Desc)
		}
	}
	return all
}

// all returns the bindings of all screens, in the order of the help.
func (k *keymaps) all() []*keymap {
	return []*keymap{&k.list, &k.article, &k.search, &k.passage, &k.kept, &k.chooser, &k.menu, &k.prompt, &k.help}
}

func newSearchKeymap() keymap {
	return newKeymap("Searching all posts",
		bind(up, "↑ ctrl+p", "", "select the result above", "up", "ctrl+p", "shift+tab"),
		bind(down, "↑↓ ctrl+n", "select", "select the result below", "down", "ctrl+n", "tab"),
		bind(open, "enter", "read", "read the result, where the words are", "enter"),
		bind(pageDown, "pgdn", "", "a screen down", "pgdown", "ctrl+f"),
		bind(pageUp, "pgup", "", "a screen up", "pgup", "ctrl+b"),
		bind(back, "esc", "back", "back to the list", "esc", "ctrl+g"),
		bind(showHelp, "f1", "help", "show or hide this help", "f1"),
		bind(quit, "ctrl+c", "", "leave the blog", "ctrl+c", "ctrl+d"),
	)
}

// newPickerKeymap has the keys of a picker: those given, in which pickers differ, and the
// others.
func newPickerKeymap(title string, helpKey, up, down, open, back binding, more ...binding) keymap {
	return newKeymap(title, append(append([]binding{up, down, open}, more...),
		bind(pageDown, "pgdn", "", "a screen down", "pgdown", "ctrl+f", "f"),
		bind(pageUp, "pgup", "", "a screen up", "pgup", "ctrl+b", "b"),
		bind(first, "g home", "", "first", "g", "home"),
		bind(last, "G end", "", "last", "G", "shift+g", "end"),
		back,
		helpKey,
		bind(quit, "ctrl+c", "", "leave the blog", "ctrl+c", "ctrl+d"))...,
	)
}

// newKeptKeymap has the keys of the list of bookmarks and passages.
func newKeptKeymap(helpKey binding) keymap {
	return newPickerKeymap("What is kept", helpKey,
		bind(up, "↑ k", "", "up", "up", "k", "ctrl+p", "shift+tab"),
		bind(down, "↑↓ j", "select", "down", "down", "j", "ctrl+n", "tab"),
		bind(open, "enter", "read", "read it, at the passage", "enter", "l", "right", "space"),
		bind(back, "esc", "back", "back to where you came from", "esc", "q", "S", "shift+s", "h", "left", "backspace"),
		bind(remove, "x", "remove", "remove the bookmark or the passage", "x", "delete"))
}

// newPassageKeymap has the keys while a passage is selected.
func newPassageKeymap(helpKey binding) keymap {
	return newKeymap("Selecting a passage",
		bind(accept, "enter", "", "begin the passage here; then keep it", "enter", "v", "space"),
		bind(down, "↑↓ j", "lines", "to the line below", "down", "j", "ctrl+n"),
		bind(up, "↑ k", "", "to the line above", "up", "k", "ctrl+p"),
		bind(right, "←→ w", "words", "to the next word", "right", "w", "l", "tab"),
		bind(left, "← b", "", "to the word before", "left", "b", "h", "shift+tab"),
		bind(pageDown, "pgdn", "", "a screen down", "pgdown", "d", "f", "ctrl+f", "ctrl+d"),
		bind(pageUp, "pgup", "", "a screen up", "pgup", "u", "ctrl+b", "ctrl+u"),
		bind(otherEnd, "o", "", "move the other end of the passage", "o"),
		bind(remove, "x", "", "remove the kept passage that the word is in", "x", "delete"),
		bind(back, "esc", "leave", "leave without keeping anything", "esc", "q", "backspace"),
		helpKey,
		bind(quit, "ctrl+c", "", "leave the blog", "ctrl+c"),
	)
}

func newHelpKeymap() keymap {
	return newKeymap("Help",
		bind(down, "↑↓ j", "scroll", "down", "down", "j", "ctrl+n"),
		bind(up, "↑ k", "", "up", "up", "k", "ctrl+p"),
		bind(pageDown, "space", "page", "a screen down", "space", "f", "pgdown", "d", "ctrl+f"),
		bind(pageUp, "b", "", "a screen up", "b", "pgup", "u", "ctrl+b"),
		bind(first, "g home", "", "to the top", "g", "home"),
		bind(last, "G end", "", "to the end", "G", "shift+g", "end"),
		bind(back, "esc", "close", "close", "esc", "q", "?", "f1", "enter", "backspace"),
		bind(quit, "ctrl+c", "", "leave the blog", "ctrl+c", "ctrl+d"),
	)
}

// newPromptKeymap has the keys of every line of input. Those of the screen that it
// belongs to come first: in the search esc leaves that.
func newPromptKeymap() keymap {
	return newKeymap("While you type",
		bind(accept, "enter", "", "do it", "enter"),
		bind(giveUp, "esc", "", "leave all as it was", "esc", "ctrl+g"),
		bind(erase, "backspace", "", "take back a letter; at the beginning, leave", "backspace", "ctrl+h"),
		bind(eraseWord, "ctrl+w", "", "take back a word", "ctrl+w", "alt+backspace"),
		bind(eraseAll, "ctrl+u", "", "take back all before the cursor", "ctrl+u"),
		bind(eraseNext, "delete", "", "delete the letter at the cursor", "delete"),
		bind(eraseRest, "ctrl+k", "", "delete all behind the cursor", "ctrl+k"),
		bind(left, "←", "", "a letter back", "left"),
		bind(right, "→", "", "a letter on", "right"),
		bind(wordLeft, "ctrl+←", "", "a word back", "ctrl+left", "alt+left", "alt+b"),
		bind(wordRight, "ctrl+→", "", "a word on", "ctrl+right", "alt+right", "alt+f"),
		bind(first, "home", "", "to the beginning", "home", "ctrl+a"),
		bind(last, "end", "", "to the end", "end", "ctrl+e"),
		bind(quit, "ctrl+c", "", "leave the blog", "ctrl+c"),
	)
}

// wheelTurned scrolls by the lines that most terminals scroll by.
func (m *Model) wheelTurned(msg tea.MouseWheelMsg) tea.Cmd {
	does := down
	switch msg.Button {
	case tea.MouseWheelUp:
		does = up
	case tea.MouseWheelDown:
	default:
		return nil
	}
	top := m.top()
	if _, ok := top.(*article); !ok {
		return top.act(m, does)
	}
	const lines = 3
	for range lines {
		_ = top.act(m, does)
	}
	return nil
}
