// What users of franz-go do, once over. Usage: franz BOOTSTRAP PREFIX
package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	. "millrace/clients/observe"
)

const base = int64(1_700_000_000_000)

var topic = Prefix + "-events"

func client(options ...kgo.Opt) *kgo.Client {
	options = append([]kgo.Opt{kgo.SeedBrokers(Bootstrap), kgo.ClientID("me"), kgo.RetryTimeout(Wait)}, options...)
	if config := TLS(); config != nil {
		options = append(options, kgo.DialTLSConfig(config))
	}
	if sasl := Security.SASL; sasl != nil {
		options = append(options, kgo.SASL(scram.Auth{User: sasl.Username, Pass: sasl.Password}.AsSha512Mechanism()))
	}
	made, err := kgo.NewClient(options...)
	if err != nil {
		panic(err)
	}
	return made
}

func limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Wait)
}

func create(name string, partitions int32) error {
	ctx, cancel := limited()
	defer cancel()
	c := client()
	defer c.Close()
	// Some records are made to look old; retention must not take them.
	forever := "-1"
	defer Settle()
	_, err := kadm.NewClient(c).CreateTopic(ctx, partitions, 1, map[string]*string{"retention.ms": &forever}, name)
	return err
}

// produce gives the error names, by how often they came.
func produce(c *kgo.Client, records []*kgo.Record) map[string]int {
	ctx, cancel := limited()
	defer cancel()
	outcomes := map[string]int{}
	for _, result := range c.ProduceSync(ctx, records...) {
		outcomes[name(result.Err)]++
	}
	return outcomes
}

func name(err error) string {
	var kafka *kerr.Error
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &kafka):
		return kafka.Message
	default:
		return err.Error()
	}
}

func consume(c *kgo.Client, count int) []*kgo.Record {
	ctx, cancel := limited()
	defer cancel()
	var got []*kgo.Record
	for len(got) < count && ctx.Err() == nil {
		c.PollFetches(ctx).EachRecord(func(record *kgo.Record) { got = append(got, record) })
	}
	return got
}

func fromStart(topic string, count int) []*kgo.Record {
	c := client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	defer c.Close()
	return consume(c, count)
}

func values(records []*kgo.Record) []string {
	texts := make([]string, len(records))
	for index, record := range records {
		texts[index] = string(record.Value)
	}
	return texts
}

func codecs() (any, error) {
	kinds := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	seen := Seen{}
	for codec, compression := range kinds {
		topic := Prefix + "-" + codec
		if err := create(topic, 1); err != nil {
			return nil, err
		}
		texts := Texts(1000, 200)
		records := make([]*kgo.Record, len(texts))
		for index, value := range texts {
			header := kgo.RecordHeader{Key: "n", Value: []byte(strconv.Itoa(index))}
			key := []byte("k" + strconv.Itoa(index%7))
			records[index] = &kgo.Record{Topic: topic, Key: key, Value: []byte(value), Headers: []kgo.RecordHeader{header}}
		}
		c := client(kgo.ProducerBatchCompression(compression), kgo.ProducerBatchMaxBytes(50_000))
		sent := produce(c, records)
		c.Close()
		got := fromStart(topic, len(texts))
		last := got[len(got)-1]
		seen[codec] = Seen{
			"sent": sent,
			"same": slices.Equal(values(got), texts),
			"last": []any{last.Offset, string(last.Key), string(last.Headers[0].Value), records[999].Offset},
		}
	}
	return seen, nil
}

func nulls() (any, error) {
	topic := Prefix + "-nulls"
	if err := create(topic, 1); err != nil {
		return nil, err
	}
	c := client()
	defer c.Close()
	sent := produce(c, []*kgo.Record{
		{Topic: topic, Value: []byte("no key")},
		{Topic: topic, Key: []byte("no value")},
		{Topic: topic, Key: []byte{}, Value: []byte{}, Headers: []kgo.RecordHeader{{Key: "null"}, {Key: "", Value: []byte{}}}},
	})
	var got []any
	for _, r := range fromStart(topic, 3) {
		got = append(got, []any{r.Key == nil, r.Value == nil, string(r.Key), string(r.Value), len(r.Headers)})
	}
	return Seen{"sent": sent, "got": got}, nil
}

