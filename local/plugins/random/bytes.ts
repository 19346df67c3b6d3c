import { randomBytes } from 'node:crypto';
import type { Resource } from '../provider';
import { plain } from '../values';

/** `random.RandomId`: bytes in several spellings, each with the prefix, if there is one. Nothing in it is secret. */
export const randomId: Resource = {
  type: 'random:index/randomId:RandomId',
  inputs: {
    byteLength: { kind: 'integer', required: true, min: 1 },
    prefix: { kind: 'string' },
    keepers: { kind: 'map' },
  },
  computed: ['b64Std', 'b64Url', 'dec', 'hex'],
  secrets: () => [],
  create(inputs) {
    const bytes = randomBytes(plain(inputs.byteLength ?? null) as number);
    const prefix = (plain(inputs.prefix ?? '') as string | null) ?? '';
    const hex = bytes.toString('hex');
    const id = bytes.toString('base64url');
    const outputs = {
      ...inputs,
      b64Std: prefix + bytes.toString('base64'),
      b64Url: prefix + id,
      dec: prefix + BigInt(`0x${hex}`).toString(),
      hex: prefix + hex,
    };
    return Promise.resolve({ id, outputs });
  },
};

/**
 * `random.RandomBytes`: its outputs are secret. As in the real plugin its id is not, though it is the same bytes:
 * use RandomPassword where that matters.
 */
export const randomBytesResource: Resource = {
  type: 'random:index/randomBytes:RandomBytes',
  inputs: { length: { kind: 'integer', required: true, min: 1 }, keepers: { kind: 'map' } },
  computed: ['base64', 'hex'],
  secrets: () => ['base64', 'hex'],
  create(inputs) {
    const bytes = randomBytes(plain(inputs.length ?? null) as number);
    const base64 = bytes.toString('base64');
    return Promise.resolve({ id: base64, outputs: { ...inputs, base64, hex: bytes.toString('hex') } });
  },
};
