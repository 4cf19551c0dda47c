// What users of transactions do with franz-go, once over. Usage: franztxn BOOTSTRAP PREFIX
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	. "millrace/clients/observe"
)

// patience is many times what a record needs that may be seen.
const patience = 3 * time.Second

func options(more ...kgo.Opt) []kgo.Opt {
	return append([]kgo.Opt{kgo.SeedBrokers(Bootstrap), kgo.RetryTimeout(Wait)}, more...)
}

func client(more ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(options(more...)...)
	if err != nil {
		panic(err)
	}
	return made
}

func limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Wait)
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

func create(name string, partitions int32) (string, error) {
	ctx, cancel := limited()
	defer cancel()
	c := client()
	defer c.Close()
	topic := Prefix + "-" + name
	defer Settle()
	_, err := kadm.NewClient(c).CreateTopic(ctx, partitions, 1, nil, topic)
	return topic, err
}

func in(topic string, values ...string) []*kgo.Record {
	records := make([]*kgo.Record, len(values))
	for index, value := range values {
		records[index] = &kgo.Record{Topic: topic, Value: []byte(value)}
	}
	return records
}

// read gives values with their offsets, up to the last one.
func read(topic, last string, level kgo.IsolationLevel) ([]string, error) {
	ctx, cancel := limited()
	defer cancel()
	from := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}
	c := client(kgo.ConsumePartitions(from), kgo.FetchIsolationLevel(level))
	defer c.Close()
	var got []string
	for ctx.Err() == nil {
		c.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
			got = append(got, fmt.Sprint(record.Offset, " ", string(record.Value)))
		})
		if len(got) > 0 && strings.HasSuffix(got[len(got)-1], " "+last) {
			return got, nil
		}
	}
	return got, ctx.Err()
}

func both(topic, last string) (any, error) {
	committed, err := read(topic, last, kgo.ReadCommitted())
	if err != nil {
		return nil, err
	}
	all, err := read(topic, last, kgo.ReadUncommitted())
	return Seen{"committed": committed, "all": all}, err
}

func commitAndAbort() (any, error) {
	topic, err := create("both", 1)
	if err != nil {
		return nil, err
	}
	ctx, cancel := limited()
	defer cancel()
	c := client(kgo.TransactionalID(Prefix + "-both"))
	defer c.Close()
	for _, value := range []string{"a", "lost", "b"} {
		if err := c.BeginTransaction(); err != nil {
			return nil, err
		}
		if err := c.ProduceSync(ctx, in(topic, value, value+" too")...).FirstErr(); err != nil {
			return nil, err
		}
		if err := c.EndTransaction(ctx, kgo.TransactionEndTry(value != "lost")); err != nil {
			return nil, err
		}
	}
	return both(topic, "b too")
}

// open is read by those alone who do not ask for what is committed; what comes after it waits with it.
func open() (any, error) {
	topic, err := create("open", 1)
	if err != nil {
		return nil, err
	}
	ctx, cancel := limited()
	defer cancel()
	c := client(kgo.TransactionalID(Prefix + "-open"))
	defer c.Close()
	plain := client()
	defer plain.Close()
	if err := plain.ProduceSync(ctx, in(topic, "before")...).FirstErr(); err != nil {
		return nil, err
	}
	if err := c.BeginTransaction(); err != nil {
		return nil, err
	}
	if err := c.ProduceSync(ctx, in(topic, "within")...).FirstErr(); err != nil {
		return nil, err
	}
	if err := plain.ProduceSync(ctx, in(topic, "after")...).FirstErr(); err != nil {
		return nil, err
	}
	admin := kadm.NewClient(plain)
	ends := func() ([]int64, error) {
		stable, err := admin.ListCommittedOffsets(ctx, topic)
		if err != nil {
			return nil, err
		}
		all, err := admin.ListEndOffsets(ctx, topic)
		one, _ := stable.Lookup(topic, 0)
		other, _ := all.Lookup(topic, 0)
		return []int64{one.Offset, other.Offset}, err
	}
	open, err := ends()
	if err != nil {
		return nil, err
	}
	committed, err := within(topic, kgo.ReadCommitted())
	if err != nil {
		return nil, err
	}
	all, err := within(topic, kgo.ReadUncommitted())
	if err != nil {
		return nil, err
	}
	if err := c.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return nil, err
	}
	then, err := read(topic, "after", kgo.ReadCommitted())
	return Seen{"ends": open, "committed": committed, "all": all, "then": then}, err
}