// levels: acknowledgements that users choose, with franz-go's idempotent producing and without.
func levels() (any, error) {
	topic := Prefix + "-acks"
	if err := create(topic, 1); err != nil {
		return nil, err
	}
	var sent []any
	for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck(), kgo.AllISRAcks()} {
		c := client(kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
		sent = append(sent, produce(c, []*kgo.Record{{Topic: topic, Value: []byte("one")}}))
		c.Close()
	}
	large := client(kgo.ProducerBatchMaxBytes(8_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer large.Close()
	tooLarge := produce(large, []*kgo.Record{{Topic: topic, Value: make([]byte, 1_100_000)}})
	return Seen{"sent": sent, "got": values(fromStart(topic, 3)), "too large": tooLarge}, nil
}

func times() (any, error) {
	topic := Prefix + "-times"
	if err := create(topic, 1); err != nil {
		return nil, err
	}
	c := client()
	defer c.Close()
	admin := kadm.NewClient(c)
	var records []*kgo.Record
	for index, value := range Numbers(100) {
		at := time.UnixMilli(base + int64(index)*1000)
		records = append(records, &kgo.Record{Topic: topic, Value: []byte(value), Timestamp: at})
	}
	produce(c, records)
	ctx, cancel := limited()
	defer cancel()
	var found []any
	for _, at := range []int64{base - 5, base, base + 50_500, base + 99_000, base + 99_001} {
		listed, err := admin.ListOffsetsAfterMilli(ctx, at, topic)
		if err != nil {
			return nil, err
		}
		place, _ := listed.Lookup(topic, 0)
		found = append(found, []any{place.Offset, place.Timestamp, name(place.Err)})
	}
	latest, err := admin.ListMaxTimestampOffsets(ctx, topic)
	if err != nil {
		return nil, err
	}
	place, _ := latest.Lookup(topic, 0)
	from := kgo.NewOffset().At(57)
	middle := client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: from}}))
	defer middle.Close()
	after := kgo.NewOffset().AfterMilli(base + 80_500)
	late := client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: after}}))
	defer late.Close()
	return Seen{
		"found":       found,
		"the highest": []any{place.Offset, place.Timestamp},
		"middle":      values(consume(middle, 43))[:3],
		"after":       values(consume(late, 19))[:2],
	}, nil
}

// member is a consumer of a group that gathers, and tells which partitions it has.
type member struct {
	*kgo.Client
	lock   sync.Mutex
	has    map[int32]bool
	got    []*kgo.Record
	ended  chan struct{}
	cancel context.CancelFunc
}

func join(group string, options ...kgo.Opt) *member {
	m := &member{has: map[int32]bool{}, ended: make(chan struct{})}
	note := func(has bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
			m.lock.Lock()
			defer m.lock.Unlock()
			for _, part := range parts[topic] {
				m.has[part] = has
				if !has {
					delete(m.has, part)
				}
			}
		}
	}
	m.Client = client(append([]kgo.Opt{
		kgo.ConsumerGroup(Prefix + "-" + group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(6 * time.Second), kgo.HeartbeatInterval(300 * time.Millisecond),
		kgo.OnPartitionsAssigned(note(true)), kgo.OnPartitionsRevoked(note(false)), kgo.OnPartitionsLost(note(false)),
	}, options...)...)
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	go func() {
		defer close(m.ended)
		for ctx.Err() == nil {
			fetches := m.PollFetches(ctx)
			m.lock.Lock()
			fetches.EachRecord(func(record *kgo.Record) { m.got = append(m.got, record) })
			m.lock.Unlock()
		}
	}()
	return m
}

func (m *member) parts() []int32 {
	m.lock.Lock()
	defer m.lock.Unlock()
	var parts []int32
	for part := range m.has {
		parts = append(parts, part)
	}
	slices.Sort(parts)
	return parts
}

