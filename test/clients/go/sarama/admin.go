package main

import (
	"strconv"

	"github.com/IBM/sarama"
	. "millrace/clients/observe"
)

func administration() (any, error) {
	admin := administrator()
	defer admin.Close()
	topic := Prefix + "-admin"
	detail := &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}
	made := admin.CreateTopic(topic, detail, false)
	Changed()
	again := admin.CreateTopic(topic, detail, false)
	more := admin.CreatePartitions(topic, 3, nil, false)
	fewer := admin.CreatePartitions(topic, 1, nil, false)
	twoHours := "7200000"
	entry := map[string]sarama.IncrementalAlterConfigsEntry{
		"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &twoHours},
	}
	altered := admin.IncrementalAlterConfig(sarama.TopicResource, topic, entry, false)
	Changed()
	configs, err := admin.DescribeConfig(sarama.ConfigResource{
		Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms", "cleanup.policy"},
	})
	if err != nil {
		return nil, err
	}
	described := Seen{}
	for _, config := range configs {
		described[config.Name] = []any{config.Value, config.Default}
	}
	metadata, err := admin.DescribeTopics([]string{topic})
	if err != nil {
		return nil, err
	}
	brokers, _, err := admin.DescribeCluster()
	if err != nil {
		return nil, err
	}
	gone := admin.DeleteTopic(topic)
	Changed()
	return Seen{
		"made": name(made), "again": name(again), "more": name(more), "fewer": name(fewer), "altered": name(altered),
		"configs": described, "partitions": len(metadata[0].Partitions), "brokers": len(brokers),
		"gone": []string{name(gone), name(admin.DeleteTopic(topic))},
	}, nil
}

func groupAdministration() (any, error) {
	admin := administrator()
	defer admin.Close()
	group := Prefix + "-group-range"
	described, err := admin.DescribeConsumerGroups([]string{group})
	if err != nil {
		return nil, err
	}
	listed, err := admin.ListConsumerGroups()
	if err != nil {
		return nil, err
	}
	offsets, err := admin.ListConsumerGroupOffsets(group, nil)
	if err != nil {
		return nil, err
	}
	committed := Seen{}
	for part, block := range offsets.Blocks[topic] {
		committed[strconv.Itoa(int(part))] = []any{block.Offset, block.Metadata}
	}
	return Seen{
		"state": described[0].State, "protocol": described[0].ProtocolType, "listed": listed[group],
		"committed": committed,
		"removed":   []string{name(admin.DeleteConsumerGroup(group)), name(admin.DeleteConsumerGroup(group))},
	}, nil
}
