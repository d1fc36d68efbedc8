// Package reader is the blog on a screen: the list of posts, the categories,
// an article, the help. It is one Bubble Tea model, made anew for every
// session over an index and a cache of rendered pages that all share.
//
// It knows nothing of SSH or files; it asks for what it shows.
package reader

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

// Library has the current index.
type Library interface {
	Current() *library.Index
}

// Pages renders posts, or remembers that it has.
type Pages interface {
	// Page renders the body of p at a width in cells, with what the account of
	// the session has. It may take a while.
	Page(ctx context.Context, account *ledger.Account, p *post.Post, width int, theme *theme.Theme) (*render.Page, error)
	// Peek returns the page at once, if it has been rendered before.
	Peek(p *post.Post, width int, theme *theme.Theme) (*render.Page, bool)
}

// Reader makes models. It holds what they share.
type Reader struct {
	library Library
	pages   Pages
	themes  *theme.Set
	keys    keymaps
	newest  newestCaches
	opened  func(address string)
	ended   func(address string)
	crowd   *Crowd // nil: the number of readers is not shown

	withoutSource bool
}

// New returns a Reader over a library.
func New(l Library, p Pages, t *theme.Set, options ...Option) *Reader {
	r := &Reader{library: l, pages: p, themes: t, keys: newKeymaps(), newest: newestCaches{limit: DefaultShared}, opened: func(string) {}, ended: func(string) {}}
	for _, option := range options {
		option(r)
	}
	return r
}

// Options are the settings of one session's model.
type Options struct {
	// Address returns the command that opens the post with an address ("ssh
	// what-a-queue-hides@blog.example.com"); if it is nil, the address itself is shown.
	Address func(post string) string
	// Theme is the name of a theme that the reader asks for; "" leaves it to
	// the blog. An unknown name counts as "".
	Theme string
	// Language is what the session reads in where posts have translations, as library.Index.In
	// takes it; "" is the blog's own.
	Language string
	// Upright reports whether the terminal shows no italics.
	Upright bool
	// Library, if not nil, is what the session sees of the blog, in place of the Reader's.
	Library Library
	// Account is what the session takes memory and turns from; nil sets no bound.
	Account *ledger.Account
	// Memory is what is kept of the session's reader; nil: nothing is.
	Memory Memory
	// Forget is the command that removes all of that ("ssh blog.example.com me forget").
	Forget string
	// Unkept is shown, instead of WithoutKey, to a reader without a Memory who uses a feature that needs one;
	// "" shows WithoutKey.
	Unkept string
}

// Model returns the model of one session, which starts at the list. Its commands end with ctx.
func (r *Reader) Model(ctx context.Context, o Options) *Model {
	if o.Library == nil {
		o.Library = r.library
	}
	m := &Model{
		Reader: r,
		ctx:    ctx,
		blog:   o.Library,
		index:  o.Library.Current().In(o.Language),
		dark:   true,
		// Until the terminal has answered, 16 colours are the safest.
		profile: colorprofile.ANSI,
		address: o.Address,
		wanted:  o.Language,
		chosen:  o.Theme,
		upright: o.Upright,
		account: o.Account,
		measure: measure,
		memory:  o.Memory,
		forget:  o.Forget,
		why:     o.Unkept,
	}
	m.stack = append(m.base[:0], &m.list)
	if _ = m.remember(false); m.wanted != o.Language {
		m.index = m.index.In(m.wanted)
	}
	m.caches = r.newest.cachesOf(m.index, m.blog.Current)
	m.theme = m.pickTheme()
	m.list.Show(m.index.All())
	return m
}

// At returns a model that starts at what a name leads to: an article, a category, or the posts
// with a tag; see library.Index.Named. The way back is to the list. It reports false if the name
// leads nowhere.
func (r *Reader) At(ctx context.Context, name string, o Options) (*Model, bool) {
	m := r.Model(ctx, o)
	named, ok := m.index.Named(name)
	switch {
	case !ok:
		return nil, false
	case named.Post != nil:
		m.list.selectPost(named.Post.Address)
		m.first = m.open(named.Post, &m.list, nil)
	case named.Category != nil:
		m.list.Show(named.Category)
	default:
		m.first = m.searchFor("tag:" + named.Tag.Slug)
	}
	return m, true
}

// Model is the state of one session. Its screens are parts of it.
type Model struct {
	*Reader
	blog  Library         // as the session sees it
	ctx   context.Context //nolint:containedctx // commands outlive the call that makes them, and must end with the session
	index *library.Index
	// caches are those of the index.
	caches  *caches
	first   tea.Cmd // what to do before the first message
	account *ledger.Account
	charged int64 // bytes taken from it

	width, height   int
	dark            bool
	knowsBackground bool // the terminal has answered with its background
	profile         colorprofile.Profile
	upright         bool
	doubled         bool   // the terminal draws in two cells what is ambiguous in width
	chosen          string // name of a theme, or "" for the blog's
	theme           *theme.Theme
	address         func(post string) string // see Options
	wanted          string                   // language, see Options
	measure         int                      // widest column of text, in cells
	wheel           bool
	allKeys         bool // the terminal knows kitty's protocol: it can tell every key, and where it is

	list list
	// The screens, the list at the bottom.
	stack []screen  //ledger:counted at most maxVisits articles, and one screen of each other kind
	base  [4]screen // backs stack as long as it is no higher
	spare *article  // a closed one, to be reused
	// What is typed into the footer; nil if nothing is.
	prompt   *prompt
	closed   *prompt // a closed one, to be reused
	ahead    ahead
	history  History
	searches lane
	excerpts lane
	finds    lane

	// What is known of the reader; nil: nothing is kept.
	memory     Memory
	remembered bool   // its settings have been applied
	marksOf    int    // changes whenever the marks of posts do
	forget     string // see Options
	why        string // see Options.Unkept
	greeting   greeting
	keeps      lane // requests to the store, one after another
	lights     lane // requests for kept passages
	lit        litPosts

	presence  Presence
	notice    string             // one line in the footer, gone with the next key
	renderID  int                // of the page that was requested last
	asking    context.CancelFunc // cancels that request; nil if there is none
	frameSize int                // size of the last frame, in bytes
	resized   time.Time          // when the window got its size
	dragged   bool               // its size changes soon after another change
}

