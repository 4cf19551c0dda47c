// What users of transactions do with sarama, once over. Usage: saramatxn BOOTSTRAP PREFIX
package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	. "millrace/clients/observe"
)

var seeds = []string{Bootstrap}

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V4_1_0_0
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	return config
}

func name(err error) string {
	var kafka sarama.KError
	var failed sarama.ProducerErrors
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &failed):
		return name(failed[0].Err)
	case errors.As(err, &kafka):
		return "error " + strconv.Itoa(int(kafka))
	default:
		return err.Error()
	}
}

func create(name string) (string, error) {
	admin, err := sarama.NewClusterAdmin(seeds, settings())
	if err != nil {
		return "", err
	}
	defer admin.Close()
	defer Settle()
	topic := Prefix + "-" + name
	return topic, admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
}

func producer(name string) (sarama.SyncProducer, error) {
	config := settings()
	if name != "" {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
		config.Producer.Transaction.ID = Prefix + "-" + name
		config.Producer.Transaction.Timeout = 20 * time.Second
		// Kafka may still be writing the markers of the transaction before.
		config.Producer.Transaction.Retry.Max = 100
	}
	return sarama.NewSyncProducer(seeds, config)
}

func in(topic string, values ...string) []*sarama.ProducerMessage {
	messages := make([]*sarama.ProducerMessage, len(values))
	for index, value := range values {
		messages[index] = &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)}
	}
	return messages
}

// transaction sends values, all acknowledged, and ends.
func transaction(by sarama.SyncProducer, commit bool, messages []*sarama.ProducerMessage) error {
	if err := by.BeginTxn(); err != nil {
		return err
	}
	if err := by.SendMessages(messages); err != nil {
		return err
	}
	if commit {
		return by.CommitTxn()
	}
	return by.AbortTxn()
}

// read gives values with their offsets, up to the last one.
func read(topic, last string, level sarama.IsolationLevel) ([]string, error) {
	config := settings()
	config.Consumer.IsolationLevel = level
	consumer, err := sarama.NewConsumer(seeds, config)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	part, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	var got []string
	for end := time.After(Wait); ; {
		select {
		case message := <-part.Messages():
			got = append(got, fmt.Sprint(message.Offset, " ", string(message.Value)))
			if string(message.Value) == last {
				return got, nil
			}
		case <-end:
			return got, fmt.Errorf("%s did not come; %v did", last, got)
		}
	}
}

func both(topic, last string) (any, error) {
	committed, err := read(topic, last, sarama.ReadCommitted)
	if err != nil {
		return nil, err
	}
	all, err := read(topic, last, sarama.ReadUncommitted)
	return Seen{"committed": committed, "all": all}, err
}

func commitAndAbort() (any, error) {
	topic, err := create("both")
	if err != nil {
		return nil, err
	}
	by, err := producer("both")
	if err != nil {
		return nil, err
	}
	defer by.Close()
	for _, value := range []string{"a", "lost", "b"} {
		if err := transaction(by, value != "lost", in(topic, value, value+" too")); err != nil {
			return nil, err
		}
	}
	return both(topic, "b too")
}

func fencing() (any, error) {
	topic, err := create("fenced")
	if err != nil {
		return nil, err
	}
	zombie, err := producer("fenced")
	if err != nil {
		return nil, err
	}
	defer zombie.Close()
	if err := zombie.BeginTxn(); err != nil {
		return nil, err
	}
	if err := zombie.SendMessages(in(topic, "of the zombie")); err != nil {
		return nil, err
	}
	next, err := producer("fenced")
	if err != nil {
		return nil, err
	}
	defer next.Close()
	late := zombie.SendMessages(in(topic, "late"))
	commit := zombie.CommitTxn()
	if err := transaction(next, true, in(topic, "of the next")); err != nil {
		return nil, err
	}
	found, err := both(topic, "of the next")
	return Seen{"late": late != nil, "commit": commit != nil, "read": found}, err
}

func committed(group, topic string) (int64, error) {
	admin, err := sarama.NewClusterAdmin(seeds, settings())
	if err != nil {
		return 0, err
	}
	defer admin.Close()
	offsets, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0}})
	if err != nil {
		return 0, err
	}
	return offsets.GetBlock(topic, 0).Offset, nil
}