func (m *member) read() int {
	m.lock.Lock()
	defer m.lock.Unlock()
	return len(m.got)
}

func (m *member) leave() {
	m.cancel()
	<-m.ended
	m.Close()
}

func groups(balancer kgo.GroupBalancer) func() (any, error) {
	return func() (any, error) {
		group := "group-" + balancer.ProtocolName()
		first := join(group, kgo.Balancers(balancer))
		if err := Until("all of it", func() bool { return first.read() == 100 }); err != nil {
			return nil, err
		}
		ctx, cancel := limited()
		defer cancel()
		alone := first.parts()
		if err := first.CommitRecords(ctx, first.got...); err != nil {
			return nil, err
		}
		second := join(group, kgo.Balancers(balancer))
		if err := Until("two share", func() bool { return len(first.parts()) == 2 && len(second.parts()) == 2 }); err != nil {
			return nil, err
		}
		shared := append(first.parts(), second.parts()...)
		slices.Sort(shared)
		first.leave()
		if err := Until("one is left", func() bool { return len(second.parts()) == 4 }); err != nil {
			return nil, err
		}
		again := first.read() + second.read() - 100
		second.leave()
		return Seen{"alone": alone, "shared": shared, "read again": again}, nil
	}
}

// static members that come back have their partitions at once; the other keeps its own.
func static() (any, error) {
	one := func() *member { return join("static", kgo.InstanceID("one"), kgo.SessionTimeout(30*time.Second)) }
	first := one()
	other := join("static", kgo.InstanceID("two"), kgo.SessionTimeout(30*time.Second))
	if err := Until("two share", func() bool { return len(first.parts()) == 2 && len(other.parts()) == 2 }); err != nil {
		return nil, err
	}
	before := [][]int32{first.parts(), other.parts()}
	first.leave()
	back := one()
	if err := Until("it is back", func() bool { return len(back.parts()) == 2 }); err != nil {
		return nil, err
	}
	after := [][]int32{back.parts(), other.parts()}
	back.leave()
	ctx, cancel := limited()
	defer cancel()
	admin := kadm.NewClient(other.Client)
	group := Prefix + "-static"
	instances := func() ([]string, error) {
		described, err := admin.DescribeGroups(ctx, group)
		found := []string{}
		for _, one := range described[group].Members {
			if one.InstanceID != nil {
				found = append(found, *one.InstanceID)
			}
		}
		slices.Sort(found)
		return found, err
	}
	// Both are members until they are removed by name.
	left, err := instances()
	if err != nil {
		return nil, err
	}
	removed, err := admin.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs("one"))
	if err != nil {
		return nil, err
	}
	remaining, err := instances()
	other.leave()
	return Seen{
		"same": slices.EqualFunc(before, after, slices.Equal), "left": left,
		"removed": name(removed["one"].Err), "remaining": remaining,
	}, err
}

func main() {
	setUp := func() (any, error) {
		if err := create(topic, 4); err != nil {
			return nil, err
		}
		c := client()
		defer c.Close()
		var records []*kgo.Record
		for _, value := range Numbers(100) {
			records = append(records, &kgo.Record{Topic: topic, Key: []byte("key-" + value), Value: []byte(value)})
		}
		return produce(c, records), nil
	}
	Run(
		Named("produce with every codec", codecs),
		Named("null keys, values and headers", nulls),
		Named("acks 0, 1 and all, and too large", levels),
		Named("offsets by time, and seeking", times),
		Named("produce by key", setUp),
		Named("group with range", groups(kgo.RangeBalancer())),
		Named("group with sticky", groups(kgo.StickyBalancer())),
		Named("group with cooperative-sticky", groups(kgo.CooperativeStickyBalancer())),
		Named("static members", static),
		Named("admin of topics", topics),
		Named("admin of configs", configs),
		Named("admin of records", records),
		Named("admin of groups", groupOffsets),
		Named("admin of ACLs", acls),
		Named("cluster", cluster),
	)
}
