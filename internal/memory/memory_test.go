package memory_test

import (
	"testing"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/memory/storetest"
)

func TestStoreInMemory(t *testing.T) {
	storetest.Run(t, func(testing.TB) memory.Store { return &storetest.Store{} })
}
