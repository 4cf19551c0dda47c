package main

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	. "millrace/clients/observe"
)

var administered = Prefix + "-admin"

func topics() (any, error) {
	c := client()
	defer c.Close()
	admin := kadm.NewClient(c)
	ctx, cancel := limited()
	defer cancel()
	hour := "3600000"
	made, err := admin.CreateTopic(ctx, 3, 1, map[string]*string{"retention.ms": &hour}, administered)
	if err != nil {
		return nil, err
	}
	Settle()
	_, again := admin.CreateTopic(ctx, 3, 1, nil, administered)
	more, err := admin.CreatePartitions(ctx, 2, administered)
	if err != nil {
		return nil, err
	}
	fewer, err := admin.UpdatePartitions(ctx, 1, administered)
	if err != nil {
		return nil, err
	}
	Changed()
	listed, err := admin.ListTopics(ctx, administered, Prefix+"-nobody")
	if err != nil {
		return nil, err
	}
	var leaders []any
	for _, part := range listed[administered].Partitions.Sorted() {
		leaders = append(leaders, []any{part.Partition, len(part.Replicas), len(part.ISR), part.LeaderEpoch})
	}
	short := Prefix + "-short"
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, short); err != nil {
		return nil, err
	}
	Settle()
	gone, err := admin.DeleteTopics(ctx, short)
	if err != nil {
		return nil, err
	}
	Changed()
	goneAgain, err := admin.DeleteTopics(ctx, short)
	if err != nil {
		return nil, err
	}
	return Seen{
		"made":       []any{made.NumPartitions, made.ReplicationFactor, *made.Configs["retention.ms"].Value},
		"again":      name(again),
		"more":       name(more[administered].Err),
		"fewer":      name(fewer[administered].Err),
		"partitions": leaders,
		"unknown":    name(listed[Prefix+"-nobody"].Err),
		"gone":       []string{name(gone[short].Err), name(goneAgain[short].Err)},
	}, nil
}

func configs() (any, error) {
	c := client()
	defer c.Close()
	admin := kadm.NewClient(c)
	ctx, cancel := limited()
	defer cancel()
	both := "compact,delete"
	altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{
		{Op: kadm.SetConfig, Name: "cleanup.policy", Value: &both},
		{Op: kadm.DeleteConfig, Name: "retention.ms"},
	}, administered, Prefix+"-nobody")
	if err != nil {
		return nil, err
	}
	Changed()
	var outcomes []string
	for _, one := range altered {
		outcomes = append(outcomes, strings.TrimPrefix(one.Name, Prefix)+": "+name(one.Err))
	}
	slices.Sort(outcomes)
	described, err := admin.DescribeTopicConfigs(ctx, administered)
	if err != nil {
		return nil, err
	}
	seen := Seen{}
	for _, config := range described[0].Configs {
		if slices.Contains([]string{"cleanup.policy", "retention.ms", "compression.type", "max.message.bytes"}, config.Key) {
			seen[config.Key] = []any{config.MaybeValue(), config.Source.String()}
		}
	}
	return Seen{"outcomes": outcomes, "described": seen}, nil
}

func records() (any, error) {
	c := client()
	defer c.Close()
	admin := kadm.NewClient(c)
	ctx, cancel := limited()
	defer cancel()
	topic := Prefix + "-records"
	if err := create(topic, 1); err != nil {
		return nil, err
	}
	var made []*kgo.Record
	for _, value := range Numbers(50) {
		made = append(made, &kgo.Record{Topic: topic, Value: []byte(value)})
	}
	produce(c, made)
	upTo := kadm.Offsets{}
	upTo.Add(kadm.Offset{Topic: topic, Partition: 0, At: 20})
	deleted, err := admin.DeleteRecords(ctx, upTo)
	if err != nil {
		return nil, err
	}
	low, _ := deleted.Lookup(topic, 0)
	start, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, err
	}
	first, _ := start.Lookup(topic, 0)
	return Seen{
		"low":   []any{low.LowWatermark, name(low.Err)},
		"start": first.Offset,
		"left":  values(fromStart(topic, 30))[:2],
	}, nil
}

