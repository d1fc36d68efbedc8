package reader

import (
	"errors"
	"unsafe"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/render"
)

// freeBytes is the memory, in bytes, that every session may hold without taking it
// from its account: most articles.
const freeBytes = 64 << 10

// chargeStep is how many bytes are taken and given back at once.
const chargeStep = 16 << 10

// stopBytes is about what a link takes, in bytes.
const stopBytes = int(unsafe.Sizeof(stop{}) + 2*unsafe.Sizeof(render.Place{}))

// weight is about the memory, in bytes, that the session alone keeps alive: pages
// are shared, but an open one outlives its place in the cache.
func (m *Model) weight() int64 {
	a := &m.article
	n := m.menu.bytes + m.search.bytes + cap(a.find.hits)*hitBytes + cap(a.stops)*stopBytes + cap(m.visited)*int(unsafe.Sizeof(visit{}))
	if a.page != nil {
		return int64(n) + a.page.Size()
	}
	return int64(n)
}

// charge takes what the session holds from its account, or gives back what it
// holds no more. If the account has no more, the session lets go of what is open.
func (m *Model) charge() {
	need := max(m.weight()-freeBytes, 0)
	need = (need + chargeStep - 1) / chargeStep * chargeStep
	switch {
	case need < m.charged:
		m.account.Give(m.charged - need)
		m.charged = need
	case need > m.charged && m.account.TakeExtra(need-m.charged):
		m.charged = need
	case need > m.charged:
		m.unask()
		m.place, m.menu, m.article, m.visited, m.prompt = inList, menu{}, article{}, nil, prompt{}
		m.withdrawSearch()
		m.account.Give(m.charged)
		m.charged = 0
		m.notice = errNoMemory.Error()
	}
}

var errNoMemory = errors.New("the server has no memory left for this: try again in a moment")

// hold takes a page that has just come from the account, in bytes, as it may have to
// wait for its session's turn. What the account has not got is let go of at once.
func hold(account *ledger.Account, page *render.Page, err error) (*render.Page, int64, error) {
	if page == nil {
		return nil, 0, err
	}
	held := max(page.Size()-freeBytes, 0)
	if !account.TakeExtra(held) {
		return nil, 0, errNoMemory
	}
	return page, held, nil
}
