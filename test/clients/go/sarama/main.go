// What users of sarama do, once over. Usage: sarama BOOTSTRAP PREFIX
package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/IBM/sarama"
	. "millrace/clients/observe"
)

const base = int64(1_700_000_000_000)

var (
	topic = Prefix + "-events"
	seeds = []string{Bootstrap}
)

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.ClientID = "me"
	config.Version = sarama.V4_1_0_0
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	if Security.CA != "" {
		config.Net.TLS.Enable, config.Net.TLS.Config = true, TLS()
	}
	if sasl := Security.SASL; sasl != nil {
		config.Net.SASL.Enable, config.Net.SASL.User, config.Net.SASL.Password = true, sasl.Username, sasl.Password
		config.Net.SASL.Mechanism = sarama.SASLMechanism(sasl.Mechanism)
		config.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{} }
	}
	return config
}

func name(err error) string {
	var kafka sarama.KError
	var topicError *sarama.TopicError
	var partitionError *sarama.TopicPartitionError
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &topicError):
		return "error " + strconv.Itoa(int(topicError.Err))
	case errors.As(err, &partitionError):
		return "error " + strconv.Itoa(int(partitionError.Err))
	case errors.As(err, &kafka):
		return "error " + strconv.Itoa(int(kafka))
	default:
		return err.Error()
	}
}

func administrator() sarama.ClusterAdmin {
	admin, err := sarama.NewClusterAdmin(seeds, settings())
	if err != nil {
		panic(err)
	}
	return admin
}

func create(name string, partitions int32) error {
	admin := administrator()
	defer admin.Close()
	// Some records are made to look old; retention must not take them.
	forever := "-1"
	config := map[string]*string{"retention.ms": &forever}
	defer Settle()
	return admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: config}, false)
}

// produce gives the error of the first that failed.
func produce(config *sarama.Config, messages []*sarama.ProducerMessage) error {
	producer, err := sarama.NewSyncProducer(seeds, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	return producer.SendMessages(messages)
}

func from(topic string, offset int64, count int) ([]*sarama.ConsumerMessage, error) {
	consumer, err := sarama.NewConsumer(seeds, settings())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	part, err := consumer.ConsumePartition(topic, 0, offset)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	var got []*sarama.ConsumerMessage
	for end := time.After(Wait); len(got) < count; {
		select {
		case message := <-part.Messages():
			got = append(got, message)
		case <-end:
			return got, nil
		}
	}
	return got, nil
}

func values(messages []*sarama.ConsumerMessage) []string {
	texts := make([]string, len(messages))
	for index, message := range messages {
		texts[index] = string(message.Value)
	}
	return texts
}

func codecs() (any, error) {
	seen := Seen{}
	for codec, compression := range map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
		"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	} {
		topic := Prefix + "-" + codec
		if err := create(topic, 1); err != nil {
			return nil, err
		}
		config := settings()
		config.Producer.Compression = compression
		config.Producer.Flush.MaxMessages = 100
		texts := Texts(1000, 200)
		messages := make([]*sarama.ProducerMessage, len(texts))
		for index, value := range texts {
			messages[index] = &sarama.ProducerMessage{
				Topic: topic, Key: sarama.StringEncoder("k" + strconv.Itoa(index%7)), Value: sarama.StringEncoder(value),
				Headers: []sarama.RecordHeader{{Key: []byte("n"), Value: []byte(strconv.Itoa(index))}},
			}
		}
		if err := produce(config, messages); err != nil {
			return nil, err
		}
		got, err := from(topic, sarama.OffsetOldest, len(texts))
		if err != nil {
			return nil, err
		}
		last := got[len(got)-1]
		seen[codec] = Seen{
			"same": slices.Equal(values(got), texts),
			"last": []any{last.Offset, string(last.Key), string(last.Headers[0].Value), messages[999].Offset},
		}
	}
	return seen, nil
}

func idempotent() (any, error) {
	topic := Prefix + "-idempotent"
	if err := create(topic, 1); err != nil {
		return nil, err
	}
	config := settings()
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer(seeds, config)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	for _, value := range Numbers(50) {
		if _, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)}); err != nil {
			return nil, err
		}
	}
	got, err := from(topic, sarama.OffsetOldest, 50)
	return slices.Equal(values(got), Numbers(50)), err
}

func times() (any, error) {
	topic := Prefix + "-times"
	if err := create(topic, 1); err != nil {
		return nil, err
	}
	var messages []*sarama.ProducerMessage
	for index, value := range Numbers(100) {
		at := time.UnixMilli(base + int64(index)*1000)
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value), Timestamp: at})
	}
	if err := produce(settings(), messages); err != nil {
		return nil, err
	}
	client, err := sarama.NewClient(seeds, settings())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var found []int64
	for _, at := range []int64{base - 5, base, base + 50_500, base + 99_000, base + 99_001, -1, -2} {
		offset, err := client.GetOffset(topic, 0, at)
		if err != nil {
			return nil, err
		}
		found = append(found, offset)
	}
	middle, err := from(topic, 57, 43)
	if err != nil {
		return nil, err
	}
	_, beyond := from(topic, 5000, 1)
	return Seen{"found": found, "middle": values(middle)[:3], "beyond": name(beyond)}, nil
}

