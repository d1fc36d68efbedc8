package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
)

// The tests build the program with this file in it, so that they can look
// inside: at SIGUSR1 it frees what is free, as Go does by itself in a while,
// and reports on standard error; at SIGUSR2 it writes the goroutines' stacks
// there.
func init() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for s := range signals {
			if s == syscall.SIGUSR2 {
				_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
				continue
			}
			goroutines := runtime.NumGoroutine() // before: what one holds that ends meanwhile is not free
			runtime.GC()                         // what lies in a pool, or has a finalizer, outlives one
			debug.FreeOSMemory()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			fmt.Fprintf(os.Stderr, "probe: goroutines=%d heap=%d\n", goroutines, m.HeapAlloc)
		}
	}()
}
