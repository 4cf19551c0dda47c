package main

import (
	"errors"
	"slices"
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

// records deletes the first of them, and asks for more than there are.
func records() (any, error) {
	admin := administrator()
	defer admin.Close()
	name := Prefix + "-records"
	if err := create(name, 1); err != nil {
		return nil, err
	}
	var messages []*sarama.ProducerMessage
	for _, value := range Numbers(50) {
		messages = append(messages, &sarama.ProducerMessage{Topic: name, Value: sarama.StringEncoder(value)})
	}
	if err := produce(settings(), messages); err != nil {
		return nil, err
	}
	deleted := admin.DeleteRecords(name, map[int32]int64{0: 20})
	beyond := admin.DeleteRecords(name, map[int32]int64{0: 500})
	left, err := from(name, sarama.OffsetOldest, 30)
	if err != nil {
		return nil, err
	}
	return Seen{
		"deleted": deleted == nil, "beyond": errors.Is(beyond, sarama.ErrOffsetOutOfRange),
		"left": values(left)[:2], "first": left[0].Offset,
	}, nil
}

// resetting moves what a group has committed: two partitions at once by the administrator, then one by who reads.
func resetting() (any, error) {
	admin := administrator()
	defer admin.Close()
	group := Prefix + "-group-sticky"
	offsets := func() (Seen, error) {
		found, err := admin.ListConsumerGroupOffsets(group, nil)
		if err != nil {
			return nil, err
		}
		committed := Seen{}
		for part, block := range found.Blocks[topic] {
			committed[strconv.Itoa(int(part))] = []any{block.Offset, block.Metadata}
		}
		return committed, nil
	}
	moved := map[string]map[int32]sarama.OffsetAndMetadata{topic: {0: {Offset: 3, Metadata: "back"}, 1: {Offset: 0}}}
	answer, err := admin.AlterConsumerGroupOffsets(group, moved, nil)
	if err != nil {
		return nil, err
	}
	errorCodes := Seen{}
	for part, code := range answer.Errors[topic] {
		errorCodes[strconv.Itoa(int(part))] = int(code)
	}
	altered, err := offsets()
	if err != nil {
		return nil, err
	}
	if err := rewind(group, 2, 1); err != nil {
		return nil, err
	}
	reset, err := offsets()
	if err != nil {
		return nil, err
	}
	removed := admin.DeleteConsumerGroupOffset(group, topic, 3)
	left, err := offsets()
	return Seen{"codes": errorCodes, "altered": altered, "reset": reset, "removed": name(removed), "left": left}, err
}

// rewind takes a partition's offset back, which only a manager of offsets may.
func rewind(group string, part int32, to int64) error {
	client, err := sarama.NewClient(seeds, settings())
	if err != nil {
		return err
	}
	defer client.Close()
	offsets, err := sarama.NewOffsetManagerFromClient(group, client)
	if err != nil {
		return err
	}
	defer offsets.Close()
	managed, err := offsets.ManagePartition(topic, part)
	if err != nil {
		return err
	}
	defer managed.AsyncClose()
	managed.ResetOffset(to, "again")
	offsets.Commit()
	return nil
}

func acls() (any, error) {
	admin := administrator()
	defer admin.Close()
	resource := sarama.Resource{
		ResourceType: sarama.AclResourceTopic, ResourceName: topic, ResourcePatternType: sarama.AclPatternLiteral,
	}
	alice := &sarama.Acl{
		Principal: "User:alice", Host: "*", Operation: sarama.AclOperationRead, PermissionType: sarama.AclPermissionAllow,
	}
	bob := &sarama.Acl{
		Principal: "User:bob", Host: "*", Operation: sarama.AclOperationWrite, PermissionType: sarama.AclPermissionDeny,
	}
	made := admin.CreateACLs([]*sarama.ResourceAcls{{Resource: resource, Acls: []*sarama.Acl{alice, bob}}})
	filter := sarama.AclFilter{
		ResourceType: sarama.AclResourceTopic, ResourceName: &topic, ResourcePatternTypeFilter: sarama.AclPatternLiteral,
		Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny,
	}
	found := func() ([]string, error) {
		Changed()
		resources, err := admin.ListAcls(filter)
		rules := []string{}
		for _, one := range resources {
			for _, rule := range one.Acls {
				rules = append(rules, rule.Principal+" "+rule.Operation.String()+" "+rule.PermissionType.String()+" "+rule.Host)
			}
		}
		slices.Sort(rules)
		return rules, err
	}
	described, err := found()
	if err != nil {
		return nil, err
	}
	ofBob := filter
	ofBob.Principal = &bob.Principal
	gone, err := admin.DeleteACL(ofBob, false)
	if err != nil {
		return nil, err
	}
	left, err := found()
	return Seen{"made": name(made), "found": described, "removed": []any{len(gone), gone[0].Principal}, "left": left}, err
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
