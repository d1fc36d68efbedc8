package reader

// noteEnd records the first time the last line of the article is visible. What follows the text, such as what
// to read next, need not be.
func (m *Model) noteEnd() {
	a, ok := m.top().(*article)
	if ok && a.page != nil && m.memory != nil {
		a.notePlace(m)
	}
	if !ok || a.ended || a.page == nil || a.top+a.rows < len(a.head)+a.page.Lines.Len() {
		return
	}
	a.ended = true
	if m.memory != nil {
		m.memory.Read(a.post.Address)
		m.marksOf++
	}
	if _, held := m.index.Held(a.post); !held {
		m.Reader.ended(a.post.Address)
	}
}
