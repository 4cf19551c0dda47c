import { type Credentials, PASSWORD_BYTES_MAX, USER_CHARS_MAX } from '../../auth/index.ts';
import { type Exchange, REFUSED, type Step } from './exchange.ts';
import { textOf } from './scram-messages.ts';

/** Who it acts for, who it is, the password: UTF-8 takes up to three bytes per UTF-16 character. */
const MESSAGE_BYTES_MAX = 2 * (3 * USER_CHARS_MAX + 1) + PASSWORD_BYTES_MAX;

const NOTHING = new Uint8Array(0);

/** PLAIN (RFC 4616): name and password in one message, checked against what SCRAM keeps of the password. */
export class PlainExchange implements Exchange {
  readonly #credentials: Pick<Credentials, 'check'>;

  constructor(credentials: Pick<Credentials, 'check'>) {
    this.#credentials = credentials;
  }

  async step(token: Uint8Array): Promise<Step> {
    const said = token.length <= MESSAGE_BYTES_MAX ? textOf(token)?.split('\0') : undefined;
    if (said?.length !== 3) return REFUSED;
    const [authorizationId = '', user = '', password = ''] = said;
    if (user === '' || password === '') return REFUSED;
    if (authorizationId !== '' && authorizationId !== user) return REFUSED;
    const right = await this.#credentials.check(user, Buffer.from(password));
    return right ? { is: 'done', token: NOTHING, user } : REFUSED;
  }
}
