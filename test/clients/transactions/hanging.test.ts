import { compareOnBoth } from '../compare.ts';
import { javaArgs } from '../installations.ts';

await compareOnBoth({ name: 'java-hanging', command: 'java', args: javaArgs('Hanging') });
