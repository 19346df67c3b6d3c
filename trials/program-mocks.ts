/** The whole program under Pulumi's mocks: what it registers, without an engine. */
import { createECDH, createHash, createPrivateKey } from 'node:crypto';
import type * as Pulumi from '@pulumi/pulumi';

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Without the wrapping of secrets. */
  readonly inputs: Record<string, unknown>;
  /** What a component registered as its outputs, without the wrapping of secrets. */
  outputs?: Record<string, unknown>;
}

/** What marks a secret on its way to the engine. */
const SECRET = '4dabf18193072939515e22adb298388d';

/** Keys are the same in each process: what two runs bring to the machine is compared. */
const seed = createHash('sha256').update('made up').digest();
const ecdh = createECDH('prime256v1');
ecdh.setPrivateKey(seed);
const [x, y] = [1, 33].map((at) => ecdh.getPublicKey().subarray(at, at + 32).toString('base64url')); // prettier-ignore
const pem = createPrivateKey({
  format: 'jwk',
  key: { kty: 'EC', crv: 'P-256', d: seed.toString('base64url'), x, y },
}).export({ type: 'sec1', format: 'pem' });
/** RFC 8410: what stands before the 32 bytes of a key. */
const ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const ed25519 = createPrivateKey({
  format: 'der',
  type: 'pkcs8',
  key: Buffer.concat([ED25519, seed]),
}).export({ type: 'pkcs8', format: 'pem' });

/** What a resource of each type has besides its inputs. */
const outputs: Record<string, (name: string) => object> = {
  'random:index/randomPassword:RandomPassword': (name) => ({ result: `generated-${name}` }),
  'tls:index/privateKey:PrivateKey': (name) => ({
    privateKeyPem: name.endsWith('-wireguard-key') ? ed25519 : pem,
    privateKeyOpenssh: `private-${name}\n`,
    publicKeyOpenssh: `public-${name}\n`,
  }),
  'command:local:Command': () => ({ stdout: '' }),
  'command:remote:Command': () => ({ stdout: '' }),
  'civo:index/reservedIp:ReservedIp': () => ({ ip: '192.0.2.7' }),
  'civo:index/objectStore:ObjectStore': () => ({ bucketUrl: 'objectstore.lon1.civo.com' }),
  'civo:index/objectStoreCredential:ObjectStoreCredential': (name) => ({
    accessKeyId: `key-of-${name}`,
    secretAccessKey: `secret-of-${name}`,
  }),
};

/** The inputs with the wrapping of secrets taken off. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (SECRET in value) return plain((value as unknown as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): unknown };
}

/** Prepares a run of the program with these settings; what it registers is added to the list. */
export async function mockProgram(
  { runtime }: typeof Pulumi,
  settings: Readonly<Record<string, unknown>>,
  registered: Registered[],
): Promise<void> {
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs: plain(inputs) as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as object), ...outputs[type]?.(name) } };
      },
      call: () => ({
        diskimages: ['debian-13', 'ubuntu-noble'].map((name) => ({ id: `image-${name}`, name })),
      }),
    },
    'mastodon-on-civo',
    'test',
    false,
    'organization',
  );
  // Pulumi's mocks say that they know hooks, and then don't take them.
  const taken = (_request: unknown, answer: (error: null, response: object) => void) => {
    answer(null, {});
  };
  const registerResourceOutputs = (
    request: OutputsRequest,
    answer: (error: null, response: object) => void,
  ) => {
    const [, , types = '', name] = request.getUrn().split('::');
    const resource = registered.find((one) => one.name === name && types.endsWith(one.type));
    if (resource) resource.outputs = plain(request.getOutputs().toJavaScript()) as Record<string, unknown>;
    answer(null, {});
  };
  Object.assign(runtime.getMonitor() as object, {
    registerResourceHook: taken,
    registerErrorHook: taken,
    registerResourceOutputs,
  });
  const config = Object.entries(settings).map(([key, value]) => [
    `mastodon-on-civo:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  runtime.setAllConfig(Object.fromEntries(config) as Record<string, string>);
}

/** Resolves when all that the program asked for is answered. */
export async function settled({ runtime }: typeof Pulumi): Promise<void> {
  // Not among the types, but what `disconnect` itself waits for.
  await (runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}