// member is a consumer of a group that gathers, marks what it has got, and commits it.
type member struct {
	sarama.ConsumerGroup
	lock   sync.Mutex
	has    []int32
	got    []string
	cancel context.CancelFunc
	ended  chan struct{}
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.has = session.Claims()[topic]
	return nil
}

func (m *member) Cleanup(session sarama.ConsumerGroupSession) error {
	session.Commit()
	return nil
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, more := <-claim.Messages():
			if !more {
				return nil
			}
			session.MarkMessage(message, "seen")
			m.lock.Lock()
			m.got = append(m.got, string(message.Value))
			m.lock.Unlock()
		case <-session.Context().Done():
			return nil
		}
	}
}

func (m *member) state() (parts []int32, got []string) {
	m.lock.Lock()
	defer m.lock.Unlock()
	return slices.Clone(m.has), slices.Clone(m.got)
}

func (m *member) leave() error {
	m.cancel()
	<-m.ended
	return m.Close()
}

func join(group string, strategy sarama.BalanceStrategy, instance string) (*member, error) {
	config := settings()
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy}
	config.Consumer.Group.InstanceId = instance
	consumer, err := sarama.NewConsumerGroup(seeds, Prefix+"-group-"+group, config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{ConsumerGroup: consumer, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		for ctx.Err() == nil {
			if err := consumer.Consume(ctx, []string{topic}, m); err != nil {
				time.Sleep(100 * time.Millisecond)
			}
		}
	}()
	return m, nil
}

func groups(strategy sarama.BalanceStrategy, instances [2]string) func() (any, error) {
	return func() (any, error) {
		group := strategy.Name() + instances[0][:min(1, len(instances[0]))]
		first, err := join(group, strategy, instances[0])
		if err != nil {
			return nil, err
		}
		if err := Until("all of it", func() bool { _, got := first.state(); return len(got) >= 100 }); err != nil {
			return nil, err
		}
		alone, _ := first.state()
		second, err := join(group, strategy, instances[1])
		if err != nil {
			return nil, err
		}
		if err := awaitShares(first, second); err != nil {
			return nil, err
		}
		one, read := first.state()
		other, again := second.state()
		shared := append(one, other...)
		slices.Sort(alone)
		slices.Sort(shared)
		if err := first.leave(); err != nil {
			return nil, err
		}
		if err := second.leave(); err != nil {
			return nil, err
		}
		return Seen{"alone": alone, "shared": shared, "read": len(read), "read again": len(again)}, nil
	}
}

func awaitShares(first, second *member) error {
	return Until("two share", func() bool {
		one, _ := first.state()
		other, _ := second.state()
		return len(one) == 2 && len(other) == 2
	})
}

// coming has a member leave and come back, and then all of them: what came meanwhile is read from where they had committed.
func coming() (any, error) {
	var members []*member
	enter := func() (*member, error) {
		m, err := join("coming", sarama.NewBalanceStrategyRange(), "")
		members = append(members, m)
		return m, err
	}
	read := func() []string {
		var all []string
		for _, m := range members {
			_, got := m.state()
			all = append(all, got...)
		}
		slices.Sort(all)
		return all
	}
	due := Numbers(100)
	more := func(what string) error {
		sent := make([]string, 20)
		for index, number := range Numbers(len(sent)) {
			sent[index] = what + " " + number
		}
		due = append(due, sent...)
		return produce(settings(), keyed(sent))
	}
	all := func() error { return Until("all of it", func() bool { return len(read()) >= len(due) }) }
	first, err := enter()
	if err != nil {
		return nil, err
	}
	second, err := enter()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(awaitShares(first, second), all(), second.leave(), more("away")); err != nil {
		return nil, err
	}
	if err := errors.Join(all(), Until("one has all", func() bool { has, _ := first.state(); return len(has) == 4 })); err != nil {
		return nil, err
	}
	second, err = enter()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(awaitShares(first, second), more("back"), all(), second.leave(), first.leave(), more("alone")); err != nil {
		return nil, err
	}
	last, err := enter()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(all(), last.leave()); err != nil {
		return nil, err
	}
	_, alone := last.state()
	slices.Sort(due)
	slices.Sort(alone)
	return Seen{"each once": slices.Equal(read(), due), "since all had left": alone}, nil
}

func keyed(values []string) []*sarama.ProducerMessage {
	messages := make([]*sarama.ProducerMessage, len(values))
	for index, value := range values {
		messages[index] = &sarama.ProducerMessage{
			Topic: topic, Key: sarama.StringEncoder("key-" + value), Value: sarama.StringEncoder(value),
		}
	}
	return messages
}

func main() {
	setUp := func() (any, error) {
		if err := create(topic, 4); err != nil {
			return nil, err
		}
		return "done", produce(settings(), keyed(Numbers(100)))
	}
	Run(
		Named("produce with every codec", codecs),
		Named("idempotent producing", idempotent),
		Named("offsets by time, and seeking", times),
		Named("produce by key", setUp),
		Named("group with range", groups(sarama.NewBalanceStrategyRange(), [2]string{})),
		Named("group with sticky", groups(sarama.NewBalanceStrategySticky(), [2]string{})),
		Named("group of static members", groups(sarama.NewBalanceStrategyRoundRobin(), [2]string{"s1", "s2"})),
		Named("members that leave and come back", coming),
		Named("admin of topics and configs", administration),
		Named("admin of records", records),
		Named("admin of groups", groupAdministration),
		Named("reset of a group's offsets", resetting),
		Named("admin of ACLs", acls),
	)
}
