import { hash } from 'bcryptjs';
import type { Resource } from '../provider';
import { plain } from '../values';
import { characterInputs, drawCharacters, validateCharacters } from './characters';

/** The cost that the real plugin uses. */
const BCRYPT_ROUNDS = 10;
/** bcrypt sees no more of a password than this. */
const BCRYPT_CHARACTERS = 72;

/** `random.RandomPassword`: its result is secret. */
export const randomPassword: Resource = {
  type: 'random:index/randomPassword:RandomPassword',
  inputs: characterInputs,
  computed: ['result', 'bcryptHash'],
  secrets: () => ['result', 'bcryptHash'],
  validate: validateCharacters,
  async create(inputs) {
    const result = drawCharacters(plain(inputs));
    const bcryptHash = await hash(result.slice(0, BCRYPT_CHARACTERS), BCRYPT_ROUNDS);
    return { id: 'none', outputs: { ...inputs, number: inputs.numeric ?? true, result, bcryptHash } };
  },
};

/** `random.RandomString`: the same, but its result is shown, and is the resource's id. */
export const randomString: Resource = {
  type: 'random:index/randomString:RandomString',
  inputs: characterInputs,
  computed: ['result'],
  secrets: () => [],
  validate: validateCharacters,
  create(inputs) {
    const result = drawCharacters(plain(inputs));
    return Promise.resolve({
      id: result,
      outputs: { ...inputs, number: inputs.numeric ?? true, result },
    });
  },
};
