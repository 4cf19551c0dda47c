package main

import (
	"crypto/sha512"

	"github.com/xdg-go/scram"
)

// scramClient is what sarama asks its users to bring: it has no SCRAM of its own.
type scramClient struct{ *scram.ClientConversation }

func (c *scramClient) Begin(user, password, authzID string) error {
	client, err := scram.HashGeneratorFcn(sha512.New).NewClient(user, password, authzID)
	if err == nil {
		c.ClientConversation = client.NewConversation()
	}
	return err
}
