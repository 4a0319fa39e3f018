// Command kmsload speaks KMS v2 to a plugin's socket as kube-apiserver does, without kube-apiserver.
//
//	kmsload status    -socket PATH              one Status, as JSON
//	kmsload watch     -socket PATH              Status again and again; one JSON line for each changed answer, until SIGINT
//	kmsload roundtrip -socket PATH              Status, Encrypt, Decrypt of 32 random bytes, as JSON
//	kmsload load      -socket PATH              many callers at once, until SIGINT or -for; a JSON report at the end
//
// Exit codes: 0 answered, 1 a call failed (status, roundtrip), 2 wrong use. A load reports its failures and exits 0.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type options struct {
	socket   string
	timeout  time.Duration
	interval time.Duration
	callers  int
	length   time.Duration
}

func main() {
	if len(os.Args) < 2 {
		misuse("a command is missing")
	}
	commands := map[string]func(context.Context, options) error{
		"status": status, "watch": watch, "roundtrip": roundtrip, "load": load,
	}
	run, known := commands[os.Args[1]]
	if !known {
		misuse(fmt.Sprintf("unknown command %q", os.Args[1]))
	}

	var o options
	flags := flag.NewFlagSet("kmsload "+os.Args[1], flag.ExitOnError)
	flags.StringVar(&o.socket, "socket", "", "path of the plugin's socket (required)")
	flags.DurationVar(&o.timeout, "timeout", 3*time.Second, "deadline of each call; kube-apiserver's default is 3s")
	flags.DurationVar(&o.interval, "interval", 100*time.Millisecond, "watch: pause between two calls")
	flags.IntVar(&o.callers, "callers", 64, "load: callers that each have one call under way at any time")
	flags.DurationVar(&o.length, "for", 0, "load: end after this long; 0 is until SIGINT")
	flags.Parse(os.Args[2:])
	if o.socket == "" || flags.NArg() > 0 {
		misuse("-socket is required, and nothing but flags follows the command")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "kmsload:", err)
		os.Exit(1)
	}
}

func misuse(problem string) {
	fmt.Fprintf(os.Stderr, "kmsload: %s\nusage: kmsload status|watch|roundtrip|load -socket PATH [flags]\n", problem)
	os.Exit(2)
}

func print(value any) {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		panic(err)
	}
}
