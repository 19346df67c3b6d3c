/** What can go wrong, as a person writes it: in a scenario file, or to the control API. */
import { z } from 'zod';

/** A part of an answer that is shown otherwise than it is, such as `{ status: BUILDING }` or `{ public_ip: '' }`. */
const Shown = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
);

/** Kinds whose objects can be changed or removed behind the caller's back. */
export const KINDS = [
  'networks',
  'firewalls',
  'sshKeys',
  'instances',
  'reservedIps',
  'dnsDomains',
  'objectStores',
  'objectStoreCredentials',
  'volumes',
  'subnets',
  'databases',
  'clusters',
  'loadBalancers',
] as const;

const Effect = z.union([
  z
    .strictObject({
      /** HTTP status; 300 and above is an error to Civo's client. */
      status: z.int().min(200).max(599),
      /** Civo's error code, such as `quota_limit_reached`. `null` and numbers break the client: that is what they're for. */
      code: z.union([z.string(), z.number(), z.null()]).default('internal_error'),
      reason: z.union([z.string(), z.null()]).default('A fault on demand'),
      headers: z.record(z.string(), z.string()).default({}),
    })
    .describe('an error of Civo’s shape'),
  z.strictObject({
    status: z.int().min(200).max(599),
    /** A body that isn't JSON, as a proxy in front of the API sends. */
    html: z.string(),
  }),
  /** The connection is cut before anything is done. */
  z.strictObject({ reset: z.literal(true) }),
  /** The work is done, but the connection is cut before the answer: the caller can't know. */
  z.strictObject({ loseAnswer: z.literal(true) }),
  /** No answer until the fault is taken away; then the connection is cut. */
  z.strictObject({ hang: z.literal(true) }),
  /** The answer comes after so many seconds. */
  z.strictObject({ delay: z.number().positive() }),
  /** The answer is right but for this, in each object of it: stuck in a state, an address that isn't there yet. */
  z.strictObject({ show: Shown }),
  /** Before the call is answered, an object is removed as if in Civo's dashboard. Default: the one that is called for. */
  z.strictObject({ remove: z.strictObject({ kind: z.enum(KINDS), name: z.string() }) }),
  /** Before the call is answered, fields of an object are changed as if in Civo's dashboard. */
  z.strictObject({ change: z.strictObject({ kind: z.enum(KINDS), name: z.string(), to: Shown }) }),
]);

const Call = z
  .string()
  .regex(
    /^(GET|POST|PUT|DELETE|\*) \/v2\/\S+$/,
    'expected a method (or *) and a path, such as POST /v2/instances',
  );

export const Fault = z.strictObject({
  /** What people call it; shown in the request log. Default: a description of the effect. */
  name: z.string().min(1).optional(),
  /**
   * The calls that it waits for, such as `POST /v2/instances`: it hits whichever comes first. `*` stands for any method
   * or one part of the path, `**` at the end for the rest. Default: every call.
   */
  on: z.union([Call, z.array(Call).min(1)]).default('* /v2/**'),
  /** Only calls of a client whose User-Agent has this in it, such as `civogo`: Civo's own. Default: anybody's. */
  agent: z.string().min(1).optional(),
  /** How many matching calls pass before it. Default: 0. */
  after: z.int().min(0).default(0),
  /** How many calls it hits. Default: 1, or no limit where `seconds` is given. */
  times: z.int().min(1).optional(),
  /** Whether it stays with the one of its calls that it hits first. Default: no. */
  sticks: z.boolean().default(false),
  /** For how many seconds from its first hit on it continues. */
  seconds: z.number().positive().optional(),
  effect: Effect,
});

export type Effect = z.output<typeof Effect>;
export type FaultInput = z.input<typeof Fault>;
export type Fault = z.output<typeof Fault>;

/** Effects by the names that people know them by. */
export const PRESETS = {
  unauthorized: {
    status: 401,
    code: 'database_account_not_found',
    reason: 'No account found for this token',
  },
  'rate-limited': {
    status: 429,
    code: 'too_many_requests',
    reason: 'Too many requests',
    headers: { 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' },
  },
  'quota-reached': { status: 403, code: 'quota_limit_reached', reason: 'Your quota has no room for it' },
  'out-of-capacity': { status: 503, code: 'out_of_capacity', reason: 'The region is out of capacity' },
  'server-error': { status: 500, code: 'internal_error', reason: 'Something went wrong' },
  unavailable: {
    status: 503,
    html: '<html><head><title>503 Service Unavailable</title></head><body>Service Unavailable</body></html>',
  },
  'null-reason': { status: 500, code: 'internal_error', reason: null },
  reset: { reset: true },
  'lost-answer': { loseAnswer: true },
  hang: { hang: true },
} as const satisfies Record<string, z.input<typeof Effect>>;

/** A fault with `effect: NAME` for one of the presets is the same as one with the preset itself. */
export const FaultOrPreset = z.preprocess((given) => {
  if (given === null || typeof given !== 'object' || !('effect' in given)) return given;
  const { effect } = given;
  if (typeof effect !== 'string') return given;
  const preset = (PRESETS as Record<string, object>)[effect];
  return preset ? { name: effect, ...given, effect: preset } : given;
}, Fault);

/** What was wrong with a fault, in a sentence each: where, and what is expected. */
export function faultProblems(error: z.ZodError): string[] {
  return error.issues.map(({ path, message, code }) => {
    const where = path.join('.') || 'fault';
    if (code === 'invalid_union' && path.at(-1) === 'effect') {
      return `${where}: expected one of ${Object.keys(PRESETS).join(', ')}, or an object with status, reset, loseAnswer, hang, delay, show, remove or change`;
    }
    return `${where}: ${message}`;
  });
}