// offsets are those of a group without members, as a consumer that assigns itself has it.
func offsets() (any, error) {
	topic, err := create("offsets")
	if err != nil {
		return nil, err
	}
	by, err := producer("offsets")
	if err != nil {
		return nil, err
	}
	defer by.Close()
	group := Prefix + "-assigned"
	var seen []int64
	for index, commit := range []bool{false, true} {
		if err := by.BeginTxn(); err != nil {
			return nil, err
		}
		if err := by.SendMessages(in(topic, fmt.Sprint("value ", index))); err != nil {
			return nil, err
		}
		at := []*sarama.PartitionOffsetMetadata{{Partition: 0, Offset: int64(4 + 3*index)}}
		if err := by.AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata{topic: at}, group); err != nil {
			return nil, err
		}
		end := by.AbortTxn
		if commit {
			end = by.CommitTxn
		}
		if err := end(); err != nil {
			return nil, err
		}
		// Kafka answers before its markers are written.
		if commit {
			err = Until("the offset", func() bool { at, err := committed(group, topic); return err == nil && at == 7 })
			if err != nil {
				return nil, err
			}
		}
		now, err := committed(group, topic)
		if err != nil {
			return nil, err
		}
		seen = append(seen, now)
	}
	return seen, nil
}

// mover writes what it reads, with the offsets, as a member of its group: each second transaction is for good.
type mover struct {
	by            sarama.SyncProducer
	target, group string
	want          int
	moved, tries  int
	failed        error
	stop          context.CancelFunc
}

func (m *mover) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (m *mover) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *mover) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	var batch []*sarama.ConsumerMessage
	for m.moved < m.want {
		select {
		case message := <-claim.Messages():
			if message == nil {
				return nil
			}
			if batch = append(batch, message); len(batch) < 10 {
				continue
			}
		case <-session.Context().Done():
			return nil
		}
		for _, commit := range []bool{false, true} {
			if m.failed = m.move(session, batch, commit); m.failed != nil {
				m.stop()
				return m.failed
			}
		}
		m.moved += len(batch)
		batch = nil
	}
	m.stop()
	return nil
}

func (m *mover) move(session sarama.ConsumerGroupSession, batch []*sarama.ConsumerMessage, commit bool) error {
	if err := m.by.BeginTxn(); err != nil {
		return err
	}
	member := sarama.NewConsumerGroupMetadataFromSession(session, m.group, nil)
	for _, message := range batch {
		if err := m.by.SendMessages(in(m.target, string(message.Value)+"!")); err != nil {
			return err
		}
		if err := m.by.AddMessageToTxnWithGroupMetadata(message, member, nil); err != nil {
			return err
		}
	}
	m.tries++
	if commit {
		return m.by.CommitTxn()
	}
	return m.by.AbortTxn()
}

func session() (any, error) {
	source, err := create("source")
	if err != nil {
		return nil, err
	}
	target, err := create("target")
	if err != nil {
		return nil, err
	}
	fill, err := producer("")
	if err != nil {
		return nil, err
	}
	defer fill.Close()
	if err := fill.SendMessages(in(source, Numbers(50)...)); err != nil {
		return nil, err
	}
	by, err := producer("mover")
	if err != nil {
		return nil, err
	}
	defer by.Close()
	group := Prefix + "-mover"
	members, err := sarama.NewConsumerGroup(seeds, group, settings())
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(context.Background(), Wait)
	defer stop()
	m := &mover{by: by, target: target, group: group, want: 50, stop: stop}
	for m.moved < m.want && m.failed == nil && ctx.Err() == nil {
		if err := members.Consume(ctx, []string{source}, m); err != nil && ctx.Err() == nil {
			return nil, err
		}
	}
	members.Close()
	if m.failed != nil {
		return nil, m.failed
	}
	if err := transaction(by, true, in(target, "the end")); err != nil {
		return nil, err
	}
	got, err := read(target, "the end", sarama.ReadCommitted)
	if err != nil {
		return nil, err
	}
	once := map[string]int{}
	for _, line := range got {
		once[line[strings.Index(line, " ")+1:]]++
	}
	at, err := committed(group, source)
	return Seen{"moved": m.moved, "tries": m.tries, "read": len(got), "different": len(once), "committed": at}, err
}

func misuse() (any, error) {
	plain, err := producer("")
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	config := settings()
	config.Producer.Idempotent, config.Net.MaxOpenRequests = true, 1
	config.Producer.Transaction.ID, config.Producer.Transaction.Timeout = Prefix+"-long", time.Hour
	_, long := sarama.NewSyncProducer(seeds, config)
	return Seen{"not transactional": name(plain.BeginTxn()), "too long": name(long)}, nil
}

func main() {
	Run(
		Named("commit and abort", commitAndAbort),
		Named("fencing of a zombie", fencing),
		Named("offsets that move with a transaction", offsets),
		Named("a member's transactions", session),
		Named("misuse", misuse),
	)
}
