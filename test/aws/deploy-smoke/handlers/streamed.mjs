/** Answers in two pieces. */
export const handler = awslambda.streamifyResponse(async (event, response) => {
  const stream = awslambda.HttpResponseStream.from(response, {
    statusCode: 201,
    headers: { 'content-type': 'text/plain', 'x-piece': 'both' },
  });
  stream.write('one, ');
  await new Promise((resolve) => setTimeout(resolve, 20));
  stream.end(`two of ${event.rawPath}`);
});
