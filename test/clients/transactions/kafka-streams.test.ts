import { compareOnBoth } from '../compare.ts';
import { javaArgs } from '../installations.ts';

await compareOnBoth({
  name: 'kafka-streams-exactly-once',
  command: 'java',
  args: javaArgs('WordCount', 'exactly_once_v2'),
});