// within gives the values that come within some seconds: there may be more, which must not be seen yet.
func within(topic string, level kgo.IsolationLevel) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	from := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}
	c := client(kgo.ConsumePartitions(from), kgo.FetchIsolationLevel(level))
	defer c.Close()
	got := []string{}
	for ctx.Err() == nil {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
		fetches.EachRecord(func(record *kgo.Record) { got = append(got, string(record.Value)) })
	}
	return got, nil
}

func fencing() (any, error) {
	topic, err := create("fenced", 1)
	if err != nil {
		return nil, err
	}
	ctx, cancel := limited()
	defer cancel()
	zombie := client(kgo.TransactionalID(Prefix + "-fenced"))
	defer zombie.Close()
	next := client(kgo.TransactionalID(Prefix + "-fenced"))
	defer next.Close()
	if err := zombie.BeginTransaction(); err != nil {
		return nil, err
	}
	if err := zombie.ProduceSync(ctx, in(topic, "of the zombie")...).FirstErr(); err != nil {
		return nil, err
	}
	if err := next.BeginTransaction(); err != nil {
		return nil, err
	}
	if err := next.ProduceSync(ctx, in(topic, "of the next")...).FirstErr(); err != nil {
		return nil, err
	}
	late := zombie.EndTransaction(ctx, kgo.TryCommit)
	if err := next.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return nil, err
	}
	found, err := both(topic, "of the next")
	return Seen{"late": name(late), "read": found}, err
}

// session reads, and writes what it has read, in transactions of a group's member: the first is given up.
func session() (any, error) {
	source, err := create("source", 2)
	if err != nil {
		return nil, err
	}
	target, err := create("target", 1)
	if err != nil {
		return nil, err
	}
	ctx, cancel := limited()
	defer cancel()
	fill := client()
	if err := fill.ProduceSync(ctx, in(source, Numbers(50)...)...).FirstErr(); err != nil {
		return nil, err
	}
	fill.Close()
	group := Prefix + "-mover"
	mover, err := kgo.NewGroupTransactSession(options(
		kgo.TransactionalID(Prefix+"-mover"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(),
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(source), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)...)
	if err != nil {
		return nil, err
	}
	moved, tries := 0, 0
	for moved < 50 && ctx.Err() == nil {
		got := mover.PollFetches(ctx).Records()
		if len(got) == 0 {
			continue
		}
		if err := mover.Begin(); err != nil {
			return nil, err
		}
		for _, record := range got {
			mover.Produce(ctx, &kgo.Record{Topic: target, Value: append(record.Value, '!')}, nil)
		}
		tries++
		committed, err := mover.End(ctx, kgo.TransactionEndTry(tries > 1))
		if err != nil {
			return nil, err
		}
		if committed {
			moved += len(got)
		}
	}
	mover.Close()
	end := client(kgo.TransactionalID(Prefix + "-end"))
	defer end.Close()
	if err := end.BeginTransaction(); err != nil {
		return nil, err
	}
	if err := end.ProduceSync(ctx, in(target, "the end")...).FirstErr(); err != nil {
		return nil, err
	}
	if err := end.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return nil, err
	}
	got, err := read(target, "the end", kgo.ReadCommitted())
	if err != nil {
		return nil, err
	}
	once := map[string]int{}
	for _, line := range got {
		once[line[strings.Index(line, " ")+1:]]++
	}
	offsets, err := kadm.NewClient(end).FetchOffsets(ctx, group)
	if err != nil {
		return nil, err
	}
	sum := int64(0)
	offsets.Each(func(offset kadm.OffsetResponse) { sum += offset.At })
	return Seen{"moved": moved, "read": len(got), "different": len(once), "committed": sum}, nil
}

func main() {
	Run(
		Named("commit and abort", commitAndAbort),
		Named("an open transaction", open),
		Named("fencing of a zombie", fencing),
		Named("a group's transactions", session),
	)
}
