// A handler as it would stand behind Lambda's own mapping from Kafka: it tells the test what it was given.
export async function handler(event) {
  await fetch(process.env.TELL, { method: 'POST', body: JSON.stringify(event) });
}
