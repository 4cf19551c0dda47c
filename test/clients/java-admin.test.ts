import { compareOnBoth } from './compare.ts';
import { javaArgs } from './installations.ts';

await compareOnBoth({ name: 'java-admin', command: 'java', args: javaArgs('Admins') });
