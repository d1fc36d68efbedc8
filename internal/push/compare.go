package push

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/sshblog/sshblog/internal/ledger"
)

// levelBytes is what a level of folders takes from the account: readers of two trees.
const levelBytes = 2 * (treeBuffer + inMemory + 44<<10)

// Comparison finds what differs between two trees. Each may be the zero hash, for an empty one.
type Comparison struct {
	Objects Objects
	Account *ledger.Account
	// Most, if set, is how many entries are looked at in all.
	Most int
	// Turn, if set, is the turn in which it is done.
	Turn *ledger.Turn
	// Enter, if set, is called for each folder that differs, before what is in it, and Leave after that.
	Enter, Leave func(dir string, was, is plumbing.Hash) error
	// File, if set, is called for what is no folder. A zero hash says that there is none.
	File func(name, mode string, was, is plumbing.Hash) error

	seen int // entries
}

// Run compares the folders at a path, which ends in a slash, or is "" at the top.
func (c *Comparison) Run(ctx context.Context, was, is plumbing.Hash) error {
	return c.folder(ctx, "", 0, was, is)
}

func (c *Comparison) folder(ctx context.Context, dir string, level int, was, is plumbing.Hash) (err error) {
	if was == is {
		return nil
	}
	if level > maxLevels {
		return fmt.Errorf("%s: there are more than %d folders in each other: use fewer", dir, maxLevels)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !c.Account.TakeExtra(levelBytes) {
		return errFull
	}
	defer c.Account.Give(levelBytes)
	if c.Enter != nil {
		if err := c.Enter(dir, was, is); err != nil {
			return err
		}
	}
	before, err := openTree(c.Objects, was)
	if err != nil {
		return err
	}
	defer func() { _ = before.end() }() // it was only read
	after, err := openTree(c.Objects, is)
	if err != nil {
		return err
	}
	defer func() { _ = after.end() }() // it was only read
	if err := c.merge(ctx, dir, level, before, after); err != nil {
		return err
	}
	if c.Leave != nil {
		return c.Leave(dir, was, is)
	}
	return nil
}

// merge goes through two trees side by side.
func (c *Comparison) merge(ctx context.Context, dir string, level int, before, after *tree) error {
	was, err := before.next()
	if err != nil {
		return err
	}
	is, err := after.next()
	for err == nil && (was != nil || is != nil) {
		if c.seen++; c.Most > 0 && c.seen > c.Most {
			return errors.New("these are too many changes at once: push fewer commits")
		}
		c.Turn.Yield()
		switch {
		case is == nil || was != nil && was.order() < is.order():
			err = c.differ(ctx, dir, level, was, &entry{mode: was.mode, name: was.name})
			if err == nil {
				was, err = before.next()
			}
		case was == nil || is.order() < was.order():
			err = c.differ(ctx, dir, level, &entry{mode: is.mode, name: is.name}, is)
			if err == nil {
				is, err = after.next()
			}
		default:
			if *was != *is {
				err = c.differ(ctx, dir, level, was, is)
			}
			if err == nil {
				was, err = before.next()
			}
			if err == nil {
				is, err = after.next()
			}
		}
	}
	return err
}

// differ handles an entry that differs.
func (c *Comparison) differ(ctx context.Context, dir string, level int, was, is *entry) error {
	if is.folder() {
		return c.folder(ctx, dir+is.name+"/", level+1, was.hash, is.hash)
	}
	if c.File == nil {
		return nil
	}
	return c.File(dir+is.name, is.mode, was.hash, is.hash)
}