func groupOffsets() (any, error) {
	c := client()
	defer c.Close()
	admin := kadm.NewClient(c)
	ctx, cancel := limited()
	defer cancel()
	group := Prefix + "-group-range"
	described, err := admin.DescribeGroups(ctx, group, Prefix+"-nobody")
	if err != nil {
		return nil, err
	}
	fetched, err := admin.FetchOffsets(ctx, group)
	if err != nil {
		return nil, err
	}
	lags, err := admin.Lag(ctx, group)
	if err != nil {
		return nil, err
	}
	lag := lags[group].Lag.Total()
	change := kadm.Offsets{}
	change.Add(kadm.Offset{Topic: topic, Partition: 0, At: 1, Metadata: "back"})
	if err := admin.CommitAllOffsets(ctx, group, change); err != nil {
		return nil, err
	}
	changed, err := admin.FetchOffsets(ctx, group)
	if err != nil {
		return nil, err
	}
	one, _ := changed.Lookup(topic, 0)
	listed, err := admin.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	deleted, err := admin.DeleteGroups(ctx, group, Prefix+"-nobody")
	if err != nil {
		return nil, err
	}
	return Seen{
		"state":   described[group].State,
		"nobody":  []string{described[Prefix+"-nobody"].State, name(described[Prefix+"-nobody"].Err)},
		"offsets": len(fetched.Offsets()[topic]),
		"lag":     lag,
		"changed": []any{one.At, one.Metadata},
		"listed":  []string{listed[group].ProtocolType, listed[group].State},
		"deleted": []string{name(deleted[group].Err), name(deleted[Prefix+"-nobody"].Err)},
	}, nil
}

func acls() (any, error) {
	c := client()
	defer c.Close()
	admin := kadm.NewClient(c)
	ctx, cancel := limited()
	defer cancel()
	rules := func() *kadm.ACLBuilder {
		return kadm.NewACLs().Topics(administered).Groups(Prefix+"-g").
			ResourcePatternType(kadm.ACLPatternPrefixed).
			Allow("User:alice").AllowHosts("*").Operations(kadm.OpRead, kadm.OpDescribe)
	}
	made, err := admin.CreateACLs(ctx, rules())
	if err != nil {
		return nil, err
	}
	var outcomes []string
	for _, one := range made {
		outcomes = append(outcomes, name(one.Err))
	}
	Changed()
	described, err := admin.DescribeACLs(ctx, rules())
	if err != nil {
		return nil, err
	}
	var found []string
	for _, filter := range described {
		for _, rule := range filter.Described {
			found = append(found, rule.Principal+" "+rule.Type.String()+" "+rule.Operation.String()+" "+rule.Pattern.String())
		}
	}
	slices.Sort(found)
	deleted, err := admin.DeleteACLs(ctx, rules())
	if err != nil {
		return nil, err
	}
	removed := 0
	for _, filter := range deleted {
		removed += len(filter.Deleted)
	}
	return Seen{"made": outcomes, "found": found, "removed": removed}, nil
}

func cluster() (any, error) {
	c := client()
	defer c.Close()
	admin := kadm.NewClient(c)
	ctx, cancel := limited()
	defer cancel()
	brokers, err := admin.ListBrokers(ctx)
	if err != nil {
		return nil, err
	}
	metadata, err := admin.BrokerMetadata(ctx)
	if err != nil {
		return nil, err
	}
	dirs, err := admin.DescribeAllLogDirs(ctx, kadm.TopicsSet{})
	if err != nil {
		return nil, err
	}
	return Seen{
		"brokers":         len(brokers),
		"named":           metadata.Cluster != "",
		"controller":      metadata.Controller == brokers[0].NodeID,
		"log directories": name(dirs[brokers[0].NodeID].Error()),
	}, nil
}