// Init begins the session. The program around the model asks the terminal for what the colours depend on.
func (m *Model) Init() tea.Cmd {
	m.presence = m.crowd.Enter()
	m.updatePresence()
	return m.first
}

// indexMsg says that a newer index has replaced the one in use.
type indexMsg struct{}

// Superseded returns a message that tells a model that its library has a newer
// index. A model does not look for itself: it would take a goroutine that waits.
func Superseded() tea.Msg { return indexMsg{} }

// noticeMsg is a line to show in the footer.
type noticeMsg string

// Notice returns a message that makes a model show one line of text.
func Notice(text string) tea.Msg { return noticeMsg(text) }

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.take(msg)
	if len(m.ahead.msgs) > 0 && !m.awaiting() {
		cmd = tea.Batch(cmd, m.catchUp())
	}
	m.noteEnd()
	m.updatePresence()
	if a, ok := m.top().(*article); ok && a.relights && a.page != nil {
		a.relights = false
		cmd = tea.Batch(cmd, m.relight())
	}
	m.charge()
	return m, cmd
}

func (m *Model) take(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.MouseWheelMsg, tea.PasteMsg:
		if m.awaits(msg) {
			m.ahead.add(msg, m.moves(msg))
			return nil
		}
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.MouseWheelMsg:
		return m.wheelTurned(msg)
	case tea.PasteMsg:
		return m.paste(msg.Content)
	case tea.WindowSizeMsg:
		return m.resize(msg.Width, msg.Height)
	case tea.ColorProfileMsg:
		m.profile = msg.Profile
		return m.recolour()
	case tea.KeyboardEnhancementsMsg:
		m.allKeys = true
	case tea.BackgroundColorMsg:
		m.dark, m.knowsBackground = msg.IsDark(), true
		return m.recolour()
	case tea.CursorPositionMsg: // the answer to a query behind an ambiguous letter, see package terminal
		m.doubled = msg.X > 1
		return m.recolour()
	case pageMsg:
		m.account.Give(msg.held)
		msg.to.loaded(m, msg)
	case searchMsg:
		return msg.to.answer(m, msg)
	case excerptsMsg:
		return msg.to.take(m, msg)
	case foundMsg:
		msg.to.found(msg)
	case laneMsg:
		msg.lane.busy = false
		cmd := m.take(msg.msg)
		return tea.Batch(cmd, msg.lane.next())
	case work: // from a tea.Program, which runs each command in a goroutine
		return tea.Cmd(msg)
	case clipping: // likewise
		return tea.SetClipboard(msg.Clipboard())
	case indexMsg:
		return m.adopt()
	case noticeMsg:
		m.notice = string(msg)
	case rememberedMsg:
		return m.remember(true)
	case litMsg:
		msg.take(m)
	case keptMsg:
		return msg.then(m)
	}
	return nil
}

// resize takes a new size of the window.
func (m *Model) resize(width, height int) tea.Cmd {
	if width == m.width && height == m.height {
		return nil
	}
	m.dragged = time.Since(m.resized) < dragTime
	m.height, m.width, m.resized = height, width, time.Now()
	cmd := m.reflow()
	m.dragged = false
	return cmd
}

// reflow fits what is open to the window, the theme and the column.
func (m *Model) reflow() tea.Cmd {
	return m.each(func(s screen) tea.Cmd { return s.reflow(m) })
}

// adopt takes over the current index without moving the reader: the selection
// is found again by its address, and an article stays open even if it is gone.
func (m *Model) adopt() tea.Cmd {
	next := m.blog.Current().In(m.wanted)
	if next == m.index {
		return nil
	}
	m.notice = next.Since(m.index).String()
	m.index = next
	m.caches = m.newest.cachesOf(next, m.blog.Current)
	return m.each(func(s screen) tea.Cmd { return s.adopt(m) })
}

// key acts on a key. Any key also dismisses the notice.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.notice = ""
	if !m.list.plan(m.width, m.height).masthead { // the greeting was in the footer
		m.greeting = greeting{}
	}
	name, base := keyNames(msg)
	if tooSmall(m.width, m.height) { // nothing is shown that other keys could act on
		if m.keys.list.does(name, base) == quit {
			return tea.Quit
		}
		return nil
	}
	if m.prompt != nil {
		return m.prompted(m.prompt.key(&m.keys.prompt, name, msg))
	}
	top := m.top()
	does := top.keys(m).does(name, base)
	if s, ok := top.(*search); ok && (does == none || msg.Text != "") {
		return s.key(m, name, msg)
	}
	if does < none {
		return top.keys(m).bindings[pushOf(does)].push(m)
	}
	switch does {
	case none:
		return nil
	case quit:
		return tea.Quit
	case nextTheme:
		return m.cycleTheme()
	case showHelp:
		return m.push(&help{below: top.keys(m)})
	default:
		return top.act(m, does)
	}
}
