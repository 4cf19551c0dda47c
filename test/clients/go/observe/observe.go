// Package observe is what the Go programs share: steps that print what they saw.
package observe

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Wait is longer than anything takes on a server that answers.
const Wait = 60 * time.Second

// Bootstrap is the server, Prefix the start of all names.
var Bootstrap, Prefix = os.Args[1], os.Args[2]

// Security says how to get in, as test/clients/security.ts does; CA is empty where everybody may.
var Security struct {
	CA       string `json:"ca"`
	Identity string `json:"identity"`
	SASL     *struct{ Mechanism, Username, Password string }
}

var steps []string

func init() {
	for name, into := range map[string]any{"KAFKA_SECURITY": &Security, "STEPS": &steps} {
		if text, given := os.LookupEnv(name); given {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				panic(err)
			}
		}
	}
}

// TLS is nil where the server has none.
func TLS() *tls.Config {
	if Security.CA == "" {
		return nil
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	pem, err := os.ReadFile(Security.CA)
	if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
		panic(fmt.Sprint("no certificate in ", Security.CA, err))
	}
	if Security.Identity != "" {
		pair, err := tls.LoadX509KeyPair(Security.Identity, Security.Identity)
		if err != nil {
			panic(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// Seen is what a step shows; the keys of a map come out sorted.
type Seen map[string]any

// Step is one thing that users do.
type Step struct {
	Name string
	Look func() (any, error)
}

// Named is a step by its name.
func Named(name string, look func() (any, error)) Step {
	return Step{Name: name, Look: look}
}

// Run runs the steps in order. One that goes wrong does not keep the next from its turn.
func Run(todo ...Step) {
	out := json.NewEncoder(os.Stdout)
	for _, step := range todo {
		if steps != nil && !slices.Contains(steps, step.Name) {
			continue
		}
		line := struct {
			Step  string `json:"step"`
			Saw   any    `json:"saw,omitempty"`
			Threw string `json:"threw,omitempty"`
		}{Step: step.Name}
		saw, err := step.Look()
		if err != nil {
			line.Threw = err.Error()
		} else {
			line.Saw = saw
		}
		if err := out.Encode(line); err != nil {
			panic(err)
		}
	}
}

// Settle gives Kafka's broker the moment that it needs to see a topic that was made.
func Settle() {
	time.Sleep(500 * time.Millisecond)
}

// Changed gives every broker the time that it may take to see what another one has changed.
func Changed() {
	ms, err := strconv.Atoi(os.Getenv("CHANGE_MS"))
	if err != nil {
		panic(err)
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
}

// Until waits for something to hold.
func Until(what string, holds func() bool) error {
	for end := time.Now().Add(Wait); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("waited in vain: %s", what)
		}
	}
	return nil
}

// Texts are values that compress, and that no two indexes share.
func Texts(count, size int) []string {
	texts := make([]string, count)
	for index := range texts {
		texts[index] = fmt.Sprintf("%06d", index) + strings.Repeat("abcdefghij"[index%10:index%10+1], size-6)
	}
	return texts
}

// Numbers are the numbers from 0 to below the count, as text.
func Numbers(count int) []string {
	numbers := make([]string, count)
	for index := range numbers {
		numbers[index] = strconv.Itoa(index)
	}
	return numbers
}
