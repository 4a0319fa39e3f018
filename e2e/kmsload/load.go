package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	grpcstatus "google.golang.org/grpc/status"
)

// keptFailures bounds the report; the count is always whole.
const keptFailures = 1000

// failure is one failed call. Whoever sent a signal tells by Begun whether the call began before it.
type failure struct {
	Begun   int64  `json:"begunUnixNanos"`
	Ended   int64  `json:"endedUnixNanos"`
	Method  string `json:"method"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

type report struct {
	Callers      int              `json:"callers"`
	Calls        int64            `json:"calls"`
	FailedCalls  int64            `json:"failedCalls"`
	WrongAnswers int64            `json:"wrongAnswers"`
	KeyIDs       []string         `json:"keyIds"`
	Micros       map[string]int64 `json:"micros"`
	Failures     []failure        `json:"failures"`
}

// caller has one call under way at any time; nothing of it is shared until it has ended.
type caller struct {
	calls, failed, wrong int64
	micros               []int64
	failures             []failure
	keyIDs               map[string]bool
}

// load runs until its context ends. Each caller seals a fresh random seed and opens it again, over one connection
// shared by all as kube-apiserver has it. Calls under way when the load ends are awaited: they count like any other.
func load(ctx context.Context, o options) error {
	client, done, err := connect(o.socket)
	if err != nil {
		return err
	}
	defer done()
	if o.length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.length)
		defer cancel()
	}

	var flowing atomic.Int64
	var group sync.WaitGroup
	callers := make([]*caller, o.callers)
	for i := range callers {
		c := &caller{keyIDs: map[string]bool{}}
		callers[i] = c
		group.Add(1)
		go func() {
			defer group.Done()
			for started := false; ctx.Err() == nil; {
				seed := make([]byte, 32)
				rand.Read(seed)
				begun := time.Now()
				sealed, err := encrypt(context.Background(), client, o.timeout, seed)
				c.count("Encrypt", begun, err)
				if err != nil {
					continue
				}
				c.keyIDs[sealed.KeyId] = true
				begun = time.Now()
				opened, err := decrypt(context.Background(), client, o.timeout, sealed)
				c.count("Decrypt", begun, err)
				if err == nil && !bytes.Equal(opened, seed) {
					c.wrong++
				}
				if err == nil && !started {
					started = true
					if flowing.Add(1) == int64(o.callers) {
						print(map[string]string{"event": "every caller has had its first answers"})
					}
				}
			}
		}()
	}
	group.Wait()
	print(sum(callers))
	return nil
}

func (c *caller) count(method string, begun time.Time, err error) {
	ended := time.Now()
	c.calls++
	if err == nil {
		c.micros = append(c.micros, ended.Sub(begun).Microseconds())
		return
	}
	c.failed++
	state := grpcstatus.Convert(err)
	if len(c.failures) < keptFailures {
		c.failures = append(c.failures, failure{begun.UnixNano(), ended.UnixNano(), method, state.Code().String(), state.Message()})
	}
}

func sum(callers []*caller) report {
	total := report{Callers: len(callers), KeyIDs: []string{}, Failures: []failure{}, Micros: map[string]int64{}}
	var micros []int64
	for _, c := range callers {
		total.Calls += c.calls
		total.FailedCalls += c.failed
		total.WrongAnswers += c.wrong
		total.Failures = append(total.Failures, c.failures...)
		micros = append(micros, c.micros...)
		for keyID := range c.keyIDs {
			if !slices.Contains(total.KeyIDs, keyID) {
				total.KeyIDs = append(total.KeyIDs, keyID)
			}
		}
	}
	slices.SortFunc(total.Failures, func(a, b failure) int { return int(a.Begun - b.Begun) })
	total.Failures = total.Failures[:min(len(total.Failures), keptFailures)]
	slices.Sort(micros)
	if n := len(micros); n > 0 {
		for name, at := range map[string]int{"p50": n / 2, "p99": n * 99 / 100, "max": n - 1} {
			total.Micros[name] = micros[at]
		}
	}
	return total
}
